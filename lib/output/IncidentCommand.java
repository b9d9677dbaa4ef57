package output;

import cli.Setting;

import deadline.TimeLimiter;

import text.Units;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs a shell command for an incident and at its end, beside the watch loop. Never two at once:
 * the next one waits.
 */
public final class IncidentCommand implements RecordSink, Backlog.Holder {
    private static final int MOST_WAITING = 8;

    private static final String NO_TABLE = "# its table was dropped: too many records wait\n";

    private final String command;
    private final long limitSeconds;
    private final LogFile log;
    private final Backlog backlog;
    private final Console console;

    /** Feeds the command, which need not read: what outlives it may hold up a thread for ever. */
    private final ThreadPoolExecutor feeder =
            new ThreadPoolExecutor(
                    1,
                    MOST_WAITING,
                    10,
                    TimeUnit.SECONDS,
                    new SynchronousQueue<>(),
                    task -> TimeLimiter.daemon("on-incident stdin", task));

    /** A run that waits for its turn. */
    private record Run(Map<String, String> environment, RecordText record) {}

    /** Guarded by this; oldest first. */
    private final List<Run> waiting = new ArrayList<>();

    /** True while one runs; guarded by this. */
    private boolean isRunning;

    /**
     * Has processes started without the JDK's helper, which fails once the JDK has been updated in
     * place. To be called before the first process is started: OSHI starts one.
     */
    public static void avoidHelper() {
        System.setProperty("jdk.lang.Process.launchMechanism", "FORK");
    }

    /**
     * @param command what {@code sh -c} is to run
     * @param limitSeconds when to kill it
     * @param log the log, whose path it is told
     * @param backlog bounds what waits
     * @param console is told what goes wrong
     */
    public IncidentCommand(
            Setting command, long limitSeconds, LogFile log, Backlog backlog, Console console) {
        this.command = command.text();
        this.limitSeconds = limitSeconds;
        this.log = log;
        this.backlog = backlog;
        this.console = console;
        backlog.add(this);
        feeder.prestartAllCoreThreads();
        TimeLimiter.daemon("on-incident", this::run).start();
    }

    /** Has the command run for an incident or its end, with the record as standard input. */
    @Override
    public void accept(Event event, RecordText record) {
        if (event.type() != Event.Type.INCIDENT && !event.isEnd()) {
            return;
        }
        if (add(new Run(environment(event), record))) {
            backlog.limit();
        } else {
            failed("was not run: too many of its runs are waiting");
        }
    }

    private synchronized boolean add(Run run) {
        if (waiting.size() == MOST_WAITING) {
            return false;
        }
        run.record.keep();
        waiting.add(run);
        notifyAll();
        return true;
    }

    private Map<String, String> environment(Event event) {
        return Map.of(
                "INCIDENT_EVENT", event.type().jsonName,
                "INCIDENT_TIME", Units.time(event.sample().epochMillis()),
                "INCIDENT_SUMMARY", event.summary(),
                "INCIDENT_GROWTH", event.growth(),
                "INCIDENT_CPU_PERCENT", Units.format("%.1f", event.sample().cpuPercent()),
                "INCIDENT_RAM_PERCENT", Units.format("%.1f", event.sample().usedPercent()),
                "INCIDENT_LOG", log.toString());
    }

    private void failed(String what) {
        backlog.commandFailures.incrementAndGet();
        console.event(Console.ERROR, "--on-incident command %s", what);
    }

    private void run() {
        try {
            run(":", new Run(Map.of(), new RecordText(log))); // an incident loads no class then
            while (true) {
                Run next = next();
                run(command, next);
                next.record.release();
                ended();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Run next() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        isRunning = true;
        return waiting.remove(0);
    }

    private synchronized void ended() {
        isRunning = false;
        notifyAll();
    }

    @Override
    public synchronized int left() {
        return waiting.size() + (isRunning ? 1 : 0);
    }

    @Override
    public void giveUp(int left) {
        failed("was not waited for, or not run: the monitor stops; runs: " + left);
    }

    private void run(String command, Run run) throws InterruptedException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command);
            builder.environment().putAll(run.environment);
            builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            ByteBuffer[] record = run.record.buffers();
            process = builder.start();
            feed(process, record);
        } catch (IOException | OutOfMemoryError e) { // no thread
            failed("cannot be run: " + e.getMessage());
            return;
        }
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            failed("was killed after " + limitSeconds + " s");
        } else if (process.exitValue() != 0) {
            failed("ended with exit status " + process.exitValue());
        }
    }

    private void feed(Process process, ByteBuffer[] record) {
        try {
            feeder.execute(() -> feed(process.getOutputStream(), record));
        } catch (RejectedExecutionException e) {
            failed("gets no record: earlier runs have left processes that never read theirs");
            feed(process.getOutputStream());
        }
    }

    private static void feed(OutputStream stdin, ByteBuffer... record) {
        try (WritableByteChannel channel = Channels.newChannel(stdin)) {
            Console.write(channel, record);
        } catch (IOException e) {
            return; // it need not read all of it
        }
    }

    @Override
    public synchronized int heapBytes() {
        int sum = 0;
        for (Run run : waiting) {
            sum += run.record.heapBytes();
        }
        return sum;
    }

    /** Gives up the oldest table; the command is still told of the incident. */
    @Override
    public synchronized boolean shed() {
        for (int i = 0; i < waiting.size(); i++) {
            Run run = waiting.get(i);
            if (run.record.hasTable()) {
                waiting.set(i, new Run(run.environment, run.record.firstLine(NO_TABLE)));
                run.record.release();
                return true;
            }
        }
        return false;
    }
}
