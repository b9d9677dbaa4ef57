import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a shell command for an incident, beside the watch loop. Never two at once: the next one
 * waits.
 */
final class IncidentCommand {
    private static final int MOST_WAITING = 8;

    private final String command;
    private final long limitSeconds;
    private final Consumer<String> failed;
    private final ThreadPoolExecutor runner =
            new ThreadPoolExecutor(
                    1,
                    1,
                    0,
                    TimeUnit.SECONDS,
                    new ArrayBlockingQueue<>(MOST_WAITING),
                    task -> Patience.daemon("on-incident", task));

    /**
     * @param command what {@code sh -c} is to run
     * @param limitSeconds when to kill it
     * @param failed is told, on another thread, what went wrong
     */
    IncidentCommand(String command, long limitSeconds, Consumer<String> failed) {
        this.command = command;
        this.limitSeconds = limitSeconds;
        this.failed = failed;
    }

    /**
     * Has the command run.
     *
     * @param environment variables that it gets besides those of this program
     * @param record its standard input
     */
    void run(Map<String, String> environment, ByteBuffer[] record) {
        try {
            runner.execute(() -> runNow(environment, record));
        } catch (RejectedExecutionException e) {
            failed.accept("was not run: too many of its runs are waiting");
        }
    }

    private void runNow(Map<String, String> environment, ByteBuffer[] record) {
        try {
            ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command);
            builder.environment().putAll(environment);
            builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            Process process = builder.start();
            Patience.daemon("on-incident stdin", () -> feed(process.getOutputStream(), record))
                    .start();
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                failed.accept("was killed after " + limitSeconds + " s");
            } else if (process.exitValue() != 0) {
                failed.accept("ended with exit status " + process.exitValue());
            }
        } catch (IOException e) {
            failed.accept("cannot be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void feed(OutputStream stdin, ByteBuffer[] record) {
        try (WritableByteChannel channel = Channels.newChannel(stdin)) {
            for (ByteBuffer part : record) {
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
        } catch (IOException e) {
            return; // it need not read all of it
        }
    }
}
