package procfs;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A mounted file system, as a line of {@code /proc/PID/mountinfo} tells, see proc(5).
 *
 * @param device its number, as {@code major:minor}
 * @param root which folder of it is mounted
 * @param path where, one character for each byte
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

    /**
     * The same.
     *
     * @return false if there may be more
     */
    static boolean read(String mountInfoPath, Set<String> types, List<Mount> mounts) {
        boolean isWhole = ProcFile.lines(mountInfoPath, lines -> parse(lines, types, mounts));
        return isWhole && mounts.size() < Bounds.MOUNTS_READ;
    }

    /** Its path. */
    Path place() {
        return RawPath.of(path);
    }

    /** Parses lines of the file; those that make no sense are left out. */
    static void parse(ProcFile mountInfo, Set<String> types, List<Mount> mounts) {
        for (int line = 0; line < mountInfo.length(); line = mountInfo.nextLine(line)) {
            int separator = line; // behind fields of which there may be any number
            while (separator < mountInfo.length() && !isSeparator(mountInfo, separator)) {
                separator = mountInfo.skipBlanks(mountInfo.skipWord(separator));
                if (separator < mountInfo.length() && mountInfo.bytes()[separator] == '\n') {
                    break;
                }
            }
            if (separator >= mountInfo.length() || !isSeparator(mountInfo, separator)) {
                continue;
            }
            int type = mountInfo.skipBlanks(mountInfo.skipWord(separator));
            boolean isWanted = types.contains(word(mountInfo, type));
            if (isWanted && mounts.size() < Bounds.MOUNTS_READ) {
                int device = field(mountInfo, line, 2);
                mounts.add(
                        new Mount(
                                word(mountInfo, device),
                                unescaped(word(mountInfo, field(mountInfo, line, 3))),
                                unescaped(word(mountInfo, field(mountInfo, line, 4))),
                                word(mountInfo, type),
                                word(mountInfo, field(mountInfo, type, 2))));
            }
        }
    }

    private static boolean isSeparator(ProcFile file, int at) {
        return file.skipWord(at) == at + 1 && file.bytes()[at] == '-';
    }

    /** Where a word begins that stands so many words behind another one. */
    private static int field(ProcFile file, int from, int count) {
        int at = from;
        for (int i = 0; i < count; i++) {
            at = file.skipBlanks(file.skipWord(at));
        }
        return at;
    }

    private static String word(ProcFile file, int at) {
        return new String(file.bytes(), at, file.skipWord(at) - at, StandardCharsets.ISO_8859_1);
    }

    /** Blanks, line feeds and backslashes are written as three octal digits. */
    private static String unescaped(String text) {
        return text.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
