package kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.Stream;

/**
 * The program with memory use at will, on a machine that others use too: in a mount namespace of
 * its own, in which {@code /proc/meminfo} is a file. Everything else is as it is. Memory use is 10
 * % at the start; above 50 % is an incident at once.
 */
public final class Watched implements AutoCloseable {
    /** A setup: some more processes, so that a table does not fit into a few pages. */
    public static final String SLEEPERS =
            "for i in $(seq 150); do sleep 100000 2>/dev/null & done\n";

    public static final int SLEEPERS_COUNT = 150;

    public final Path log;
    public final Program program;

    /** The program itself, which may be a child of the one that was started. */
    public final ProcessHandle process;

    /** What it said of an earlier run before it began to watch. */
    public final List<String> earlier = new ArrayList<>();

    private final RandomAccessFile memInfo;
    private final long digitAt;
    private final long anonAt;

    /**
     * The program among few processes: itself and those of the setup.
     *
     * @param folder takes files of the test
     * @param setup a shell command that runs first in the program's namespaces
     * @param options further options for the program or, {@code -X…}, its JVM
     */
    public Watched(Path folder, Path log, String setup, String... options) throws Exception {
        this(true, folder, log, setup, options);
    }

    /** The same among all processes of this machine, if not among its own only. */
    public Watched(boolean own, Path folder, Path log, String setup, String... options)
            throws Exception {
        Namespace.assume();
        this.log = log;
        String text =
                Files.readString(Path.of("/proc/meminfo"))
                        .replaceFirst("MemTotal: .*", "MemTotal:       10000000 kB")
                        .replaceFirst("MemAvailable: .*", "MemAvailable:    9000000 kB")
                        .replaceFirst("AnonPages: .*", "AnonPages:       1000000 kB");
        Path file = Files.writeString(folder.resolve("meminfo"), text);
        digitAt = text.indexOf("9000000 kB");
        anonAt = text.indexOf("1000000 kB");
        memInfo = new RandomAccessFile(file.toFile(), "rw");
        ProcessBuilder builder = Program.builder("-t50", "-d0", "-i10ms", "-l" + log);
        if (Stream.of(options).noneMatch(option -> option.startsWith("-r"))) {
            Program.add(builder, "-r0");
        }
        if (Stream.of(options).noneMatch(option -> option.startsWith("--json"))) {
            Program.add(builder, "--json=none"); // what befalls the log is told once
        }
        Program.add(builder, options);
        String whole = "mount --bind " + file + " /proc/meminfo\n" + setup;
        program =
                Program.start(
                        own
                                ? Namespace.ofProcesses(whole, builder)
                                : Namespace.ofMounts(whole, builder));
        String line = program.event();
        for (; line.startsWith("memory_monitor started: "); line = program.event()) {
            earlier.add(line);
        }
        assertTrue(line.matches("memory_monitor \\S+: RAM 10\\.0 % used; .*"), line);
        process = own ? Namespace.inner(program) : program.process.toHandle();
    }

    /**
     * Sets memory use.
     *
     * @param percent 10, 20, … or 90
     */
    public void memory(int percent) throws IOException {
        memInfo.seek(anonAt); // it is what processes have
        memInfo.write('0' + percent / 10);
        memInfo.seek(digitAt);
        memInfo.write('0' + (100 - percent) / 10); // one byte: nobody reads half of it
    }

    /** Waits for an event, see {@link Program#expect}. */
    public Matcher expect(String regex) throws InterruptedException {
        return program.expect(regex);
    }

    /** Sets memory use to 90 %, and waits for the event. */
    public String begin() throws Exception {
        memory(90);
        return expect("memory above 50 % for .*").group();
    }

    public void end() throws Exception {
        memory(10);
        expect("memory back to 10\\.0 %");
    }

    /** An incident from its beginning to its end. */
    public void incident() throws Exception {
        begin();
        end();
    }

    /** A record that is printed because the log does not take it, and why not. */
    public Records.Entry printed(String reason) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        do {
            lines.add(program.event());
        } while (!lines.get(lines.size() - 1).isEmpty());
        Records.Entry entry = Records.parse(lines);
        String event = program.event();
        String start = "cannot write the log " + log + ": " + reason;
        assertTrue(event.startsWith(start), event + " instead of " + start);
        assertTrue(event.endsWith("; the record above is kept until that works again"), event);
        Tests.say("%s", event.replace(log.getParent() + "/", ""));
        return entry;
    }

    /** The log, even where it is in a file system of the program's namespace. */
    public List<Records.Entry> read() throws IOException {
        return Records.read(inside(log));
    }

    /** The processes of {@link #SLEEPERS} in a table. */
    public static List<Long> sleepers(Records.Entry entry) {
        return entry.rows().stream()
                .filter(row -> row.command().equals("sleep 100000"))
                .map(Records.Row::pid)
                .toList();
    }

    /** A path as it is in the program's namespace. */
    public Path inside(Path path) {
        return Host.proc(process.pid(), "root" + path);
    }

    /** Runs a command in the program's namespaces. */
    public void enter(String... command) throws IOException, InterruptedException {
        Host.run(Namespace.enter(process, command));
    }

    /** Makes reading a file block: as if what answers, or the process, were stuck. */
    public void block(Path fifo, String file) throws IOException, InterruptedException {
        enter("mount", "--bind", fifo.toString(), file);
    }

    public void stop() throws InterruptedException {
        process.destroy();
        Program.Result result = program.result();
        assertEquals("143 ", result.exitCode() + " " + result.err());
    }

    @Override
    public void close() throws IOException {
        program.close();
        Program.awaitEnd(process);
        memInfo.close();
    }
}
