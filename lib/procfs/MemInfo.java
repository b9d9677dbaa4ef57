package procfs;

import java.util.Map;

/**
 * {@code /proc/meminfo}, see proc(5) and the kernel's Documentation/filesystems/proc.rst.
 *
 * @param sizesKiB the lines, by their names; those that count no size (HugePages_Total) too
 */
public record MemInfo(Map<String, Long> sizesKiB) {
    public static MemInfo read() {
        ProcFile file = new ProcFile();
        file.read("/proc/meminfo", 1 << 16);
        return parse(file);
    }

    /** Parses the file; lines that make no sense are left out. */
    public static MemInfo parse(ProcFile file) {
        return new MemInfo(Map.copyOf(file.figures(':')));
    }

    /** A line's size; 0 where this kernel has no such line, and where it is negative. */
    public long kiB(String name) {
        return Math.max(0, sizesKiB.getOrDefault(name, 0L));
    }

    /** MemTotal − MemAvailable. */
    public long usedKiB() {
        return Math.max(0, kiB("MemTotal") - kiB("MemAvailable"));
    }

    /** Use in percent, at the least cost. The file is a buffer. */
    public static double usedPercent(ProcFile file) {
        file.read("/proc/meminfo", 1 << 16);
        return 100 - 100.0 * file.figure("MemAvailable:") / Math.max(1, file.figure("MemTotal:"));
    }

    /** Swap that is in use. SwapFree may be larger than all: lxcfs 5 lets it wrap. */
    public long swapUsedKiB() {
        return Math.max(0, kiB("SwapTotal") - kiB("SwapFree"));
    }
}
