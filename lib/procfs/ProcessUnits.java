package procfs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The systemd units and containers in which processes run, by the names of their groups. */
public final class ProcessUnits {
    private final Optional<GroupTree> tree;
    private final Map<String, String> unitsOfTexts = new HashMap<>();
    private int letters;

    ProcessUnits(Optional<GroupTree> tree) {
        this.tree = tree;
    }

    /** The unit or the container in which a process runs; empty: neither, or unknown. */
    String of(int pid, ProcFile file) {
        file.read("/proc/" + pid + "/cgroup", Bounds.GROUP_FILE_BYTES);
        return of(file.text());
    }

    private synchronized String of(String text) { // several threads read processes
        String unit = unitsOfTexts.get(text);
        if (unit == null) {
            boolean isVersion1 = tree.isPresent() && !tree.get().isVersion2;
            unit = of(text, isVersion1, path -> tree.isPresent() && tree.get().isCharged(path));
            letters += text.length();
            if (letters > Bounds.UNIT_TEXTS) {
                unitsOfTexts.clear();
                letters = text.length();
            }
            unitsOfTexts.put(text, unit);
        }
        return unit;
    }

    /**
     * Finds the unit in the text of {@code /proc/PID/cgroup}, see cgroups(7): lines of the form
     * {@code ID:CONTROLLERS:PATH}. The hierarchy that counts memory goes before version 2, and that
     * before systemd's own; each counts only if it leads to more than a slice.
     *
     * @param isVersion1 true if version 1 counts memory
     * @param isCharged tells whether a group has a charge of its own, see {@link GroupName#of}
     */
    static String of(String text, boolean isVersion1, Predicate<String> isCharged) {
        List<String> hierarchies =
                isVersion1
                        ? List.of("memory", "", "name=systemd")
                        : List.of("", "name=systemd", "memory");
        for (String hierarchy : hierarchies) {
            for (String line : text.split("\n")) {
                String[] fields = line.split(":", 3);
                if (fields.length == 3 && List.of(fields[1].split(",")).contains(hierarchy)) {
                    String path = fields[2].replaceFirst(" \\(deleted\\)$", "");
                    boolean counts = hierarchy.equals(hierarchies.get(0));
                    String name =
                            path.endsWith(".slice")
                                    ? ControlGroup.ROOT
                                    : GroupName.of(path, group -> counts && isCharged.test(group))
                                            .text();
                    if (!name.equals(ControlGroup.ROOT)) {
                        return name;
                    }
                }
            }
        }
        return "";
    }
}
