package procfs;

import text.Printable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What an interpreter runs: {@code java}, {@code python3} or {@code sh} alone say nothing. */
final class ScriptName {
    /**
     * An interpreter and the options of which it is sure what they mean. Behind any other one may
     * stand the text of a program, with a password in it: then no name is told.
     *
     * @param alone options that are one argument, together with their values
     * @param valued options whose value is the next argument
     * @param naming options whose next argument is what is run
     */
    private record Interpreter(Pattern name, Pattern alone, Pattern valued, Pattern naming) {
        /** In the expressions for options, FLAG stands for the letters of options without value. */
        Interpreter(String name, String flag, String alone, String valued, String naming) {
            this(
                    Pattern.compile(name),
                    Pattern.compile(alone.replace("FLAG", flag)),
                    Pattern.compile(valued.replace("FLAG", flag)),
                    Pattern.compile(naming.replace("FLAG", flag)));
        }
    }

    private static final String NONE = "(?!)"; // matches nothing

    private static final List<Interpreter> INTERPRETERS =
            List.of(
                    new Interpreter(
                            "java",
                            "",
                            "-(D|X|agent|client|d.|e|javaagent|server|show|splash|verbose).*"
                                    + "|--enable-preview|--show-version|--(?!module=)[a-z-]+=.*",
                            "-cp|-p|-classpath|--class-path|--(upgrade-)?module-path|--source"
                                    + "|--(add|limit)-[a-z]+|--patch-module"
                                    + "|--enable-native-access",
                            "-jar|-m|--module"),
                    new Interpreter(
                            "(ba|da|z)?sh",
                            "[abefhiklmnprtuvxBCEHPT]",
                            "[-+]FLAG+|--(login|posix|norc|noprofile|noediting|verbose)",
                            "[-+]FLAG*[oO]|--(rcfile|init-file)",
                            NONE),
                    new Interpreter(
                            "python[0-9.]*",
                            "[bBdEiIOPqRsSuvx]",
                            "-FLAG+|-FLAG*[WX].+",
                            "-FLAG*[WX]",
                            "-FLAG*m"),
                    new Interpreter(
                            "perl",
                            "[0-9acflnpsStTuUwWX]",
                            // where the text behind a letter may hold further letters: no e, no E
                            "-FLAG+|-FLAG*[CdDFiVx][^eE]*|-FLAG*[ImM].+",
                            "-FLAG*I",
                            NONE),
                    new Interpreter(
                            "ruby[0-9.]*",
                            "[0-9acdlnpsSTUvwWy]",
                            "-FLAG+|-FLAG*[FiKx][^e]*|-FLAG*[CEIrX].+|-W:.+"
                                    + "|--(jit|yjit|(en|dis)able-[a-z-]+|[a-z-]+=.*)",
                            "-FLAG*[CEIrX]|--((ex|in)ternal-)?encoding|--(en|dis)able",
                            NONE),
                    new Interpreter(
                            "node(js)?",
                            "",
                            "-[ci]|--(?!eval=|print=|run=)[a-z0-9_-]+=.*|--no-[a-z-]+"
                                    + "|--(enable-source-maps|expose[-_]gc|inspect(-brk|-wait)?"
                                    + "|preserve-symlinks(-main)?|trace-warnings|watch)",
                            "-[Cr]|--(conditions|env-file|import|(experimental-)?loader|require"
                                    + "|title)",
                            NONE),
                    new Interpreter(
                            "php[0-9.]*", "[CeHlnqsw]", "-FLAG+|-[cdz].+", "-[cdz]", "-f|--file"));

    private static final int MOST_BYTES = 40;

    private ScriptName() {}

    /** True if a command's name does not tell what it runs. */
    static boolean isInterpreter(String name) {
        return INTERPRETERS.stream().anyMatch(each -> each.name.matcher(name).matches());
    }

    /**
     * Finds the jar, script, module or main class.
     *
     * @param commandLine its command line as {@code /proc/PID/cmdline} gives it
     * @return its name without folders, cut short; empty: it has none, or it is not to be known
     */
    static String of(String name, String commandLine) {
        for (Interpreter interpreter : INTERPRETERS) {
            if (interpreter.name.matcher(name).matches()) {
                return of(interpreter, commandLine.split("\0"));
            }
        }
        return "";
    }

    private static String of(Interpreter interpreter, String[] arguments) {
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (interpreter.naming.matcher(argument).matches()) {
                return i + 1 < arguments.length ? shorten(arguments[i + 1]) : "";
            }
            if (interpreter.valued.matcher(argument).matches()) {
                i++;
            } else if (!interpreter.alone.matcher(argument).matches()) {
                boolean isOption = !argument.isEmpty() && "-+@".indexOf(argument.charAt(0)) >= 0;
                return isOption ? "" : shorten(argument);
            }
        }
        return "";
    }

    private static String shorten(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        String text = Printable.word(Printable.name(name.getBytes(StandardCharsets.UTF_8)));
        return Printable.shortened(text, MOST_BYTES);
    }
}
