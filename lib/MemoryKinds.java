import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * What the machine's memory is used for, by kind, in KiB. The definitions are those of proc(5) and
 * of the kernel's Documentation/filesystems/proc.rst, section meminfo.
 */
final class MemoryKinds {
    /** The kinds into which used memory falls; what remains is {@link #otherKiB}. */
    enum Kind {
        /** AnonPages: what processes have allocated for themselves. */
        PROCESSES("processes", "processes", false),
        /** Shmem: files in tmpfs, System V and POSIX shared memory, shared anonymous memory. */
        SHARED("tmpfs and shared memory", "shared", false),
        /** SUnreclaim: kernel objects that cannot be given back. */
        SLAB("slab", "slab", true),
        /** PageTables and SecPageTables. */
        PAGE_TABLES("page tables", "pageTables", true),
        /** KernelStack: a stack for each thread. */
        STACKS("kernel stacks", "kernelStacks", true),
        /** Percpu. */
        PER_CPU("per-CPU", "perCpu", true),
        /** Hugetlb: the pool of huge pages, whether they are in use or not. */
        HUGE_PAGES("huge pages", "hugePages", false),
        /** The size of the ZFS cache, which the kernel does not count as available. */
        ZFS_ARC("ZFS ARC", "zfsArc", false),
        /** What compressed swap in memory takes, see mm_stat in the kernel's zram.rst. */
        ZRAM("zram", "zram", false);

        final String label;
        final String jsonName;
        final boolean isKernel;

        Kind(String label, String jsonName, boolean isKernel) {
            this.label = label;
            this.jsonName = jsonName;
            this.isKernel = isKernel;
        }
    }

    private final Map<Kind, Long> sizesKiB = new EnumMap<>(Kind.class);

    /** MemTotal − MemAvailable. */
    final long usedKiB;

    final long swapTotalKiB;
    final long swapUsedKiB;

    /**
     * Takes the figures out of the kernel's texts.
     *
     * @param memInfo {@code /proc/meminfo}
     * @param arcStats {@code /proc/spl/kstat/zfs/arcstats}, empty without ZFS
     * @param zramKiB what all zram devices take
     */
    MemoryKinds(String memInfo, String arcStats, long zramKiB) {
        usedKiB = figure(memInfo, "MemTotal:") - availableKiB(memInfo);
        swapTotalKiB = figure(memInfo, "SwapTotal:");
        swapUsedKiB = swapTotalKiB - figure(memInfo, "SwapFree:");
        sizesKiB.put(Kind.PROCESSES, figure(memInfo, "AnonPages:"));
        sizesKiB.put(Kind.SHARED, figure(memInfo, "Shmem:"));
        sizesKiB.put(Kind.SLAB, figure(memInfo, "SUnreclaim:"));
        sizesKiB.put(
                Kind.PAGE_TABLES,
                figure(memInfo, "PageTables:") + figure(memInfo, "SecPageTables:"));
        sizesKiB.put(Kind.STACKS, figure(memInfo, "KernelStack:"));
        sizesKiB.put(Kind.PER_CPU, figure(memInfo, "Percpu:"));
        sizesKiB.put(Kind.HUGE_PAGES, figure(memInfo, "Hugetlb:"));
        sizesKiB.put(Kind.ZFS_ARC, parseArcKiB(arcStats));
        sizesKiB.put(Kind.ZRAM, zramKiB);
    }

    /** Reads the present figures. */
    static MemoryKinds read() {
        return new MemoryKinds(
                ProcFile.text("/proc/meminfo"),
                ProcFile.text("/proc/spl/kstat/zfs/arcstats"),
                readZramKiB());
    }

    private static long figure(String text, String key) {
        return ProcFile.figure(text, key);
    }

    /** MemAvailable; kernels before 3.14 do not tell: then what OSHI takes for it too. */
    private static long availableKiB(String memInfo) {
        return memInfo.contains("\nMemAvailable:")
                ? figure(memInfo, "MemAvailable:")
                : figure(memInfo, "MemFree:")
                        + figure(memInfo, "Active(file):")
                        + figure(memInfo, "Inactive(file):")
                        + figure(memInfo, "SReclaimable:");
    }

    /** The line of the form {@code size 4 BYTES}. */
    private static long parseArcKiB(String arcStats) {
        for (String line : arcStats.split("\n")) {
            String[] fields = line.trim().split(" +");
            if (fields.length == 3 && fields[0].equals("size")) {
                byte[] number = fields[2].getBytes(StandardCharsets.ISO_8859_1);
                return ProcessRow.number(number, 0, number.length) / 1024;
            }
        }
        return 0;
    }

    /** The third figure of each device's {@code mm_stat}, mem_used_total in bytes. */
    private static long readZramKiB() {
        long bytes = 0;
        String[] devices = new File("/sys/block").list((folder, name) -> name.startsWith("zram"));
        for (String device : devices == null ? new String[0] : devices) {
            String[] fields = ProcFile.text("/sys/block/" + device + "/mm_stat").trim().split(" +");
            if (fields.length > 2) {
                bytes += ProcFile.figure(fields[2], "");
            }
        }
        return bytes / 1024;
    }

    long sizeKiB(Kind kind) {
        return sizesKiB.get(kind);
    }

    /** Used memory that none of the kinds accounts for; negative where kinds overlap. */
    long otherKiB() {
        return usedKiB - sizesKiB.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Accounts for all used memory, in MiB; the parts add up to the total. */
    String account() {
        StringBuilder text = new StringBuilder();
        long kernelMiB = 0;
        StringBuilder kernel = new StringBuilder();
        long otherMiB = usedKiB >> 10;
        for (Kind kind : Kind.values()) {
            long sizeMiB = sizeKiB(kind) >> 10;
            otherMiB -= sizeMiB;
            if (kind.isKernel) {
                kernelMiB += sizeMiB;
                kernel.append(kernel.length() > 0 ? ", " : "").append(kind.label);
                kernel.append(' ').append(sizeMiB);
            } else if (sizeMiB > 0 || kind == Kind.PROCESSES || kind == Kind.SHARED) {
                text.append(kind.label).append(' ').append(sizeMiB).append(", ");
            }
        }
        return ("used " + (usedKiB >> 10) + " MiB: ")
                + (text + "kernel " + kernelMiB + " (" + kernel + "), other " + otherMiB);
    }

    /** How much of swap is in use. */
    String swap() {
        return swapTotalKiB == 0
                ? "no swap"
                : "swap " + Units.size(swapUsedKiB) + " of " + Units.size(swapTotalKiB);
    }
}
