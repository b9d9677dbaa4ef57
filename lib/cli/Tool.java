package cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another program of this machine that is asked for something. */
public final class Tool {
    private static final long MOST_SECONDS = 5;
    private static final int MOST_BYTES = 1 << 14;

    private Tool() {}

    /**
     * The beginning of what it prints; empty: it is not there, or has nothing to say. It has
     * nothing to read, and is waited for 5 s at most.
     */
    public static String said(List<String> command) {
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectInput(new File("/dev/null"));
            builder.redirectError(ProcessBuilder.Redirect.DISCARD).environment().put("LC_ALL", "C");
            Process process = builder.start();
            process.onExit()
                    .orTimeout(MOST_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(late -> process.destroyForcibly());
            try (var out = process.getInputStream()) {
                return new String(out.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            return "";
        }
    }
}
