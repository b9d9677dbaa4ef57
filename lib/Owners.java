import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Processes' own memory (RssAnon and RssShmem, so that pages of shared files count for nobody)
 * summed up by owner.
 */
final class Owners {
    private static final int NAMED = 5;

    /** So many units are looked up, each of which takes a file to be read. */
    private static final int LOOK_UPS = 2000;

    /**
     * Smaller ones are taken to be in the unit of their session's largest process of their name.
     */
    private static final int LOOK_UP_KIB = 16 * 1024;

    /** No text of cgroups is longer. */
    private static final int LIMIT = 1 << 16;

    private static final Pattern UNIT = Pattern.compile(".*/([^/]+\\.(?:service|scope))(?:/.*)?");
    private static final Pattern CONTAINER = Pattern.compile(".*/([^/]+/[0-9a-f]{32,})(?:/.*)?");
    private static final Pattern LONG_HASH = Pattern.compile("([0-9a-f]{12})[0-9a-f]{20,}");

    private Owners() {}

    /** The five units or containers with most memory. */
    static String byUnit(List<ProcessRow> rows) {
        List<ProcessRow> largestFirst = new ArrayList<>(rows);
        largestFirst.removeIf(row -> row.ownKiB == 0);
        largestFirst.sort(Comparator.comparingLong(row -> -row.ownKiB));
        return top(largestFirst, new UnitFinder());
    }

    /** Gives each process's unit in words; to be asked for the largest processes first. */
    private static final class UnitFinder implements Function<ProcessRow, String> {
        private final Map<String, String> unitsOfSessions = new HashMap<>();
        private final Map<String, String> unitsOfCgroups = new HashMap<>();
        private final ProcFile file = new ProcFile();
        private int lookUps;

        @Override
        public String apply(ProcessRow row) {
            boolean isSmall = row.ownKiB < LOOK_UP_KIB && row.session > 0;
            String key = row.session + " " + row.name();
            String unit = isSmall ? unitsOfSessions.get(key) : null;
            if (unit == null) {
                unit = lookUps++ < LOOK_UPS ? lookUp(row.pid) : "others";
                unitsOfSessions.putIfAbsent(key, unit);
            }
            return unit;
        }

        private String lookUp(int pid) {
            file.read("/proc/" + pid + "/cgroup", LIMIT);
            return unitsOfCgroups.computeIfAbsent(
                    file.text(), text -> Objects.requireNonNullElse(unitOf(text), "no unit"));
        }
    }

    /** The five owners with most memory. */
    static String top(List<ProcessRow> rows, Function<ProcessRow, String> owner) {
        Map<String, Long> sums = new HashMap<>();
        for (ProcessRow row : rows) {
            if (row.ownKiB > 0) {
                sums.merge(owner.apply(row), row.ownKiB, Long::sum);
            }
        }
        List<Map.Entry<String, Long>> entries = new ArrayList<>(sums.entrySet());
        entries.removeIf(entry -> entry.getValue() < 1024);
        entries.sort(
                Map.Entry.<String, Long>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()));
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Long> entry : entries.subList(0, Math.min(NAMED, entries.size()))) {
            text.append(text.length() == 0 ? "" : ", ").append(entry.getKey()).append(' ');
            text.append(Units.size(entry.getValue()));
        }
        return text.toString();
    }

    /** The systemd unit or the container in which a process runs; null: neither, or unknown. */
    static String unitOf(int pid) {
        return unitOf(ProcFile.text("/proc/" + pid + "/cgroup"));
    }

    /**
     * Finds the unit in the text of {@code /proc/PID/cgroup}, see cgroups(7): lines of the form
     * {@code ID:CONTROLLERS:PATH}, of which systemd's own (v1) or the only one (v2) counts.
     */
    static String unitOf(String cgroups) {
        for (String line : cgroups.split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && (fields[1].isEmpty() || fields[1].equals("name=systemd"))) {
                for (Pattern pattern : new Pattern[] {UNIT, CONTAINER}) {
                    Matcher matcher = pattern.matcher(fields[2]);
                    if (matcher.matches()) {
                        String unit = LONG_HASH.matcher(matcher.group(1)).replaceAll("$1");
                        return PsCells.printable(unit.getBytes(StandardCharsets.ISO_8859_1));
                    }
                }
            }
        }
        return null;
    }
}
