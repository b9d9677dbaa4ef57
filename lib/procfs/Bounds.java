package procfs;

/**
 * How much is read of what others make, in number, depth and length. Any user may make processes
 * and, below his own manager, control groups; who has a container may make mounts, too. What is
 * beyond a bound counts for what is around it.
 *
 * <p>They fit a heap of 16 MB: the program takes 3 MB, the history of who had what 2 MB. Groups
 * take 0.5 MB of ordinary paths, and 2 MB of the longest; texts of groups 1 MB, mounts 0.1 MB. The
 * rest is for processes, at 400 bytes each: all are rows of the table, and where the heap does not
 * hold all, the largest are.
 */
public final class Bounds {
    /** Of all groups, these are told: the ones with the largest charges. */
    public static final int GROUPS = 500;

    /** The most names of groups that one look reads: at 20 µs each, 0.2 s of CPU time. */
    static final int GROUP_NAMES = 10_000;

    /** The most of them below one unit, user or container: those of others are read as well. */
    static final int GROUP_NAMES_OF_ONE = 4000;

    /** The most levels that are read: any user can make hundreds, and those would fill a stack. */
    static final int GROUP_LEVELS = 64;

    /** The most names in one's name. A unit of a container in a pod is at level 8. */
    static final int GROUP_DEPTH = 24;

    /** The most bytes of a group's path. A container in a pod has 200. */
    static final int GROUP_PATH_BYTES = 1000;

    /** The most groups of which a limit, or a kill, is remembered. */
    static final int GROUPS_REMEMBERED = 1000;

    /** The most bytes of a group's name or a mount's path: nobody reads a longer one. */
    static final int NAME_BYTES = 100;

    /** The most of {@code /proc/PID/cgroup} whose units are remembered, in letters. */
    static final int UNIT_TEXTS = 1 << 19;

    /** No file of a control group, and no {@code /proc/PID/cgroup}, is larger. */
    static final int GROUP_FILE_BYTES = 1 << 16;

    /** The most of a file that the kernel gives in pieces, such as {@code mountinfo}. */
    static final int WHOLE_FILE_BYTES = 1 << 24;

    /** A line of such a file that is longer is left out. */
    static final int LINE_BYTES = 1 << 16;

    /** The most mounts of file systems in memory that are read: a pod has several. */
    static final int MOUNTS_READ = 5000;

    /** The most file systems in memory that are asked for their sizes. */
    public static final int MOUNTS_ASKED = 1000;

    /** Of these, the largest ones are told. */
    public static final int MOUNTS = 100;

    private Bounds() {}
}
