package cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another program of this machine that is asked for something. */
public final class Tool {
    /** Standard input of a program that reads none. */
    public static final File NOTHING = new File("/dev/null");

    private static final long MOST_SECONDS = 5;

    private Tool() {}

    /**
     * What it prints; empty: it is not there, or has nothing to say. It is waited for 5 s at most.
     *
     * @param in its standard input
     * @param mostBytes what is beyond is left out
     */
    public static String said(File in, int mostBytes, List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectInput(in);
            builder.redirectError(ProcessBuilder.Redirect.DISCARD).environment().put("LC_ALL", "C");
            Process process = builder.start();
            process.onExit()
                    .orTimeout(MOST_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(late -> process.destroyForcibly());
            try (var out = process.getInputStream()) {
                return new String(out.readNBytes(mostBytes), StandardCharsets.UTF_8);
            } finally {
                process.destroy();
            }
        } catch (IOException e) {
            return "";
        }
    }
}
