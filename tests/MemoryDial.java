import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory use at will, on a machine that others use too: the program runs in a mount namespace of
 * its own, in which {@code /proc/meminfo} is a file. Everything else is as it is.
 */
final class MemoryDial implements AutoCloseable {
    private final Path path;
    private final RandomAccessFile file;
    private final long digitAt;

    /**
     * @param folder takes the file
     * @param percent memory use to begin with
     */
    MemoryDial(Path folder, int percent) throws IOException {
        path = folder.resolve("meminfo");
        String text =
                Files.readString(Path.of("/proc/meminfo"))
                        .replaceFirst("MemTotal: .*", "MemTotal:       10000000 kB")
                        .replaceFirst("MemAvailable: .*", "MemAvailable:    5000000 kB");
        Files.writeString(path, text);
        digitAt = text.indexOf("5000000 kB");
        file = new RandomAccessFile(path.toFile(), "rw");
        set(percent);
    }

    /**
     * Sets memory use.
     *
     * @param percent 10, 20, … or 90
     */
    void set(int percent) throws IOException {
        file.seek(digitAt);
        file.write('0' + (100 - percent) / 10); // one byte: nobody reads half of it
    }

    /** The shell command that shows this memory to a program, for its namespace. */
    String setup() {
        return "mount --bind " + path + " /proc/meminfo";
    }

    /**
     * Lets a program run in a mount namespace of its own.
     *
     * @param setup a shell command that runs there first
     */
    static ProcessBuilder inNamespace(String setup, ProcessBuilder builder) {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
        if (!isRoot()) {
            command.add("--map-root-user");
        }
        command.addAll(List.of("sh", "-c"));
        command.add("set -e\n" + setup + "\nexec \"$@\"");
        command.add("sh");
        command.addAll(builder.command());
        return builder.command(command);
    }

    /**
     * Lets a program run among its own processes only: in a pid namespace, as process 1. The
     * process that is started waits for it and ends as it does; {@link #inner} is the program.
     *
     * @param setup a shell command that runs there first; what it leaves in the background stays
     */
    static ProcessBuilder inPidNamespace(String setup, ProcessBuilder builder) {
        ProcessBuilder inner = inNamespace(setup, builder);
        inner.command().addAll(1, List.of("--pid", "--fork", "--kill-child", "--mount-proc"));
        return inner;
    }

    /** The program in a pid namespace. */
    static ProcessHandle inner(Program program) {
        return program.process.children().findFirst().orElseThrow();
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The command that runs another one in a program's namespaces. */
    static List<String> enter(ProcessHandle program, String... command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--mount", "--pid", "--target"));
        all.add(Long.toString(program.pid()));
        if (!isRoot()) {
            all.addAll(List.of("--user", "--preserve-credentials"));
        }
        all.addAll(List.of(command));
        return all;
    }

    /** Skips the test where this machine does not permit namespaces of one's own. */
    static void assumeNamespaces() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("mount", "-t", "tmpfs", "none", "/mnt");
        Process probe = inPidNamespace("", builder).redirectErrorStream(true).start();
        String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Assumptions.assumeTrue(probe.waitFor() == 0, "namespaces need root here: " + said.strip());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
