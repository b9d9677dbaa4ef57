package procfs;

/**
 * What a unit, a container or a user session is charged with, in KiB. Each page is charged to one
 * group, the one that touched it first, until it is freed; see memory.stat in the kernel's
 * Documentation/admin-guide/cgroup-v2.rst. Page cache does not count.
 *
 * @param name as the admin knows it, such as {@code ssh.service}, see {@code GroupName}
 * @param anonKiB anonymous memory, what its processes share counted once, less {@code lazyFreeKiB}
 * @param shmemKiB shared memory and files in tmpfs, whether a process has them mapped or not
 * @param kernelKiB what the kernel holds for it and cannot give back: page tables, stacks, pipes,
 *     slab, …; 0 with version 1
 * @param socketKiB buffers of its network connections; 0 with version 1
 * @param zswapKiB what its compressed pages take
 * @param swapKiB what it has in swap, compressed pages included
 * @param lazyFreeKiB what its processes have given back by MADV_FREE and still map: it is no charge
 * @param isLeftBehind true: what is charged to the group itself, beyond the groups in it; it has
 *     mostly been left behind by groups that are gone
 */
public record ControlGroup(
        String name,
        long anonKiB,
        long shmemKiB,
        long kernelKiB,
        long socketKiB,
        long zswapKiB,
        long swapKiB,
        long lazyFreeKiB,
        boolean isLeftBehind) {
    /** What systemd calls the root of all groups. */
    public static final String ROOT = GroupName.ROOT;

    /** Nothing. */
    static final ControlGroup NONE = new ControlGroup("", 0, 0, 0, 0, 0, 0, 0, false);

    /** All that it is charged with, in memory or in swap. */
    public long chargedKiB() {
        return anonKiB + shmemKiB + kernelKiB + socketKiB + zswapKiB + swapKiB;
    }

    /** Both together, under this one's name. */
    ControlGroup plus(ControlGroup other) {
        return new ControlGroup(
                name,
                anonKiB + other.anonKiB,
                shmemKiB + other.shmemKiB,
                kernelKiB + other.kernelKiB,
                socketKiB + other.socketKiB,
                zswapKiB + other.zswapKiB,
                swapKiB + other.swapKiB,
                lazyFreeKiB + other.lazyFreeKiB,
                isLeftBehind);
    }

    /**
     * What it has beyond groups in it. They are read later, and the kernel's counters lag: what
     * would be negative is 0.
     *
     * @param inner all together
     * @param isPart true: there are more groups in it than these
     * @param hasProcesses true: it has some of its own, and what they have was left by nobody
     */
    ControlGroup beyond(ControlGroup inner, boolean isPart, boolean hasProcesses) {
        return new ControlGroup(
                isPart ? "others in " + name : name,
                Math.max(0, anonKiB - inner.anonKiB),
                Math.max(0, shmemKiB - inner.shmemKiB),
                Math.max(0, kernelKiB - inner.kernelKiB),
                Math.max(0, socketKiB - inner.socketKiB),
                Math.max(0, zswapKiB - inner.zswapKiB),
                Math.max(0, swapKiB - inner.swapKiB),
                Math.max(0, lazyFreeKiB - inner.lazyFreeKiB),
                !isPart && !hasProcesses);
    }

    /**
     * Parses {@code memory.stat} of version 2.
     *
     * @param swapKiB memory.swap.current, which stands in a file of its own
     */
    static ControlGroup parse(String name, ProcFile stat, long swapKiB) {
        long anon = 0;
        long shmem = 0;
        long files = 0;
        long onLists = 0;
        long kernel = -1; // before Linux 5.18
        long parts = 0;
        long reclaimable = 0;
        long sockets = 0;
        long zswap = 0;
        byte[] text = stat.bytes();
        for (int line = 0; line < stat.length(); line = stat.nextLine(line)) {
            switch (text[line]) {
                case 'a' -> {
                    anon += value(stat, "anon ", line);
                    onLists += value(stat, "active_file ", line);
                }
                case 'f' -> files += value(stat, "file ", line);
                case 'i' -> onLists += value(stat, "inactive_file ", line);
                case 'k' -> {
                    int at = stat.valueOf("kernel ", line);
                    kernel = at < 0 ? kernel : stat.number(at);
                    parts += value(stat, "kernel_stack ", line);
                }
                case 'p' -> {
                    parts += value(stat, "pagetables ", line);
                    parts += value(stat, "percpu ", line);
                }
                case 's' -> {
                    parts += value(stat, "sec_pagetables ", line);
                    sockets += value(stat, "sock ", line);
                    shmem += value(stat, "shmem ", line);
                    files -= value(stat, "swapcached ", line);
                    reclaimable += value(stat, "slab_reclaimable ", line);
                    parts += value(stat, "slab_unreclaimable ", line);
                }
                case 'v' -> parts += value(stat, "vmalloc ", line);
                case 'z' -> zswap += value(stat, "zswap ", line);
                default -> {}
            }
        }
        // the kernel charges compressed pages as its own memory, too
        long own = kernel < 0 ? parts : Math.max(0, kernel - reclaimable - zswap);
        long lazyKiB = MemoryKinds.lazyFreeKiB(anon / 1024, onLists / 1024, (files - shmem) / 1024);
        return new ControlGroup(
                name,
                anon / 1024 - lazyKiB,
                shmem / 1024,
                own / 1024,
                sockets / 1024,
                zswap / 1024,
                swapKiB,
                lazyKiB,
                false);
    }

    /**
     * Parses {@code memory.stat} of version 1: the figures of a group with all groups in it. It
     * does not tell what of the kernel's memory could be given back: that is 0.
     */
    static ControlGroup parseVersion1(String name, ProcFile stat) {
        long anon = 0;
        long shmem = 0;
        long swap = 0;
        long files = 0;
        long onLists = 0;
        for (int line = 0; line < stat.length(); line = stat.nextLine(line)) {
            if (stat.bytes()[line] == 't') {
                files += value(stat, "total_cache ", line);
                files -= value(stat, "total_swapcached ", line);
                onLists += value(stat, "total_active_file ", line);
                onLists += value(stat, "total_inactive_file ", line);
                anon += value(stat, "total_rss ", line);
                shmem += value(stat, "total_shmem ", line);
                swap += value(stat, "total_swap ", line);
            }
        }
        long lazyKiB = MemoryKinds.lazyFreeKiB(anon / 1024, onLists / 1024, (files - shmem) / 1024);
        return new ControlGroup(
                name, anon / 1024 - lazyKiB, shmem / 1024, 0, 0, 0, swap / 1024, lazyKiB, false);
    }

    private static long value(ProcFile file, String key, int line) {
        int at = file.valueOf(key, line);
        return at < 0 ? 0 : Math.max(0, file.number(at));
    }
}
