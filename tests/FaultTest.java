import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

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

    /** Some more processes, so that a table does not fit into a few pages. */
    private static final int PROCESSES_COUNT = 150;

    private static final String PROCESSES =
            "\nfor i in $(seq " + PROCESSES_COUNT + "); do sleep 100000 2>/dev/null & done";

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

        /** The next event that has to do with the test. */
        String next() throws InterruptedException {
            String line = program.line();
            while (Records.isOthers(line)) {
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

    /** A pipe in the test's folder, which blocks whoever opens it to read. */
    private Path fifo() throws Exception {
        Path fifo = folder.resolve("fifo");
        shell("mkfifo", fifo.toString());
        return fifo;
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
        String setup = "mount -t tmpfs -o size=4m none " + disk + PROCESSES;
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
        Assumptions.assumeTrue(MemoryDial.isRoot(), "needs root, to remount a file system");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String setup = "mount -t tmpfs -o size=4m none " + disk + PROCESSES;
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
        LogFile file = new LogFile(log, "\n\n", MemoryMonitor.CUT_SHORT);
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

    /** Not even their lines find room in the end. */
    @Test
    void tooManyLinesWait() throws Exception {
        for (String cutShort : new String[] {MemoryMonitor.CUT_SHORT, null}) {
            Path log = folder.resolve((cutShort == null ? "json" : "text") + "/x.log");
            String end = cutShort == null ? "\n" : "\n\n"; // JSON has no empty lines
            LogFile file = new LogFile(log, end, cutShort);
            int count = 1000; // ten megabytes
            for (int i = 0; i < count; i++) {
                RecordText record = new RecordText(RecordText.HEAD_BYTES, file.spillFile());
                try {
                    file.append(record.put(i + "x".repeat(10_000) + end));
                } catch (IOException e) {
                    assertEquals("its folder does not exist", e.getMessage());
                }
            }
            int kept = file.waiting();
            assertTrue(kept > 400 && kept * 10_000L <= 4 << 20, kept + " kept");
            Files.createDirectory(log.getParent());
            file.flush();
            String[] records = Files.readString(log).split(end);
            int note = cutShort == null ? 0 : 1;
            assertEquals(kept + note, records.length);
            if (note > 0) {
                String lost = "# " + (count - kept) + " older records were dropped: ";
                assertTrue(records[0].startsWith(lost), records[0]);
                say("%d lines of 10 KB wait: \"%s\"", count, records[0]);
            }
            for (int i = 0; i < kept; i++) {
                assertTrue(records[note + i].startsWith(count - kept + i + "x"), "not the newest");
            }
        }
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
        Path fifo = fifo();
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

    /** Whoever was to read the events does not, for a while: after Ctrl-S, for example. */
    @Test
    void stdoutNotRead() throws Exception {
        Path fifo = fifo();
        try (RandomAccessFile pipe = new RandomAccessFile(fifo.toFile(), "rw")) {
            byte[] full = new byte[65_536]; // it holds no more, see pipe(7)
            pipe.write(full);
            recordsWithout("a pipe that is full", ">" + fifo);
            try (Program program = recording(folder.resolve("y.log"), ">" + fifo)) {
                pipe.readFully(full);
                assertTrue(pipe.readLine().startsWith("memory_monitor "));
                program.process.destroy();
                assertEquals(143, program.result().exitCode());
                assertEquals(
                        "nobody has read this for a while: up to 2 lines or records are missing",
                        pipe.readLine());
                assertTrue(pipe.readLine().startsWith("memory_monitor stopped"));
            }
        }
    }

    /** The program, after it has recorded an incident. */
    private static Program recording(Path log, String redirection) throws Exception {
        ProcessBuilder builder = Program.builder("-t0", "-d200ms", "-i50ms", "-l" + log);
        builder.command().addAll(0, List.of("sh", "-c", "exec \"$@\" " + redirection, "sh"));
        Program program = Program.start(builder);
        await(() -> Files.exists(log) && Files.size(log) > 0, "a record");
        return program;
    }

    private void recordsWithout(String stdout, String redirection) throws Exception {
        Path log = folder.resolve("x.log");
        try (Program program = recording(log, redirection)) {
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

    @Test
    void noMemAvailable() throws Exception {
        MemoryDial.assumeNamespaces();
        Path old = folder.resolve("meminfo");
        List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/meminfo")));
        lines.removeIf(line -> line.startsWith("MemAvailable:"));
        Files.write(old, lines);
        double total = figure(lines, "MemTotal");
        double estimate = figure(lines, "MemFree") + figure(lines, "Active(file)");
        estimate += figure(lines, "Inactive(file)") + figure(lines, "SReclaimable");
        String used = String.format(Locale.ROOT, "%.1f %%", 100 - 100 * estimate / total);
        Path log = folder.resolve("x.log");
        try (Program program =
                Program.start(
                        MemoryDial.inPidNamespace(
                                "mount --bind " + old + " /proc/meminfo",
                                Program.builder("-t0", "-d0", "-i50ms", "-l" + log)))) {
            String line = program.line();
            assertTrue(line.contains(": RAM " + used + " used; "), line + " instead of " + used);
            line = program.line();
            assertTrue(line.contains("total RAM " + used), line + " instead of " + used);
            Records.Entry entry = Records.read(log).get(0);
            String account = note(entry, "used .*");
            assertTrue(
                    account.startsWith("# used " + (long) ((total - estimate) / 1024) + " "),
                    account);
            say("no MemAvailable: %s", line.replaceFirst(";.*", ""));
        }
    }

    private static double figure(List<String> memInfo, String name) {
        String line = memInfo.stream().filter(l -> l.startsWith(name + ":")).findFirst().get();
        return Double.parseDouble(line.replaceAll("^.*: *| kB$", ""));
    }

    private static String note(Records.Entry entry, String regex) {
        return entry.notes().stream()
                .filter(note -> note.matches("# " + regex))
                .findFirst()
                .orElseThrow(() -> new AssertionError(regex + " not in " + entry.notes()));
    }

    @Test
    void noPressureFiles() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/pressure")), "there are none here");
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "mount -t tmpfs none /proc/pressure")) {
            watched.incident();
            Records.Entry entry = Records.read(log).get(0);
            assertFalse(entry.hasNote(".*pressure.*"), () -> entry.notes().toString());
            say("no /proc/pressure: \"%s\"", note(entry, "(no )?swap.*OOM kills.*"));
            watched.stop();
        }
        log = folder.resolve("y.log");
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            Records.Entry entry = Records.read(log).get(0);
            note(entry, ".*; memory pressure .*");
        }
    }

    /** The user nobody sees no process but its own. */
    @Test
    void procWithHidepid() throws Exception {
        MemoryDial.assumeNamespaces();
        Assumptions.assumeTrue(MemoryDial.isRoot(), "needs root, to be another user");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = Program.builder("snapshot");
        List<String> command = builder.command();
        StringBuilder classPath = new StringBuilder();
        for (String part : System.getProperty("java.class.path").split(":")) {
            Path copy = folder.resolve(classPath.length() + ".jar"); // root's may not be readable
            Files.copy(Path.of(part), copy, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
            classPath.append(copy).append(':');
        }
        command.set(command.indexOf("-cp") + 1, classPath.toString());
        command.addAll(0, List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        // Process 1 belongs to root, as it does everywhere
        command.addAll(0, List.of("sh", "-c", "sleep 1000 & \"$@\"; exit $?", "sh"));
        String setup = "mount -o remount,hidepid=2 /proc";
        Program.Result result = Program.run(MemoryDial.inPidNamespace(setup, builder));
        assertEquals("0 ", result.exitCode() + " " + result.err());
        Records.Entry entry =
                Records.parse(
                        List.of(result.out().split("\n", -1))
                                .subList(0, result.out().split("\n", -1).length - 1));
        assertEquals(Set.of("nobody"), users(entry));
        String note = note(entry, "only these processes could be seen: .*hidepid.*");
        say("hidepid: %d row, %s", entry.rows().size(), note);
    }

    private static Set<String> users(Records.Entry entry) {
        Set<String> users = new HashSet<>();
        entry.rows().forEach(row -> users.add(row.user()));
        return users;
    }

    // ---- Signals

    @Test
    void killedDuringRecords() throws Exception {
        Path log = folder.resolve("x.log");
        Path json = folder.resolve("x.json");
        String longLine =
                "\nx=$(head -c 120000 /dev/zero | tr '\\0' x)\nfor i in 1 2 3 4 5 6 7 8; do"
                        + " sh -c 'sleep 100000; : $1' sh $x & done";
        Random random = new Random(1);
        int torn = 0;
        long before = 0;
        for (int i = 0; i < 15; i++) {
            try (Watched watched =
                    new Watched(folder, log, PROCESSES + longLine, "--json=" + json)) {
                watched.incident();
                long end = System.nanoTime() + random.nextInt(100_000_000);
                for (int percent = 90; System.nanoTime() < end; percent = 100 - percent) {
                    watched.memory.set(percent);
                    Thread.sleep(1 + random.nextInt(30));
                }
                watched.process.destroyForcibly();
                watched.program.process.waitFor();
            }
            assertTrue(Files.size(log) > before, "it goes on");
            before = Files.size(log);
            torn += tail(log).equals("\n\n") ? 0 : 1;
        }
        try (Watched watched = new Watched(folder, log, "", "--json=" + json)) {
            watched.incident();
            watched.stop();
        }
        int[] records = new int[3];
        Records.each(
                log,
                entry -> {
                    records[0]++;
                    records[1] += entry.isCutShort() ? 1 : 0;
                    records[2] += entry.rows().size() > PROCESSES_COUNT ? 1 : 0;
                });
        assertEquals(torn, records[1], "each torn record says so");
        int objects = objects(json);
        assertTrue(objects >= 15 * 2 && objects <= records[0], objects + " lines of JSON");
        say(
                "killed 15 times: %d records, %d of them with tables of 1 MB, %d cut short; %d"
                        + " whole lines of JSON",
                records[0], records[2], torn, objects);
    }

    /** The number of objects in JSON Lines; fails if there is anything else. */
    private static int objects(Path json) throws IOException {
        int lines = 0;
        int objects = 0;
        int depth = 0;
        try (var in = Files.newInputStream(json);
                JsonParser parser = new JsonFactory().createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                objects += depth == 0 ? 1 : 0;
            }
        }
        try (var in = Files.newInputStream(json)) {
            byte[] bytes = new byte[1 << 16];
            for (int count = in.read(bytes); count > 0; count = in.read(bytes)) {
                for (int i = 0; i < count; i++) {
                    lines += bytes[i] == '\n' ? 1 : 0;
                }
            }
        }
        assertEquals(lines, objects, "one object on each line");
        return objects;
    }

    private static String tail(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] end = new byte[2];
            file.seek(file.length() - 2);
            file.readFully(end);
            return new String(end, StandardCharsets.US_ASCII);
        }
    }

    /** What a power cut leaves behind: any part of a record. */
    @Test
    void tornTail() throws Exception {
        String record =
                """
                2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 1.0 %, total RAM 81.0 %
                USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
                root   1  0.0  0.0   0   0 ?   Ss   00:00 0:00 init
                # 1 processes, captured in 1 ms

                """;
        for (int length = 0; length <= record.length(); length++) {
            Path log = folder.resolve(length + ".log");
            Files.writeString(log, record + record.substring(0, length));
            LogFile file = new LogFile(log, "\n\n", MemoryMonitor.CUT_SHORT);
            file.append(new RecordText(RecordText.HEAD_BYTES, file.spillFile()).put(record));
            List<Records.Entry> entries = Records.read(log);
            boolean torn = length > 0 && length < record.length();
            assertEquals(torn, Files.readString(log).contains(Records.CUT_SHORT), "at " + length);
            assertEquals(length == 0 ? 2 : 3, entries.size(), "at " + length);
        }
        String object = "{\"type\":\"end\"}\n";
        for (int length = 0; length <= object.length(); length++) {
            Path json = folder.resolve(length + ".json");
            Files.writeString(json, object + object.substring(0, length));
            LogFile file = new LogFile(json, "\n", null);
            file.append(new RecordText(RecordText.HEAD_BYTES, file.spillFile()).put(object));
            int whole = length < object.length() ? 2 : 3;
            assertEquals(object.repeat(whole), Files.readString(json), "at " + length);
        }
        Path log = folder.resolve("x.log");
        Files.writeString(log, record + record.substring(0, 200));
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertTrue(entries.get(1).isCutShort());
        say("torn tail: \"%s\", then \"%s\"", Records.CUT_SHORT, entries.get(2).what());
    }

    /** The record is on its way when the signal comes: reading a command line takes its time. */
    @Test
    void sigtermDuringARecord() throws Exception {
        Path log = folder.resolve("x.log");
        Path fifo = fifo();
        try (Watched watched = new Watched(folder, log, "sleep 100000 2>/dev/null &")) {
            watched.incident();
            for (Records.Row row : Records.read(log).get(0).rows()) {
                if (row.command().equals("sleep 100000")) {
                    block(watched, fifo, "/proc/" + row.pid() + "/cmdline");
                }
            }
            watched.memory.set(90);
            // It opens as soon as the command line is read, which waits then for what is in there
            try (OutputStream open = Files.newOutputStream(fifo)) {
                watched.process.destroy();
                open.flush();
            }
            watched.expect("memory above 50 %");
            watched.expect("memory_monitor stopped");
            assertEquals(143, watched.program.result().exitCode());
        }
        Records.Entry entry = Records.read(log).get(2);
        assertTrue(entry.isIncident());
        say("SIGTERM during a record: \"%s\", then the end", entry.what());
    }

    @Test
    void stoppedForAWhile() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            // high only while nobody looked: no incident
            signal(watched.process, "STOP");
            watched.memory.set(90);
            Thread.sleep(2500);
            watched.memory.set(10);
            signal(watched.process, "CONT");
            String line = watched.program.line();
            assertTrue(line.matches("sampling was stalled for [2-9](\\.\\d)? s"), line);
            say("SIGSTOP, SIGCONT: %s", line);
            watched.incident();
            watched.stop();
        }
        assertEquals(List.of("memory above", "memory back to"), kinds(Records.read(log)));

        // high all the time: the record tells that it is late
        log = folder.resolve("y.log");
        try (Program program =
                Program.start(Program.builder("-t0", "-d3s", "-i50ms", "-l" + log))) {
            assertTrue(program.line().startsWith("memory_monitor "));
            signal(program.process.toHandle(), "STOP");
            Thread.sleep(4500);
            signal(program.process.toHandle(), "CONT");
            String line = program.line();
            assertTrue(line.matches("sampling was stalled for [4-9](\\.\\d)? s"), line);
            line = program.line();
            assertTrue(line.matches("memory above 0 % for [4-9](\\.\\d)? s: .*"), line);
            String note =
                    note(Records.read(log).get(0), "sampling was stalled for [4-9](\\.\\d)? s");
            say("SIGSTOP, SIGCONT during a breach: %s", note);
        }
    }

    private static void signal(ProcessHandle process, String name) throws Exception {
        shell("kill", "-" + name, Long.toString(process.pid()));
    }

    // ---- Processes

    /** Makes reading a file block: as if what answers, or the process, were stuck. */
    private static void block(Watched watched, Path fifo, String file) throws Exception {
        shell(MemoryDial.enter(watched.process, "mount", "--bind", fifo.toString(), file));
    }

    @Test
    void stuckCommandLine() throws Exception {
        stuck(1);
    }

    @Test
    void manyStuckCommandLines() throws Exception {
        stuck(8);
    }

    @Test
    void moreStuckCommandLinesThanReaders() throws Exception {
        stuck(CommandLines.READERS_LIMIT + 8);
    }

    private void stuck(int count) throws Exception {
        boolean allStuck = count > CommandLines.READERS_LIMIT;
        Path log = folder.resolve("x.log");
        Path fifo = fifo();
        try (Watched watched = new Watched(folder, log, PROCESSES)) {
            watched.incident();
            Records.Entry before = Records.read(log).get(0);
            List<Long> pids =
                    before.rows().stream()
                            .filter(row -> row.command().equals("sleep 100000"))
                            .map(Records.Row::pid)
                            .toList();
            for (long pid : pids.subList(0, count)) {
                block(watched, fifo, "/proc/" + pid + "/cmdline");
            }
            for (int record = 0; record < 2; record++) {
                watched.memory.set(90);
                String event = watched.next();
                assertTrue(event.startsWith("memory above 50 %"), event);
                int millis = Integer.parseInt(event.replaceFirst(".* in (\\d+) ms.*", "$1"));
                watched.memory.set(10);
                watched.expect("memory back to");
                Records.Entry entry = Records.read(log).get(2 + 2 * record);
                String late = allStuck ? "\\d+" : "" + count;
                String note = note(entry, late + " command lines? could not be read in time.*");
                int threads = SoakTest.Held.now(watched.process.pid()).threads();
                say("%d stuck: %s, in %d ms, with %d threads", count, note, millis, threads);
                assertTrue(threads < 64, threads + " threads, of 64 that the service may have");
                int there = 0;
                for (Records.Row row : entry.rows()) {
                    boolean stuck = pids.subList(0, count).contains(row.pid());
                    if (pids.contains(row.pid())) {
                        Set<String> shown =
                                stuck || allStuck
                                        ? Set.of("[sleep]", "sleep 100000")
                                        : Set.of("sleep 100000");
                        assertTrue(shown.contains(row.command()), row.toString());
                        there += stuck ? 0 : 1;
                    }
                }
                assertEquals(pids.size() - count, there);
                assertTrue(millis < 3000, millis + " ms");
            }
        }
    }

    @Test
    void namesOfUsersAreNotToBeHad() throws Exception {
        Path log = folder.resolve("x.log");
        Path fifo = fifo();
        String another = "\nsetpriv --reuid=nobody --clear-groups sleep 100000 2>/dev/null &";
        try (Watched watched = new Watched(folder, log, another)) {
            watched.incident();
            block(watched, fifo, "/etc/nsswitch.conf"); // whoever asks NSS has to read this
            for (int record = 0; record < 2; record++) {
                watched.incident();
            }
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        Map<Long, String> users = usersByPid(entries.get(0));
        assertTrue(users.containsValue("nobody"), users.toString());
        for (int record = 1; record < 3; record++) {
            Records.Entry entry = entries.get(2 * record);
            assertEquals(users, usersByPid(entry));
            say("NSS hangs: %s", note(entry, "\\d+ processes, captured in .*"));
        }
    }

    private static Map<Long, String> usersByPid(Records.Entry entry) {
        return entry.rows().stream().collect(Collectors.toMap(Records.Row::pid, Records.Row::user));
    }

    @Test
    void fiveHundredProcessesPerSecond() throws Exception {
        Path log = folder.resolve("x.log");
        Path started = folder.resolve("started");
        String churn =
                "\n"
                    + "perl -e '$SIG{CHLD} = q(IGNORE); use Time::HiRes q(time); $t = time; open F,"
                    + " q(>), $ARGV[0]; while (1) { exit if !fork; syswrite F, q(.); $n++; $d = $t"
                    + " + $n / 500 - time; select undef, undef, undef, $d if $d > 0 }' "
                        + started
                        + " &";
        int records = 0;
        int shortLived = 0;
        Set<Long> pids = new HashSet<>();
        try (Watched watched = new Watched(folder, log, PROCESSES + churn)) {
            long born = Files.size(started);
            long begin = System.nanoTime();
            for (; records < 40; records++) {
                watched.incident();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            born = Files.size(started) - born;
            watched.stop();
            for (Records.Entry entry : Records.read(log)) {
                if (entry.isIncident()) {
                    Set<Long> once = new HashSet<>();
                    entry.rows().forEach(row -> assertTrue(once.add(row.pid()), "pid twice"));
                    long sleepers =
                            entry.rows().stream()
                                    .filter(row -> row.command().equals("sleep 100000"))
                                    .count();
                    assertEquals(PROCESSES_COUNT, sleepers);
                    note(entry, entry.rows().size() + " processes, captured in .*");
                    pids.addAll(once);
                }
            }
            say(
                    "%.0f processes born per second: %d records with all others, %d pids seen",
                    born / seconds, records, pids.size());
        }
    }

    @Test
    void pidReused() throws Exception {
        Path log = folder.resolve("x.log");
        String next =
                "open F, '>', '/proc/sys/kernel/ns_last_pid'; syswrite F, '4999' or exit 1; close"
                        + " F;";
        String script = // answers once the child has become another program, which closes the pipe
                "$| = 1; while (<STDIN>) { chomp; if ($p) { kill 9, $p; waitpid $p, 0 } pipe R, W; "
                        + next
                        + " $p = fork; if (!$p) { exec { '/bin/sleep' } $_, 1000 } close W;"
                        + " sysread R, $x, 1; print qq($p\n) }";
        try (Watched watched = new Watched(folder, log, "")) {
            Process perl =
                    new ProcessBuilder(MemoryDial.enter(watched.process, "perl", "-e", script))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(perl.getInputStream()));
            for (String name : List.of("first", "second")) {
                perl.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
                perl.getOutputStream().flush();
                assertEquals("5000", answers.readLine());
                watched.incident();
            }
            List<Records.Entry> entries = Records.read(log);
            assertEquals("first 1000", entries.get(0).row(5000).command());
            assertEquals("second 1000", entries.get(2).row(5000).command());
            say(
                    "pid 5000 is used again: first \"%s\", then \"%s\"",
                    entries.get(0).row(5000).command(), entries.get(2).row(5000).command());
            watched.stop();
        }
    }

    /** One that tries to look like the next record, in its name and in its arguments. */
    @Test
    void forgedRecord() throws Exception {
        Path log = folder.resolve("x.log");
        String forged =
                "$f = qq(x\\n"
                        + "\\n"
                        + "2026-11-22 03:14:07+01:00 memory above 80 %% for 15 s: total CPU 1.0 %%,"
                        + " total RAM 99.0 %%\\n"
                        + "USER PID %%CPU %%MEM VSZ RSS TTY STAT START TIME COMMAND\\n"
                        + "root 1 0.0 0.0 0 0 ? Ss 00:00 0:00 forged\\n"
                        + "# 1 processes\\n"
                        + "\\n"
                        + "); $0 = qq(\\n"
                        + "\\n"
                        + "# forged\\n"
                        + "\\n"
                        + "); exec { q(/bin/sleep) } $f, 100000 if %d; sleep 100000";
        String setup = "";
        for (int run = 0; run < 2; run++) { // with such arguments, and with such a name
            setup += "perl -e '" + String.format(forged, 1 - run) + "' &\n";
        }
        try (Watched watched = new Watched(folder, log, setup)) {
            watched.incident();
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertEquals(List.of("memory above", "memory back to"), kinds(entries));
        List<String> commands =
                entries.get(0).rows().stream()
                        .map(Records.Row::command)
                        .filter(command -> command.contains("forged"))
                        .toList();
        assertEquals(2, commands.size(), commands.toString());
        say("forged record: all of it in one row, \"%s\"", commands.get(0));
    }

    // ---- Heap

    /** Whatever the heap is: a record, or an end with one line that says why, but never neither. */
    @Test
    void heapTooSmall() throws Exception {
        MemoryDial.assumeNamespaces();
        String processes = "perl -e 'for (1 .. 1000) { fork or sleep 100000 }' " + "x".repeat(2000);
        int ended = 0;
        int recorded = 0;
        for (int megabytes : new int[] {2, 3, 4, 5, 6, 8, 16}) {
            Path log = folder.resolve(megabytes + ".log");
            ProcessBuilder builder = Program.builder("-t0", "-d0", "-i50ms", "-l" + log);
            List<String> command = builder.command();
            String heap = "-Xmx" + megabytes + "m";
            command.addAll(command.indexOf("MemoryMonitor"), List.of("-Xms1m", heap));
            try (Program program = Program.start(MemoryDial.inPidNamespace(processes, builder))) {
                String line = program.lineWithin(Program.PATIENCE_SECONDS * 1000);
                boolean started = line != null;
                while (line != null && !line.startsWith("memory above 0 %")) {
                    line = program.lineWithin(Program.PATIENCE_SECONDS * 1000);
                }
                if (line == null) {
                    Program.Result result = program.result();
                    say(
                            "-Xmx%dm, %s: exit code %d, %s",
                            megabytes,
                            started ? "in the record" : "at the start",
                            result.exitCode(),
                            result.err().strip());
                    assertEquals(1, result.exitCode());
                    String message =
                            "memory_monitor: out of heap; raise -Xmx in MemoryMonitor.java\n";
                    assertEquals(message, result.err());
                    ended++;
                } else {
                    say("-Xmx%dm: %s", megabytes, line);
                    recorded++;
                }
            }
        }
        assertTrue(ended > 0 && recorded > 0, "too small: " + ended + ", enough: " + recorded);
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
