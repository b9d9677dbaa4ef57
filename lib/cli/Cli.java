package cli;

import picocli.CommandLine;

import text.Reason;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ListResourceBundle;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/** Runs a picocli command; what goes wrong is one line, never a stack trace. */
public final class Cli {
    private Cli() {}

    /**
     * Runs a command. Without arguments there is nothing to parse: the service, which has none,
     * does without the memory that picocli takes.
     *
     * @param isPipe true if another program reads {@code out}, which may have seen enough
     * @return its exit status: what it says, 2 for bad usage, 1 for any other error
     */
    public static int execute(
            Callable<Integer> command, PrintStream out, boolean isPipe, String... args) {
        try {
            int status = args.length > 0 ? Arguments.parse(command, out, args) : command.call();
            if (status == 0 && !isPipe && out.checkError()) {
                throw new IOException("standard output does not take it: is its disk full?");
            }
            return status;
        } catch (Exception e) {
            return failed(e);
        }
    }

    /** A class of its own: to verify it, the JVM loads exceptions of picocli. */
    private static final class Arguments {
        static int parse(Callable<Integer> command, PrintStream out, String... args) {
            return new CommandLine(command)
                    // Whom sudo lets run this command only must not have files printed in messages
                    .setExpandAtFiles(false)
                    .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                    .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                    .setResourceBundle(constants(command.getClass()))
                    .setParameterExceptionHandler(
                            (e, ignored) -> {
                                say(reason(e));
                                return 2;
                            })
                    .setExecutionExceptionHandler((e, ignored, parsed) -> failed(e))
                    .execute(args);
        }

        /** What is wrong; where a command is misspelt, with all that there are. */
        private static String reason(CommandLine.ParameterException e) {
            Set<String> commands = e.getCommandLine().getSubcommands().keySet();
            if (e instanceof CommandLine.UnmatchedArgumentException unmatched
                    && !unmatched.isUnknownOption()
                    && !commands.isEmpty()) {
                String wrong = unmatched.getUnmatched().get(0);
                String all = String.join(", ", commands);
                return "there is no command '" + wrong + "'; there are " + all;
            }
            return Reason.of(e) + " (see --help)";
        }

        /** The texts among a class's constants, which its help may name: {@code ${DURATION}}. */
        private static ResourceBundle constants(Class<?> type) {
            return new ListResourceBundle() {
                @Override
                protected Object[][] getContents() {
                    return Stream.of(type.getDeclaredFields())
                            .filter(field -> field.getType() == String.class)
                            .filter(field -> Modifier.isStatic(field.getModifiers()))
                            .map(field -> new Object[] {field.getName(), value(field)})
                            .toArray(Object[][]::new);
                }
            };
        }

        private static Object value(Field constant) {
            try {
                constant.setAccessible(true);
                return constant.get(null);
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static int failed(Exception e) {
        if (e instanceof Setting.WrongException) {
            e.getMessage().lines().forEach(Cli::say);
            return 2;
        }
        say(Reason.of(e));
        return 1;
    }

    private static void say(String what) {
        new PrintStream(System.err, true, StandardCharsets.UTF_8)
                .println("memory_monitor: " + what);
    }
}
