package kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** What the kernel and the shell say about this machine, read apart from the program. */
public final class Host {
    /** Something that is done in the course of a test. */
    public interface Action {
        void run() throws Exception;
    }

    private Host() {}

    /** The number behind {@code KEY:} in a file such as /proc/meminfo, where most are in kB. */
    public static long figure(Path file, String key) throws IOException {
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            if (line.startsWith(key + ":")) {
                return Long.parseLong(line.substring(key.length()).replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + key + " in " + file);
    }

    public static long memInfoKiB(String key) throws IOException {
        return figure(Path.of("/proc/meminfo"), key);
    }

    public static long usedKiB() throws IOException {
        return memInfoKiB("MemTotal") - memInfoKiB("MemAvailable");
    }

    public static Path proc(long pid, String file) {
        return Path.of("/proc", Long.toString(pid), file);
    }

    /**
     * Fields of /proc/PID/stat from the state on, which is field 3 of proc(5); null: it is gone.
     */
    public static String[] stat(long pid) {
        try {
            byte[] bytes = Files.readAllBytes(proc(pid, "stat"));
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            return text.substring(text.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            return null;
        }
    }

    /** All processes: pid, and the time of its start to tell it from a later one. */
    public static Map<Long, String> processes() throws IOException {
        Map<Long, String> found = new HashMap<>();
        try (var folders = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : folders) {
                long pid = Long.parseLong(process.getFileName().toString());
                String[] stat = stat(pid);
                if (stat != null) {
                    found.put(pid, stat[19]);
                }
            }
        }
        return found;
    }

    public static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** Runs a command, which has to succeed. */
    public static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
    }

    public static void run(String... command) throws IOException, InterruptedException {
        run(List.of(command));
    }

    public static void signal(long pid, String name) throws IOException, InterruptedException {
        run("kill", "-" + name, Long.toString(pid));
    }

    /** A new pipe, which blocks whoever opens it to read. */
    public static Path fifo(Path folder) throws IOException, InterruptedException {
        Path fifo = folder.resolve("fifo");
        run("mkfifo", fifo.toString());
        return fifo;
    }

    /** The path of a Perl script beside this file. */
    public static String perl(String name) {
        return Program.repository().resolve("tests/kit/" + name + ".pl").toString();
    }

    /** The shell command that starts many processes, and waits until they are there: farm.pl. */
    public static String farm(Path ready, String arguments) {
        String start = "perl " + perl("farm") + " " + ready + " " + arguments;
        return start + " &\nuntil [ -e " + ready + " ]; do sleep .02; done\n";
    }

    public static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Program.PATIENCE_SECONDS);
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, () -> "waited in vain for " + what);
            Thread.sleep(10);
        }
    }
}
