///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS com.github.oshi:oshi-common:7.5.0
//DEPS com.fasterxml.jackson.core:jackson-core:2.22.4
//DEPS info.picocli:picocli:4.7.7
//DEPS org.slf4j:slf4j-nop:2.0.18
//DEPS org.webjars.npm:uplot:1.6.30
//SOURCES lib/breach/package-info.java lib/cli/package-info.java lib/culprit/package-info.java lib/deadline/package-info.java lib/output/package-info.java lib/procfs/package-info.java lib/report/package-info.java lib/text/package-info.java lib/words/package-info.java
//FILES report/page/page.html=lib/report/page/page.html report/page/page.css=lib/report/page/page.css report/page/records.js=lib/report/page/records.js report/page/list.js=lib/report/page/list.js report/page/figures.js=lib/report/page/figures.js report/page/chart.js=lib/report/page/chart.js report/page/table.js=lib/report/page/table.js report/page/page.js=lib/report/page/page.js
//COMPILE_OPTIONS -Xlint:all -proc:none -XDstringConcat=inline
//RUNTIME_OPTIONS -Xmx16m -Xms5m -Xmn1m -XX:MinHeapFreeRatio=20 -XX:MaxHeapFreeRatio=40 -XX:MinHeapDeltaBytes=1m -Xss256k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=8m -XX:-UsePerfData

import breach.*;

import cli.*;

import culprit.*;

import oshi.hardware.CentralProcessor;
import oshi.hardware.CentralProcessor.TickType;
import oshi.hardware.GlobalMemory;
import oshi.nativefree.SystemInfo;
import oshi.util.GlobalConfig;

import output.*;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import procfs.*;

import report.*;

import text.*;

import words.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Memory Monitor answers the question what ate a machine's memory. It watches overall memory use,
 * and when that stays above a threshold for some time, it appends a record to a log: a line with
 * the time, the total CPU use and the total RAM use, then the table of all running processes, with
 * the columns of {@code ps aux}, largest resident memory first, then what ate it.
 *
 * <p>This file is the whole policy and may be edited in place. It reads top to bottom: settings,
 * command line, watch loop, then what the loop uses, in that order: sampler, breach timer, table
 * formatter; last what runs without a breach. The mechanics are in {@code lib/}.
 */
@Command(
        name = "memory_monitor",
        mixinStandardHelpOptions = true,
        subcommands = {WatchStatus.class, Report.class, HelpCommand.class},
        version = "memory_monitor " + MemoryMonitor.VERSION,
        sortOptions = false,
        description = {
            "Watches overall memory use. When it stays above the threshold for the duration, a line"
                    + " of text and the table of all processes are appended to the log.",
            ""
        },
        footer = {
            "",
            "TIME is 500ms, 15s, 2m or plain seconds. An option left out is taken from the"
                + " environment (--log: MEMORY_MONITOR_LOG, and so on), else from the settings at"
                + " the top of MemoryMonitor.java; the service's: /etc/default/memory_monitor."
        })
final class MemoryMonitor implements Callable<Integer>, Parent {
    static final String VERSION = "1.0.0";

    // ---- Settings: edit them here. The environment goes before them, the command line before both

    /** Memory use above this counts, in percent of all RAM: 0 to 100. */
    static final String THRESHOLD = "80";

    /** How long use has to stay above the threshold until it is an incident: 500ms, 15s, 2m. */
    static final String DURATION = "15s";

    /** How long it has to stay at or below the threshold until the incident is over. */
    static final String RECOVERY = "15s";

    /** How often to look. */
    static final String INTERVAL = "1s";

    /** The log. A path that does not begin with / is relative to the working directory. */
    static final String LOG_FILE = "memory_monitor.log";

    /** The same as JSON Lines, for programs; empty: beside the log, as .jsonl; none: nowhere. */
    static final String JSON = "";

    /** Figures for Prometheus go here, see lib/prometheus; empty: nowhere. */
    static final String METRICS = "";

    /** What sh is to run for each incident and at its end, see docs/programs.md; empty: nothing. */
    static final String ON_INCIDENT = "";

    // ---- Finer points, to be edited here only

    /** When the command for an incident is killed. */
    static final long ON_INCIDENT_SECONDS = 30;

    /** While an incident goes on, each further rise by this many points is recorded too. */
    static final double CLIMB_POINTS = 5;

    /** From this size on, log and JSON file get short records: twenty rows and all notes. */
    static final long LOG_LIMIT_MB = 200;

    /** So they do when less than this part of the file system is free. */
    static final double LOG_FREE_PERCENT = 5;

    // ---- Command line

    /** The shortest interval: nobody needs to look more often, and it would cost too much. */
    private static final long MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    @Mixin private final Options options = new Options();
    private final Console console = new Console();
    private final StopSignal stopSignal = new StopSignal();

    /**
     * Runs the program. Exits with 0 (143 and 130 after SIGTERM and SIGINT), 2 for bad usage, 3 if
     * status finds that nobody watches, and 1 for anything else.
     */
    public static void main(String[] args) {
        Thread.setDefaultUncaughtExceptionHandler(Fatal::halt);
        IncidentCommand.avoidHelper();
        MemoryMonitor monitor = new MemoryMonitor();
        Console out = monitor.console;
        monitor.stopSignal.exit(Cli.execute(monitor, out.stream(), out.isPipe(), args));
    }

    @Override
    public Settings settings() {
        return new Settings(System.getenv(), ServiceManager.isItsSettings())
                .value("threshold", options.threshold, "THRESHOLD", THRESHOLD, Setting::percent)
                .value("duration", options.duration, "DURATION", DURATION, Setting::nanos)
                .value("recovery", options.recovery, "RECOVERY", RECOVERY, Setting::nanos)
                .value("interval", options.interval, "INTERVAL", INTERVAL, s -> s.nanos(MIN_NANOS))
                .file("log", options.logFile, "LOG_FILE", LOG_FILE)
                .optionalFile("json", options.jsonFile, "JSON", JSON, ".jsonl")
                .optionalFile("metrics", options.metricsFile, "METRICS", METRICS, "")
                .value("on-incident", options.onIncident, "ON_INCIDENT", ON_INCIDENT, it -> {});
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public Integer call() throws Exception {
        if (options.isCheck) {
            return check();
        }
        Settings settings = settings().require(false);
        ServiceManager.refuseSecond();
        settings.problems().forEach(problem -> console.event(Console.ERROR, "%s", problem));
        ServiceManager.showStatus(settings.problems());
        new Watch(settings).run();
        return 143; // a signal stopped it, by which the JVM ends: 143, or 130
    }

    // ---- Watch loop

    /** Looks at memory, again and again, until the program is stopped. */
    final class Watch {
        /** Kills are told once a minute at most, all together: a unit may be in a crash loop. */
        private static final long KILLS_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

        /** The rows of a record that has to be short. */
        private static final int SHORT_ROWS = 20;

        private static final Disk.Limits LIMITS =
                new Disk.Limits(LOG_LIMIT_MB << 20, LOG_FREE_PERCENT, SHORT_ROWS);

        private final long intervalNanos;
        private final BreachTimer timer;
        private final HistoryFile past;
        private final History history;
        private final Backlog backlog = new Backlog();
        private final Machine machine = new Machine();
        private final Sampler sampler;
        private final LogFile text;
        private final boolean isOurs;
        private final Recorder recorder;
        private final boolean hasJson;
        private boolean isStopped;
        private long killsTold;
        private long killsDueNanos;
        private long noKillsNanos; // the last sample without a kill that is not told yet

        /** Opens all files, those of an earlier run included. */
        Watch(Settings settings) throws Exception {
            intervalNanos = settings.of("interval").nanos();
            timer =
                    new BreachTimer(
                            settings.of("threshold").percent(),
                            settings.of("duration").nanos(),
                            settings.of("recovery").nanos());
            sampler = new Sampler(timer.thresholdPercent);
            text = LogFile.open(settings.of("log"), FileFormat.TEXT, LIMITS, console);
            isOurs = text.claim(); // else another monitor writes this log, and what belongs to it
            Path path = HistoryFile.pathFor(text.disk());
            past = HistoryFile.open(path, isOurs, LOG_FREE_PERCENT, console);
            history = past.history();
            List<RecordWriter> writers = writers(settings);
            recorder = new Recorder(machine, history, timer.thresholdPercent, writers, SHORT_ROWS);
            hasJson = !settings.of("json").text().isEmpty();
        }

        void run() throws InterruptedException {
            stopSignal.listen();
            past.practise(machine);
            rehearse(machine, sampler, text.disk(), hasJson);
            Optional<Sample> first = next(System.nanoTime());
            if (first.isPresent()) {
                watch(first.get());
            }
            backlog.finish();
            console.endStatus();
        }

        private void watch(Sample first) throws InterruptedException {
            started(first);
            killsTold = first.oomKills();
            killsDueNanos = first.nanos();
            Sample sample = first;
            while (!isStopped) {
                try {
                    take(sample);
                } catch (OutOfMemoryError e) { // the next sample may need less
                    console.event(Console.ERROR, "%s; watching on", Reason.OUT_OF_HEAP);
                }
                sample = next(timer.dueNanos(sample.nanos() + intervalNanos)).orElse(sample);
            }
            tellKills(sample, true);
            recorder.stop(sample, timer.breach());
            past.stop(sample);
        }

        private void take(Sample sample) {
            Optional<BreachTimer.Verdict> verdict = timer.next(sample);
            if (verdict.isPresent()) {
                recorder.record(verdict.get().type(), sample, Optional.of(verdict.get().breach()));
            }
            tellKills(sample, false);
            if (verdict.isEmpty() && history.isDue(sample, timer.breach().isPresent())) {
                recorder.look(sample, timer.breach());
            }
            for (Machine.Problem problem : machine.newProblems()) {
                console.event(Console.NOTICE, "%s", Notes.problem(problem));
            }
            past.grown(recorder.lead().text());
            recorder.sampled(sample, timer.breach());
        }

        /** The next sample that can be true; empty: the program is stopped before there is one. */
        private Optional<Sample> next(long firstNanos) throws InterruptedException {
            for (long dueNanos = firstNanos; ; dueNanos = System.nanoTime() + intervalNanos) {
                isStopped = stopSignal.await(dueNanos);
                boolean isWhole = console.isTerminal() || timer.breach().isPresent();
                Sample sample = sampler.sample(dueNanos, isWhole);
                for (String doubt : Events.doubts(sample, sampler.skipped())) {
                    console.event(Console.NOTICE, "%s", doubt);
                }
                if (sample.isPossible() || isStopped) {
                    return Optional.of(sample).filter(Sample::isPossible);
                }
            }
        }

        /** Tells whom the kernel has killed: once a minute at most, but for the last time. */
        private void tellKills(Sample sample, boolean isLast) {
            boolean isKill = sample.oomKills() > killsTold;
            boolean isTold = isKill && (isLast || sample.nanos() - killsDueNanos >= 0);
            if (isTold) {
                killsTold = sample.oomKills();
                killsDueNanos = sample.nanos() + KILLS_PAUSE_NANOS;
                // Who had ended before that was not killed
                recorder.oomKills(sample, machine.kills(), timer.breach(), noKillsNanos);
            }
            noKillsNanos = isKill && !isTold ? noKillsNanos : sample.nanos();
        }

        private void started(Sample sample) {
            boolean isOpen = isOurs && Events.isOpen(text.lastHeadline());
            // Where the log has the incident's end, the history has only missed it
            Optional<LastSeen> seen =
                    past.lastSeen().filter(s -> isOpen || !s.breach().isIncident());
            if (isOpen || seen.isPresent()) {
                recorder.unended(sample, seen, isOpen);
            }
            console.event(
                    Console.INFO,
                    "memory_monitor %s: %s, log %s",
                    VERSION,
                    Events.watching(
                            sample, intervalNanos, timer.thresholdPercent, timer.durationNanos),
                    text);
        }

        /** All who write a record. Log and JSON have a queue each: a disk that hangs costs 1 s. */
        private List<RecordWriter> writers(Settings settings) throws Exception {
            Setting json = settings.of("json");
            Setting metrics = settings.of("metrics");
            Setting hook = settings.of("on-incident");
            double percent = timer.thresholdPercent;
            List<RecordSink> sinks = new ArrayList<>();
            List<RecordWriter> writers = new ArrayList<>();
            // Made in the order in which they give up what waits, where the heap is short
            if (!hook.text().isEmpty()) {
                sinks.add(new IncidentCommand(hook, ON_INCIDENT_SECONDS, text, backlog, console));
            }
            if (!json.text().isEmpty()) {
                LogFile file = LogFile.open(json, FileFormat.JSON, LIMITS, console);
                writers.add(JsonWriter.into(file, backlog, console));
            }
            if (!metrics.text().isEmpty()) {
                writers.add(
                        new Metrics(metrics, VERSION, percent, machine, history, backlog, console));
            }
            // Yet the log comes first
            sinks.add(0, new RecordQueue(text, backlog, console));
            writers.add(0, new TableFormatter(text.disk(), sinks));
            writers.add(past);
            // The console last: who is told finds the record in the log
            writers.add(new ConsoleWriter(console, percent));
            return writers;
        }
    }

    // ---- Sampler

    /** Reads overall memory and CPU use, by way of OSHI. */
    static final class Sampler {
        /** This far below the threshold a look at meminfo will do: the rest takes 0.5 ms of CPU. */
        private static final double FAR_POINTS = 5;

        private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(10);

        private final double nearPercent;
        private final GlobalMemory memory;
        private final CentralProcessor processor;
        private final ProcFile memInfo = new ProcFile();
        private CpuTicks cpu;
        private double cpuPercent;
        private long oomKills;
        private long skipped;

        Sampler(double thresholdPercent) {
            // Not 300 ms, as OSHI has it, but enough for a sample's two reads to be one of the file
            GlobalConfig.set(GlobalConfig.OSHI_UTIL_MEMOIZER_EXPIRATION, 5);
            nearPercent = thresholdPercent - FAR_POINTS;
            var hardware = new SystemInfo().getHardware();
            memory = hardware.getMemory();
            processor = hardware.getProcessor();
            cpu = new CpuTicks(System.nanoTime(), processor.getSystemCpuLoadTicks());
        }

        /**
         * Takes a sample, which was due at {@code dueNanos}. See {@link Sample#isPossible}.
         *
         * @param isWhole false: far below the threshold, CPU use and kills are up to 10 s old
         */
        Sample sample(long dueNanos, boolean isWhole) {
            long nanos = System.nanoTime();
            double usedPercent = MemInfo.usedPercent(memInfo);
            double cpuNow = cpuPercent;
            if (isWhole || usedPercent > nearPercent || nanos - cpu.newerNanos() >= REST_NANOS) {
                usedPercent = 100 - 100.0 * memory.getAvailable() / memory.getTotal();
                long[] ticks = processor.getSystemCpuLoadTicks();
                cpu = cpu.with(nanos, ticks);
                cpuNow = cpu.percent(ticks, TickType.IDLE.getIndex(), TickType.IOWAIT.getIndex());
                if (Double.isNaN(cpuNow)) {
                    cpu = new CpuTicks(nanos, ticks);
                } else {
                    cpuPercent = cpuNow;
                }
                oomKills = Math.max(oomKills, Machine.oomKills());
            }
            long late = nanos - dueNanos;
            long now = System.currentTimeMillis();
            Sample sample = new Sample(nanos, late, now, usedPercent, cpuNow, oomKills);
            skipped += sample.isPossible() ? 0 : 1;
            return sample;
        }

        /** How many samples could not be true. */
        long skipped() {
            return skipped;
        }
    }

    // ---- Breach timer

    /**
     * Decides what a sample means. A breach begins with the first sample above the threshold; it
     * becomes an incident once it has lasted the duration, and ends when use has been at or below
     * the threshold for the recovery time. Before it is an incident, one such sample ends it.
     */
    static final class BreachTimer {
        final double thresholdPercent;
        final long durationNanos;
        private final long recoveryNanos;

        private Optional<Breach> breach = Optional.empty();

        /** What is to be recorded, and of which breach: it begins to be, or was, an incident. */
        record Verdict(Event.Type type, Breach breach) {}

        BreachTimer(double thresholdPercent, long durationNanos, long recoveryNanos) {
            this.thresholdPercent = thresholdPercent;
            this.durationNanos = durationNanos;
            this.recoveryNanos = recoveryNanos;
        }

        /** An incident, that it has climbed by {@link #CLIMB_POINTS}, its end; empty: nothing. */
        Optional<Verdict> next(Sample sample) {
            boolean isAbove = sample.usedPercent() > thresholdPercent;
            if (breach.isEmpty() && !isAbove) {
                return Optional.empty();
            }
            Breach now =
                    breach.map(known -> known.with(sample))
                            .orElseGet(() -> Breach.begin(thresholdPercent, sample));
            if (!isAbove) {
                return below(now);
            }
            return now.isIncident()
                    ? above(now, Event.Type.CLIMBED, climbed(now) >= CLIMB_POINTS)
                    : above(now, Event.Type.INCIDENT, now.elapsedNanos() >= durationNanos);
        }

        private static double climbed(Breach incident) {
            return incident.last().usedPercent() - incident.recordedPercent();
        }

        private Optional<Verdict> above(Breach now, Event.Type type, boolean isDue) {
            breach = Optional.of(isDue ? now.recorded() : now);
            return isDue ? breach.map(b -> new Verdict(type, b)) : Optional.empty();
        }

        private Optional<Verdict> below(Breach now) {
            boolean isDip = now.isIncident() && now.dipNanos() < recoveryNanos;
            breach = isDip ? Optional.of(now) : Optional.empty();
            boolean isEnd = now.isIncident() && !isDip;
            return isEnd ? Optional.of(new Verdict(Event.Type.END, now)) : Optional.empty();
        }

        /** The present breach. */
        Optional<Breach> breach() {
            return breach;
        }

        /** When the next sample is due: then, or when a breach becomes an incident or ends. */
        long dueNanos(long usualNanos) {
            Breach now = breach.orElse(null);
            if (now == null || now.isIncident() && !now.isDip()) {
                return usualNanos;
            }
            long dueNanos =
                    now.isDip()
                            ? now.belowNanos() + recoveryNanos
                            : now.first().nanos() + durationNanos;
            return dueNanos - usualNanos < 0 ? dueNanos : usualNanos;
        }
    }

    // ---- Table formatter

    /** Writes records as text: the table has the columns of {@code ps aux}, as wide as needed. */
    static final class TableFormatter implements RecordWriter {
        private static final List<String> HEADINGS =
                List.of("USER PID %CPU %MEM VSZ RSS TTY STAT START TIME".split(" "));

        private static final Set<String> LEFT_ALIGNED = Set.of("USER", "TTY", "STAT");

        private final Disk disk;
        private final List<RecordSink> sinks;

        // Of the record that is being formed
        private Incident incident;
        private Columns columns;
        private RecordText text;

        /** Forms records for some sinks; the disk takes what memory does not hold. */
        TableFormatter(Disk disk, List<RecordSink> sinks) {
            this.disk = disk;
            this.sinks = sinks;
        }

        @Override
        public void begin(Incident incident) {
            text = RecordText.ofTable(disk);
            this.incident = incident; // now there is something to cancel
            headline(incident.event());
            columns = new Columns(HEADINGS, LEFT_ALIGNED);
            for (ProcessInfo row : incident.table().rows()) {
                PsCells.of(row, incident.table(), columns).widen();
            }
            text.put(columns.of(HEADINGS).line().put("COMMAND\n"));
        }

        @Override
        public void row(ProcessInfo row, Bytes command) {
            Bytes line = PsCells.of(row, incident.table(), columns).line();
            text.row(line.put(text.fit(command)).put('\n'));
        }

        @Override
        public void end(RowsRead read) {
            text.endRows();
            List<String> below = new ArrayList<>(incident.notes());
            below.addAll(read.notes());
            below.add(text.missing());
            below.removeIf(String::isEmpty);
            text.put("# " + String.join("\n# ", below) + "\n\n");
            deliver(incident.event());
            incident = null;
        }

        @Override
        public void cancel() {
            if (incident != null) {
                incident = null;
                text.release();
                text = null;
            }
        }

        @Override
        public void event(Event event) {
            text = RecordText.ofLine(disk);
            headline(event);
            text.put("\n");
            deliver(event);
        }

        private void headline(Event event) {
            String time = Units.time(event.sample().epochMillis());
            text.put(time + " " + Printable.line(event.summary()) + "\n");
        }

        private void deliver(Event event) {
            sinks.forEach(sink -> sink.accept(event, text));
            text.release();
        }
    }

    // ---- Without a breach: rehearsal, snapshot

    /**
     * Records all that can be recorded, into the void, until CPU use can be told, and three times
     * if that takes no longer than 1.5 s: the JVM compiles only what has run often.
     *
     * <p>The rule for this file and for all that an incident uses of lib/: an incident loads no
     * class and links no lambda for the first time, as there may be no memory and no disk left for
     * that. What is not used here has to be practised elsewhere before the start: RehearsalTest.
     */
    private static void rehearse(Machine machine, Sampler sampler, Disk disk, boolean withJson) {
        long end = System.nanoTime() + CpuTicks.LEAST_NANOS;
        long latest = end + TimeUnit.SECONDS.toNanos(1);
        RecordSink nowhere = (event, text) -> {};
        List<RecordWriter> writers =
                new ArrayList<>(List.of(new TableFormatter(disk, List.of(nowhere))));
        if (withJson) {
            writers.add(new JsonWriter(disk, "", nowhere));
        }
        Kills kills = new Kills(1, List.of(new Kills.Limit("x", Kills.Owner.ITSELF, 1)));
        History past = new History();
        past.add(machine.readNoProcesses().before()); // so that something is new, and some gone
        Recorder ofAll = new Recorder(machine, past, 0, writers, Watch.SHORT_ROWS);
        // The heap may not hold all processes that there are now, but those of the incident
        List<Recorder> recorders = List.of(ofAll.ofLargest(), ofAll);
        for (int i = 0; i == 0 || System.nanoTime() < (i < 3 ? latest : end); i++) {
            Sample sample = sampler.sample(System.nanoTime(), true).possible();
            BreachTimer timer = new BreachTimer(-1, 0, 0);
            Optional<Breach> breach = timer.next(sample).map(BreachTimer.Verdict::breach);
            machine.kills();
            machine.processes().scriptOf(1, "java"); // whether or not one has grown
            long since = sample.nanos() - Watch.KILLS_PAUSE_NANOS;
            for (Recorder rehearsed : recorders) {
                rehearsed.look(sample, breach); // use is higher than in no breach
                rehearsed.practise(sample, breach);
                rehearsed.record(Event.Type.INCIDENT, sample, breach);
                rehearsed.oomKills(sample, kills, breach, since);
                rehearsed.record(Event.Type.END, sample, breach);
            }
            recorders = List.of(ofAll);
            System.gc(); // else its garbage makes the heap grow, for good
        }
    }

    @Command(
            name = "snapshot",
            mixinStandardHelpOptions = true,
            description = "Prints the record that an incident would log now, and what has grown.")
    private int snapshot(
            @Option(names = "--short", description = "without the table") boolean isShort)
            throws InterruptedException {
        Machine machine = new Machine();
        Sampler sampler = new Sampler(0);
        Disk none = Disk.temporary();
        rehearse(machine, sampler, none, true); // until CPU use can be told
        RecordSink out = (event, text) -> console.print(text.buffers());
        RecordWriter text =
                isShort
                        ? new NotesWriter(console.stream()::println)
                        : new TableFormatter(none, List.of(out));
        Path log = settings().require(false).of("log").path();
        Path past = HistoryFile.pathFor(new Disk(log, Disk.Limits.NONE));
        Sample sample = sampler.sample(System.nanoTime(), true);
        if (!sample.isPossible()) {
            throw new IllegalStateException(Events.skipped(sample, sampler.skipped()));
        }
        new Recorder(machine, HistoryFile.readOnly(past), 0, List.of(text), Watch.SHORT_ROWS)
                .record(Event.Type.SNAPSHOT, sample, Optional.empty());
        return 0;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Checks all settings, and prints them as they count.")
    private int check() {
        Settings settings = settings();
        settings.check(
                () -> {
                    FileFormat.TEXT.dryRun(settings.of("log"));
                    FileFormat.JSON.dryRun(settings.of("json")); // mostly in the same folder
                });
        settings.check(() -> FileFormat.METRICS.dryRun(settings.of("metrics")));
        settings.require(!ServiceManager.hasStartedUs());
        settings.all().forEach((name, it) -> console.stream().println(name + "=" + it.text()));
        return 0;
    }
}
