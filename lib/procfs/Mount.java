package procfs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A mounted file system, as a line of {@code /proc/PID/mountinfo} tells, see proc(5).
 *
 * @param device its number, as {@code major:minor}
 * @param root which folder of it is mounted
 * @param path where
 * @param type tmpfs, cgroup2, …
 * @param options of the file system, separated by commas
 */
record Mount(String device, String root, String path, String type, String options) {
    /** All mounts of a process that are of one of some types, in the kernel's order. */
    static List<Mount> read(String mountInfoPath, Set<String> types) {
        List<Mount> mounts = new ArrayList<>();
        read(mountInfoPath, types, mounts);
        return mounts;
    }

    /** The same; false if there may be more. */
    static boolean read(String mountInfoPath, Set<String> types, List<Mount> mounts) {
        boolean isWhole = ProcFile.lines(mountInfoPath, lines -> parse(lines, types, mounts));
        return isWhole && mounts.size() < Bounds.MOUNTS_READ;
    }

    /** Parses lines of the file; those that make no sense are left out. */
    static void parse(ProcFile mountInfo, Set<String> types, List<Mount> mounts) {
        for (String line : mountInfo.text().split("\n")) {
            List<String> fields = List.of(line.split(" "));
            int type = fields.indexOf("-") + 1; // behind fields of which there may be any number
            boolean isWhole = type > 6 && fields.size() > type + 2;
            if (isWhole && types.contains(fields.get(type)) && mounts.size() < Bounds.MOUNTS_READ) {
                mounts.add(
                        new Mount(
                                fields.get(2),
                                unescaped(fields.get(3)),
                                unescaped(fields.get(4)),
                                fields.get(type),
                                fields.get(type + 2)));
            }
        }
    }

    /** Blanks, line feeds and backslashes are written as three octal digits. */
    private static String unescaped(String text) {
        return text.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
