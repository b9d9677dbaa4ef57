package procfs;

import java.io.File;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the machine's memory is used for, by kind, in KiB. The definitions are those of proc(5) and
 * of the kernel's Documentation/filesystems/proc.rst, section meminfo.
 *
 * @param totalKiB MemTotal
 * @param usedKiB MemTotal − MemAvailable
 * @param swapTotalKiB SwapTotal
 * @param swapUsedKiB SwapTotal − SwapFree
 * @param mappedKiB Mapped: pages of files and of shared memory that processes map, each counted
 *     once
 * @param hugeInUseKiB huge pages that processes have, or are about to have
 * @param lazyFreeKiB what processes have given back by MADV_FREE and still map: it is available
 */
public record MemoryKinds(
        Map<Kind, Long> sizesKiB,
        long totalKiB,
        long usedKiB,
        long swapTotalKiB,
        long swapUsedKiB,
        long mappedKiB,
        long hugeInUseKiB,
        long lazyFreeKiB) {

    /** Less than this on the lists of file pages beyond all files is on its way to another list. */
    private static final long LEAST_LAZY_KIB = 16 << 10;

    private static final Pattern SOCKET_PAGES =
            Pattern.compile("(?m)^(?:TCP|UDP):.* mem ([0-9]{1,15})\\b");

    /** The kinds into which used memory falls; together they are all of it. */
    public enum Kind {
        /** AnonPages, less what has been given back by MADV_FREE, which counts as available. */
        PROCESSES("processes", "processes", false),
        /** Shmem: files in tmpfs, System V and POSIX shared memory, shared anonymous memory. */
        SHARED("tmpfs and shared memory", "shared", false),
        /**
         * Cached + Buffers − Shmem − Active(file) − Inactive(file): pages of files that the kernel
         * cannot give back, because they are locked (mlock(2)), secret (memfd_secret(2)) or in
         * ramfs, or because it is just about to.
         */
        HELD_FILES("locked files and ramfs", "heldFiles", false),
        /** SUnreclaim: kernel objects that cannot be given back. */
        SLAB("slab", "slab", true),
        /** PageTables and SecPageTables. */
        PAGE_TABLES("page tables", "pageTables", true),
        /** KernelStack: a stack for each thread. */
        STACKS("kernel stacks", "kernelStacks", true),
        /** Percpu. */
        PER_CPU("per-CPU", "perCpu", true),
        /**
         * VmallocUsed less KernelStack: eBPF maps, tables of packet filters, modules; as far as it
         * is in no other kind.
         */
        VMALLOC("vmalloc", "vmalloc", true),
        /** Pages of TCP's and UDP's buffers, as far as they are in no other kind. */
        SOCKETS("socket buffers", "sockets", true),
        /** Hugetlb: the pool of huge pages, whether they are in use or not. */
        HUGE_PAGES("huge pages", "hugePages", false),
        /**
         * The ZFS cache, which the kernel does not count as available, as far as it is in no other
         * kind (some of it is in slab).
         */
        ZFS_ARC("ZFS ARC", "zfsArc", false),
        /**
         * SwapCached: pages that are in swap and in memory, as far as they are in no other kind.
         */
        SWAP_CACHE("swap cache", "swapCache", false),
        /** What compressed swap in memory takes, see mm_stat in the kernel's zram.rst. */
        ZRAM("zram", "zram", false),
        /** Zswap: what compressed pages on their way to swap take. */
        ZSWAP("zswap", "zswap", false),
        /** GPUActive and GPUReclaim: memory of graphics drivers. */
        GPU("GPU", "gpu", false),
        /**
         * What the host of a virtual machine has taken back, if the kernel still counts it as used.
         * Most drivers take it off MemTotal instead.
         */
        BALLOON("balloon", "balloon", false),
        /**
         * MemFree + Active(file) + Inactive(file) + KReclaimable − MemAvailable: what is free or
         * could be, but is not to be had, because the kernel keeps that much for itself. It is
         * computed from the zones' watermarks, see si_mem_available() in the kernel's
         * mm/show_mem.c.
         */
        RESERVE("kernel's reserve", "reserve", false),
        /** Free pages that each processor keeps for itself; they go when memory runs short. */
        PER_CPU_FREE("free but kept by a CPU", "perCpuFree", false),
        /** What is used and in no line of meminfo; negative where kinds overlap. */
        OTHER("not accounted for", "notAccountedFor", false);

        /** What it is called in a note. */
        public final String label;

        /** What it is called in JSON. */
        public final String jsonName;

        /** True if the kernel has it for itself. */
        public final boolean isKernel;

        Kind(String label, String jsonName, boolean isKernel) {
            this.label = label;
            this.jsonName = jsonName;
            this.isKernel = isKernel;
        }
    }

    public MemoryKinds {
        sizesKiB = Map.copyOf(sizesKiB);
    }

    /**
     * What other files than {@code /proc/meminfo} tell, in KiB.
     *
     * @param arcKiB the size of the ZFS cache
     * @param zramKiB what all zram devices take
     * @param socketKiB the pages of TCP's and UDP's buffers, of the whole machine
     * @param balloonKiB pages that a balloon driver holds; meminfo's own figure goes before
     * @param presentKiB all memory, see {@link Zones}
     * @param perCpuFreeKiB see {@link Zones}
     */
    record Elsewhere(
            long arcKiB,
            long zramKiB,
            long socketKiB,
            long balloonKiB,
            long presentKiB,
            long perCpuFreeKiB) {}

    public static MemoryKinds read() {
        MemInfo memory = MemInfo.read();
        if (Scope.IS_CONTAINER) {
            return of(Scope.ofContainer(memory), 0, 0);
        }
        Zones zones = Zones.read(); // at once, because free pages wander to and fro
        ProcFile file = new ProcFile();
        file.read("/proc/spl/kstat/zfs/arcstats", 1 << 16);
        long arcKiB = parseArcKiB(file);
        file.read("/proc/net/sockstat", 1 << 16);
        long socketKiB = parseSocketPages(file) * Zones.PAGE_KIB;
        long balloonPages =
                ProcFile.figure("/proc/vmstat", "balloon_inflate ")
                        - ProcFile.figure("/proc/vmstat", "balloon_deflate ");
        return of(
                memory,
                new Elsewhere(
                        arcKiB,
                        readZramKiB(),
                        socketKiB,
                        Math.max(0, balloonPages) * Zones.PAGE_KIB,
                        zones.presentKiB(),
                        zones.perCpuFreeKiB()));
    }

    /** Takes the kinds out of the kernel's figures, see {@link Elsewhere}. */
    public static MemoryKinds of(MemInfo memory, long arcKiB, long zramKiB) {
        return of(memory, new Elsewhere(arcKiB, zramKiB, 0, 0, 0, 0));
    }

    static MemoryKinds of(MemInfo memory, Elsewhere elsewhere) {
        long usedKiB = memory.usedKiB();
        long onLists = memory.kiB("Active(file)") + memory.kiB("Inactive(file)");
        long files = memory.kiB("Cached") + memory.kiB("Buffers") - memory.kiB("Shmem");
        // With lxcfs, SReclaimable alone is the container's
        long reclaimable = Math.max(memory.kiB("KReclaimable"), memory.kiB("SReclaimable"));
        long unused = memory.kiB("MemFree") + onLists + reclaimable;
        Map<Kind, Long> sizes = new EnumMap<>(Kind.class);
        long lazyFreeKiB = lazyFreeKiB(memory.kiB("AnonPages"), onLists, files);
        sizes.put(Kind.PROCESSES, memory.kiB("AnonPages") - lazyFreeKiB);
        sizes.put(Kind.SHARED, memory.kiB("Shmem"));
        sizes.put(Kind.HELD_FILES, Math.max(0, files - onLists));
        sizes.put(Kind.SLAB, memory.kiB("SUnreclaim"));
        sizes.put(Kind.PAGE_TABLES, memory.kiB("PageTables") + memory.kiB("SecPageTables"));
        sizes.put(Kind.STACKS, memory.kiB("KernelStack"));
        sizes.put(Kind.PER_CPU, memory.kiB("Percpu"));
        sizes.put(Kind.HUGE_PAGES, memory.kiB("Hugetlb"));
        sizes.put(Kind.ZRAM, elsewhere.zramKiB);
        sizes.put(Kind.ZSWAP, memory.kiB("Zswap"));
        sizes.put(Kind.GPU, memory.kiB("GPUActive") + memory.kiB("GPUReclaim"));
        sizes.put(Kind.BALLOON, balloonKiB(memory, elsewhere));
        sizes.put(Kind.RESERVE, Math.max(0, unused - (memory.kiB("MemTotal") - usedKiB)));
        sizes.put(Kind.PER_CPU_FREE, elsewhere.perCpuFreeKiB);
        long vmallocKiB = Math.max(0, memory.kiB("VmallocUsed") - memory.kiB("KernelStack"));
        putPart(sizes, usedKiB, Kind.ZFS_ARC, elsewhere.arcKiB);
        putPart(sizes, usedKiB, Kind.SOCKETS, elsewhere.socketKiB);
        putPart(sizes, usedKiB, Kind.VMALLOC, vmallocKiB);
        putPart(sizes, usedKiB, Kind.SWAP_CACHE, memory.kiB("SwapCached"));
        sizes.put(Kind.OTHER, usedKiB - sum(sizes));
        return new MemoryKinds(
                sizes,
                memory.kiB("MemTotal"),
                usedKiB,
                memory.kiB("SwapTotal"),
                memory.swapUsedKiB(),
                memory.kiB("Mapped"),
                hugeInUseKiB(memory),
                lazyFreeKiB);
    }

    /**
     * What has been given back by MADV_FREE: it is anonymous, but on the lists of pages of files.
     *
     * @param onListsKiB what is on those lists
     * @param filesKiB what is in files that are not in memory only
     */
    static long lazyFreeKiB(long anonKiB, long onListsKiB, long filesKiB) {
        long beyondFilesKiB = Math.min(anonKiB, onListsKiB - Math.max(0, filesKiB));
        return beyondFilesKiB < LEAST_LAZY_KIB ? 0 : beyondFilesKiB;
    }

    /** Adds a kind that overlaps with others, as far as it is in none of them. */
    private static void putPart(Map<Kind, Long> sizes, long usedKiB, Kind kind, long sizeKiB) {
        sizes.put(kind, Math.min(sizeKiB, Math.max(0, usedKiB - sum(sizes))));
    }

    /** The pool less what is free in it; that is told of pages of one size only. */
    private static long hugeInUseKiB(MemInfo memory) {
        long free = memory.kiB("HugePages_Free") * memory.kiB("Hugepagesize");
        return Math.max(0, memory.kiB("Hugetlb") - free);
    }

    /**
     * The balloon, if it is part of MemTotal. If its driver has taken it off MemTotal, MemTotal is
     * smaller by that than what is there; so a balloon that is larger than that difference has not
     * been taken off.
     */
    private static long balloonKiB(MemInfo memory, Elsewhere elsewhere) {
        long balloon = memory.kiB("Balloon");
        balloon = balloon > 0 ? balloon : elsewhere.balloonKiB;
        return balloon > elsewhere.presentKiB - memory.kiB("MemTotal") ? balloon : 0;
    }

    public long sizeKiB(Kind kind) {
        return sizesKiB.get(kind);
    }

    private static long sum(Map<Kind, Long> sizes) {
        long sum = 0;
        for (long size : sizes.values()) {
            sum += size;
        }
        return sum;
    }

    /** The line of the form {@code size 4 BYTES}. */
    static long parseArcKiB(ProcFile arcStats) {
        for (int line = 0; line < arcStats.length(); line = arcStats.nextLine(line)) {
            int type = arcStats.valueOf("size ", line);
            if (type >= 0) {
                return arcStats.number(arcStats.skipBlanks(arcStats.skipWord(type))) / 1024;
            }
        }
        return 0;
    }

    /** What follows the word mem in the lines of TCP and UDP; both versions of IP share them. */
    static long parseSocketPages(ProcFile sockStat) {
        Matcher line = SOCKET_PAGES.matcher(sockStat.text());
        long pages = 0;
        while (line.find()) {
            pages += Long.parseLong(line.group(1));
        }
        return pages;
    }

    /** The third figure of each device's {@code mm_stat}, mem_used_total in bytes. */
    private static long readZramKiB() {
        long bytes = 0;
        String[] devices = new File("/sys/block").list((folder, name) -> name.startsWith("zram"));
        for (String device : devices == null ? new String[0] : devices) {
            ProcFile file = new ProcFile();
            file.read("/sys/block/" + device + "/mm_stat", 4096);
            int at = file.skipBlanks(0);
            for (int field = 1; field < 3; field++) {
                at = file.skipBlanks(file.skipWord(at));
            }
            bytes += file.number(at);
        }
        return bytes / 1024;
    }
}
