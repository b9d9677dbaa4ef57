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

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The log cannot be written, or is moved away. */
@Tag(Tests.LONG)
class LogFaultTest {
    private static final List<String> INCIDENT = List.of("memory above", "memory back to");

    @TempDir Path folder;

    // ---- It cannot be written

    /** Records of two events go to stdout meanwhile; afterwards nothing is missing. */
    private static void keepsRecords(
            Watched watched, String reason, Host.Action fault, Host.Action mending)
            throws Exception {
        watched.incident();
        fault.run();
        watched.memory(90);
        List<Records.Entry> printed = new ArrayList<>();
        printed.add(watched.printed(reason));
        watched.expect("memory above 50 %");
        watched.memory(10);
        printed.add(watched.printed(reason));
        watched.expect("memory back to 10.0 %");
        mending.run();
        watched.expect("the log " + watched.log + " works again: 2 kept records");
        watched.incident();
        List<Records.Entry> entries = watched.read();
        int end = entries.size() - 2;
        assertEquals(printed, entries.subList(end - 2, end));
        assertEquals("rw-r-----", Host.mode(watched.inside(watched.log)));
        watched.stop();
    }

    /** The program with its log on a disk of its own, of 4 MB, and some processes. */
    private Watched onSmallDisk(String setup) throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String mount = "mount -t tmpfs -o size=4m none " + disk + "\n";
        return new Watched(folder, disk.resolve("x.log"), mount + setup);
    }

    private Path filler(Watched watched) {
        return watched.inside(watched.log.resolveSibling("filler"));
    }

    /** JSON is not printed, so what a stop leaves behind would be gone without a word. */
    @Test
    void aStopSaysWhichRecordsAreNotWritten() throws Exception {
        Path json = Files.createDirectory(folder.resolve("json")).resolve("x.jsonl");
        try (Watched watched = new Watched(folder, folder.resolve("x.log"), "", "--json=" + json)) {
            Files.move(json.getParent(), folder.resolve("gone"));
            watched.memory(90);
            watched.expect("cannot write the log .*/json/x.jsonl: its folder does not exist");
            watched.expect("memory above ");
            watched.process.destroy();
            watched.expect("cannot write the log .*/json/x.jsonl: its folder does not exist");
            watched.expect("memory_monitor stopped ");
            watched.expect("stopped with 2 records that are not in .*/json/x.jsonl$");
            assertEquals(143, watched.program.result().exitCode());
        }
    }

    @Test
    void aFullDiskLosesNoRecord() throws Exception {
        try (Watched watched = onSmallDisk(Watched.SLEEPERS)) {
            Path filler = filler(watched);
            keepsRecords(watched, "", () -> fill(filler, 0), () -> Files.delete(filler));
        }
    }

    /** A part of the record fits: that must not stay. */
    @Test
    void aNearlyFullDiskKeepsNoPartOfARecord() throws Exception {
        try (Watched watched = onSmallDisk(Watched.SLEEPERS)) {
            watched.incident();
            long before = Files.size(watched.inside(watched.log));
            fill(filler(watched), 0); // what is left is the rest of the log's last page
            watched.memory(90);
            Records.Entry printed = watched.printed("");
            watched.expect("memory above 50 %");
            assertEquals(before, Files.size(watched.inside(watched.log)), "a part stayed");
            Files.delete(filler(watched));
            watched.expect("the log " + watched.log + " works again: 1 kept records");
            assertEquals(printed, watched.read().get(2));
        }
    }

    @Test
    void aDiskFullAtTheStartLosesNoRecord() throws Exception {
        Path filler = folder.resolve("disk/filler");
        try (Watched watched = onSmallDisk("head -c 4m /dev/zero >" + filler + " || true")) {
            watched.memory(90);
            Records.Entry printed = watched.printed("");
            watched.expect("memory above 50 %");
            Files.delete(filler(watched));
            watched.expect("the log " + watched.log + " works again: 1 kept records");
            assertEquals(List.of(printed), watched.read());
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
    void aRemovedFolderLosesNoRecord() throws Exception {
        Path logs = Files.createDirectory(folder.resolve("logs"));
        try (Watched watched = new Watched(folder, logs.resolve("x.log"), "")) {
            keepsRecords(
                    watched,
                    "its folder does not exist",
                    () -> Host.run("rm", "-r", logs.toString()),
                    () -> Files.createDirectory(logs));
        }
    }

    @Test
    void aReadOnlyDiskLosesNoRecord() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "needs root, to remount a file system");
        try (Watched watched = onSmallDisk(Watched.SLEEPERS)) {
            String disk = watched.log.getParent().toString();
            keepsRecords(
                    watched,
                    "Read-only file system",
                    () -> watched.enter("mount", "-o", "remount,ro", disk),
                    () -> watched.enter("mount", "-o", "remount,rw", disk));
        }
    }

    /** The program with all its files on a disk that can be frozen. */
    private Watched onRealDisk(Path disk, String... options) throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "needs root, to mount a file system of a disk");
        Files.createDirectory(disk);
        String image = folder.resolve("image").toString();
        String setup = "truncate -s 16m " + image + "\nmkfs.ext4 -q " + image;
        setup += "\nmount -o loop " + image + " " + disk + "\n" + Watched.SLEEPERS;
        return new Watched(folder, disk.resolve("x.log"), setup, options);
    }

    /** What waits for the disk adds up to less than the service manager waits before it kills. */
    @Test
    void aStopOnADiskThatHangsIsInTime() throws Exception {
        String unit = Files.readString(Path.of("memory_monitor.service"));
        Matcher limit = Pattern.compile("\nTimeoutStopSec=(\\d+)s\n").matcher(unit);
        assertTrue(limit.find(), unit);
        Path disk = folder.resolve("disk");
        String json = "--json=" + disk.resolve("x.json");
        String metrics = "--metrics=" + disk.resolve("x.prom");
        try (Watched watched = onRealDisk(disk, json, metrics, "--on-incident=exec sleep 60")) {
            watched.begin();
            Process frozen = freeze(watched, disk);
            try {
                long begin = System.nanoTime();
                watched.process.destroy();
                String last = ".*stopped with 1 records that are not in .*/x\\.log";
                for (String line = ""; !line.matches(last); ) {
                    line = watched.program.line();
                }
                long millis = (System.nanoTime() - begin) / 1_000_000;
                Tests.say("stopped after %d ms", millis);
                assertTrue(millis < 1000 * Integer.parseInt(limit.group(1)), millis + " ms");
            } finally {
                frozen.getOutputStream().close();
                assertEquals(0, frozen.waitFor(), "it is still frozen");
            }
        }
    }

    /** Those who write to a file system that is frozen are blocked, and cannot even be killed. */
    @Test
    void aDiskThatHangsLosesNoRecord() throws Exception {
        Path disk = folder.resolve("disk");
        String json = "--json=" + disk.resolve("x.json");
        try (Watched watched = onRealDisk(disk, json)) {
            watched.incident();
            List<Records.Entry> printed = new ArrayList<>();
            Process frozen = freeze(watched, disk);
            try {
                for (int i = 0; i < 2; i++) {
                    for (String kind : INCIDENT) {
                        long begin = System.nanoTime();
                        watched.memory(kind.equals("memory above") ? 90 : 10);
                        printed.add(watched.printed("the disk does not answer"));
                        watched.expect("cannot write the log .*json: the disk does not answer;");
                        watched.expect(kind);
                        Tests.say("told after %d ms", (System.nanoTime() - begin) / 1_000_000);
                    }
                }
            } finally {
                frozen.getOutputStream().close();
                assertEquals(0, frozen.waitFor(), "it is still frozen");
            }
            for (int i = 0; i < 2; i++) {
                watched.expect("the log .* works again: 4 kept records$");
            }
            watched.incident();
            List<Records.Entry> entries = watched.read();
            assertEquals(8, entries.size());
            assertEquals(printed, entries.subList(2, 6));
            watched.stop();
        }
    }

    /** Freezes a file system until the standard input of the process that does it is closed. */
    private static Process freeze(Watched watched, Path disk) throws Exception {
        String script = "trap \"fsfreeze -u $0\" EXIT; fsfreeze -f $0; echo; read line; true";
        List<String> command = new ArrayList<>(List.of("nsenter", "--mount", "--target"));
        command.addAll(List.of("" + watched.process.pid(), "sh", "-c", script, disk.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertEquals('\n', process.getInputStream().read());
        return process;
    }

    /** The log alone never fills the disk: in time its records are short, and say so. */
    @Test
    void aSmallDiskGetsShortRecords() throws Exception {
        try (Watched watched = onSmallDisk(Watched.SLEEPERS)) {
            Path log = watched.inside(watched.log);
            fill(filler(watched), 100);
            int incidents = 0;
            while (incidents < 60 && watched.read().stream().noneMatch(LogFaultTest::isShort)) {
                incidents++;
                watched.incident();
            }
            for (int i = 0; i < 5; i++) {
                watched.incident();
            }
            List<Records.Entry> entries = watched.read();
            assertEquals(2 * (incidents + 5), entries.size());
            assertFalse(isShort(entries.get(0)), "there was room");
            for (Records.Entry entry : entries.subList(2 * incidents, entries.size())) {
                assertTrue(isShort(entry) || !entry.isIncident(), entry.notes().toString());
                assertEquals(entry.isIncident() ? 20 : 0, entry.rows().size());
            }
            long free = log.toFile().getUsableSpace();
            assertTrue(free > 0, "the disk is full");
            Tests.say("%d records, %d KB free", entries.size(), free >> 10);
            watched.stop();
        }
    }

    private static boolean isShort(Records.Entry entry) {
        return entry.hasNote("and \\d+ smaller ones, left out: less than 5 % of its disk is free");
    }

    /** A service watches all the same; by hand, on a terminal, it is an error. */
    @Test
    void aMissingFolderIsSaidAndWaitedFor() throws Exception {
        Path log = folder.resolve("logs/x.log");
        ProcessBuilder builder = Program.builder("-t0", "-d0", "-i50ms", "-l" + log, "--json=none");
        String why = "--log: cannot write the log " + log + ": its folder does not exist";
        try (Program program = Program.start(builder)) {
            program.expect(why + "; watching all the same, until that works$");
            program.expect("memory_monitor ");
            Files.createDirectory(log.getParent());
            program.expect("memory above 0 %");
            Host.await("the record", () -> !Records.read(log).isEmpty());
        }
        Host.run("rm", "-r", log.getParent().toString());
        String command = String.join(" ", builder.command());
        ProcessBuilder terminal = new ProcessBuilder("script", "-qec", command, "/dev/null");
        terminal.environment().put("SHELL", "/bin/sh");
        Program.Result result = Program.run(terminal);
        assertEquals("1 memory_monitor: " + why, result.exitCode() + " " + result.out().strip());
    }

    @Test
    void aDirectoryInPlaceOfTheLogLosesNoRecord() throws Exception {
        replacedBy("mkdir");
    }

    /** Opening a FIFO that nobody reads would block for ever. */
    @Test
    void aFifoInPlaceOfTheLogLosesNoRecord() throws Exception {
        replacedBy("mkfifo");
    }

    private void replacedBy(String command) throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            keepsRecords(
                    watched,
                    "it is not a regular file",
                    () -> {
                        Files.delete(log);
                        Host.run(command, log.toString());
                    },
                    () -> Files.delete(log));
        }
    }

    // ---- Rotation

    @Test
    void rotationBetweenRecordsLosesNone() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            Files.move(log, folder.resolve("x.log.1"));
            watched.incident();
            assertEquals(INCIDENT, Records.kinds(Records.read(folder.resolve("x.log.1"))));
            assertEquals(INCIDENT, Records.kinds(Records.read(log)));
            assertEquals("rw-r-----", Host.mode(log));
        }
    }

    /** Killed in the middle of an incident, and rotated before the next start. */
    @Test
    void anUnendedIncidentIsFoundInARotatedLog() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            watched.begin();
            watched.process.destroyForcibly();
            watched.program.process.waitFor();
        }
        Files.move(log, folder.resolve("x.log.1"));
        try (Watched watched = new Watched(folder, log, "")) {
            String unended = "memory_monitor started: the incident above never ended";
            assertTrue(watched.earlier.toString().startsWith("[" + unended), "it does not say so");
            assertEquals(watched.earlier.get(0), Records.read(log).get(0).event());
        }
        try (Watched watched = new Watched(folder, log, "")) {
            assertEquals(List.of(), watched.earlier, "it says so once");
        }
    }

    @Test
    void rotationDuringRecordsLosesNone() throws Exception {
        Path log = folder.resolve("x.log");
        List<Path> parts = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try (Watched watched = new Watched(folder, log, "")) {
            Thread rotation = new Thread(() -> rotate(log, parts));
            rotation.start();
            for (int i = 0; i < 60; i++) {
                watched.incident();
                expected.addAll(INCIDENT);
            }
            rotation.interrupt();
            rotation.join();
            parts.add(log);
            watched.stop();
        }
        assertEquals(expected, Records.kinds(Records.read(parts.toArray(Path[]::new))));
        int rotations = parts.size() - 1;
        assertTrue(rotations > 0, "never rotated");
        Tests.say("rotated %d times during %d records", rotations, expected.size());
    }

    private static void rotate(Path log, List<Path> parts) {
        while (!Thread.interrupted()) {
            Path next = log.resolveSibling("x.log." + parts.size());
            try {
                Files.move(log, next);
                parts.add(next);
            } catch (NoSuchFileException e) {
                Thread.onSpinWait();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
