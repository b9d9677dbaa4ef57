import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a log, strictly: what is not a whole record, in the documented form, is a failure. */
final class Records {
    private static final Pattern LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d (.+)");
    private static final Pattern HEADING =
            Pattern.compile("USER +PID +%CPU +%MEM +VSZ +RSS TTY +STAT +START +TIME COMMAND");
    private static final Pattern ROW =
            Pattern.compile(
                    "(\\S+) +(\\d+) +\\d+(?:\\.\\d)? +\\d+\\.\\d +\\d+ +(\\d+) \\S+ +\\S+ +(\\S+)"
                            + " +\\d+:\\d\\d (.*)");
    static final String CUT_SHORT = "# cut short: the record above is incomplete";

    /** A row of a table. */
    record Row(String user, long pid, long rssKiB, String start, String command) {}

    /**
     * A record.
     *
     * @param what the line of text, without the time
     * @param rows the table
     * @param notes the lines below the table
     */
    record Entry(String what, List<Row> rows, List<String> notes) {
        boolean isIncident() {
            return what.startsWith("memory above ");
        }

        boolean isEnd() {
            return what.startsWith("memory back to ");
        }

        boolean isCutShort() {
            return notes.contains(CUT_SHORT);
        }

        /** The row of a process; fails if it is not there exactly once. */
        Row row(long pid) {
            List<Row> found = rows.stream().filter(row -> row.pid == pid).toList();
            assertTrue(found.size() == 1, () -> "rows of process " + pid + ": " + found);
            return found.get(0);
        }

        boolean hasNote(String regex) {
            return notes.stream().anyMatch(note -> note.matches("# " + regex));
        }
    }

    private Records() {}

    /** All records of some files, one file after the other; a missing one has none. */
    static List<Entry> read(Path... logs) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path log : logs) {
            each(log, entries::add);
        }
        return entries;
    }

    /** Reads the records of a file one by one. */
    static void each(Path log, Consumer<Entry> consumer) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(log)) {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(shorten(line));
                if (line.isEmpty()) {
                    Entry entry = parse(lines);
                    if (!isOthers(entry.what)) {
                        consumer.accept(entry);
                    }
                    lines.clear();
                }
            }
            assertTrue(lines.isEmpty(), () -> log + " ends within a record: " + lines);
        } catch (NoSuchFileException e) {
            return;
        }
    }

    /** True for an event with which no test here has to do: others run out of memory as well. */
    static boolean isOthers(String event) {
        return event.startsWith("sampling was stalled for ")
                || event.contains("the kernel has killed ");
    }

    /** This JVM may be small. */
    private static String shorten(String line) {
        return line.length() > 300 ? line.substring(0, 300) : line;
    }

    /** A record from its lines, the empty one at its end included. */
    static Entry parse(List<String> lines) {
        int end = lines.size() - 1;
        assertTrue(end > 0 && lines.get(end).isEmpty(), () -> "no record: " + lines);
        boolean cutShort = lines.contains(CUT_SHORT);
        List<String> notes = new ArrayList<>();
        while (end > 1 && lines.get(end - 1).startsWith("# ")) {
            notes.add(0, lines.get(--end));
        }
        Matcher line = LINE.matcher(lines.get(0));
        assertTrue(
                line.matches() || cutShort && end <= 1, () -> "no line of text: " + lines.get(0));
        boolean table = end > 1;
        boolean wholeHeading = table && (!cutShort || end > 2);
        assertTrue(!wholeHeading || HEADING.matcher(lines.get(1)).matches(), "no heading");
        List<Row> rows = new ArrayList<>();
        for (int i = 2; i < end; i++) {
            Matcher row = ROW.matcher(shorten(lines.get(i)));
            if (row.matches()) {
                rows.add(
                        new Row(
                                row.group(1),
                                Long.parseLong(row.group(2)),
                                Long.parseLong(row.group(3)),
                                row.group(4),
                                row.group(5)));
            } else {
                String text = shorten(lines.get(i));
                assertTrue(cutShort && i == end - 1, () -> "no row: " + text);
            }
        }
        return new Entry(line.matches() ? line.group(1) : "", rows, notes);
    }
}
