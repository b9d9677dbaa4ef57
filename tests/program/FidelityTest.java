package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Our table beside that of the installed {@code ps aux}, cell by cell, for every process on this
 * machine and a zoo of awkward ones (zoo.pl).
 *
 * <p>ps is run before and after us. What cannot change must be the same three times; what can
 * change must lie between ps's two readings. All text is compared byte by byte: it is read as
 * ISO-8859-1.
 */
class FidelityTest {
    private static final List<String> COLUMNS =
            List.of(
                    "USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME",
                    "COMMAND");
    private static final int USER = 0;
    private static final int TTY = 6;
    private static final int STAT = 7;
    private static final int START = 8;
    private static final int TIME = 9;
    private static final int COMMAND = 10;

    private static final Pattern KERNEL_WORKER = Pattern.compile("(\\[kworker/[^-+]+)[-+].*");

    /** A process that runs or sleeps goes to and fro between these at any time. */
    private static final String LIVE_STATES = "RSDI";

    /** What proves that a member of the zoo is as awkward as its name says: in "TTY STAT". */
    private static final Map<String, String> AWKWARD =
            Map.ofEntries(
                    Map.entry("nice-plus-5", "\\S+ SN"),
                    Map.entry("nice-minus-5", "\\S+ S<"),
                    Map.entry("locked-pages", "\\S+ S[<N]?L"),
                    Map.entry("session-leader", "\\? S[<N]?s"),
                    Map.entry("many-threads", "\\S+ S[<N]?l"),
                    Map.entry("busy", "\\S+ [RS]N"),
                    Map.entry("zombie", "\\S+ Z.*"),
                    Map.entry("stopped", "\\S+ T.*"),
                    Map.entry("traced", "\\S+ t.*"),
                    Map.entry("uninterruptible", "\\S+ D.*"),
                    Map.entry("pty-leader", "pts/\\d+ S[<N]?s"),
                    Map.entry("pty-foreground", "pts/\\d+ S[<N]?\\+"),
                    Map.entry("pty-background", "pts/\\d+ S[<N]?"),
                    Map.entry("pty-background-stderr-elsewhere", "pts/\\d+ S[<N]?"),
                    Map.entry("pty-beyond-255-leader", "pts/\\d{3,} S[<N]?s"),
                    Map.entry("pty-beyond-255-foreground", "pts/\\d{3,} S[<N]?\\+"));

    /** One table: pid to cells. */
    private static final class Table extends LinkedHashMap<Integer, String[]> {
        private static final long serialVersionUID = 1;
    }

    /** Processes and cells compared, and where they differ: "PID COLUMN" to what was found. */
    private static final class Comparison {
        int processes;
        int cells;
        int olderPs;
        final Map<String, String> mismatches = new TreeMap<>();
    }

    @Test
    void everyCellIsThatOfPs() throws Exception {
        String version = installedPs();
        try (Zoo zoo = new Zoo()) {
            // Once as it is here; once shortly after local midnight, where most processes are of
            // yesterday, and in a locale that is not UTF-8
            compare(zoo, version, Map.of());
            int hour = OffsetDateTime.now(ZoneOffset.UTC).getHour();
            String zone = "XXX" + (hour <= 12 ? "+" + hour : "-" + (24 - hour));
            compare(zoo, version, Map.of("TZ", zone, "LC_ALL", "C"));
        }
    }

    /**
     * Compares up to six times, since a process may change and change back between ps's two
     * readings: a mismatch counts if it shows each time. In the zoo nothing moves by itself.
     */
    private static void compare(Zoo zoo, String version, Map<String, String> environment)
            throws Exception {
        Map<String, String> lasting = null;
        for (int round = 1; round <= 6 && (lasting == null || !lasting.isEmpty()); round++) {
            Comparison found = compareOnce(zoo, version, environment);
            Tests.say(
                    "%d processes, %d cells compared with %s%s, %d mismatches%s",
                    found.processes,
                    found.cells,
                    version,
                    environment.isEmpty() ? "" : " " + environment,
                    found.mismatches.size(),
                    found.olderPs == 0
                            ? ""
                            : ", " + found.olderPs + " COMMANDs as ps older than 4.0.4 has them");
            found.mismatches.forEach((where, what) -> Tests.say("%s%s", where, what));
            Map<String, String> sure = new TreeMap<>(found.mismatches);
            sure.keySet().removeIf(where -> !zoo.isCertain(where));
            assertEquals(Map.of(), sure, "cells that cannot change");
            if (lasting == null) {
                lasting = found.mismatches;
            } else {
                lasting.keySet().retainAll(found.mismatches.keySet());
            }
        }
        assertEquals(Map.of(), lasting, "cells that differ every time");
    }

    private static Comparison compareOnce(Zoo zoo, String version, Map<String, String> environment)
            throws Exception {
        Table before;
        Table ours;
        Table after;
        LocalDate day;
        double from;
        double to;
        String zone = environment.get("TZ");
        do { // START tells today's processes from others: not across midnight
            day = today(zone);
            from = uptime();
            before = ps(environment, new Table());
            ours = snapshot(environment, before);
            after = ps(environment, before);
            to = uptime();
        } while (!day.equals(today(zone)));

        Comparison result = new Comparison();
        for (var member : zoo.members.entrySet()) {
            String[] cells = before.get(member.getValue());
            assertTrue(cells != null, member.getKey() + " is not there");
            String expected = environment.isEmpty() ? AWKWARD.get(member.getKey()) : null;
            if (expected != null) {
                String found = cells[TTY] + " " + cells[STAT];
                assertTrue(found.matches(expected), member + " has TTY and STAT " + found);
            }
        }
        for (var entry : before.entrySet()) {
            int pid = entry.getKey();
            String[] first = entry.getValue();
            String[] second = after.get(pid);
            boolean same =
                    second != null
                            && first[START].equals(second[START])
                            && first[COMMAND].equals(second[COMMAND]);
            if (!same) {
                assertTrue(!zoo.members.containsValue(pid), "a member of the zoo changed: " + pid);
                continue;
            }
            result.processes++;
            String[] cells = ours.get(pid);
            if (cells == null) {
                result.mismatches.put(pid + " PID", ": not in our table; ps: " + first[COMMAND]);
                continue;
            }
            for (int column = 0; column < cells.length; column++) {
                result.cells++;
                String mine = cells[column];
                boolean agrees =
                        switch (COLUMNS.get(column)) {
                            case "USER" -> user(first[USER], mine) || user(second[USER], mine);
                            case "%CPU" ->
                                    percentCpu(first[column], mine, second[column], pid, from, to);
                            case "%MEM", "VSZ", "RSS", "TIME" ->
                                    between(first[column], mine, second[column]);
                            case "STAT" -> stat(first[STAT], mine, second[STAT]);
                            case "COMMAND" -> command(first[COMMAND], mine, pid);
                            default -> mine.equals(first[column]) || mine.equals(second[column]);
                        };
                if (!agrees
                        && column == COMMAND
                        && OlderPs.explains(version, pid, first[COMMAND], mine)) {
                    result.olderPs++;
                } else if (!agrees) {
                    result.mismatches.put(
                            pid + " " + COLUMNS.get(column),
                            difference(first[column], mine, second[column])
                                    + zoo.nameOf(pid)
                                    + " in "
                                    + abbreviated(String.join(" ", first), 0));
                }
            }
        }
        return result;
    }

    /** ps cuts a name that is longer than 8: "systemd+". We never do. */
    private static boolean user(String theirs, String ours) {
        return ours.equals(theirs)
                || theirs.length() == 8
                        && theirs.endsWith("+")
                        && ours.length() > 8
                        && ours.startsWith(theirs.substring(0, 7));
    }

    private static boolean between(String before, String ours, String after) {
        if (before.equals(after)) {
            return ours.equals(before);
        }
        double low = Math.min(number(before), number(after));
        double high = Math.max(number(before), number(after));
        return number(ours) >= low && number(ours) <= high;
    }

    /**
     * %CPU is processor time by age. Neither ever falls, but their ratio goes up and down: ours may
     * be outside of ps's two readings, by as much as the age has changed between them.
     */
    private static boolean percentCpu(
            String before, String ours, String after, int pid, double from, double to) {
        if (ours.equals(before) || ours.equals(after)) {
            return true;
        }
        String[] stat = Host.stat(pid);
        double start = stat == null ? from : Double.parseDouble(stat[19]) / 100; // ticks
        if (from <= start) {
            return true; // it was started while we began, or has ended since
        }
        double growth = (to - start) / (from - start);
        double cut = number(ours) < 100 ? 0.1 : 1; // all are cut, not rounded
        return number(ours) + cut > number(before) / growth
                && number(ours) < (number(after) + cut) * growth;
    }

    private static double uptime() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
    }

    /**
     * ps cuts its lines at 131,072 bytes, so what is left for a long COMMAND depends on the cells
     * before. Asked for nothing else it prints as much as we do, but for a last blank or a last
     * letter that touches its limit.
     */
    private static boolean command(String theirs, String ours, int pid) throws Exception {
        if (theirs.length() < 130_000) {
            return theirs.equals(ours);
        }
        ProcessBuilder builder = new ProcessBuilder("ps", "ww", "-o", "args=", "-p", "" + pid);
        builder.environment().put("LC_ALL", "C.UTF-8");
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            String whole = line(in);
            return whole == null // it has ended
                    || ours.startsWith(whole) && ours.length() - whole.length() <= 4;
        } finally {
            process.waitFor();
        }
    }

    /** The number in a cell; TIME in seconds. */
    private static double number(String cell) {
        String[] parts = cell.split(":");
        return parts.length == 1
                ? Double.parseDouble(cell)
                : Long.parseLong(parts[0]) * 60 + Long.parseLong(parts[1]);
    }

    /** Letter and flags: each as ps has it once at least. */
    private static boolean stat(String before, String ours, String after) {
        boolean live =
                LIVE_STATES.indexOf(before.charAt(0)) >= 0
                        && LIVE_STATES.indexOf(ours.charAt(0)) >= 0
                        && LIVE_STATES.indexOf(after.charAt(0)) >= 0;
        if (!live && ours.charAt(0) != before.charAt(0) && ours.charAt(0) != after.charAt(0)) {
            return false;
        }
        String flags = ours.substring(1);
        String expected = "";
        for (char flag : "<NLsl+".toCharArray()) {
            boolean has = flags.indexOf(flag) >= 0;
            if (has != before.indexOf(flag) > 0 && has != after.indexOf(flag) > 0) {
                return false;
            }
            expected += has ? flag : "";
        }
        return flags.equals(expected); // in this order, and none twice
    }

    private static String difference(String before, String ours, String after) {
        int at = 0;
        while (at < Math.min(before.length(), ours.length())
                && before.charAt(at) == ours.charAt(at)) {
            at++;
        }
        return (at > 40 ? ", from character " + at : "")
                + ": ps "
                + abbreviated(before, at)
                + ", we "
                + abbreviated(ours, at)
                + (after.equals(before) ? "" : ", ps " + abbreviated(after, at))
                + "; ";
    }

    private static String abbreviated(String text, int at) {
        int from = at > 40 ? at - 10 : 0;
        int to = Math.min(text.length(), from + 160);
        return "\"" + text.substring(from, to) + (to < text.length() ? "…" : "") + "\"";
    }

    // ---- the three readings

    private static String installedPs() throws Exception {
        Process process = new ProcessBuilder("ps", "--version").start();
        String text = new String(process.getInputStream().readAllBytes()).trim();
        String version = text.substring(text.lastIndexOf(' ') + 1);
        // Before 4.0 %CPU and others were computed in another way
        Assumptions.assumeTrue(version.matches("[4-9]\\..*"), "ps is too old: " + text);
        return "ps " + version;
    }

    private static LocalDate today(String zone) {
        int hours = zone == null ? 0 : -Integer.parseInt(zone.substring(3));
        return zone == null ? LocalDate.now() : LocalDate.now(ZoneOffset.ofHours(hours));
    }

    private static Table ps(Map<String, String> environment, Table known) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("ps", "auxww");
        builder.environment().putAll(environment);
        builder.environment().put("LC_ALL", "C.UTF-8");
        for (String name : List.of("COLUMNS", "PS_FORMAT", "PS_PERSONALITY", "POSIXLY_CORRECT")) {
            builder.environment().remove(name);
        }
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            line(in); // the header
            return rows(in, known);
        } finally {
            assertEquals(0, process.waitFor(), "exit code of ps");
        }
    }

    private static Table snapshot(Map<String, String> environment, Table known) throws Exception {
        ProcessBuilder builder = Program.builder("snapshot");
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            String first = line(in);
            assertTrue(first.matches(Records.TIME + " snapshot: " + Records.TOTALS), first);
            assertEquals(String.join(" ", COLUMNS), line(in).trim().replaceAll(" +", " "));
            Table table = rows(in, known);
            double last = Double.MAX_VALUE;
            for (String[] cells : table.values()) {
                assertTrue(number(cells[5]) <= last, "not sorted by RSS");
                last = number(cells[5]);
            }
            return table;
        } finally {
            assertEquals(0, process.waitFor(), "exit code of snapshot");
        }
    }

    /**
     * The rows up to a note, an empty line or the end. Some of the texts are large and this JVM may
     * be small: equal ones are kept once.
     */
    private static Table rows(InputStream in, Table known) throws IOException {
        Table table = new Table();
        String line = line(in);
        for (; line != null && !line.isEmpty() && !line.startsWith("# "); line = line(in)) {
            assertTrue(
                    line.chars().allMatch(c -> c >= ' ' && c != 0x7f),
                    "control character: " + line);
            Matcher matcher = Records.ROW.matcher(line.stripLeading());
            assertTrue(matcher.matches(), "not a row: " + line);
            String[] cells = new String[COLUMNS.size()];
            for (int column = 0; column < cells.length; column++) {
                cells[column] = matcher.group(column + 1);
            }
            // The kernel names a worker after what it did last
            Matcher worker = KERNEL_WORKER.matcher(cells[COMMAND]);
            cells[COMMAND] = worker.matches() ? worker.group(1) + "]" : cells[COMMAND];
            int pid = Integer.parseInt(cells[1]);
            String[] before = known.get(pid);
            if (before != null && before[COMMAND].equals(cells[COMMAND])) {
                cells[COMMAND] = before[COMMAND];
            }
            assertEquals(null, table.put(pid, cells), "there twice: " + pid);
        }
        for (; line != null; line = line(in)) {
            assertTrue(line.isEmpty() || line.startsWith("# "), "after the table: " + line);
        }
        return table;
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                assertEquals(0, bytes.size(), "a last line without its end");
                return null;
            }
            bytes.write(b);
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    // ---- the zoo

    private static final class Zoo implements AutoCloseable {
        final Map<String, Integer> members = new LinkedHashMap<>();
        private final Map<Integer, String> names = new HashMap<>();
        private final Process process;

        Zoo() throws Exception {
            List<String> command = new ArrayList<>(List.of("perl", Host.perl("zoo")));
            List<String> threads = Program.java(ManyThreads.class.getName());
            threads.addAll(1, List.of("-Xmx8m", "-Xss256k", "-XX:+UseSerialGC"));
            command.addAll(threads);
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(process.getInputStream()));
            String line = reader.readLine();
            for (; line != null && !line.equals("ready"); line = reader.readLine()) {
                if (line.startsWith("# ")) {
                    Tests.say("left out of the zoo: %s", line.substring(2));
                    continue;
                }
                String[] words = line.split(" ");
                members.put(words[0], Integer.valueOf(words[1]));
                names.put(Integer.valueOf(words[1]), words[0]);
            }
            assertEquals("ready", line, "the zoo's last word");
        }

        String nameOf(int pid) {
            return names.getOrDefault(pid, "not of the zoo");
        }

        /** Whether this cell, "PID COLUMN", cannot have changed between the readings. */
        boolean isCertain(String where) {
            String[] words = where.split(" ");
            String name = names.get(Integer.valueOf(words[0]));
            return name != null
                    && !name.equals("many-threads")
                    && !(name.equals("busy") && words[1].equals("STAT"));
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            process.onExit().join();
        }
    }

    /** A process with many threads: lives until its stdin ends. */
    static final class ManyThreads {
        public static void main(String[] arguments) throws IOException {
            for (int i = 0; i < 100; i++) {
                Thread thread = new Thread(ManyThreads::rest);
                thread.setDaemon(true);
                thread.start();
            }
            while (System.in.read() >= 0) {}
        }

        private static void rest() {
            while (true) {
                LockSupport.park();
            }
        }
    }

    // ---- what an older ps prints

    /**
     * Before 4.0.4 ps read on byte by byte behind the first byte that is not UTF-8, and printed one
     * question mark for a control character of two bytes; we follow 4.0.4. Here both rules are
     * applied to the raw command line, so that even these cells are compared in full.
     */
    private static final class OlderPs {
        static boolean explains(String version, int pid, String theirs, String ours) {
            try {
                return version.matches("ps 4\\.0\\.[0-3]")
                        && theirs.equals(command(pid, true))
                        && ours.equals(command(pid, false));
            } catch (IOException e) {
                return false; // it has ended
            }
        }

        private static String command(int pid, boolean older) throws IOException {
            Path folder = Path.of("/proc", Integer.toString(pid));
            byte[] bytes;
            try (InputStream in = Files.newInputStream(folder.resolve("cmdline"))) {
                bytes = in.readNBytes(131_071);
            }
            String text = new String(bytes, StandardCharsets.ISO_8859_1).replaceFirst("\0+\\z", "");
            if (bytes.length > 0) {
                return printable(text.replace('\0', ' ').replace('\n', ' '), older);
            }
            String stat =
                    new String(
                            Files.readAllBytes(folder.resolve("stat")),
                            StandardCharsets.ISO_8859_1);
            int end = stat.lastIndexOf(')');
            String name = printable(stat.substring(stat.indexOf('(') + 1, end), older);
            return "[" + name + "]" + (stat.startsWith(") Z", end) ? " <defunct>" : "");
        }

        private static final Pattern SEQUENCE =
                Pattern.compile(
                        "[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]"
                            + "|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|\\xed[\\x80-\\x9f][\\x80-\\xbf]"
                            + "|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf4][\\x80-\\xbf]{3}");

        private static String printable(String text, boolean older) {
            int bad = older ? firstBad(text) : text.length();
            StringBuilder out = new StringBuilder();
            Matcher sequence = SEQUENCE.matcher(text).region(0, bad);
            for (int at = 0; at < bad; ) {
                char c = text.charAt(at);
                if (sequence.region(at, bad).lookingAt()) {
                    out.append(sequence(sequence.group(), older));
                    at = sequence.end();
                } else {
                    out.append(c < ' ' || c >= 0x7f ? '?' : c);
                    at++;
                }
            }
            for (char c : text.substring(bad).toCharArray()) {
                out.append(c >= 0x80 ? '?' : c < ' ' || c == 0x7f ? '.' : c);
            }
            return out.toString();
        }

        private static String sequence(String bytes, boolean older) {
            String text =
                    new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
            return switch (Character.getType(text.codePointAt(0))) {
                case Character.CONTROL -> older ? "?" : "??";
                case Character.UNASSIGNED,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR ->
                        "?";
                default ->
                        bytes.compareTo("\u00f4\u0090") >= 0
                                ? "?" // beyond U+10FFFF
                                : bytes;
            };
        }

        /** Where older ones stop to think in sequences: they only count by the first byte. */
        private static int firstBad(String text) {
            for (int at = 0; at < text.length(); ) {
                int c = text.charAt(at);
                int length = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
                if (length == 0 || c > 0xf4 || at + length > text.length()) {
                    return at;
                }
                at += length;
            }
            return text.length();
        }
    }
}
