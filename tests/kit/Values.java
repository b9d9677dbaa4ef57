package kit;

import breach.Breach;
import breach.Sample;

import culprit.Answer;
import culprit.History;
import culprit.Series;
import culprit.Share;

import output.Disk;
import output.Event;
import output.Incident;
import output.JsonWriter;
import output.PsCells;
import output.RecordSink;
import output.RecordWriter;
import output.RecordWriter.RowsRead;

import procfs.BootClock;
import procfs.CommandLines;
import procfs.MemInfo;
import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcFile;
import procfs.ProcessInfo;
import procfs.ProcessReader;
import procfs.ProcessTable;
import procfs.Reading;
import procfs.Stat;
import procfs.Status;

import text.Bytes;

import words.Lead;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Makes values of the program's own classes: the one place that knows how they are made. */
public final class Values {
    /** Started five ticks after boot by process 0, leader of its session, with no memory. */
    public static final String STAT = "1 (comm) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0";

    /** The machine was booted at the first second of this day. */
    public static final ZonedDateTime NOW = ZonedDateTime.parse("2026-11-22T13:53:21+01:00");

    /** More command lines than this that cannot be read, and none is read any more. */
    public static final int STUCK_LIMIT = ProcessReader.THREADS_LIMIT;

    /** A log in a folder that does not exist: there is room for a megabyte in memory only. */
    public static final Disk NOWHERE = disk(Path.of("/nowhere/x.log"), Long.MAX_VALUE);

    private Values() {}

    public static Disk disk(Path path, long limitBytes) {
        return new Disk(path, new Disk.Limits(limitBytes, 5, 20));
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static String latin1(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    // ---- Processes

    /** A process from what the kernel says of it; null if that makes no sense. */
    public static ProcessInfo row(int pid, byte[] stat, byte[] status, String user, String tty) {
        Stat first = Stat.parse(pid, ProcFile.of(latin1(stat)));
        if (first == null) {
            return null;
        }
        Status second = Status.parse(ProcFile.of(latin1(status)), first);
        return ProcessInfo.of(first, second, "").named(user, tty);
    }

    public static ProcessInfo row(int pid, String stat, String status, String user, String tty) {
        return row(pid, utf8(stat), utf8(status), user, tty);
    }

    public static ProcessInfo row(int pid, String stat, String status) {
        return row(pid, stat, status, "root", "?");
    }

    public static ProcessTable table(long bootTicks, long totalKiB, List<ProcessInfo> rows) {
        long bootSeconds = NOW.toLocalDate().atStartOfDay(NOW.getZone()).toEpochSecond();
        Map<Long, String> users = new HashMap<>();
        rows.forEach(row -> users.put(row.uid(), row.user()));
        return new ProcessTable(rows, users, totalKiB, new BootClock(bootTicks, bootSeconds, NOW));
    }

    // ---- Records

    /** The cell COMMAND. */
    public static Bytes command(byte[] commandLine, ProcessInfo row) {
        Bytes out = new Bytes();
        byte[] around = utf8("x" + latin1(commandLine)); // as in the middle of a buffer
        System.arraycopy(commandLine, 0, around, 1, commandLine.length);
        CommandLines.Outcome read = CommandLines.Outcome.READ;
        PsCells.command(new CommandLines.Text(read, around, 1, 1 + commandLine.length), row, out);
        return out;
    }

    /** A record as the log and as lines of JSON have it. */
    public record Formatted(String text, String json) {}

    /** An event: of a breach that has just begun, but for a snapshot. */
    public static Event event(Event.Type type, Sample sample, String message, Series series) {
        boolean isSnapshot = type == Event.Type.SNAPSHOT;
        Optional<Breach> breach =
                isSnapshot ? Optional.empty() : Optional.of(Breach.begin(80, sample));
        return new Event(type, sample, 80, breach, message, Lead.NONE, "", series);
    }

    /** An event without a history. */
    public static Event event(Event.Type type, Sample sample, String message) {
        return event(type, sample, message, new History().series(0));
    }

    /**
     * Forms a record.
     *
     * @param formatter makes the writer of the table, which is in no package
     * @param disk takes what memory does not hold
     * @param commandLines one for each row
     */
    public static Formatted format(
            BiFunction<Disk, List<RecordSink>, RecordWriter> formatter,
            Disk disk,
            ProcessTable table,
            List<byte[]> commandLines) {
        Sample sample = new Sample(0, 0, NOW.toInstant().toEpochMilli(), 81.25, 3, 0);
        MemoryKinds kinds = kinds("");
        Reading moment = reading(0, kinds, List.of());
        History history = new History();
        Answer answer = Answer.of(history, moment, history.add(moment), 0, 0, Long::toString);
        MemoryPressure pressure = MemoryPressure.parse("");
        Event event = event(Event.Type.SNAPSHOT, sample, "snapshot", history.series(0));
        Incident incident = new Incident(event, table, kinds, answer, pressure, List.of("a note"));
        List<String> texts = new ArrayList<>();
        RecordSink sink = (ignored, text) -> texts.add(text.toString());
        for (RecordWriter writer :
                List.of(formatter.apply(disk, List.of(sink)), new JsonWriter(disk, "", sink))) {
            writer.begin(incident);
            for (int i = 0; i < commandLines.size(); i++) {
                ProcessInfo row = table.rows().get(i);
                writer.row(row, command(commandLines.get(i), row));
            }
            writer.end(new RowsRead(commandLines.size(), 0, 12));
        }
        return new Formatted(texts.get(0), texts.get(1));
    }

    /** The first line of JSON of a record in which all names and notes are as long as can be. */
    public static String longestJson() {
        String name = "\\".repeat(250); // two bytes each in JSON
        MemoryKinds kinds =
                kinds(
                        "MemTotal: 99999999999 kB\n"
                                + "AnonPages: 88888888888 kB\n"
                                + "Shmem: 77777777777 kB\n");
        History history = new History();
        Answer answer = null;
        for (int second = 0; second < 100; second++) {
            List<ProcessInfo> processes = new ArrayList<>();
            for (int pid = 1; pid <= 40; pid++) {
                long anonKiB = 100_000_000L + 900_000L * second * pid;
                String status = "Uid: 0 " + pid + "\nRssAnon: " + anonKiB + " kB\nVmPTE: 99 kB\n";
                Stat stat = Stat.parse(pid, ProcFile.of(STAT.replace("comm", name + pid)));
                Status sizes = Status.parse(ProcFile.of(status), stat);
                processes.add(ProcessInfo.of(stat, sizes, name + pid));
            }
            Reading moment = reading(second, kinds, processes);
            long start = 50_000_000_000L;
            List<Share> shares = history.add(moment);
            answer = Answer.of(history, moment, shares, start, start, uid -> name + uid);
        }
        Sample sample = new Sample(0, 0, NOW.toInstant().toEpochMilli(), 81.25, 3, 0);
        Event event = event(Event.Type.INCIDENT, sample, name, history.series(0));
        MemoryPressure pressure = MemoryPressure.parse("");
        List<String> notes = Collections.nCopies(12, name.repeat(9));
        ProcessTable table = table(100, 99_999_999, List.of());
        List<String> texts = new ArrayList<>();
        JsonWriter writer =
                new JsonWriter(NOWHERE, "", (ignored, text) -> texts.add(text.toString()));
        writer.begin(new Incident(event, table, kinds, answer, pressure, notes));
        writer.end(new RowsRead(0, 0, 1));
        return texts.get(0).lines().findFirst().orElse("");
    }

    // ---- Memory

    private static Reading reading(int second, MemoryKinds kinds, List<ProcessInfo> processes) {
        return new Reading(
                second * 1_000_000_000L,
                new BootClock(100L * second, 0, NOW),
                kinds,
                MemoryPressure.parse(""),
                processes,
                true,
                List.of(),
                List.of());
    }

    public static MemoryKinds kinds(String memInfo) {
        return MemoryKinds.of(MemInfo.parse(ProcFile.of(memInfo)), 0, 0);
    }
}
