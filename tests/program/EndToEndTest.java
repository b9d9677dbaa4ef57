package program;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Disturbed;
import kit.Eater;
import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.DecimalFormat;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real program on this machine: a child takes memory until the threshold is crossed, holds it
 * and gives it back. The threshold lies a little above what is in use when the test starts.
 */
class EndToEndTest {
    private static final int INTERVAL_MILLIS = 200;

    @TempDir Path folder;

    /** Doubled where the machine is so busy that it cannot take and free memory in that time. */
    private int durationMillis = 2000;

    private Path log;
    private String limit;
    private long takeMiB;

    // ---- incidents

    @Test
    void eachLongBreachIsRecordedOnceAndAShortOneNot() throws Exception {
        Disturbed.retry(6, 0, this::breaches);
    }

    private void breaches() throws Exception {
        // A log of its own: beside it is the history of an attempt that was cut off
        log = Files.createTempDirectory(folder, "attempt").resolve("breaches.log");
        double total = Host.memInfoKiB("MemTotal");
        // As much as others may need meanwhile, this program's JVM included
        double margin = Math.max(1.5, 100 * 120_000 / total);
        Memory.awaitCalm(margin / 4);
        double threshold = Math.round((Memory.usedPercent() + margin) * 10) / 10.0;
        takeMiB = Math.round(2 * margin * total / 100 / 1024);
        Assumptions.assumeTrue(threshold + 2 * margin < 90, "too little memory is free");
        limit = new DecimalFormat("0.#").format(threshold);

        ProcessBuilder builder =
                Program.builder(
                        "-t" + limit, "-d" + durationMillis + "ms", "-r0", "-i200ms", "-l" + log);
        // The log's mode is the program's own choice
        builder.command().addAll(0, List.of("sh", "-c", "umask 0; exec \"$@\"", "sh"));
        try (Memory memory = new Memory(threshold, margin / 4);
                Eater hog = new Eater("memory_hog");
                Program program = Program.start(builder)) {
            try {
                program.expect(
                        "memory_monitor \\S+: RAM \\d+\\.\\d % used; watching every \\S+ m?s,"
                                + (" incident above " + limit + " % for ")
                                + (durationMillis / 1000 + " s, log " + log + "$"));
                memory.expect(Memory.LOW);
                tooShort(program, memory, hog);
                assertEquals(List.of(), Records.read(log), "a breach shorter than the duration");
                List<Records.Entry> expected = new ArrayList<>();
                for (int breach = Tests.areThorough() ? 1 : 2; breach <= 2; breach++) {
                    breach(program, memory, hog, expected);
                }
                assertEquals("rw-r-----", Host.mode(log));

                long asked = System.nanoTime();
                program.process.destroy();
                Program.Result result = program.result();
                long millis = (System.nanoTime() - asked) / 1_000_000;
                assertEquals(new Program.Result(143, "", ""), result);
                assertTrue(millis < 2000, "SIGTERM took " + millis + " ms");
                assertEquals(expected, Records.read(log), "the log is left as it was");
                Tests.say(
                        "threshold %s %%, %d MiB taken, SIGTERM obeyed in %d ms",
                        limit, takeMiB, millis);
            } catch (AssertionError e) {
                memory.check(e.getMessage());
                throw e;
            }
        }
    }

    /** Crosses the threshold, but not for long enough. */
    private void tooShort(Program program, Memory memory, Eater hog) throws Exception {
        long begin = System.nanoTime();
        memory.expect(Memory.ANYTHING);
        hog.run("eat " + takeMiB);
        memory.expect(Memory.HIGH);
        // Half of the time is left to give it all back
        long left = begin + durationMillis / 2 * 1_000_000L - System.nanoTime();
        Thread.sleep(Math.max(0, left / 1_000_000));
        memory.expect(Memory.ANYTHING);
        hog.run("give_back");
        long took = (System.nanoTime() - begin) / 1_000_000;
        memory.expect(Memory.LOW);
        if (took > durationMillis - INTERVAL_MILLIS - 50) {
            durationMillis *= 2;
            throw new Disturbed("the short breach took " + took + " ms");
        }
        assertNull(program.eventWithin(durationMillis + 500), "event of a short breach");
    }

    /** Crosses the threshold for longer than the duration; adds what the log has to hold then. */
    private void breach(Program program, Memory memory, Eater hog, List<Records.Entry> expected)
            throws Exception {
        OffsetDateTime from = OffsetDateTime.now().withNano(0);
        memory.expect(Memory.ANYTHING);
        Map<Long, String> processes = Host.processes();
        hog.run("eat " + takeMiB);
        memory.expect(Memory.HIGH);
        Matcher event =
                program.expect(
                        ("(memory above " + limit + " % for (\\S+) s: " + Records.TOTALS)
                                + ": memory_hog .*); (\\d+) processes in (\\d+) ms$");
        processes.entrySet().retainAll(Host.processes().entrySet());
        assertTrue(Double.parseDouble(event.group(2)) >= durationMillis / 1000.0);
        assertTrue(Double.parseDouble(event.group(3)) <= 100);
        assertTrue(Double.parseDouble(event.group(4)) >= Double.parseDouble(limit));

        Records.Entry record = next(expected);
        Records.checkTime(record.time(), from);
        assertEquals(event.group(1), record.event(), "as the event says");
        assertEquals(event.group(5), Integer.toString(record.rows().size()), "as the event says");
        record.note(event.group(5) + " processes, captured in " + event.group(6) + " ms");
        processes.keySet().forEach(record::row); // none is missing
        record.row(program.process.pid());
        assertTrue(record.row(hog.pid()).rssKiB() >= takeMiB << 10);
        record.note(".*" + Pattern.quote("memory_hog (" + hog.pid() + ")") + ".*");

        assertNull(program.eventWithin(durationMillis + 500), "second event of one breach");
        assertEquals(expected, Records.read(log), "one record of one breach");
        memory.expect(Memory.ANYTHING);
        hog.run("give_back");
        Matcher back =
                program.expect(
                        ("memory back to \\d+\\.\\d %: above " + limit + " % for (\\S+) s, peak")
                                + (" (\\S+) % at ("
                                        + Records.TIME
                                        + "): memory_hog [(]"
                                        + hog.pid()
                                        + "[)].* in .+"));
        memory.expect(Memory.LOW);
        Records.Entry closing = next(expected);
        Records.checkTime(closing.time(), from);
        assertEquals(back.group(), closing.event(), "as the event says");
        assertEquals("[][]", "" + closing.rows() + closing.notes());
        assertTrue(Double.parseDouble(back.group(1)) >= durationMillis / 1000.0, back.group());
        assertTrue(Double.parseDouble(back.group(2)) >= Double.parseDouble(event.group(4)));
        Records.checkTime(back.group(3), from);
        assertNull(program.eventWithin(2 * INTERVAL_MILLIS), "event after the end");
    }

    /** The one entry that the log has more than was expected so far, which is added to that. */
    private Records.Entry next(List<Records.Entry> expected) throws Exception {
        List<Records.Entry> entries = Records.read(log);
        Records.Entry last = entries.get(entries.size() - 1);
        expected.add(last);
        assertEquals(expected, entries, "what was there before stays");
        return last;
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
            try {
                return 100.0 * Host.usedKiB() / Host.memInfoKiB("MemTotal");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
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
        String journal = "JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1) exec \"$@\"";
        builder.command().addAll(0, List.of("sh", "-c", journal, "sh"));
        try (Program program = Program.start(builder)) {
            program.expect(
                    "<6>memory_monitor .*watching every (100 ms|0\\.1 s),"
                            + " incident above 0 % for 0 s, log ");
            program.expect("<4>memory above 0 % for ");
            Records.Entry entry = Records.read(folder.resolve("memory_monitor.log")).get(0);
            assertTrue(entry.event().startsWith("memory above 0 % for "), entry.event());

            Assumptions.assumeFalse(ignoresSigint(), "this JVM was started with SIGINT ignored");
            Host.signal(program.process.pid(), "INT");
            assertEquals(130, program.result().exitCode());
        }
    }

    /**
     * Started by systemd it watches on with what MemoryMonitor.java says, and says so as an error.
     * Nobody would see how it ends.
     */
    @Test
    void aServiceWatchesOnWithAWrongSetting() throws Exception {
        ProcessBuilder builder = Program.builder("--log", folder.resolve("x.log").toString());
        builder.environment().put("MEMORY_MONITOR_THRESHOLD", "80x");
        builder.environment().put("MEMORY_MONITOR_DURATION", "15 sec");
        builder.environment().put("MEMORY_MONITOR_THRESHHOLD", "90");
        String service =
                "export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/$$/fd/1) SYSTEMD_EXEC_PID=$$;"
                        + " exec \"$@\"";
        builder.command().addAll(0, List.of("sh", "-c", service, "sh"));
        try (Program program = Program.start(builder)) {
            program.expect(
                    "<3>MEMORY_MONITOR_THRESHOLD: '80x' is not a percentage from 0 to 100; taken"
                            + " instead: '80', THRESHOLD in MemoryMonitor.java$");
            program.expect("<3>MEMORY_MONITOR_THRESHHOLD is no setting; there are MEMORY_MONITOR");
            program.expect("<6>memory_monitor .*, incident above 80 % for 15 s, log ");
            program.process.destroy();
            assertEquals(143, program.result().exitCode());
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
                        "\\r"
                            + "\\x1b\\[K\\x1b\\[\\?7lRAM \\d+\\.\\d %, [\\d.]+ [MG]iB of [\\d.]+"
                            + " [MG]iB  CPU \\d+\\.\\d %  above 0 % for [\\d.]+ s  incidents 1 "
                            + " processes \\d+ \\x1b\\[\\?7h(?=\\r"
                            + ")");
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
            String event = "\r\033\\[K\\d\\d:\\d\\d:\\d\\d memory_monitor \\d.*\r";
            assertTrue(start.matches(event), start);
            Host.signal(Long.parseLong(Files.readString(pid).strip()), "TERM");
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
        mistakes.add(new Mistake(2, missing.toString(), "--check", "-l", missing.toString()));
        mistakes.add(new Mistake(2, folder.toString(), "--check", "-l", folder.toString()));
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_LOG=" + missing, "--check"));
        mistakes.add(new Mistake(2, "recovery", "-r", "soon"));
        String same = folder.resolve("same").toString();
        mistakes.add(new Mistake(2, "is the same file", "-l", same, "--metrics", same));
        mistakes.add(new Mistake(2, "is no file's name", "--check", "-l", "/"));
        mistakes.add(new Mistake(2, "is no file's name", "-l", ""));
        mistakes.add(new Mistake(2, "is no file's name", "-l", "/missing/.."));
        Path readOnly = Files.createFile(folder.resolve("read-only.log"));
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r--r--r--"));
        if (!Files.isWritable(readOnly)) {
            mistakes.add(new Mistake(2, readOnly.toString(), "--check", "-l", "" + readOnly));
        }
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_THRESHOLD=200"));
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_DURATION=15x"));
        mistakes.add(new Mistake(2, "MEMORY_MONITOR_INTERVAL=0"));
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
