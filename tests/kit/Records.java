package kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a log, strictly: what is not a whole record, in the documented form, is a failure. */
public final class Records {
    public static final DateTimeFormatter TIME_FORMAT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx");
    public static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d";
    public static final String TOTALS = "total CPU (\\d+\\.\\d) %, total RAM (\\d+\\.\\d) %";
    public static final String CUT_SHORT = "# cut short: the record above is incomplete";
    public static final Pattern HEADING =
            Pattern.compile("USER +PID +%CPU +%MEM +VSZ +RSS TTY +STAT +START +TIME COMMAND");

    /** The cells of a row; all numbers are of one form. */
    public static final Pattern ROW = row("\\d+");

    private static final Pattern LINE = Pattern.compile("(" + TIME + ") (.+)");

    /** A row of a table. */
    public record Row(
            String user,
            long pid,
            double percentCpu,
            long vszKiB,
            long rssKiB,
            String tty,
            String stat,
            String start,
            String time,
            String command) {
        /** Null: this is no row. */
        public static Row of(String line) {
            Matcher cell = ROW.matcher(line);
            return !cell.matches()
                    ? null
                    : new Row(
                            cell.group(1),
                            Long.parseLong(cell.group(2)),
                            Double.parseDouble(cell.group(3)),
                            Long.parseLong(cell.group(5)),
                            Long.parseLong(cell.group(6)),
                            cell.group(7),
                            cell.group(8),
                            cell.group(9),
                            cell.group(10),
                            cell.group(11));
        }
    }

    /**
     * A record.
     *
     * @param time when, as text; the line of text behind it is the event
     * @param rows the table
     * @param notes the lines below the table
     */
    public record Entry(String time, String event, List<Row> rows, List<String> notes) {
        public boolean isIncident() {
            return event.startsWith("memory above ");
        }

        public boolean isCutShort() {
            return notes.contains(CUT_SHORT);
        }

        /** What kind of event, without its figures. */
        public String kind() {
            return event.replaceFirst(" \\S+ %.*", "");
        }

        /** The row of a process; fails if it is not there. */
        public Row row(long pid) {
            return rows.stream()
                    .filter(row -> row.pid == pid)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no process " + pid + " in " + rows));
        }

        public boolean hasNote(String regex) {
            return notes.stream().anyMatch(note -> note.matches("# " + regex));
        }

        /** The note that matches; fails if there is none. */
        public String note(String regex) {
            assertTrue(hasNote(regex), () -> regex + " not in " + notes);
            return notes.stream().filter(note -> note.matches("# " + regex)).findFirst().get();
        }
    }

    /** A record of an incident. */
    public static final String INCIDENT =
            """
            2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 1.0 %, total RAM 81.0 %
            USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
            root   1  0.0  0.0   0   0 ?   Ss   00:00 0:00 init
            # 1 processes, captured in 1 ms

            """;

    private Records() {}

    /**
     * A pattern of rows with the eleven columns as groups.
     *
     * @param number how numbers look
     */
    public static Pattern row(String number) {
        String row =
                "(\\S+) +(\\d+) +(#(?:\\.\\d)?) +(#\\.\\d) +(#) +(#) (\\S+) +([!-~][<N]?L?s?l?\\+?)"
                        + " +(\\d\\d:\\d\\d|[A-Z][a-z][a-z]\\d\\d|#) +(#:\\d\\d) (.*)";
        return Pattern.compile(row.replace("#", number), Pattern.DOTALL);
    }

    /**
     * The records of some files, one file after the other, without those about what others do; a
     * missing file has none.
     */
    public static List<Entry> read(Path... logs) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path log : logs) {
            if (Files.exists(log)) {
                each(log, entries::add);
            }
        }
        entries.removeIf(entry -> entry.event.contains("the kernel has killed "));
        return entries;
    }

    public static List<String> kinds(List<Entry> entries) {
        return entries.stream().map(Entry::kind).toList();
    }

    /** Reads all records of a file, one by one. */
    public static void each(Path log, Consumer<Entry> consumer) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(log)) {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.isEmpty()) {
                    consumer.accept(parse(lines));
                    lines.clear();
                }
            }
            assertTrue(lines.isEmpty(), () -> log + " ends within a record: " + lines);
        }
    }

    /** A record from its lines, the empty one at its end included. */
    public static Entry parse(List<String> lines) {
        int end = lines.size() - 1;
        assertTrue(end > 0 && lines.get(end).isEmpty(), () -> "no record: " + lines);
        boolean cutShort = lines.contains(CUT_SHORT);
        List<String> notes = new ArrayList<>();
        while (end > 1 && lines.get(end - 1).startsWith("# ")) {
            notes.add(0, lines.get(--end));
        }
        Matcher line = LINE.matcher(lines.get(0));
        boolean wholeLine = line.matches();
        assertTrue(wholeLine || cutShort && end <= 1, () -> "no line of text: " + lines.get(0));
        boolean wholeHeading = end > 1 && (!cutShort || end > 2);
        assertTrue(!wholeHeading || HEADING.matcher(lines.get(1)).matches(), "no heading");
        List<Row> rows = new ArrayList<>();
        Set<Long> pids = new HashSet<>();
        for (int i = 2; i < end; i++) {
            String text = lines.get(i);
            Row row = Row.of(text);
            if (row != null) {
                int commandAt = text.length() - row.command.length();
                assertEquals(
                        lines.get(1).indexOf("COMMAND"), commandAt, "COMMAND's place: " + text);
                assertTrue(pids.add(row.pid), () -> "there twice: " + text);
                assertTrue(
                        rows.isEmpty() || row.rssKiB <= rows.get(rows.size() - 1).rssKiB,
                        () -> "not sorted by RSS: " + text);
                rows.add(row);
            } else {
                assertTrue(cutShort && i == end - 1, () -> "no row: " + text);
            }
        }
        checkOwners(notes);
        String event = wholeLine ? line.group(2) : "";
        return new Entry(wholeLine ? line.group(1) : "", event, rows, notes);
    }

    private static final Pattern USED =
            Pattern.compile(
                    "# used \\d+ MiB: processes (\\d+), tmpfs and shared memory (\\d+), .*");
    private static final Pattern SIZE = Pattern.compile(" (\\d+(?:\\.\\d)?) ([MG])iB(?=, |$)");

    /** How far units, which are read a moment later, may be ahead of what is used. */
    private static final long UNITS_AHEAD_MIB = 100;

    /** Of each record: owners together have no more than there is of the kinds they can have. */
    private static void checkOwners(List<String> notes) {
        Matcher used =
                notes.stream().map(USED::matcher).filter(Matcher::matches).findFirst().orElse(null);
        for (String note : used == null ? List.<String>of() : notes) {
            long ofProcesses = Long.parseLong(used.group(1)) + Long.parseLong(used.group(2));
            if (note.startsWith("# by user: ") || note.startsWith("# by command: ")) {
                checkOwners(note, ofProcesses);
            } else if (note.startsWith("# by unit: ")) {
                String kinds = used.group().replaceAll("^[^:]*:| \\(.*\\)|not accounted .*", "");
                checkOwners(note, sum(kinds) + UNITS_AHEAD_MIB);
            }
        }
    }

    private static void checkOwners(String note, long mostMib) {
        double sum = 0;
        Matcher size = SIZE.matcher(note);
        while (size.find()) {
            double number = Double.parseDouble(size.group(1));
            sum += size.group(2).equals("M") ? number : 1024 * (number - 0.05); // rounded
        }
        double all = sum;
        assertTrue(
                all <= mostMib + 1,
                () -> all + " MiB, but there are only " + mostMib + ": " + note);
    }

    /** The sum of an account, such as {@code processes 3906, huge pages 20}. */
    public static long sum(String parts) {
        Matcher number = Pattern.compile(" (-?\\d+)(?=,|$)").matcher(parts);
        return number.results().mapToLong(n -> Long.parseLong(n.group(1))).sum();
    }

    /** Checks that a time is between another and now. */
    public static void checkTime(String text, OffsetDateTime from) {
        OffsetDateTime time = OffsetDateTime.parse(text, TIME_FORMAT);
        assertTrue(!time.isBefore(from), text + " is before " + from);
        assertTrue(!time.isAfter(OffsetDateTime.now()), text + " is in the future");
    }
}
