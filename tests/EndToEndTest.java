import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real program on this machine: a child takes memory until the threshold is crossed, holds it
 * and gives it back. The threshold lies a little above what is in use when the test starts.
 */
class EndToEndTest {
    private static final int INTERVAL_MILLIS = 200;

    private static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d";
    private static final String TOTALS = "total CPU (\\d+\\.\\d) %, total RAM (\\d+\\.\\d) %";
    private static final Pattern ROW =
            Pattern.compile(
                    "(\\S+) +(\\d+) +(\\d+(?:\\.\\d)?) +(\\d+\\.\\d) +(\\d+) +(\\d+) (\\S+) +(\\S+)"
                            + " +(\\S+) +(\\d+:\\d\\d) (.*)");

    @TempDir Path folder;

    /** Doubled where the machine is so busy that it cannot take and free memory in that time. */
    private int durationMillis = 2000;

    // ---- incidents

    /** Others use this machine too: what they did to the memory meanwhile spoilt the test. */
    private static final class Disturbed extends Exception {
        private static final long serialVersionUID = 1;

        Disturbed(String reason) {
            super(reason);
        }
    }

    @Test
    void eachLongBreachIsRecordedOnceAndAShortOneNot() throws Exception {
        for (int attempt = 1; ; attempt++) {
            Path log = folder.resolve("attempt" + attempt + ".log");
            try {
                breaches(log);
                return;
            } catch (Disturbed e) {
                System.out.println("end to end: once more, " + e.getMessage());
                if (attempt == 6) {
                    Assumptions.abort("no verdict, disturbed each time: " + e.getMessage());
                }
            }
        }
    }

    private void breaches(Path log) throws Exception {
        double total = Memory.kiB("MemTotal");
        // As much as others may need meanwhile, this program's JVM included
        double margin = Math.max(1.5, 100 * 120_000 / total);
        Memory.awaitCalm(margin / 4);
        double threshold = Math.round((Memory.usedPercent() + margin) * 10) / 10.0;
        long take = Math.round(2 * margin * total / 100);
        Assumptions.assumeTrue(threshold + 2 * margin < 90, "too little memory is free");
        String limit = new java.text.DecimalFormat("0.#").format(threshold);

        ProcessBuilder builder =
                Program.builder(
                        "-t",
                        limit,
                        "-d",
                        durationMillis + "ms",
                        "-i",
                        "200ms",
                        "-l",
                        log.toString());
        // The log's mode is the program's own choice
        builder.command().addAll(0, List.of("sh", "-c", "umask 0; exec \"$@\"", "sh"));
        try (Memory memory = new Memory(threshold, margin / 4);
                Hog hog = new Hog(take);
                Program program = Program.start(builder)) {
            try {
                matches(
                        "memory_monitor \\S+: RAM \\d+\\.\\d % used; watching every \\S+ m?s,"
                                + " incident above LIMIT % for SECONDS s, log LOG",
                        limit, log, event(program));
                memory.expect(Memory.LOW);
                tooShort(program, memory, hog);
                assertEquals(List.of(), read(log), "a breach shorter than the duration");
                List<String> expected = new ArrayList<>();
                for (int breach = 1; breach <= 2; breach++) {
                    breach(program, memory, hog, limit, log, expected);
                }
                assertEquals(
                        "rw-r-----",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(log)));

                long asked = System.nanoTime();
                program.process.destroy();
                Program.Result result = program.result();
                long millis = (System.nanoTime() - asked) / 1_000_000;
                assertEquals(new Program.Result(143, "", ""), result);
                assertTrue(millis < 2000, "SIGTERM took " + millis + " ms");
                assertEquals(expected, read(log), "the log is left as it was");
                System.out.printf(
                        "end to end: threshold %s %%, %d MB taken, SIGTERM obeyed in %d ms%n",
                        limit, take / 1024, millis);
            } catch (AssertionError e) {
                memory.check(e.getMessage());
                throw e;
            }
        }
    }

    /** Crosses the threshold, but not for long enough. */
    private void tooShort(Program program, Memory memory, Hog hog) throws Exception {
        long begin = System.nanoTime();
        memory.expect(Memory.ANYTHING);
        hog.take();
        memory.expect(Memory.HIGH);
        long left = begin + (durationMillis - 500) * 1_000_000L - System.nanoTime();
        Thread.sleep(Math.max(0, left / 1_000_000));
        memory.expect(Memory.ANYTHING);
        hog.giveBack();
        long took = (System.nanoTime() - begin) / 1_000_000;
        memory.expect(Memory.LOW);
        if (took > durationMillis - INTERVAL_MILLIS - 50) {
            durationMillis *= 2;
            throw new Disturbed("the short breach took " + took + " ms");
        }
        assertNull(event(program, durationMillis + 1000), "event of a short breach");
    }

    /** Crosses the threshold for longer than the duration; adds what the log has to hold then. */
    private void breach(
            Program program, Memory memory, Hog hog, String limit, Path log, List<String> expected)
            throws Exception {
        OffsetDateTime from = OffsetDateTime.now().withNano(0);
        memory.expect(Memory.ANYTHING);
        Map<Long, String> processes = processes();
        hog.take();
        memory.expect(Memory.HIGH);
        Matcher event =
                matches(
                        "(memory above LIMIT % for (\\S+) s: TOTALS);"
                                + " (\\d+) processes recorded in (\\d+) ms",
                        limit, log, event(program));
        processes.entrySet().retainAll(processes().entrySet());
        assertTrue(Double.parseDouble(event.group(2)) >= durationMillis / 1000.0);
        assertTrue(Double.parseDouble(event.group(3)) <= 100);
        assertTrue(Double.parseDouble(event.group(4)) >= Double.parseDouble(limit));

        List<String> record = read(log);
        assertEquals(expected, record.subList(0, expected.size()), "what was there before");
        record = record.subList(expected.size(), record.size());
        Map<Long, Matcher> rows = checkRecord(record, event, from);
        assertTrue(rows.keySet().containsAll(processes.keySet()), "a process is missing");
        assertTrue(rows.containsKey(program.process.pid()), "the program itself is missing");
        Matcher row = rows.get(hog.process.pid());
        assertTrue(Long.parseLong(row.group(6)) >= hog.kiB, row.group());
        String culprit = "memory_hog (" + hog.process.pid() + ")";
        assertTrue(
                record.stream()
                        .anyMatch(line -> line.matches("# .*" + Pattern.quote(culprit) + ".*")),
                "no note names " + culprit);
        expected.addAll(record);

        assertNull(event(program, durationMillis + 500), "second event of one breach");
        assertEquals(expected, read(log), "one record of one breach");
        memory.expect(Memory.ANYTHING);
        hog.giveBack();
        Matcher back =
                matches(
                        "memory back to \\d+\\.\\d %: above LIMIT % for (\\S+) s, peak (\\S+) % at"
                                + " (TIME), largest process then: .+",
                        limit, log, event(program));
        memory.expect(Memory.LOW);
        List<String> log2 = read(log);
        assertEquals(expected, log2.subList(0, expected.size()), "the record stays");
        List<String> closing = log2.subList(expected.size(), log2.size());
        assertEquals(2, closing.size(), "closing line: " + closing);
        inTime(closing.get(0).substring(0, 25), from);
        assertEquals(back.group(), closing.get(0).substring(26), "as the event says");
        assertEquals("", closing.get(1));
        assertTrue(Double.parseDouble(back.group(1)) >= durationMillis / 1000.0, back.group());
        assertTrue(Double.parseDouble(back.group(2)) >= Double.parseDouble(event.group(4)));
        inTime(back.group(3), from);
        expected.addAll(closing);
        assertNull(event(program, 2 * INTERVAL_MILLIS), "event after the end");
    }

    /** Checks all lines of a record; returns its rows by pid. */
    private static Map<Long, Matcher> checkRecord(
            List<String> record, Matcher event, OffsetDateTime from) {
        inTime(record.get(0).substring(0, 25), from);
        assertEquals(event.group(1), record.get(0).substring(26), "as the event says");
        assertEquals(
                "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND",
                record.get(1).replaceAll(" +", " "));
        int end = 2;
        while (end < record.size() && !record.get(end).startsWith("# ")) {
            end++;
        }
        List<String> notes = record.subList(end, record.size() - 1);
        String note = "# " + event.group(5) + " processes, captured in " + event.group(6) + " ms";
        assertTrue(notes.contains(note), note + " in " + notes);
        assertTrue(notes.stream().allMatch(line -> line.startsWith("# ")), "notes: " + notes);
        assertEquals("", record.get(record.size() - 1));
        int commandAt = record.get(1).indexOf("COMMAND");
        Map<Long, Matcher> rows = new HashMap<>();
        long last = Long.MAX_VALUE;
        for (String line : record.subList(2, end)) {
            Matcher row = ROW.matcher(line);
            assertTrue(row.matches(), "not a row: " + line);
            assertEquals(commandAt, row.start(11), "COMMAND begins under its title: " + line);
            assertNull(rows.put(Long.valueOf(row.group(2)), row), "there twice: " + line);
            assertTrue(Long.parseLong(row.group(6)) <= last, "not sorted by RSS: " + line);
            last = Long.parseLong(row.group(6));
        }
        assertEquals(event.group(5), Integer.toString(rows.size()), "as many as the event says");
        return rows;
    }

    private static void inTime(String text, OffsetDateTime from) {
        assertTrue(text.matches(TIME), text);
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx", Locale.ROOT);
        OffsetDateTime time = OffsetDateTime.parse(text, format);
        assertFalse(time.isBefore(from), text + " is before " + from);
        assertFalse(time.isAfter(OffsetDateTime.now()), text + " is in the future");
    }

    private static String event(Program program) throws InterruptedException {
        String line = event(program, Program.PATIENCE_SECONDS * 1000);
        return line != null ? line : program.line(); // which says why there is none
    }

    /** The next event, null if none comes in time; a busy machine adds some of another kind. */
    private static String event(Program program, long milliseconds) throws InterruptedException {
        String line;
        do {
            line = program.lineWithin(milliseconds);
        } while (line != null && !line.startsWith("memory"));
        return line;
    }

    private Matcher matches(String pattern, String limit, Path log, String line) {
        String regex =
                pattern.replace("LIMIT", Pattern.quote(limit))
                        .replace("LOG", Pattern.quote(log.toString()))
                        .replace("TOTALS", TOTALS)
                        .replace("SECONDS", Integer.toString(durationMillis / 1000))
                        .replace("TIME", TIME);
        Matcher matcher = Pattern.compile(regex).matcher(line);
        assertTrue(matcher.matches(), "\"" + line + "\" instead of " + regex);
        return matcher;
    }

    /** The lines of the log; of long rows (this JVM may be small) the beginning and the length. */
    private static List<String> read(Path log) throws IOException {
        List<String> lines = new ArrayList<>();
        if (Files.exists(log)) {
            try (BufferedReader reader = Files.newBufferedReader(log)) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    boolean isWhole = line.length() <= 150 || !ROW.matcher(line).matches();
                    lines.add(isWhole ? line : line.substring(0, 150) + " … " + line.length());
                }
            }
        }
        boolean whole = lines.isEmpty() || lines.get(lines.size() - 1).isEmpty();
        assertTrue(whole, "the log ends within a record");
        return lines;
    }

    /** All processes: pid, and the time of its start to tell it from a later one. */
    private static Map<Long, String> processes() throws IOException {
        Map<Long, String> found = new HashMap<>();
        try (var folders = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : folders) {
                try {
                    String stat =
                            new String(
                                    Files.readAllBytes(process.resolve("stat")),
                                    StandardCharsets.ISO_8859_1);
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    found.put(Long.valueOf(process.getFileName().toString()), fields[19]);
                } catch (IOException e) {
                    // it has just ended
                }
            }
        }
        return found;
    }

    /** Takes memory and gives it back when told to. Should memory run out, it is the victim. */
    private static final class Hog implements AutoCloseable {
        private static final String SCRIPT =
                """
                $0 = 'memory_hog'; open F, '>', '/proc/self/oom_score_adj'; print F 1000; close F;
                $| = 1; open Z, '<', '/dev/zero'; print "ready\\n";
                my $madvise = `uname -m` =~ /x86_64/ ? 28 : 233;
                while (<STDIN>) {
                    my $left = $_ << 10;
                    while ($left > 0) { $left -= sysread Z, $m[@m], 1 << 22 }
                    print "taken\\n" and next if $_ > 0;
                    for (@m) { # MADV_FREE, all whole pages
                        my $from = unpack('J', pack 'p', $_) + 4095 & ~4095;
                        my $length = unpack('J', pack 'p', $_) + length($_) - $from & ~4095;
                        syscall($madvise, $from, $length, 8) == 0 or die "madvise: $!\\n";
                    }
                    print "given back\\n";
                }
                """;
        final long kiB;
        final Process process;
        private final BufferedReader answers;

        Hog(long kiB) throws IOException {
            this.kiB = kiB;
            process =
                    new ProcessBuilder("perl", "-e", SCRIPT)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream()));
            assertEquals("ready", answers.readLine());
        }

        void take() throws IOException {
            tell(Long.toString(kiB), "taken");
        }

        /**
         * Makes all of it available. Where free pages are reported to a hypervisor, those of a
         * process that ends may count as used for minutes; these do not.
         */
        void giveBack() throws IOException {
            tell("0", "given back");
        }

        private void tell(String what, String answer) throws IOException {
            process.getOutputStream().write((what + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
            assertEquals(answer, answers.readLine());
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    /** Watches memory use beside the program, to know when others spoil the test. */
    private static final class Memory implements AutoCloseable {
        static final int ANYTHING = 0;
        static final int LOW = -1;
        static final int HIGH = 1;
        private final double threshold;
        private final double distance;
        private int expected;
        private String disturbance;
        private final Thread thread = new Thread(this::watch, "memory");

        Memory(double threshold, double distance) {
            this.threshold = threshold;
            this.distance = distance;
            thread.setDaemon(true);
            thread.start();
        }

        /** From now on: use is well below the threshold, well above it, or on its way. */
        synchronized void expect(int expectation) {
            expected = expectation;
        }

        /** Whether others are to blame for the failure. */
        synchronized void check(String failure) throws Disturbed {
            if (disturbance != null) {
                throw new Disturbed(disturbance + "; then: " + failure);
            }
        }

        private synchronized void look() {
            double used = usedPercent();
            if (expected != ANYTHING && (used - threshold) * expected < distance) {
                disturbance = String.format("memory use moved to %.1f %% by itself", used);
            }
        }

        private void watch() {
            try {
                while (true) {
                    look();
                    Thread.sleep(50);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Waits until use has moved by little for some seconds, but not for ever. */
        static void awaitCalm(double distance) throws InterruptedException {
            for (int attempt = 0; attempt < 20; attempt++) {
                double low = usedPercent();
                double high = low;
                for (int i = 0; i < 60; i++) {
                    Thread.sleep(50);
                    low = Math.min(low, usedPercent());
                    high = Math.max(high, usedPercent());
                }
                if (high - low < distance) {
                    return;
                }
            }
        }

        static double usedPercent() {
            double total = kiB("MemTotal");
            return 100 * (total - kiB("MemAvailable")) / total;
        }

        static double kiB(String name) {
            try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
                String line = lines.filter(l -> l.startsWith(name + ":")).findFirst().orElseThrow();
                return Double.parseDouble(line.replaceAll("\\D", ""));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }

    // ---- start, settings and signals

    @Test
    void settingsComeFromTheCommandLineThenTheEnvironmentThenTheConstants() throws Exception {
        ProcessBuilder builder = Program.builder("--threshold=0");
        builder.directory(folder.toFile());
        builder.environment().put("MEMORY_MONITOR_THRESHOLD", "100");
        builder.environment().put("MEMORY_MONITOR_DURATION", "0");
        builder.environment().put("MEMORY_MONITOR_INTERVAL", "100ms");
        builder.environment().put("MEMORY_MONITOR_LOG", ""); // empty counts as unset
        builder.environment().put("JOURNAL_STREAM", "8:123456");
        try (Program program = Program.start(builder)) {
            String line = program.line();
            assertTrue(line.startsWith("<6>memory_monitor "), line);
            assertTrue(line.contains(" incident above 0 % for 0 s, log "), line);
            assertTrue(
                    line.contains("watching every 100 ms") || line.contains("every 0.1 s"), line);
            line = program.line();
            assertTrue(line.startsWith("<4>memory above 0 % for "), line);
            List<String> log = read(folder.resolve("memory_monitor.log"));
            assertTrue(log.get(0).substring(26).startsWith("memory above 0 % for "), log.get(0));

            Assumptions.assumeFalse(ignoresSigint(), "this JVM was started with SIGINT ignored");
            new ProcessBuilder("sh", "-c", "kill -INT " + program.process.pid()).start().waitFor();
            assertEquals(130, program.result().exitCode());
        }
    }

    @Test
    @Timeout(value = Program.PATIENCE_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aTerminalHasALineThatStaysCurrent() throws Exception {
        Path pid = folder.resolve("pid");
        ProcessBuilder builder =
                Program.builder("-t0", "-d0", "-i100ms", "-l" + folder.resolve("terminal.log"));
        StringBuilder command = new StringBuilder("echo $$ >'" + pid + "'; exec");
        builder.command().forEach(word -> command.append(" '").append(word).append("'"));
        builder.command(List.of("script", "-qec", command.toString(), "/dev/null"));
        builder.environment().putAll(Map.of("SHELL", "/bin/sh", "NO_COLOR", "1"));
        builder.redirectErrorStream(true);
        Process process = builder.start();
        Pattern status =
                Pattern.compile(
                        "\\r\\x1b\\[KRAM \\d+\\.\\d %  CPU \\d+\\.\\d %  above for [\\d.]+ s"
                                + "  incidents 1  processes \\d+(?=\\r)");
        StringBuilder screen = new StringBuilder();
        try (var in = new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)) {
            for (int c = in.read(); c >= 0; c = in.read()) {
                screen.append((char) c);
                if (c == '\r' && status.matcher(screen).results().count() == 5) {
                    break; // else it goes on until the end of the program, or of all patience
                }
            }
            assertEquals(5, status.matcher(screen).results().count(), screen.toString());
            assertFalse(Pattern.compile("\\x1b\\[[\\d;]*m").matcher(screen).find(), "colour");
            String start = screen.substring(0, screen.indexOf("\n"));
            assertTrue(start.contains("memory_monitor ") && !start.contains("<6>"), start);
            String kill = "kill -TERM " + Files.readString(pid).strip();
            new ProcessBuilder("sh", "-c", kill).start().waitFor();
            in.transferTo(java.io.Writer.nullWriter());
            assertEquals(143, process.waitFor());
        } finally {
            process.destroyForcibly();
        }
    }

    private static boolean ignoresSigint() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            String line = lines.filter(l -> l.startsWith("SigIgn:")).findFirst().orElseThrow();
            return (Long.parseUnsignedLong(line.substring(7).trim(), 16) & 1 << 1) != 0;
        }
    }

    @Test
    void helpAndVersion() throws Exception {
        Program.Result version = Program.run("-V");
        assertTrue(version.out().matches("memory_monitor \\d+\\.\\d+\\.\\d+\n"), version.out());
        Program.Result help = Program.run("--help");
        for (String word :
                List.of("--threshold", "--duration", "--interval", "--log", "snapshot")) {
            assertTrue(help.out().contains(word), word + " in: " + help.out());
        }
        assertEquals("0 0 ", version.exitCode() + " " + help.exitCode() + " " + help.err());
    }

    @Test
    void mistakesAreToldInOneLine() throws Exception {
        Path missing = folder.resolve("missing/memory_monitor.log");
        List<Mistake> mistakes = new ArrayList<>();
        mistakes.add(new Mistake(2, "--nonsense", "--nonsense"));
        mistakes.add(new Mistake(2, "nonsense", "nonsense"));
        mistakes.add(new Mistake(2, "nonsense", "snapshot", "nonsense"));
        mistakes.add(new Mistake(2, "-t", "-t"));
        for (String value : List.of("-1", "101", "100.1", "abc", "NaN", "1e400", "")) {
            mistakes.add(new Mistake(2, "threshold", "-t", value));
        }
        for (String value : List.of("15x", "-5s", "1.5.s", "s", "", "15 y", "99999999999999m")) {
            mistakes.add(new Mistake(2, "duration", "-d", value));
        }
        for (String value : List.of("0", "0ms", "x")) {
            mistakes.add(new Mistake(2, "interval", "-i", value));
        }
        mistakes.add(new Mistake(1, missing.toString(), "-l", missing.toString()));
        mistakes.add(new Mistake(1, folder.toString(), "-l", folder.toString()));
        // Nobody can create a file there, not even root
        mistakes.add(new Mistake(1, "/proc/memory_monitor.log", "-l", "/proc/memory_monitor.log"));
        Path readOnly = Files.createFile(folder.resolve("read-only.log"));
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r--r--r--"));
        if (!Files.isWritable(readOnly)) {
            mistakes.add(new Mistake(1, readOnly.toString(), "-l", readOnly.toString()));
        }
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_THRESHOLD=200"));
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_DURATION=15x"));
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_INTERVAL=0"));
        mistakes.add(new Mistake(1, "MEMORY_MONITOR_LOG=" + missing));
        assertAll(mistakes.stream().map(mistake -> mistake::check));
    }

    /** A wrong command line, or a wrong "VARIABLE=value", and a word that the message must hold. */
    private record Mistake(int exitCode, String word, String... arguments) {
        void check() throws Exception {
            boolean variable = word.startsWith("MEMORY_MONITOR_");
            String name = variable ? word.substring(0, word.indexOf('=')) : word;
            ProcessBuilder builder = Program.builder(arguments);
            builder.directory(Path.of("/").toFile()); // no log is left behind anywhere
            if (variable) {
                builder.environment().put(name, word.substring(name.length() + 1));
            }
            String what = variable ? word : String.join(" ", arguments);
            Program.Result result = Program.run(builder);
            assertNotNull(result, what);
            assertEquals("", result.out(), what);
            assertTrue(result.err().matches("memory_monitor: .+\n"), what + ": " + result.err());
            assertTrue(result.err().contains(name), what + ": " + result.err());
            assertFalse(result.err().contains("Exception"), what + ": " + result.err());
            assertEquals(exitCode, result.exitCode(), what + ": " + result.err());
        }
    }
}
