package output;

import breach.Breach;
import breach.Sample;

import cli.Setting;

import culprit.Growth;
import culprit.History;

import procfs.BootClock;
import procfs.Machine;
import procfs.MemoryKinds.Kind;
import procfs.ProcFile;
import procfs.Stat;

import text.Printable;
import text.Reason;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Figures for Prometheus, in its text format, in a file that the textfile collector of
 * node_exporter reads. The file is replaced in one step, every 15 seconds and at each event; a disk
 * that hangs is waited for only a moment. See {@code lib/prometheus}.
 *
 * <p>The format is written by hand: it is a page of text, and a client library would take more heap
 * than all of it.
 */
public final class Metrics implements RecordWriter {
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(15);

    /** Each is a time series; the next incident ends it. */
    private static final int MOST_CULPRITS = 5;

    /** Names of units and mounts have been cut to 100 bytes and a hash before: they fit. */
    private static final int LABEL_BYTES = 112;

    private final Path path;
    private final Disk disk;
    private final String version;
    private final double thresholdPercent;
    private final Machine machine;
    private final History history;
    private final Backlog backlog;
    private final Console console;

    private final StringBuilder text = new StringBuilder(8 << 10);
    private final ProcFile self = new ProcFile();
    private long stalls;
    private boolean isFirstRecord; // of an incident: the others tell that use has climbed
    private long incidents;
    private long climbs;
    private long captureMillis;
    private long captures;

    /** Of what the last record named, by labels. */
    private Map<String, Long> culpritsKiB = Map.of();

    private Optional<Breach> lastIncident = Optional.empty();
    private long lastNanos;
    private boolean isDue = true;

    /** Why the file was not written last; empty: it was. */
    private String problem = "";

    public Metrics(
            Setting setting,
            String version,
            double thresholdPercent,
            Machine machine,
            History history,
            Backlog backlog,
            Console console) {
        path = setting.path();
        disk = new Disk(path, Disk.Limits.NONE);
        this.version = version;
        this.thresholdPercent = thresholdPercent;
        this.machine = machine;
        this.history = history;
        this.backlog = backlog;
        this.console = console;
        buildInfo();
        put(text.toString()); // an incident loads no class for it then
    }

    @Override
    public void begin(Incident incident) {
        isFirstRecord = incident.event().type() == Event.Type.INCIDENT;
        Growth growth = incident.answer().growth();
        culpritsKiB = growth.isDoubtful() ? Map.of() : culprits(growth);
        isDue = true;
    }

    @Override
    public void end(RowsRead read) {
        incidents += isFirstRecord ? 1 : 0;
        climbs += isFirstRecord ? 0 : 1;
        captureMillis += read.millis();
        captures++;
    }

    @Override
    public void event(Event event) {
        lastIncident = event.isEnd() ? event.breach() : lastIncident;
        isDue = true;
    }

    @Override
    public void sampled(Sample sample, Optional<Breach> breach) {
        stalls += sample.isStalled() ? 1 : 0;
        if (breach.isPresent() && breach.get().isIncident()) {
            lastIncident = breach;
        }
        if (isDue || sample.nanos() - lastNanos >= PAUSE_NANOS) {
            isDue = false;
            lastNanos = sample.nanos();
            put(format(sample, breach));
        }
    }

    // ---- Text

    /** The largest of what grew, at most {@link #MOST_CULPRITS}; labels never say a PID. */
    static Map<String, Long> culprits(Growth growth) {
        Map<String, Long> sums = new LinkedHashMap<>();
        for (Growth.Item item : growth.items()) {
            if (item.change() != Growth.Change.GONE) {
                String labels =
                        "{unit=\"" + label(item.unit()) + "\",groupname=\"" + label(item.name());
                labels += "\"}";
                if (sums.containsKey(labels) || sums.size() < MOST_CULPRITS) {
                    sums.put(labels, sums.getOrDefault(labels, 0L) + item.sizeKiB());
                }
            }
        }
        return sums;
    }

    /** A name as a label's value, see Prometheus's exposition formats. */
    private static String label(String name) {
        String value = Printable.cut(name, LABEL_BYTES);
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private String format(Sample sample, Optional<Breach> breach) {
        text.setLength(0);
        buildInfo();
        gauge("memory_used_ratio", "RAM that is not available.", sample.usedPercent() / 100);
        gauge("threshold_ratio", "Use above this counts.", thresholdPercent / 100);
        boolean isIncident = breach.isPresent() && breach.get().isIncident();
        gauge("breach", "1 while use is above the threshold.", breach.isPresent() ? 1 : 0);
        gauge("incident", "1 from an incident's record to its end.", isIncident ? 1 : 0);
        double above = breach.isPresent() ? breach.get().elapsedNanos() / 1e9 : 0;
        gauge("above_threshold_seconds", "How long use has been above the threshold.", above);
        counter("incidents", "Incidents.", incidents);
        counter("climbs", "Further records, because use has climbed on.", climbs);
        String byMachine = "Processes killed because the machine was out of memory.";
        counter("oom_kills", byMachine, machine.killCounts().byMachine());
        String byLimits = "Processes killed because a control group was at its own limit.";
        counter("limit_kills", byLimits, machine.killCounts().byLimits());
        counter("stalls", "Samples that came late.", stalls);
        String shortened = "Records of twenty rows only, for want of room.";
        counter("records_shortened", shortened, backlog.recordsShortened.get());
        counter("write_errors", "Failed tries to write a record.", backlog.writeErrors.get());
        counter("records_lost", "Records dropped while they waited.", backlog.recordsLost.get());
        counter(
                "tables_lost",
                "Tables dropped while their records waited.",
                backlog.tablesLost.get());
        gauge("records_waiting", "Records that wait to be written.", backlog.waiting());
        counter(
                "hook_failures",
                "Runs of --on-incident that failed.",
                backlog.commandFailures.get());
        if (lastIncident.isPresent()) {
            Breach last = lastIncident.get();
            double peak = last.peak().usedPercent() / 100;
            double start = last.first().epochMillis() / 1e3;
            gauge("last_incident_start_timestamp_seconds", "When memory got above.", start);
            gauge("last_incident_peak_ratio", "The highest use in it.", peak);
            gauge("last_incident_duration_seconds", "Its length.", last.elapsedNanos() / 1e9);
        }
        if (!culpritsKiB.isEmpty()) {
            head("culprit_growth_bytes", "gauge", "What the last record says has grown.");
            for (Map.Entry<String, Long> culprit : culpritsKiB.entrySet()) {
                value("culprit_growth_bytes" + culprit.getKey(), culprit.getValue() * 1024.0);
            }
        }
        double unaccounted = 1024.0 * Math.max(0, history.lastKiB(Kind.OTHER));
        gauge("not_accounted_for_bytes", "Memory that the kernel tells of nowhere.", unaccounted);
        counter("cpu_seconds", "Its own CPU time.", cpuSeconds());
        head("capture_seconds", "summary", "How long it takes to record all processes.");
        value("capture_seconds_sum", captureMillis / 1e3);
        value("capture_seconds_count", captures);
        return text.toString();
    }

    private void buildInfo() {
        head("build_info", "gauge", "The version.");
        value("build_info{version=\"" + version + "\"}", 1);
    }

    private double cpuSeconds() {
        self.read("/proc/self/stat", 4096);
        Stat stat = Stat.parse(0, self);
        return stat == null ? 0 : stat.cpuTicks() / (double) BootClock.TICKS_PER_SECOND;
    }

    private void counter(String name, String help, double value) {
        head(name + "_total", "counter", help);
        value(name + "_total", value);
    }

    private void gauge(String name, String help, double value) {
        head(name, "gauge", help);
        value(name, value);
    }

    private void head(String name, String type, String help) {
        text.append("# HELP memory_monitor_" + name + " " + help + "\n");
        text.append("# TYPE memory_monitor_" + name + " " + type + "\n");
    }

    private void value(String name, double value) {
        boolean isWhole = value == (long) value;
        String number = isWhole ? Long.toString((long) value) : Double.toString(value);
        text.append("memory_monitor_" + name + " " + number + "\n");
    }

    // ---- File

    /** Replaces the file, or says why it cannot be. */
    private void put(String figures) {
        String why = "";
        try {
            disk.call(() -> replace(figures));
        } catch (IOException e) {
            why = Reason.of(e);
        }
        if (!why.isEmpty() && !why.equals(problem)) {
            console.event(Console.ERROR, "cannot write the metrics %s: %s", path, why);
        }
        problem = why;
    }

    private Path replace(String figures) throws IOException {
        LogFile.refuseForeign(FileFormat.METRICS, path);
        return Disk.replace(path, Disk.ALL_READ, Disk.utf8(figures));
    }
}
