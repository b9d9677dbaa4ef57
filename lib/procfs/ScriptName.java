package procfs;

import text.Printable;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

/** What an interpreter runs: {@code java}, {@code python3} or {@code sh} alone say nothing. */
final class ScriptName {
    private static final Pattern INTERPRETER =
            Pattern.compile(
                    "java|python[0-9.]*|perl|ruby[0-9.]*|node(js)?|php[0-9.]*|(ba|da|z)?sh");

    /** Options whose argument is no script. */
    private static final Set<String> WITH_ARGUMENT =
            Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path", "-W", "-X", "-I");

    /** Options whose argument names what is run. */
    private static final Set<String> NAMES_SCRIPT = Set.of("-jar", "-m", "--module");

    /** Options whose argument is the program itself. */
    private static final Set<String> IS_SCRIPT = Set.of("-c", "-e", "-E", "--eval", "-r");

    private static final int MOST_CHARACTERS = 40;

    private ScriptName() {}

    /** True if a command's name does not tell what it runs. */
    static boolean isInterpreter(String name) {
        return INTERPRETER.matcher(name).matches();
    }

    /**
     * Finds the jar, script, module or main class.
     *
     * @param commandLine the command line as {@code /proc/PID/cmdline} gives it
     * @return its name without folders, cut short; empty: it has none, or it is not to be known
     */
    static String of(String commandLine) {
        String[] arguments = commandLine.split("\0");
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (NAMES_SCRIPT.contains(argument)) {
                return i + 1 < arguments.length ? shorten(arguments[i + 1]) : "";
            }
            if (IS_SCRIPT.contains(argument)) {
                return "";
            }
            if (WITH_ARGUMENT.contains(argument)) {
                i++;
            } else if (!argument.startsWith("-") && !argument.startsWith("@")) {
                return shorten(argument);
            }
        }
        return "";
    }

    private static String shorten(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        String text = Printable.word(Printable.name(name.getBytes(StandardCharsets.ISO_8859_1)));
        return text.codePointCount(0, text.length()) <= MOST_CHARACTERS
                ? text
                : text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS - 1)) + "…";
    }
}
