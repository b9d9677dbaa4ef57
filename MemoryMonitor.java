///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS com.github.oshi:oshi-common:7.5.0
//DEPS com.fasterxml.jackson.core:jackson-core:2.22.4
//DEPS info.picocli:picocli:4.7.7
//DEPS org.slf4j:slf4j-nop:2.0.18
//SOURCES lib/CommandLines.java
//SOURCES lib/Growth.java
//SOURCES lib/IncidentCommand.java
//SOURCES lib/JsonRecord.java
//SOURCES lib/Kernel.java
//SOURCES lib/LogFile.java
//SOURCES lib/MemoryKinds.java
//SOURCES lib/Owners.java
//SOURCES lib/Patience.java
//SOURCES lib/ProcFile.java
//SOURCES lib/ProcessHistory.java
//SOURCES lib/ProcessRow.java
//SOURCES lib/ProcessTable.java
//SOURCES lib/PsCells.java
//SOURCES lib/RecordText.java
//SOURCES lib/TtyNames.java
//SOURCES lib/Units.java
//SOURCES lib/UserNames.java
//COMPILE_OPTIONS -Xlint:all -proc:none -XDstringConcat=inline
//RUNTIME_OPTIONS -Xmx16m -Xms5m -Xmn1m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=20 -Xss256k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=8m -XX:-UsePerfData

import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.nativefree.SystemInfo;
import oshi.util.GlobalConfig;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Memory Monitor answers the question what ate a machine's memory. It watches overall memory use,
 * and when that stays above a threshold for some time, it appends a record to a log: a line with
 * the time, the total CPU use and the total RAM use, then the table of all running processes, with
 * the columns of {@code ps aux}, largest resident memory first.
 *
 * <p>This file is the whole policy and may be edited in place. It reads top to bottom: the
 * settings, the command line, the watch loop, and then the parts in the order in which the loop
 * uses them: the sampler, the breach timer, the record, the table formatter, and what is said on
 * the terminal or in the journal. The mechanics behind them are in {@code lib/}.
 */
@Command(
        name = "memory_monitor",
        mixinStandardHelpOptions = true,
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
                    + " environment (MEMORY_MONITOR_THRESHOLD, _DURATION, _INTERVAL, _LOG, _JSON,"
                    + " _ON_INCIDENT), else from the settings at the top of MemoryMonitor.java."
        })
final class MemoryMonitor implements Callable<Integer> {
    static final String VERSION = "1.0.0";

    // ---- Settings: edit them here. The environment goes before them, the command line before
    // both.

    /** Memory use above this counts, in percent of all RAM: 0 to 100. */
    static final String THRESHOLD = "80";

    /** How long use has to stay above the threshold until it is an incident: 500ms, 15s, 2m. */
    static final String DURATION = "15s";

    /** How often to look: 500ms, 1s, 2m. */
    static final String INTERVAL = "1s";

    /** The log. A path that does not begin with / is relative to the working directory. */
    static final String LOG_FILE = "memory_monitor.log";

    /** The same records as JSON Lines, for programs, go here; empty: nowhere. */
    static final String JSON = "";

    /** What sh is to run for each incident and at its end, see the README; empty: nothing. */
    static final String ON_INCIDENT = "";

    // ---- Finer points, to be edited here only ----

    /** When the command for an incident is killed. */
    static final long ON_INCIDENT_SECONDS = 30;

    /** While an incident goes on, each further rise by so many points is recorded too. */
    static final double CLIMB_POINTS = 5;

    /** How the time is written, see java.time.format.DateTimeFormatter. */
    static final String TIME_FORMAT = "yyyy-MM-dd HH:mm:ssxxx";

    /** Command lines may take this long to read, for the whole table, and so much more for each. */
    static final long COMMAND_LINES_MILLIS = 1000;

    static final long COMMAND_LINES_MILLIS_PER_PROCESS = 1;

    /** How often to note the sizes of all processes, to know later what grew. */
    static final long HISTORY_SECONDS = 10;

    /** How often while memory is above the threshold. */
    static final long HISTORY_SECONDS_ABOVE = 1;

    /** That may take one part in so many of the time; with many processes it is rarer. */
    static final long HISTORY_COST_DIVISOR = 100;

    /** The same while memory is above the threshold. */
    static final long HISTORY_COST_DIVISOR_ABOVE = 10;

    /** What processes were like so long before the breach is compared with what they are now. */
    static final long GROWTH_MINUTES = 10;

    /** How long to practise at the start, so that a record needs nothing for the first time. */
    static final long REHEARSAL_MILLIS = 300;

    /** What the log says under a record during which the monitor or the machine was stopped. */
    static final String CUT_SHORT = "\n# cut short: the record above is incomplete\n\n";

    /** How long to wait for whoever reads standard output. */
    static final long OUTPUT_MILLIS = 1000;

    /** A sample that comes so much too late is worth a note. */
    static final long STALL_MILLIS = 1000;

    // ---- Command line ----

    @Option(
            names = {"-t", "--threshold"},
            paramLabel = "PERCENT",
            description = "memory use above this counts (" + THRESHOLD + ")")
    private String threshold;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description = "how long it has to stay above (" + DURATION + ")")
    private String duration;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "TIME",
            description = "how often to look (" + INTERVAL + ")")
    private String interval;

    @Option(
            names = {"-l", "--log"},
            paramLabel = "FILE",
            description = "where records go (" + LOG_FILE + ")")
    private String logFile;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "where records go as JSON Lines too (nowhere)")
    private String jsonFile;

    @Option(
            names = "--on-incident",
            paramLabel = "COMMAND",
            description = "what sh runs for an incident, and at its end (nothing)")
    private String onIncident;

    private final Output output = new Output();

    /** Opened by SIGTERM and SIGINT. */
    private final CountDownLatch stopping = new CountDownLatch(1);

    /**
     * Runs the program. Exits with 0 (143 and 130 after SIGTERM and SIGINT), 2 for bad usage, and 1
     * for anything else.
     */
    public static void main(String[] args) {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> fail(e));
        MemoryMonitor monitor = new MemoryMonitor();
        int exitCode = monitor.execute(args);
        if (monitor.stopping.getCount() > 0) { // else the JVM is on its way out already
            System.exit(exitCode);
        }
    }

    private int execute(String... args) {
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        return new CommandLine(this)
                .setOut(new PrintWriter(output.stream, true))
                .setErr(err)
                .setParameterExceptionHandler(
                        (e, ignored) -> {
                            err.println("memory_monitor: " + oneLine(e) + " (see --help)");
                            return 2;
                        })
                .setExecutionExceptionHandler(
                        (e, ignored, parsed) -> {
                            err.println("memory_monitor: " + oneLine(e));
                            return e instanceof TypeConversionException ? 2 : 1;
                        })
                .execute(args);
    }

    /** A setting as it was given, with where that was, for messages. */
    private record Setting(String source, String text) {
        double percent() {
            String number = text.strip();
            if (!number.matches("[0-9]{1,3}([.][0-9]+)?") || Double.parseDouble(number) > 100) {
                throw wrong("is not a percentage from 0 to 100");
            }
            return Double.parseDouble(number);
        }

        /** A length of time in nanoseconds, at least {@code minNanos}. */
        long nanos(long minNanos) {
            String number = text.strip().replaceFirst("(ms|s|m)$", "");
            String unit = text.strip().substring(number.length());
            long unitNanos =
                    switch (unit) {
                        case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
                        case "m" -> TimeUnit.MINUTES.toNanos(1);
                        default -> TimeUnit.SECONDS.toNanos(1);
                    };
            if (!number.matches("[0-9]{1,6}")) {
                throw wrong("is not a time: write it as 500ms, 15s, 2m or plain seconds");
            }
            long nanos = Long.parseLong(number) * unitNanos;
            if (nanos < minNanos) {
                throw wrong("is too short: at least " + Units.seconds(minNanos) + " is needed");
            }
            return nanos;
        }

        Path path() {
            try {
                return Path.of(text).toAbsolutePath();
            } catch (InvalidPathException e) {
                throw wrong("is not a file name in this locale");
            }
        }

        private TypeConversionException wrong(String what) {
            return new TypeConversionException(source + ": '" + text + "' " + what);
        }
    }

    /** The command line goes before the environment, that before the constants above. */
    private static Setting setting(String option, String given, String name, String constant) {
        String variable = "MEMORY_MONITOR_" + option.toUpperCase(Locale.ROOT).replace('-', '_');
        String value = System.getenv(variable);
        if (given != null) {
            return new Setting("--" + option, given);
        }
        return value != null && !value.isEmpty()
                ? new Setting(variable, value)
                : new Setting(name + " in MemoryMonitor.java", constant);
    }

    private double thresholdPercent() {
        return setting("threshold", threshold, "THRESHOLD", THRESHOLD).percent();
    }

    private long intervalNanos() {
        return setting("interval", interval, "INTERVAL", INTERVAL)
                .nanos(TimeUnit.MILLISECONDS.toNanos(10));
    }

    // ---- Watch loop ----

    private LogFile log;
    private LogFile jsonLog;
    private IncidentCommand incidentCommand;
    private Sampler sampler;
    private BreachTimer timer;
    private final ProcessHistory history = new ProcessHistory(ProcessHistory.LIMIT);
    private long historyCostNanos;
    private int incidents;

    @Override
    public Integer call() throws Exception {
        long intervalNanos = intervalNanos();
        timer =
                new BreachTimer(
                        thresholdPercent(),
                        setting("duration", duration, "DURATION", DURATION).nanos(0));
        sampler = new Sampler();
        log = open(setting("log", logFile, "LOG_FILE", LOG_FILE), "\n\n", CUT_SHORT);
        Setting json = setting("json", jsonFile, "JSON", JSON);
        jsonLog = json.text.isEmpty() ? null : open(json, "\n", null);
        String command = setting("on-incident", onIncident, "ON_INCIDENT", ON_INCIDENT).text;
        incidentCommand = command.isEmpty() ? null : incidentCommand(command);
        stopOnSignal(Thread.currentThread());
        rehearse();

        Sample sample = sampler.sample(System.nanoTime());
        started(sample, intervalNanos);
        while (sample != null) {
            BreachTimer.Verdict verdict = timer.next(sample);
            switch (verdict) {
                case INCIDENT, CLIMBED -> record(sample, verdict);
                case ENDED -> recordEnd("memory back to %.1f %%", sample);
                case NOTHING -> {}
            }
            updateHistory(sample);
            retry();
            output.status(timer, sample, incidents);
            sample = nextSample(sample, intervalNanos);
        }
        output.endStatus();
        return 0;
    }

    /** Waits until it is time for the next sample, and takes it; null: asked to stop. */
    private Sample nextSample(Sample last, long intervalNanos)
            throws InterruptedException, IOException {
        long dueNanos = Math.min(last.nanos + intervalNanos, timer.dueNanos());
        boolean stop = stopping.await(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        Sample sample = sampler.sample(dueNanos);
        if (stop) {
            if (timer.isIncident()) {
                recordEnd("memory_monitor stopped with memory at %.1f %%", sample);
            }
            return null;
        }
        if (sample.isStalled()) {
            String late = Units.seconds(sample.lateNanos);
            output.event(Output.NOTICE, "sampling was stalled for %s", late);
        }
        if (sample.oomKills > last.oomKills) {
            recordOomKills(sample, sample.oomKills - last.oomKills);
        }
        return sample;
    }

    private void updateHistory(Sample sample) {
        boolean above = timer.isAbove();
        long pauseSeconds = above ? HISTORY_SECONDS_ABOVE : HISTORY_SECONDS;
        long divisor = above ? HISTORY_COST_DIVISOR_ABOVE : HISTORY_COST_DIVISOR;
        long pauseNanos =
                Math.max(TimeUnit.SECONDS.toNanos(pauseSeconds), historyCostNanos * divisor);
        if (sample.nanos - history.nanos() >= pauseNanos) {
            history.add(sample.nanos, timer.compareNanos(), ProcessTable.captureSizes());
            historyCostNanos = System.nanoTime() - sample.nanos;
        }
    }

    /** On SIGTERM or SIGINT the JVM ends when the loop has: a record is finished first. */
    private void stopOnSignal(Thread loop) {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    stopping.countDown();
                                    try {
                                        loop.join(TimeUnit.SECONDS.toMillis(30));
                                    } catch (InterruptedException e) {
                                        Thread.currentThread().interrupt();
                                    }
                                }));
    }

    private static LogFile open(Setting setting, String terminator, String cutShort)
            throws IOException {
        LogFile file = new LogFile(setting.path(), terminator, cutShort);
        try {
            file.check();
        } catch (IOException e) {
            throw new IOException(
                    setting.source + ": cannot write the log " + file + ": " + e.getMessage(), e);
        }
        return file;
    }

    private IncidentCommand incidentCommand(String command) {
        return new IncidentCommand(
                command,
                ON_INCIDENT_SECONDS,
                what -> output.event(Output.ERROR, "--on-incident command %s", what));
    }

    /**
     * Runs the whole way of a record, into the void, until the JVM has loaded and compiled what it
     * takes: in an incident there may be no memory and no disk left for that.
     */
    private void rehearse() throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(REHEARSAL_MILLIS);
        BreachTimer above = new BreachTimer(0, 0);
        ProcessHistory past = new ProcessHistory(ProcessHistory.LIMIT);
        past.add(System.nanoTime(), Long.MAX_VALUE, ProcessTable.captureSizes());
        do {
            Sample sample = sampler.sample(System.nanoTime());
            above.next(sample);
            RecordText text = new RecordText(0, log.spillFile());
            JsonRecord json = json("rehearsal", sample);
            Incident.write("rehearsal", sample, above, past, text, json).summary();
            for (RecordText part : json == null ? List.of(text) : List.of(text, json.end())) {
                part.buffers();
                part.discard();
            }
        } while (System.nanoTime() < end);
    }

    private void started(Sample sample, long intervalNanos) {
        String last = log.lastHeadline();
        if (last.startsWith(" memory above ", time(sample.epochMillis).length())) {
            String unended =
                    "memory_monitor started: the incident above never ended, the machine was booted"
                            + " at "
                            + time(1000 * ProcessTable.bootSeconds());
            recordLine(Output.WARNING, sample, unended, json("unended", sample));
        }
        output.event(
                Output.INFO,
                "memory_monitor %s: RAM %.1f %% used; watching every %s, incident above %s for %s,"
                        + " log %s",
                VERSION,
                sample.usedPercent,
                Units.seconds(intervalNanos),
                percent(timer.thresholdPercent),
                Units.seconds(timer.durationNanos),
                log);
    }

    private void record(Sample sample, BreachTimer.Verdict verdict) throws IOException {
        RecordText text = new RecordText(RecordText.HEAD_BYTES, log.spillFile());
        JsonRecord json = json(verdict.name().toLowerCase(Locale.ROOT), sample);
        Incident incident =
                Incident.write(timer.describe(sample), sample, timer, history, text, json);
        boolean isFirst = verdict == BreachTimer.Verdict.INCIDENT;
        ByteBuffer[] copy = isFirst && incidentCommand != null ? text.buffers() : null;
        append(log, text);
        if (json != null) {
            append(jsonLog, json.end());
        }
        output.event(Output.WARNING, "%s", incident.summary());
        if (isFirst) {
            incidents++;
            runCommand("incident", sample, incident.headline, incident.growth, copy);
        }
    }

    private void recordEnd(String how, Sample sample) throws IOException {
        String what =
                String.format(
                        Locale.ROOT,
                        how + ": above %s for %s, peak %.1f %% at %s, largest process then: %s",
                        sample.usedPercent,
                        percent(timer.thresholdPercent),
                        Units.seconds(timer.elapsedNanos(sample)),
                        timer.peak().usedPercent,
                        time(timer.peak().epochMillis),
                        history.at(timer.peak().nanos).largest());
        JsonRecord json = json("end", sample);
        if (json != null) {
            timer.put(sample, json);
        }
        RecordText text = recordLine(Output.NOTICE, sample, what, json);
        if (stopping.getCount() > 0) {
            runCommand("end", sample, what, "", text.buffers());
        }
    }

    private void recordOomKills(Sample sample, long kills) {
        long minuteAgo = sample.nanos - TimeUnit.MINUTES.toNanos(1);
        ProcessTable table = ProcessTable.captureSizes();
        history.add(System.nanoTime(), timer.compareNanos(), table);
        String what =
                String.format(
                        Locale.ROOT,
                        "%sthe kernel has killed %d process%s for lack of memory; %s",
                        timer.isIncident() ? timer.describe(sample) + ": " : "",
                        kills,
                        kills == 1 ? "" : "es",
                        describeGrowth(history.from(minuteAgo), table.keys()));
        recordLine(Output.WARNING, sample, what, json("oomKill", sample));
    }

    /** One place for all who ask, so that it is linked after the rehearsal. */
    private static String describeGrowth(List<ProcessHistory.Snapshot> history, Set<Long> running) {
        return Growth.describe(history, running, Owners::unitOf);
    }

    /**
     * Records and tells what a line of text says.
     *
     * @param json the same for programs, begun already; null: not wanted
     */
    private RecordText recordLine(int priority, Sample sample, String what, JsonRecord json) {
        RecordText text = new RecordText(RecordText.HEAD_BYTES, log.spillFile());
        text.put(time(sample.epochMillis)).put(' ').put(what).put("\n\n");
        append(log, text);
        if (json != null) {
            append(jsonLog, json.put("message", what).end());
        }
        output.event(priority, "%s", what);
        return text;
    }

    /** Begins a record for programs; null if none are wanted. */
    private JsonRecord json(String type, Sample sample) {
        return jsonLog == null
                ? null
                : new JsonRecord(jsonLog.spillFile(), type, sample.epochMillis)
                        .put("thresholdPercent", timer.thresholdPercent)
                        .put("memoryPercent", sample.usedPercent)
                        .put("cpuPercent", sample.cpuPercent);
    }

    private void runCommand(
            String event, Sample sample, String summary, String growth, ByteBuffer[] record) {
        if (incidentCommand == null) {
            return;
        }
        incidentCommand.run(
                Map.of(
                        "INCIDENT_EVENT", event,
                        "INCIDENT_TIME", time(sample.epochMillis),
                        "INCIDENT_SUMMARY", summary,
                        "INCIDENT_GROWTH", growth,
                        "INCIDENT_CPU_PERCENT",
                                String.format(Locale.ROOT, "%.1f", sample.cpuPercent),
                        "INCIDENT_RAM_PERCENT",
                                String.format(Locale.ROOT, "%.1f", sample.usedPercent),
                        "INCIDENT_LOG", log.toString()),
                record);
    }

    /** A record that the log does not take goes to the journal at once, and waits for the log. */
    private void append(LogFile file, RecordText text) {
        try {
            file.append(text);
        } catch (IOException e) {
            if (file == log) {
                output.record(text);
            }
            output.event(
                    Output.ERROR,
                    "cannot write the log %s: %s; the record%s is kept until that works again",
                    file,
                    e.getMessage(),
                    file == log ? " above" : "");
        }
    }

    private void retry() {
        for (LogFile file : jsonLog == null ? List.of(log) : List.of(log, jsonLog)) {
            int waiting = file.waiting();
            try {
                file.flush();
            } catch (IOException e) {
                continue; // that it does not work has been said
            }
            if (waiting > 0) {
                output.event(
                        Output.NOTICE, "the log %s works again: %d kept records", file, waiting);
            }
        }
    }

    @Command(
            name = "snapshot",
            mixinStandardHelpOptions = true,
            description = "Prints the record that an incident would log now.")
    private int snapshot() throws IOException, InterruptedException {
        sampler = new Sampler();
        TimeUnit.NANOSECONDS.sleep(intervalNanos());
        Sample sample = sampler.sample(System.nanoTime());
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        RecordText text =
                new RecordText(
                        RecordText.HEAD_BYTES,
                        folder.resolve("memory_monitor." + ProcessHandle.current().pid()));
        history.add(sample.nanos, Long.MAX_VALUE, ProcessTable.captureSizes());
        Incident.write("snapshot", sample, new BreachTimer(0, 0), history, text, null);
        output.print(text.buffers());
        return 0;
    }

    // ---- Sampler ----

    /**
     * Overall use at one moment.
     *
     * @param nanos when it was taken, on the monotonic clock of {@link System#nanoTime}
     * @param lateNanos how much later that was than it should have been
     * @param epochMillis when it was taken, on the wall clock
     * @param usedPercent (MemTotal − MemAvailable) ÷ MemTotal, see proc(5), meminfo
     * @param cpuPercent busy time of all processors since the sample before
     * @param oomKills how many processes the kernel has killed for lack of memory since boot
     */
    record Sample(
            long nanos,
            long lateNanos,
            long epochMillis,
            double usedPercent,
            double cpuPercent,
            long oomKills) {
        boolean isStalled() {
            return lateNanos > TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS);
        }
    }

    /** Reads overall memory and CPU use, by way of OSHI. */
    static final class Sampler {
        private final GlobalMemory memory;
        private final CentralProcessor processor;
        private long[] ticks;

        Sampler() {
            if (!Files.isReadable(Path.of("/proc/meminfo"))) {
                throw new UnsupportedOperationException(
                        "there is no /proc/meminfo to read; this needs Linux with /proc mounted");
            }
            // OSHI keeps what it read for 300 ms: too long for short intervals. The two reads that
            // make up a sample are still one.
            GlobalConfig.set(GlobalConfig.OSHI_UTIL_MEMOIZER_EXPIRATION, 5);
            HardwareAbstractionLayer hardware = new SystemInfo().getHardware();
            memory = hardware.getMemory();
            processor = hardware.getProcessor();
            ticks = processor.getSystemCpuLoadTicks();
        }

        /**
         * Takes a sample.
         *
         * @param dueNanos when it should have been taken
         */
        Sample sample(long dueNanos) {
            long nanos = System.nanoTime();
            long totalBytes = memory.getTotal();
            long usedBytes = totalBytes - memory.getAvailable();
            long[] before = ticks;
            ticks = processor.getSystemCpuLoadTicks();
            return new Sample(
                    nanos,
                    nanos - dueNanos,
                    System.currentTimeMillis(),
                    100.0 * usedBytes / totalBytes,
                    100 * processor.getSystemCpuLoadBetweenTicks(before, ticks),
                    Kernel.oomKills());
        }
    }

    // ---- Breach timer ----

    /**
     * Decides what a sample means. A breach begins with the first sample above the threshold and
     * ends with the first that is not; it becomes an incident once it has lasted the duration.
     */
    static final class BreachTimer {
        enum Verdict {
            NOTHING,
            /** The breach has now lasted the duration. */
            INCIDENT,
            /** The incident goes on, and use is another {@link #CLIMB_POINTS} higher. */
            CLIMBED,
            /** The incident is over. */
            ENDED
        }

        final double thresholdPercent;
        final long durationNanos;

        private Sample first;
        private Sample last;
        private Sample peak;
        private boolean incident;
        private double recordedPercent;
        private long stalledNanos;

        BreachTimer(double thresholdPercent, long durationNanos) {
            this.thresholdPercent = thresholdPercent;
            this.durationNanos = durationNanos;
        }

        Verdict next(Sample sample) {
            boolean wasAbove = isAbove();
            boolean wasIncident = isIncident();
            last = sample;
            if (!isAbove()) {
                return wasIncident ? Verdict.ENDED : Verdict.NOTHING;
            }
            if (!wasAbove) {
                first = peak = sample;
                incident = false;
                stalledNanos = 0;
            }
            if (sample.usedPercent > peak.usedPercent) {
                peak = sample;
            }
            stalledNanos += sample.isStalled() ? sample.lateNanos : 0;
            boolean due = elapsedNanos(sample) >= durationNanos;
            boolean climbed = sample.usedPercent >= recordedPercent + CLIMB_POINTS;
            if (incident ? !climbed : !due) {
                return Verdict.NOTHING;
            }
            recordedPercent = sample.usedPercent;
            Verdict verdict = incident ? Verdict.CLIMBED : Verdict.INCIDENT;
            incident = true;
            return verdict;
        }

        /** True from the record of an incident until memory is back. */
        boolean isIncident() {
            return isAbove() && incident;
        }

        boolean isAbove() {
            return last != null && last.usedPercent > thresholdPercent;
        }

        /** When the breach becomes an incident; {@link Long#MAX_VALUE} if none is on its way. */
        long dueNanos() {
            return isAbove() && !incident ? first.nanos + durationNanos : Long.MAX_VALUE;
        }

        /** How long the breach had lasted when a sample was taken. */
        long elapsedNanos(Sample sample) {
            return sample.nanos - first.nanos;
        }

        /** The sample with the highest use since the breach began. */
        Sample peak() {
            return peak;
        }

        String describe(Sample sample) {
            return String.format(
                    "memory above %s for %s",
                    percent(thresholdPercent), Units.seconds(elapsedNanos(sample)));
        }

        /** Tells programs how long the breach had lasted, and its peak. */
        void put(Sample sample, JsonRecord json) {
            json.put("aboveSeconds", elapsedNanos(sample) / 1e9)
                    .put("peakPercent", peak.usedPercent);
        }

        /** The sample with which the breach began. */
        Sample first() {
            return first;
        }

        /** From when on processes are compared; {@link Long#MAX_VALUE} without a breach. */
        long compareNanos() {
            return isAbove()
                    ? first.nanos - TimeUnit.MINUTES.toNanos(GROWTH_MINUTES)
                    : Long.MAX_VALUE;
        }

        /** How late samples have come, all together, since the breach began. */
        long stalledNanos() {
            return stalledNanos;
        }
    }

    // ---- Record of an incident ----

    /**
     * What was recorded.
     *
     * @param headline what happened, and total CPU and RAM use
     * @param growth the first note under the table: what grew most
     * @param processes the number of rows in the table
     * @param captureMillis how long it took to read and format them
     */
    record Incident(String headline, String growth, int processes, long captureMillis) {
        /**
         * Captures all processes and writes a whole record: line, table, notes, empty line.
         *
         * @param json the same record for programs, begun already; null: not wanted
         */
        static Incident write(
                String what,
                Sample sample,
                BreachTimer timer,
                ProcessHistory history,
                RecordText out,
                JsonRecord json) {
            long begin = System.nanoTime();
            String headline =
                    String.format(
                            Locale.ROOT,
                            "%s: total CPU %.1f %%, total RAM %.1f %%",
                            what,
                            sample.cpuPercent,
                            sample.usedPercent);
            out.put(time(sample.epochMillis)).put(' ').put(headline).put('\n');

            ProcessTable table = ProcessTable.capture();
            long limitMillis =
                    COMMAND_LINES_MILLIS + COMMAND_LINES_MILLIS_PER_PROCESS * table.rows.size();
            CommandLines commands =
                    new CommandLines(
                            table.rows, begin + TimeUnit.MILLISECONDS.toNanos(limitMillis));
            TableFormatter formatter = new TableFormatter(table, json);
            formatter.write(commands, out);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);

            List<String> notes = new ArrayList<>();
            MemoryKinds kinds = MemoryKinds.read();
            if (timer.isAbove()) { // else this is a snapshot
                history.add(System.nanoTime(), timer.compareNanos(), kinds, table);
                noteGrowth(timer, history, table.keys(), notes);
            }
            noteMemory(sample, timer, history, table, kinds, notes);
            noteCapture(timer, formatter, millis, notes);
            for (String note : notes) {
                out.put("# ").put(note).put('\n');
            }
            out.put('\n');
            if (json != null) {
                json.put("message", headline);
                timer.put(sample, json);
                json.put("stalledSeconds", timer.stalledNanos() / 1e9)
                        .put("oomKills", sample.oomKills - timer.first().oomKills)
                        .put(kinds)
                        .put("captureMillis", millis)
                        .put("notes", notes);
            }
            return new Incident(headline, notes.get(0), formatter.written, millis);
        }

        /** What ate it: what grew since a while before the breach, and since it began. */
        private static void noteGrowth(
                BreachTimer timer, ProcessHistory history, Set<Long> running, List<String> notes) {
            List<ProcessHistory.Snapshot> before = history.from(timer.compareNanos());
            List<ProcessHistory.Snapshot> since = history.from(timer.first().nanos);
            notes.add(describeGrowth(before, running));
            if (since.size() < before.size()) {
                notes.add("since memory is above the threshold, " + describeGrowth(since, running));
            }
        }

        /** Where memory is: by kind and by owner, and how short it is. */
        private static void noteMemory(
                Sample sample,
                BreachTimer timer,
                ProcessHistory history,
                ProcessTable table,
                MemoryKinds kinds,
                List<String> notes) {
            notes.add(kinds.account());
            notes.add("by unit: " + Owners.byUnit(table.rows));
            notes.add("by user: " + Owners.top(table.rows, row -> row.user));
            notes.add("by command: " + Owners.top(table.rows, ProcessRow::name));
            String swap = kinds.swap();
            if (timer.isAbove()) {
                long before = history.at(timer.compareNanos()).kinds.swapUsedKiB;
                long change = kinds.swapUsedKiB - before;
                long kills = sample.oomKills - timer.first().oomKills;
                swap += change == 0 ? "" : ", " + Units.change(change);
                swap += "; OOM kills since memory is above the threshold: " + kills;
            }
            String pressure = Kernel.pressure();
            notes.add(swap + (pressure.isEmpty() ? "" : "; memory pressure " + pressure));
        }

        /** How good this record is. */
        private static void noteCapture(
                BreachTimer timer, TableFormatter formatter, long millis, List<String> notes) {
            notes.add(formatter.written + " processes, captured in " + millis + " ms");
            if (formatter.cut != null) {
                notes.add("and " + formatter.left + " smaller ones, cut off: " + formatter.cut);
            }
            if (formatter.late > 0) {
                notes.add(
                        formatter.late
                                + " command lines could not be read in time: shown as they last"
                                + " were, or as [name]");
            }
            if (!ProcessTable.allVisible()) {
                notes.add(
                        "only these processes could be seen: /proc hides those of other users"
                                + " (hidepid)");
            }
            if (timer.stalledNanos() > 0) {
                notes.add("sampling was stalled for " + Units.seconds(timer.stalledNanos()));
            }
        }

        String summary() {
            return headline + "; " + processes + " processes recorded in " + captureMillis + " ms";
        }
    }

    // ---- Table formatter ----

    /** Writes the table with the columns of {@code ps aux}, each as wide as what it holds. */
    static final class TableFormatter {
        /** A column's heading is its name, with per cent signs. */
        private enum Column {
            USER(false),
            PID(true),
            CPU(true),
            MEM(true),
            VSZ(true),
            RSS(true),
            TTY(false),
            STAT(false),
            START(true),
            TIME(true);

            final boolean right;

            Column(boolean right) {
                this.right = right;
            }

            String heading() {
                return this == CPU || this == MEM ? "%" + name() : name();
            }
        }

        private static final Column[] COLUMNS = Column.values();

        private final ProcessTable table;
        private final JsonRecord json;
        private final int[] widths = new int[COLUMNS.length];

        /** The number of rows written. */
        int written;

        /** How many command lines could not be read in time. */
        int late;

        /** How many rows had no room in the record, and why. */
        int left;

        String cut;

        /**
         * @param json gets each row too; null: not wanted
         */
        TableFormatter(ProcessTable table, JsonRecord json) {
            this.table = table;
            this.json = json;
        }

        /** Writes heading and rows, in the order of the table. */
        void write(Supplier<CommandLines.Text> commands, RecordText out) {
            for (Column column : COLUMNS) {
                int width = column.heading().length();
                for (ProcessRow row : table.rows) {
                    width = Math.max(width, cell(column, row).length());
                }
                widths[column.ordinal()] = width;
            }
            writeCells(null, out);
            out.put("COMMAND\n");
            if (json != null) {
                json.beginProcesses();
            }
            for (ProcessRow row : table.rows) {
                CommandLines.Text command = commands.get();
                if (command.outcome() == CommandLines.Outcome.GONE) {
                    continue;
                }
                late += command.outcome() == CommandLines.Outcome.LATE ? 1 : 0;
                writeCells(row, out);
                PsCells.command(command.bytes(), command.from(), command.to(), row, out);
                out.put('\n');
                if (json != null) {
                    json.put(table, row, command);
                }
                written++;
                if (out.cut() != null) {
                    break;
                }
            }
            if (json != null) {
                json.endProcesses();
            }
            if (out.cut() != null) {
                cut = LogFile.reason(out.cut());
                written = out.resumeAfterCut() - 2; // line of text and heading
                left = table.rows.size() - written;
            }
        }

        /** Writes all cells but COMMAND of a row, or of the heading if there is none. */
        private void writeCells(ProcessRow row, RecordText out) {
            for (Column column : COLUMNS) {
                String cell = row == null ? column.heading() : cell(column, row);
                int padding = widths[column.ordinal()] - cell.length();
                if (column.right) {
                    out.blanks(padding).put(cell).put(' ');
                } else {
                    out.put(cell).blanks(padding + 1);
                }
            }
        }

        private String cell(Column column, ProcessRow row) {
            return switch (column) {
                case USER -> row.user;
                case PID -> Integer.toString(row.pid);
                case CPU -> PsCells.percentCpu(row.cpuTicks, table.elapsedTicks(row));
                case MEM -> PsCells.percentMem(row.rssKiB, table.memTotalKiB);
                case VSZ -> Long.toString(row.vszKiB);
                case RSS -> Long.toString(row.rssKiB);
                case TTY -> row.tty;
                case STAT -> PsCells.stat(row);
                case START -> PsCells.start(table.started(row), table.taken());
                case TIME -> PsCells.time(table.cpuSeconds(row));
            };
        }
    }

    // ---- What is said on the terminal or in the journal ----

    private static final class Output {
        // Priorities of syslog(3)
        static final int ERROR = 3;
        static final int WARNING = 4;
        static final int NOTICE = 5;
        static final int INFO = 6;

        private final FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
        private final FileChannel channel = stdout.getChannel();
        final PrintStream stream = new PrintStream(stdout, true, StandardCharsets.UTF_8);
        private final Patience patience = new Patience("stdout", OUTPUT_MILLIS);
        private final boolean terminal = isTerminal();
        private final boolean journal = System.getenv("JOURNAL_STREAM") != null;

        /** How many lines and records were not taken from us since the last that was. */
        private int missed;

        private static final String MISSED =
                "nobody has read this for a while: up to %d lines or records are missing";

        private static boolean isTerminal() {
            try {
                Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
                return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
            } catch (IOException e) {
                return false;
            }
        }

        /** Prints one line; the journal gets it with its priority. */
        synchronized void event(int priority, String format, Object... arguments) {
            String start = terminal ? CLEAR_LINE : journal ? "<" + priority + ">" : "";
            String missing = missed == 0 ? "" : start + String.format(MISSED, missed) + "\n";
            String text = start + String.format(Locale.ROOT, format, arguments);
            missed = isSaid(() -> stream.println(missing + text)) ? 0 : missed + 1;
        }

        /** Whoever should read this may have stopped reading: that must not stop the watch. */
        private boolean isSaid(Runnable what) {
            try {
                return patience.call(Executors.callable(what, true)) != null;
            } catch (IOException e) {
                return true; // nobody listens
            }
        }

        private static final String CLEAR_LINE = "\r\033[K";

        /** Keeps a line current on a terminal. */
        void status(BreachTimer timer, Sample sample, int incidents) {
            if (terminal) {
                String above = timer.isAbove() ? Units.seconds(timer.elapsedNanos(sample)) : "0 s";
                String status =
                        String.format(
                                Locale.ROOT,
                                "RAM %.1f %%  CPU %.1f %%  above for %s  incidents %d  processes"
                                        + " %d",
                                sample.usedPercent,
                                sample.cpuPercent,
                                above,
                                incidents,
                                ProcessTable.count());
                isSaid(() -> stream.print(CLEAR_LINE + status));
            }
        }

        void endStatus() {
            if (terminal) {
                isSaid(stream::println);
            }
        }

        /** Prints a record that the log does not take. */
        synchronized void record(RecordText text) {
            try {
                ByteBuffer[] parts = text.buffers();
                missed += isSaid(() -> print(parts)) ? 0 : 1;
            } catch (IOException e) {
                return; // it waits for the log
            }
        }

        /** Prints a record, however long that takes. */
        void print(ByteBuffer[] parts) {
            stream.print(terminal ? CLEAR_LINE : "");
            stream.flush();
            try {
                for (ByteBuffer part : parts) {
                    while (part.hasRemaining()) {
                        channel.write(part);
                    }
                }
            } catch (IOException e) {
                return; // nobody listens
            }
        }
    }

    private static String percent(double percent) {
        return (percent == Math.rint(percent) ? Long.toString((long) percent) : "" + percent)
                + " %";
    }

    private static String time(long epochMillis) {
        return DateTimeFormatter.ofPattern(TIME_FORMAT, Locale.ROOT)
                .format(Instant.ofEpochMilli(epochMillis).atZone(ZoneId.systemDefault()));
    }

    private static String oneLine(Throwable e) {
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }

    /** There may be no memory left then to form a message, or to find a stream to print it. */
    private static final byte[] OUT_OF_HEAP =
            "memory_monitor: out of heap; raise -Xmx in MemoryMonitor.java\n"
                    .getBytes(StandardCharsets.UTF_8);

    private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

    /** Nothing may go on half-alive: the service manager starts the program anew. */
    private static void fail(Throwable e) {
        String message = e.getMessage();
        boolean noThread = message != null && message.contains("thread"); // is such an error too
        try {
            STDERR.write(
                    e instanceof OutOfMemoryError && !noThread
                            ? OUT_OF_HEAP
                            : ("memory_monitor: " + oneLine(e) + "\n")
                                    .getBytes(StandardCharsets.UTF_8));
        } catch (IOException ignored) {
            return; // nobody listens
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }
}
