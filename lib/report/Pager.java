package report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Shows long output page by page, as systemctl does: by SYSTEMD_PAGER, else PAGER, else less or
 * more. What fits on the screen less only prints.
 */
final class Pager implements AutoCloseable {
    private static final String USUAL =
            "$(command -v less || command -v pager || command -v more || echo cat)";

    private final Process process;
    private final PrintStream out;

    /** Starts one if it is wanted; else all goes to the console. */
    Pager(PrintStream console, boolean isWanted) throws IOException {
        String chosen = System.getenv("SYSTEMD_PAGER");
        boolean isBySudo = System.getenv("SUDO_UID") != null;
        if (!isWanted || chosen != null && (chosen.isEmpty() || chosen.equals("cat"))) {
            process = null;
            out = console;
            return;
        }
        // Whom sudo lets run this command only must not get further by his pager.
        // 127: there is no such pager.
        String asked =
                isBySudo
                        ? "exec " + USUAL
                        : ("sh -c \"${SYSTEMD_PAGER:-${PAGER:-" + USUAL + "}}\"")
                                + " || [ $? != 127 ] || exec cat";
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", asked);
        builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Map<String, String> environment = builder.environment();
        environment.put("LESS", environment.getOrDefault("SYSTEMD_LESS", "FRSXMK"));
        environment.put("LESSCHARSET", "utf-8");
        if (isBySudo) {
            environment.put("LESSSECURE", "1");
        }
        process = builder.start();
        out = new PrintStream(process.getOutputStream(), false, StandardCharsets.UTF_8);
    }

    PrintStream out() {
        return out;
    }

    @Override
    public void close() {
        if (process != null) {
            out.close();
            process.onExit().join();
        }
    }
}
