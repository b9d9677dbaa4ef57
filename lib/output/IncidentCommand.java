package output;

import breach.Breach;
import breach.Sample;

import cli.Setting;

import deadline.TimeLimiter;

import procfs.HostInfo;

import text.Bytes;
import text.Printable;
import text.Reason;
import text.Units;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs a shell command for an incident and at its end, beside the watch loop. Its standard input is
 * a file with the record, so that nobody has to feed it. Never two at once: the next one waits.
 */
public final class IncidentCommand implements RecordSink, Backlog.Holder {
    private static final int MOST_WAITING = 8;

    /** What a pipe always takes at once, see PIPE_BUF in pipe(7), less a note. */
    private static final int BEGINNING_BYTES = 3800;

    private final String command;
    private final long limitSeconds;
    private final LogFile log;
    private final Backlog backlog;
    private final Console console;
    private final HostInfo host = HostInfo.read();

    /**
     * A run that waits for its turn.
     *
     * @param record holds the record; empty where no file could be written
     * @param beginning what the command gets then
     */
    private record Run(
            String command,
            Map<String, String> environment,
            Optional<Path> record,
            Bytes beginning) {
        private void removeFile() {
            record.ifPresent(path -> path.toFile().delete());
        }
    }

    private final BlockingQueue<Run> waiting = new ArrayBlockingQueue<>(MOST_WAITING);

    /** How many runs wait or go on. */
    private final AtomicInteger left = new AtomicInteger();

    /**
     * Has processes started without the JDK's helper, which fails once the JDK has been updated in
     * place. To be called before the first process is started: OSHI starts one.
     */
    public static void avoidHelper() {
        System.setProperty("jdk.lang.Process.launchMechanism", "FORK");
    }

    /** For a command that is killed after some seconds; its standard input lies beside the log. */
    public IncidentCommand(
            Setting command, long limitSeconds, LogFile log, Backlog backlog, Console console) {
        this.command = command.text();
        this.limitSeconds = limitSeconds;
        this.log = log;
        this.backlog = backlog;
        this.console = console;
        backlog.add(this);
        // Then an incident loads no class
        Breach none = Breach.begin(0, new Sample(0, 0, 0, 0, 0, 0));
        String id = JsonWriter.incidentId(host, none);
        add(":", Map.of("INCIDENT_ID", id), RecordText.ofLine(log.disk()));
        TimeLimiter.repeat("on-incident", this::startNext);
    }

    /** Has the command run for an incident or its end, with the record as standard input. */
    @Override
    public void accept(Event event, RecordText record) {
        if (event.type() != Event.Type.INCIDENT && !event.isEnd()) {
            return;
        }
        if (waiting.remainingCapacity() > 0) {
            add(command, environment(event), record);
        } else {
            failed("was not run: too many of its runs are waiting");
        }
    }

    private Map<String, String> environment(Event event) {
        return Map.of(
                "INCIDENT_EVENT", event.type().jsonName,
                "INCIDENT_ID", JsonWriter.incidentId(host, event.breach().get()),
                "INCIDENT_TIME", Units.time(event.sample().epochMillis()),
                "INCIDENT_SUMMARY", Printable.line(event.summary()),
                "INCIDENT_GROWTH", Printable.line(event.growth()),
                "INCIDENT_CPU_PERCENT", Units.format("%.1f", event.sample().cpuPercent()),
                "INCIDENT_RAM_PERCENT", Units.format("%.1f", event.sample().usedPercent()),
                "INCIDENT_LOG", log.toString());
    }

    /** Puts the record into a file; where that cannot be written, a pipe takes its beginning. */
    private void add(String command, Map<String, String> environment, RecordText record) {
        Optional<Path> file = Optional.of(log.disk().besideForNow(LogFile.STDIN));
        Bytes beginning = new Bytes(0);
        try {
            Path path = file.get();
            log.disk().call(() -> Disk.create(path, Disk.OWNER_READS, record.buffers()));
        } catch (IOException e) {
            file = Optional.empty();
            beginning = record.beginning(BEGINNING_BYTES);
            beginning.put("# the rest is missing: " + Reason.of(e) + "\n");
        }
        left.incrementAndGet();
        waiting.add(new Run(command, environment, file, beginning));
    }

    private void failed(String what) {
        backlog.commandFailures.incrementAndGet();
        console.event(Console.ERROR, "--on-incident command %s", what);
    }

    private void startNext() throws InterruptedException {
        Run next = waiting.take();
        try {
            start(next);
        } finally {
            left.decrementAndGet();
        }
    }

    private void start(Run run) throws InterruptedException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", run.command);
            builder.environment().putAll(run.environment);
            builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            run.record.ifPresent(path -> builder.redirectInput(path.toFile()));
            process = builder.start();
            feed(process, run.beginning);
        } catch (IOException | OutOfMemoryError e) { // the latter: no thread
            failed("cannot be run: " + e.getMessage());
            return;
        } finally {
            run.removeFile(); // the command has it open
        }
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            failed("was killed after " + limitSeconds + " s");
        } else if (process.exitValue() != 0) {
            failed("ended with exit status " + process.exitValue());
        }
    }

    private static void feed(Process process, Bytes beginning) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(beginning.array(), 0, beginning.length());
        } catch (IOException e) {
            return; // it need not read it
        }
    }

    @Override
    public int left() {
        return left.get();
    }

    @Override
    public void giveUp(int left) {
        waiting.forEach(Run::removeFile);
        failed("was not waited for, or not run: the monitor stops; runs: " + left);
    }
}
