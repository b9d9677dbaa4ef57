package cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The settings of one start: the command line goes before the environment, that before the
 * constants of MemoryMonitor.java.
 *
 * <p>A service whose environment holds a wrong value takes the constant instead, and this is told:
 * else nobody would watch, and only who looks for the service would know.
 */
public final class Settings {
    private static final String PREFIX = "MEMORY_MONITOR_";

    private final Map<String, String> environment;
    private final boolean isService;
    private final Set<String> known = new LinkedHashSet<>();
    private final WrittenFiles files;
    private final List<String> problems = new ArrayList<>();

    /**
     * @param environment the variables
     * @param isService true if the service manager has started the program: nobody sees how it ends
     */
    public Settings(Map<String, String> environment, boolean isService) {
        this.environment = environment;
        this.isService = isService;
        files = new WrittenFiles(ServiceManager.stateDirectory(environment));
    }

    /**
     * Finds a setting: what the command line says, or the environment, or the constant.
     *
     * @param option the option's name, from which the variable's is made: {@code on-incident}
     * @param given what the command line says; null: nothing
     * @param constant the constant's name in MemoryMonitor.java
     * @param value its value
     * @param parse makes of the text what is needed
     * @throws Setting.WrongException if it is wrong, and nothing can be taken instead
     */
    private <T> T find(
            String option,
            String given,
            String constant,
            String value,
            Function<Setting, T> parse) {
        String variable = PREFIX + option.toUpperCase(Locale.ROOT).replace('-', '_');
        known.add(variable);
        String set = environment.getOrDefault(variable, "");
        Setting ours = new Setting(constant + " in MemoryMonitor.java", value);
        if (given != null || set.isEmpty()) {
            return parse.apply(given != null ? new Setting("--" + option, given) : ours);
        }
        try {
            return parse.apply(new Setting(variable, set));
        } catch (Setting.WrongException e) {
            if (!isService) {
                throw e;
            }
            problems.add(e.getMessage() + "; taken instead: '" + value + "', " + ours.source());
            return parse.apply(ours);
        }
    }

    /** Finds a share in percent, see {@link #find} and {@link Setting#percent}. */
    public double percent(String option, String given, String constant, String value) {
        return find(option, given, constant, value, Setting::percent);
    }

    /** Finds a length of time, see {@link #find} and {@link Setting#nanos}. */
    public long nanos(String option, String given, String constant, String value, long minNanos) {
        return find(option, given, constant, value, setting -> setting.nanos(minNanos));
    }

    /** Finds a text, see {@link #find}. */
    public Setting text(String option, String given, String constant, String value) {
        return find(option, given, constant, value, setting -> setting);
    }

    /** Finds the name of a file, see {@link #find}: no two settings name the same; empty: none. */
    public Setting file(String option, String given, String constant, String value) {
        return find(option, given, constant, value, this::file);
    }

    private Setting file(Setting setting) {
        if (!setting.text().isEmpty()) {
            files.add(setting);
        }
        return setting;
    }

    /** What was wrong and is not taken, in a line each; to be asked when all has been found. */
    public List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (variable.startsWith(PREFIX) && !known.contains(variable)) {
                all.add(variable + " is no setting; there are " + String.join(", ", known));
            }
        }
        return all;
    }
}
