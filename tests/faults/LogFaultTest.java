import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
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

/** The log cannot be written, or is moved away. */
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

    @Test
    void diskFull() throws Exception {
        try (Watched watched = onSmallDisk(Watched.SLEEPERS)) {
            Path filler = filler(watched);
            keepsRecords(watched, "", () -> fill(filler, 0), () -> Files.delete(filler));
        }
    }

    /** A part of the record fits: that must not stay. */
    @Test
    void diskNearlyFull() throws Exception {
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
    void diskFullFromTheStart() throws Exception {
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
    void logFolderRemoved() throws Exception {
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
    void logMadeReadOnly() throws Exception {
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

    @Test
    void logReplacedByADirectory() throws Exception {
        replacedBy("mkdir");
    }

    /** Opening a FIFO that nobody reads would block for ever. */
    @Test
    void logReplacedByAFifo() throws Exception {
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
    void rotatedBetweenRecords() throws Exception {
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

    @Test
    void rotatedDuringRecords() throws Exception {
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
