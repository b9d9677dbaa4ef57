package cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The settings of one start: the command line goes before the environment, that before the
 * constants of MemoryMonitor.java.
 *
 * <p>A service whose environment holds a wrong value takes the constant instead, and this is told:
 * else nobody would watch, and only who looks for the service would know.
 */
public final class Settings {
    private static final String PREFIX = "MEMORY_MONITOR_";

    /** What names no file. */
    private static final String NONE = "none";

    private final Map<String, String> environment;
    private final boolean isService;
    private final Map<String, Setting> all = new LinkedHashMap<>();
    private final WrittenFiles files;
    private final List<String> errors = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * @param environment the variables; {@link ServiceManager#FOLDER} is where the service works,
     *     for whoever looks for its files from elsewhere
     * @param isService true if these are the service's: what is wrong in a variable is told, and
     *     the constant counts
     */
    public Settings(Map<String, String> environment, boolean isService) {
        this.environment = environment;
        this.isService = isService;
        files = new WrittenFiles(ServiceManager.stateDirectory(environment));
    }

    /** The name of an option's variable: {@code MEMORY_MONITOR_ON_INCIDENT}. */
    private static String variable(String option) {
        return PREFIX + option.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /**
     * Adds a setting: what the command line says, or the environment, or the constant.
     *
     * @param option the option's name, from which the variable's is made: {@code on-incident}
     * @param given what the command line says; null: nothing
     * @param constant the constant's name in MemoryMonitor.java
     * @param check returns what is to be taken, or throws a {@link Setting.WrongException}
     */
    private Settings add(
            String option,
            String given,
            String constant,
            String value,
            UnaryOperator<Setting> check) {
        String variable = variable(option);
        String set = environment.getOrDefault(variable, "");
        Setting ours = new Setting(constant + Setting.IN_SOURCE, value);
        boolean isVariable = given == null && !set.isEmpty();
        Setting chosen =
                given != null
                        ? new Setting("--" + option, given)
                        : isVariable ? new Setting(variable, set) : ours;
        all.put(variable, chosen);
        try {
            all.put(variable, check.apply(chosen));
        } catch (Setting.WrongException e) {
            if (!isService || !isVariable) {
                errors.add(e.getMessage());
                return this;
            }
            problems.add(e.getMessage() + "; taken instead: '" + value + "', " + ours.source());
            check(() -> all.put(variable, check.apply(ours)));
        }
        return this;
    }

    /** Adds a setting, see {@link #add}; where it means nothing, {@code meaning} throws. */
    public Settings value(
            String option, String given, String constant, String value, Consumer<Setting> meaning) {
        UnaryOperator<Setting> checked =
                setting -> {
                    meaning.accept(setting);
                    return setting;
                };
        return add(option, given, constant, value, checked);
    }

    /** Adds the name of a file, see {@link #add}: no two settings name the same. */
    public Settings file(String option, String given, String constant, String value) {
        return add(option, given, constant, value, this::file);
    }

    /**
     * Adds the name of a file that need not be: {@code none} asks for none. An empty text asks for
     * the one beside the log, which is named by who names the log, or for none.
     *
     * @param ending what the name of the one beside the log has in place of {@code .log}; empty:
     *     there is none
     */
    public Settings optionalFile(
            String option, String given, String constant, String value, String ending) {
        return add(option, given, constant, value, setting -> optionalFile(setting, ending));
    }

    private Setting optionalFile(Setting setting, String ending) {
        Setting named = setting;
        if (setting.text().isEmpty() && !ending.isEmpty()) {
            Setting log = of("log");
            named = new Setting(log.source(), log.text().replaceFirst("[.]log$", "") + ending);
        }
        boolean isNone = named.text().isEmpty() || named.text().equals(NONE);
        return isNone ? new Setting(setting.source(), "") : file(named);
    }

    private Setting file(Setting setting) {
        setting.path(); // what is none is wrong wherever it begins
        String folder = environment.getOrDefault(ServiceManager.FOLDER, "");
        boolean isElsewhere = !folder.isEmpty() && !setting.source().startsWith("--");
        String text = setting.text();
        text = isElsewhere ? Path.of(folder).resolve(text).toString() : text;
        Setting file = new Setting(setting.source(), text);
        files.add(file);
        return file;
    }

    /** A setting that was added, by its option's name. */
    public Setting of(String option) {
        return all.get(variable(option));
    }

    /** All settings by the names of their variables, in the order in which they were added. */
    public Map<String, Setting> all() {
        return all;
    }

    /** Checks something more. */
    public void check(Runnable check) {
        try {
            check.run();
        } catch (Setting.WrongException e) {
            errors.add(e.getMessage());
        }
    }

    /**
     * Makes sure that there is a value for each setting.
     *
     * @param isStrict true: that nothing at all is wrong
     * @throws Setting.WrongException if not; it names all that is wrong
     */
    public Settings require(boolean isStrict) {
        Set<String> wrong = new LinkedHashSet<>(errors);
        wrong.addAll(isStrict ? problems() : List.of());
        if (!wrong.isEmpty()) {
            throw new Setting.WrongException(String.join("\n", wrong));
        }
        return this;
    }

    /** What is wrong and need not end the program, in a line each. */
    public List<String> problems() {
        List<String> told = new ArrayList<>(problems);
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(PREFIX) && !all.containsKey(variable)) {
                told.add(variable + " is no setting; there are " + String.join(", ", all.keySet()));
            }
        }
        return told;
    }
}
