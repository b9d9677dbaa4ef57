package faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Namespace;
import kit.Program;
import kit.Records;
import kit.Tests;
import kit.Watched;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What surrounds the program is not as usual: standard output, /proc, the heap. */
@Tag(Tests.LONG)
class HostFaultTest {
    private static final String LOST = "standard output does not take it: is its disk full?";

    @TempDir Path folder;

    // ---- Standard output

    @Test
    void itRecordsWithStdoutClosed() throws Exception {
        recordsWithout(">&-");
    }

    @Test
    void itRecordsWithStdoutFull() throws Exception {
        recordsWithout(">/dev/full");
    }

    /** What was asked for and cannot be written is an error; that nobody reads on is none. */
    @ParameterizedTest
    @CsvSource({
        "snapshot, cannot write: No space left on device",
        "snapshot --short, " + LOST,
        "check, " + LOST,
        "--help, " + LOST,
    })
    void whatCannotBePrintedIsAnError(String command, String why) throws Exception {
        String[] words = command.split(" ");
        Program.Result full = run("exec \"$@\" >/dev/full", words);
        assertEquals(1, full.exitCode());
        assertEquals("memory_monitor: " + why + "\n", full.err());
        assertEquals("0\n", run("{ \"$@\"; echo $? >&2; } | :", words).err());
    }

    private static Program.Result run(String script, String... words) throws Exception {
        ProcessBuilder builder = Program.builder(words);
        builder.command().addAll(0, List.of("sh", "-c", script, "sh"));
        return Program.run(builder);
    }

    /** The journal, or whoever was to read the events, is gone. */
    @Test
    void itRecordsWithNobodyBehindStdout() throws Exception {
        Path fifo = Host.fifo(folder);
        new ProcessBuilder("sh", "-c", ": <" + fifo).start(); // opens it, and goes away
        recordsWithout(">" + fifo);
    }

    /** Whoever was to read the events does not, for a while: after Ctrl-S, for example. */
    @Test
    void itRecordsWithStdoutUnread() throws Exception {
        Path fifo = Host.fifo(folder);
        try (RandomAccessFile pipe = new RandomAccessFile(fifo.toFile(), "rw")) {
            byte[] full = new byte[65_536]; // it holds no more, see pipe(7)
            pipe.write(full);
            recordsWithout(">" + fifo);
            try (Program program = recording(folder.resolve("y.log"), ">" + fifo)) {
                pipe.readFully(full);
                assertTrue(pipe.readLine().startsWith("memory_monitor "));
                program.process.destroy();
                assertEquals(143, program.result().exitCode());
                String missed = "nobody has read this for a while: up to [123] lines or records .*";
                assertTrue(pipe.readLine().matches(missed));
                String next = pipe.readLine();
                if (next.startsWith(
                        "memory above")) { // the record was there, its event was not yet
                    next = pipe.readLine();
                }
                assertTrue(next.startsWith("memory_monitor stopped"), next);
            }
        }
    }

    /** The program, after it has recorded an incident. */
    private static Program recording(Path log, String redirection) throws Exception {
        ProcessBuilder builder = Program.builder("-t0", "-d200ms", "-i50ms", "-l" + log);
        builder.command().addAll(0, List.of("sh", "-c", "exec \"$@\" " + redirection, "sh"));
        Program program = Program.start(builder);
        Host.await("a record", () -> Files.exists(log) && Files.size(log) > 0);
        return program;
    }

    private void recordsWithout(String redirection) throws Exception {
        Path log = folder.resolve("x.log");
        try (Program program = recording(log, redirection)) {
            program.process.destroy();
            Program.Result result = program.result();
            assertEquals("143 ", result.exitCode() + " " + result.err());
        }
        assertEquals(
                List.of("memory above", "memory_monitor stopped with memory at"),
                Records.kinds(Records.read(log)));
    }

    // ---- /proc

    @Test
    void anEmptyMeminfoEndsItInOneLine() throws Exception {
        Namespace.assume();
        ProcessBuilder builder = Program.builder("-l" + folder.resolve("x.log"));
        String setup = "mount --bind /dev/null /proc/meminfo";
        Program.Result result = Program.run(Namespace.ofProcesses(setup, builder));
        String why =
                "there is no MemAvailable in /proc/meminfo; this needs Linux with /proc mounted";
        assertEquals("1 memory_monitor: " + why + "\n", result.exitCode() + " " + result.err());
    }

    /** Figures that contradict each other are skipped; at the start as well they end nothing. */
    @Test
    void aMeminfoThatCannotBeIsWaitedOut() throws Exception {
        Namespace.assume();
        Path memInfo = folder.resolve("meminfo");
        String real = Files.readString(Path.of("/proc/meminfo"));
        Files.writeString(
                memInfo, real.replaceFirst("MemTotal: .*", "MemTotal: " + "9".repeat(20)));
        ProcessBuilder builder = Program.builder("-t100", "-l" + folder.resolve("x.log"));
        String setup = "mount --bind " + memInfo + " /proc/meminfo";
        try (Program program = Program.start(Namespace.ofProcesses(setup, builder))) {
            program.expect(".* contradicts itself: .*; samples skipped so far: \\d+");
            Files.writeString(memInfo, real);
            program.expect("memory_monitor .*: RAM .* % used; .*");
        }
    }

    @Test
    void aKernelWithoutPressureFilesGetsNoFigureOfThem() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/pressure")), "there are none here");
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "mount -t tmpfs none /proc/pressure")) {
            watched.incident();
            Records.Entry entry = Records.read(log).get(0);
            assertFalse(entry.hasNote(".*pressure.*"), () -> entry.notes().toString());
            Tests.say("%s", entry.note("(no )?swap.*OOM kills.*"));
            watched.stop();
        }
        log = folder.resolve("y.log");
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            Records.read(log).get(0).note(".*; memory pressure .*");
        }
    }

    /** The user nobody sees no process but its own. */
    @Test
    void aNoteSaysThatHidepidHidesProcesses() throws Exception {
        Namespace.assume();
        Assumptions.assumeTrue(Namespace.isRoot(), "needs root, to be another user");
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
        Program.Result result = Program.run(Namespace.ofProcesses(setup, builder));
        assertEquals("0 ", result.exitCode() + " " + result.err());
        List<String> lines = List.of(result.out().split("\n", -1));
        Records.Entry entry = Records.parse(lines.subList(0, lines.size() - 1));
        assertEquals(
                Set.of("nobody"),
                entry.rows().stream().map(Records.Row::user).collect(Collectors.toSet()));
        Tests.say("%s", entry.note("only these processes could be seen: .*hidepid.*"));
    }

    /** What is beyond a bound is said: in each record, and in the journal once. */
    @Test
    void moreMountsThanAreRead() throws Exception {
        Path log = folder.resolve("x.log");
        String setup =
                longer("/proc/1/mountinfo", "6000", "& 1 0:& / /nowhere/& rw - tmpfs none rw");
        String said = "there are more file systems in memory than are read: .*";
        try (Watched watched = new Watched(folder, log, setup)) {
            watched.expect(said);
            watched.incident();
            watched.incident();
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertEquals(4, entries.size());
        entries.get(0).note(said);
        entries.get(2).note(said);
    }

    /**
     * What makes a file longer, as a namespace sees it: by lines that hold a number for {@code &}.
     */
    private String longer(String file, String numbers, String line) {
        Path copy = folder.resolve(Path.of(file).getFileName());
        String all = String.format("(cat %s; seq %s | sed 's|.*|%s|')", file, numbers, line);
        return all + " >" + copy + "\nmount --bind " + copy + " " + file;
    }

    // ---- The heap

    /** A university's /etc/passwd: to ask NSS for all who are there takes too long. */
    @Test
    void fiftyThousandUsers() throws Exception {
        Path log = folder.resolve("x.log");
        String student = "u&:x:&:100:A Student of the Faculty,,,:/home/students/u&:/bin/bash";
        String setup = longer("/etc/passwd", "100000 150000", student);
        setup += "\nfor i in $(seq 149850 149999); do ";
        setup += "setpriv --reuid=$i --clear-groups sleep 100000 2>/dev/null & done";
        try (Watched watched = new Watched(folder, log, setup)) {
            watched.incident();
            watched.stop();
        }
        List<Records.Row> rows = Records.read(log).get(0).rows();
        assertEquals(150, rows.stream().filter(row -> row.user().startsWith("u149")).count());
    }

    /** Whatever the heap is: a record, or an end with one line that says why, but never neither. */
    @Test
    void heapTooSmall() throws Exception {
        Namespace.assume();
        int ended = 0;
        int recorded = 0;
        List<Integer> few = List.of(2, 5, 16);
        for (int megabytes : Tests.areThorough() ? List.of(2, 3, 4, 5, 6, 8, 16) : few) {
            Path log = folder.resolve(megabytes + ".log");
            Path ready = folder.resolve(megabytes + ".ready");
            String farm = Host.farm(ready, "1000 100000 0 0 " + "x".repeat(2000));
            String most = "-Xmx" + megabytes + "m";
            ProcessBuilder builder =
                    Program.builder("-t0", "-d0", "-i50ms", "-l" + log, "-Xms1m", "-Xmn1m", most);
            try (Program program = Program.start(Namespace.ofProcesses(farm, builder))) {
                String line;
                do {
                    line = program.lineWithin(Program.PATIENCE_SECONDS * 1000);
                } while (line != null && !line.startsWith("memory above 0 %"));
                if (line == null) {
                    Program.Result result = program.result();
                    assertEquals(1, result.exitCode());
                    String message =
                            "memory_monitor: out of heap; raise -Xmx in MemoryMonitor.java\n";
                    assertEquals(message, result.err());
                    ended++;
                } else {
                    Tests.say("-Xmx%dm: %s", megabytes, line);
                    recorded++;
                }
            }
        }
        assertTrue(ended > 0 && recorded > 0, "too small: " + ended + ", enough: " + recorded);
    }

    /** Whatever has no room, here the buffers of the system's calls: the watch goes on. */
    @Test
    void noRoomForWhatIsWritten() throws Exception {
        Path log = folder.resolve("x.log");
        String farm = Host.farm(folder.resolve("ready"), "200 100000 0 0 " + "x".repeat(2000));
        try (Watched watched = new Watched(folder, log, farm, "-XX:MaxDirectMemorySize=100k")) {
            watched.memory(90);
            watched.expect("nobody has read this for a while: up to 1 lines or records .*");
            watched.expect("cannot write the log " + log + ": out of heap; .*");
            watched.expect("memory above 50 % for .*");
            watched.memory(10);
            watched.expect(".*memory back to 10\\.0 %"); // the record, for the log has more to take
            watched.process.destroy();
            assertEquals(143, watched.program.result().exitCode());
        }
    }

    /** Any user can make more processes than the heap holds: that ends nothing. */
    @Test
    void moreProcessesThanTheHeapHolds() throws Exception {
        Path log = folder.resolve("x.log");
        Path json = folder.resolve("x.jsonl");
        String farm = Host.farm(folder.resolve("ready"), "4000 100000");
        String[] options = {"--json=" + json, "-Xms1m", "-Xmn1m", "-Xmx3m"};
        String unknown = "what ate it is not known: out of heap; raise -Xmx in MemoryMonitor.java";
        try (Watched watched = new Watched(folder, log, farm, options)) {
            for (int record = 0; record < 2; record++) { // the watch goes on
                String event = watched.begin();
                assertTrue(event.contains(unknown), event);
                watched.end();
            }
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertEquals(4, entries.size());
        for (int record = 0; record < 2; record++) {
            Records.Entry entry = entries.get(2 * record);
            assertEquals(20, entry.rows().size());
            entry.note(unknown);
            Tests.say("%s", entry.note("used \\d+ MiB: .*"));
            Tests.say("%s", entry.note("and \\d+ smaller ones, left out: out of heap; .*"));
        }
        String last = "";
        for (String line : Files.readAllLines(json)) {
            last = line.startsWith("{\"type\":\"captured\"") ? line : last;
        }
        assertTrue(last.contains("\"written\":20,"), last);
        Tests.say("%s", last);
    }
}
