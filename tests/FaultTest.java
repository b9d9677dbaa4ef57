import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What can go wrong with the machine goes wrong, one thing per test, and the real program has to
 * cope. Most tests run it with memory use at will, see {@link MemoryDial}.
 *
 * <p>Setting the wall clock is not among them: no part of a machine has a clock of its own. {@code
 * MemoryMonitorTest.wallClockHasNoSay} passes in one that jumps.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultTest {
    @TempDir Path folder;

    /** Some more processes, so that a table does not fit into a page. */
    private static final String PROCESSES =
            "\nfor i in $(seq 60); do sleep 100000 2>/dev/null & done";

    private interface Action {
        void run() throws Exception;
    }

    /**
     * The program, with memory use at will: low at the start, an incident as soon as it is high.
     */
    private static final class Watched implements AutoCloseable {
        final Path log;
        final MemoryDial memory;
        final Program program;
        final ProcessHandle process;

        /**
         * @param setup a shell command that runs first in the program's namespaces
         * @param options further options for the program
         */
        Watched(Path folder, Path log, String setup, String... options) throws Exception {
            MemoryDial.assumeNamespaces();
            this.log = log;
            memory = new MemoryDial(folder, 10);
            ProcessBuilder builder = Program.builder("-t50", "-d0", "-i10ms", "-l" + log);
            builder.command().addAll(List.of(options));
            String whole = memory.setup() + "\n" + setup;
            program = Program.start(MemoryDial.inPidNamespace(whole, builder));
            String line = next();
            while (line.startsWith("memory_monitor started: ")) { // of an earlier incident
                line = next();
            }
            assertTrue(line.matches("memory_monitor \\S+: RAM 10\\.0 % used; .*"), line);
            process = MemoryDial.inner(program);
        }

        /** The next event, but for that the machine was too busy to sample in time. */
        String next() throws InterruptedException {
            String line = program.line();
            while (line.startsWith("sampling was stalled for ")) {
                line = program.line();
            }
            return line;
        }

        void expect(String event) throws InterruptedException {
            String line = next();
            assertTrue(line.startsWith(event), line + " instead of " + event);
        }

        /** An incident from its beginning to its end. */
        void incident() throws Exception {
            memory.set(90);
            expect("memory above 50 % for 0");
            memory.set(10);
            expect("memory back to 10.0 %");
        }

        /** A record that is printed because the log does not take it, and why not. */
        Records.Entry printed(String reason) throws InterruptedException {
            List<String> lines = new ArrayList<>();
            do {
                lines.add(next());
            } while (!lines.get(lines.size() - 1).isEmpty());
            Records.Entry entry = Records.parse(lines);
            String event = next();
            String start = "cannot write the log " + log + ": " + reason;
            assertTrue(event.startsWith(start), event + " instead of " + start);
            assertTrue(event.endsWith("; the record above is kept until that works again"), event);
            say("%s", event.replace(log.getParent() + "/", ""));
            return entry;
        }

        /** A path as it is in the program's namespace. */
        Path inside(Path path) {
            return Path.of("/proc/" + process.pid() + "/root" + path);
        }

        void stop() throws InterruptedException {
            process.destroy();
            Program.Result result = program.result();
            assertEquals("143 ", result.exitCode() + " " + result.err());
        }

        @Override
        public void close() throws IOException {
            program.close();
            memory.close();
        }
    }

    private static void shell(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
    }

    private static void shell(List<String> command) throws IOException, InterruptedException {
        shell(command.toArray(String[]::new));
    }

    private static void say(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, "fault: " + format + "%n", arguments);
    }

    private static List<String> kinds(List<Records.Entry> entries) {
        return entries.stream().map(entry -> entry.what().replaceFirst(" \\S+ %.*", "")).toList();
    }

    // ---- The log cannot be written

    /** Records of two events go to stdout meanwhile; afterwards nothing is missing. */
    private static void keepsRecords(Watched watched, String reason, Action fault, Action mending)
            throws Exception {
        watched.incident();
        fault.run();
        watched.memory.set(90);
        List<Records.Entry> printed = new ArrayList<>();
        printed.add(watched.printed(reason));
        watched.expect("memory above 50 %");
        watched.memory.set(10);
        printed.add(watched.printed(reason));
        watched.expect("memory back to 10.0 %");
        mending.run();
        watched.expect("the log " + watched.log + " works again: 2 kept records");
        watched.incident();
        List<Records.Entry> entries = Records.read(watched.inside(watched.log));
        int end = entries.size() - 2;
        assertTrue(printed.equals(entries.subList(end - 2, end)), () -> "kept: " + kinds(entries));
        assertEquals(
                "rw-r-----",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(watched.inside(watched.log))));
        watched.stop();
    }

    @Test
    void diskFull() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path filler = disk.resolve("filler");
        String setup = "mount -t tmpfs -o size=4m none " + disk;
        try (Watched watched = new Watched(folder, disk.resolve("full.log"), setup)) {
            keepsRecords(
                    watched,
                    "",
                    () -> fill(watched.inside(filler), 0),
                    () -> Files.delete(watched.inside(filler)));
        }
    }

    /** A part of the record fits: that must not stay. */
    @Test
    void diskNearlyFull() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path filler = disk.resolve("filler");
        String setup = "mount -t tmpfs -o size=4m none " + disk + PROCESSES;
        try (Watched watched = new Watched(folder, disk.resolve("full.log"), setup)) {
            watched.incident();
            long before = Files.size(watched.inside(watched.log));
            fill(watched.inside(filler), 1);
            watched.memory.set(90);
            Records.Entry printed = watched.printed("");
            watched.expect("memory above 50 %");
            assertEquals(before, Files.size(watched.inside(watched.log)));
            Files.delete(watched.inside(filler));
            watched.expect("the log " + watched.log + " works again: 1 kept records");
            assertEquals(printed, Records.read(watched.inside(watched.log)).get(2));
            say("one page left on the disk: no part of the record stayed");
        }
    }

    @Test
    void diskFullFromTheStart() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Path filler = disk.resolve("filler");
        String setup =
                "mount -t tmpfs -o size=4m none "
                        + disk
                        + "\nhead -c 4m /dev/zero >"
                        + filler
                        + " 2>/dev/null || true";
        try (Watched watched = new Watched(folder, disk.resolve("full.log"), setup)) {
            watched.memory.set(90);
            Records.Entry printed = watched.printed("");
            watched.expect("memory above 50 %");
            Files.delete(watched.inside(filler));
            watched.expect("the log " + watched.log + " works again: 1 kept records");
            assertEquals(List.of(printed), Records.read(watched.inside(watched.log)));
            say("no room from the start: started all the same, the record came later");
        }
    }

    /** Fills a file system, but for some pages. */
    private static void fill(Path filler, int pages) throws IOException {
        byte[] page = new byte[4096];
        long size = 0;
        try (RandomAccessFile file = new RandomAccessFile(filler.toFile(), "rw")) {
            try {
                while (true) {
                    file.write(page);
                    size += page.length;
                }
            } catch (IOException e) {
                file.setLength(size - pages * (long) page.length);
            }
        }
    }

    @Test
    void logFolderRemoved() throws Exception {
        Path logs = Files.createDirectory(folder.resolve("logs"));
        try (Watched watched = new Watched(folder, logs.resolve("x.log"), "")) {
            keepsRecords(
                    watched,
                    "its folder does not exist",
                    () -> shell("rm", "-r", logs.toString()),
                    () -> Files.createDirectory(logs));
        }
    }

    @Test
    void logMadeReadOnly() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String setup = "mount -t tmpfs -o size=4m none " + disk;
        try (Watched watched = new Watched(folder, disk.resolve("x.log"), setup)) {
            String mount = "mount -o remount,%s " + disk;
            keepsRecords(
                    watched,
                    "Read-only file system",
                    () ->
                            shell(
                                    MemoryDial.enter(
                                            watched.process, "sh", "-c", mount.formatted("ro"))),
                    () ->
                            shell(
                                    MemoryDial.enter(
                                            watched.process, "sh", "-c", mount.formatted("rw"))));
        }
    }

    @Test
    void logReplacedByADirectory() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            keepsRecords(
                    watched,
                    "it is not a regular file",
                    () -> {
                        Files.delete(log);
                        Files.createDirectory(log);
                    },
                    () -> Files.delete(log));
        }
    }

    /** Opening a FIFO that nobody reads would block for ever. */
    @Test
    void logReplacedByAFifo() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            keepsRecords(
                    watched,
                    "it is not a regular file",
                    () -> {
                        Files.delete(log);
                        shell("mkfifo", log.toString());
                    },
                    () -> Files.delete(log));
        }
    }

    @Test
    void tooManyRecordsWait() throws Exception {
        Path log = folder.resolve("missing/x.log");
        LogFile file = new LogFile(log, "\n\n", Records.CUT_SHORT + "\n\n");
        String table = "a row\n".repeat(50_000);
        int count = 40; // twelve megabytes
        for (int i = 0; i < count; i++) {
            RecordText record = new RecordText(RecordText.HEAD_BYTES, file.spillFile());
            try {
                file.append(record.put("record " + i + "\n").put(table).put("\n"));
            } catch (IOException e) {
                assertEquals("its folder does not exist", e.getMessage());
            }
        }
        assertEquals(count, file.waiting());
        Files.createDirectory(log.getParent());
        file.flush();
        assertEquals(0, file.waiting());
        String[] records = Files.readString(log).split("\n\n");
        assertEquals(count, records.length);
        int whole = 0;
        for (int i = 0; i < count; i++) {
            if (records[i].equals("record " + i + "\n" + table.stripTrailing())) {
                whole++;
            } else {
                assertEquals(0, whole, "the oldest go first");
                assertEquals(
                        "record "
                                + i
                                + "\n# its table was dropped: too many records wait for the log to"
                                + " be writable",
                        records[i]);
            }
        }
        assertTrue(whole >= 10 && whole * (long) table.length() <= 4 << 20, whole + " whole");
        say("%d records of 300 KB wait: all lines are there, %d tables", count, whole);
    }

    // ---- Rotation

    @Test
    void rotatedBetweenRecords() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            Files.move(log, folder.resolve("x.log.1"));
            watched.incident();
            List<String> expected = List.of("memory above", "memory back to");
            assertEquals(expected, kinds(Records.read(folder.resolve("x.log.1"))));
            assertEquals(expected, kinds(Records.read(log)));
            assertEquals(
                    "rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(log)));
            say("rotated between records: two in the old file, two in the new one");
        }
    }

    @Test
    void rotatedDuringRecords() throws Exception {
        Path log = folder.resolve("x.log");
        List<Path> parts = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try (Watched watched = new Watched(folder, log, "")) {
            Thread rotation =
                    new Thread(
                            () -> {
                                while (!Thread.interrupted()) {
                                    Path next = folder.resolve("x.log." + parts.size());
                                    try {
                                        Files.move(log, next);
                                        parts.add(next);
                                    } catch (NoSuchFileException e) {
                                        Thread.onSpinWait();
                                    } catch (IOException e) {

                                        throw new java.io.UncheckedIOException(e);
                                    }
                                }
                            });
            rotation.start();
            for (int i = 0; i < 60; i++) {
                watched.incident();
                expected.addAll(List.of("memory above", "memory back to"));
            }
            rotation.interrupt();
            rotation.join();
            parts.add(log);
            watched.stop();
        }
        assertEquals(expected, kinds(Records.read(parts.toArray(Path[]::new))));
        say("rotated %d times during %d records: nothing lost", parts.size() - 1, expected.size());
    }

    // ---- The program's surroundings

    @Test
    void stdoutClosed() throws Exception {
        recordsWithout("closed", ">&-");
    }

    @Test
    void stdoutFull() throws Exception {
        recordsWithout("/dev/full", ">/dev/full");
    }

    /** The journal, or whoever was to read the events, is gone. */
    @Test
    void stdoutBroken() throws Exception {
        Path fifo = folder.resolve("fifo");
        shell("mkfifo", fifo.toString());
        Thread reader =
                new Thread(
                        () -> {
                            try {
                                Files.newInputStream(fifo).close();
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        });
        reader.start();
        recordsWithout("a pipe that nobody reads", ">" + fifo);
    }

    private void recordsWithout(String stdout, String redirection) throws Exception {
        Path log = folder.resolve("x.log");
        ProcessBuilder builder = Program.builder("-t0", "-d200ms", "-i50ms", "-l" + log);
        builder.command().addAll(0, List.of("sh", "-c", "exec \"$@\" " + redirection, "sh"));
        try (Program program = Program.start(builder)) {
            await(() -> Files.exists(log) && Files.size(log) > 0, "a record");
            program.process.destroy();
            Program.Result result = program.result();
            assertEquals(143, result.exitCode(), result.err());
            assertEquals("", result.err());
        }
        List<Records.Entry> entries = Records.read(log);
        assertEquals(
                List.of("memory above", "memory_monitor stopped with memory at"), kinds(entries));
        say("stdout is %s: the log has its %d records", stdout, entries.size());
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition, String what) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Program.PATIENCE_SECONDS);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "waited in vain for " + what);
            Thread.sleep(10);
        }
    }
}
