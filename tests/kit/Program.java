package kit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The real program in a JVM of its own: with this JVM's class path and the options that
 * MemoryMonitor.java gives its own. What it prints can be waited for, line by line.
 */
public final class Program implements AutoCloseable {
    /** Long enough for any machine: nothing passes or fails on speed. */
    public static final long PATIENCE_SECONDS = 60;

    private static final String MAIN = "MemoryMonitor";

    /** What a program that has ended leaves behind. */
    public record Result(int exitCode, String out, String err) {}

    public final Process process;
    private final Lines out;
    private final Lines err;

    private Program(Process process) {
        this.process = process;
        out = new Lines(process.getInputStream());
        err = new Lines(process.getErrorStream());
    }

    /** The repository's folder: the working directory or one above it. */
    public static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("MemoryMonitor.java"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new IllegalStateException("run the tests inside the repository");
        }
        return folder;
    }

    /** The command to start any class of the class path, without the program's own options. */
    public static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Ready to start, in an environment that says nothing to the program. */
    public static ProcessBuilder builder(String... arguments) throws IOException {
        List<String> command = java();
        for (String line : Files.readAllLines(repository().resolve("MemoryMonitor.java"))) {
            if (line.startsWith("//RUNTIME_OPTIONS ")) {
                command.addAll(List.of(line.substring(18).trim().split("\\s+")));
            }
        }
        command.add(MAIN);
        ProcessBuilder builder = add(new ProcessBuilder(command), arguments);
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("MEMORY_MONITOR_"));
        environment.keySet().removeAll(List.of("JOURNAL_STREAM", "JAVA_TOOL_OPTIONS"));
        for (String line : Files.readAllLines(repository().resolve("memory_monitor.service"))) {
            if (line.startsWith("Environment=")) { // as the service has it
                String[] variable = line.split("=", 3);
                environment.put(variable[1], variable[2]);
            }
        }
        return builder;
    }

    /** Adds options for the program, or for its JVM where they begin with {@code -X}. */
    public static ProcessBuilder add(ProcessBuilder builder, String... arguments) {
        List<String> command = builder.command();
        for (String argument : arguments) {
            boolean forJvm = argument.startsWith("-X");
            command.add(forJvm ? command.indexOf(MAIN) : command.size(), argument);
        }
        return builder;
    }

    public static Program start(String... arguments) throws IOException {
        return start(builder(arguments));
    }

    public static Program start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        process.getOutputStream().close();
        return new Program(process);
    }

    /** Runs it to its end. */
    public static Result run(ProcessBuilder builder) throws IOException, InterruptedException {
        try (Program program = start(builder)) {
            return program.result();
        }
    }

    public static Result run(String... arguments) throws IOException, InterruptedException {
        return run(builder(arguments));
    }

    /** Waits for the end, and takes what was not taken yet of the output. */
    public Result result() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after " + PATIENCE_SECONDS + " s: " + rest());
        }
        return new Result(process.exitValue(), out.rest(), err.rest());
    }

    /** The next line on stdout; fails if none comes or the program ends. */
    public String line() throws InterruptedException {
        String line = lineWithin(PATIENCE_SECONDS * 1000);
        if (line == null) {
            throw new AssertionError("no line came; " + rest());
        }
        return line;
    }

    /** The next line on stdout, null if none comes in time. */
    public String lineWithin(long milliseconds) throws InterruptedException {
        return out.next(milliseconds);
    }

    /** The next event that has to do with the test. */
    public String event() throws InterruptedException {
        String line = line();
        while (isOthers(line)) {
            line = line();
        }
        return line;
    }

    /** The next event that has to do with the test, null if none comes in time. */
    public String eventWithin(long milliseconds) throws InterruptedException {
        String line;
        do {
            line = lineWithin(milliseconds);
        } while (line != null && isOthers(line));
        return line;
    }

    /** Waits for an event; fails if another comes, or one whose beginning does not match. */
    public Matcher expect(String regex) throws InterruptedException {
        Pattern pattern = Pattern.compile(regex);
        while (true) {
            String line = line();
            Matcher matcher = pattern.matcher(line);
            if (matcher.lookingAt()) {
                return matcher;
            }
            assertTrue(isOthers(line), () -> "\"" + line + "\" instead of " + regex);
        }
    }

    /** What a busy machine adds, too. */
    private static boolean isOthers(String event) {
        return event.startsWith("sampling was stalled for ") || isOfMachine(event);
    }

    /** What this machine adds: others run out of memory as well, it counts less. */
    public static boolean isOfMachine(String event) {
        return event.startsWith("control groups do not count memory ")
                || event.contains("the kernel has killed ");
    }

    private String rest() throws InterruptedException {
        String state = process.isAlive() ? "running" : "ended with " + process.exitValue();
        return state + ", stderr: " + (process.isAlive() ? "" : err.rest());
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd(process.toHandle());
    }

    /** Waits: until then, it may make files in a folder that a test removes. */
    static void awaitEnd(ProcessHandle killed) {
        killed.onExit().completeOnTimeout(killed, PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Reads a stream to its end, so that the program never waits for its reader. */
    private static final class Lines {
        private static final String END = new String("end");
        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        Lines(InputStream stream) {
            Thread reader = new Thread(() -> read(stream), "reader");
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream stream) {
            try (var reader =
                    new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    queue.add(line);
                }
            } catch (IOException e) {
                queue.add("(" + e + ")");
            }
            queue.add(END);
        }

        @SuppressWarnings("StringEquality") // a line may read "end" as well
        String next(long milliseconds) throws InterruptedException {
            String line = queue.poll(milliseconds, TimeUnit.MILLISECONDS);
            if (line == END) {
                queue.add(END);
                return null;
            }
            return line;
        }

        String rest() throws InterruptedException {
            StringBuilder text = new StringBuilder();
            String line;
            while ((line = next(PATIENCE_SECONDS * 1000)) != null) {
                text.append(line).append('\n');
            }
            return text.toString();
        }
    }
}
