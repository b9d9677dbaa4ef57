package base;

import picocli.CommandLine;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Runs a picocli command; what goes wrong is one line, never a stack trace. */
public final class Cli {
    private Cli() {}

    /**
     * Runs a command.
     *
     * @return its exit status: what it says, 2 for bad usage, 1 for any other error
     */
    public static int execute(Object command, PrintStream out, String... args) {
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        return new CommandLine(command)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(err)
                .setParameterExceptionHandler(
                        (e, ignored) -> {
                            err.println("memory_monitor: " + Reason.of(e) + " (see --help)");
                            return 2;
                        })
                .setExecutionExceptionHandler(
                        (e, ignored, parsed) -> {
                            err.println("memory_monitor: " + Reason.of(e));
                            return e instanceof Setting.WrongException ? 2 : 1;
                        })
                .execute(args);
    }
}
