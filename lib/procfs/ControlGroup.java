package procfs;

import java.util.Map;

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
    public static final String ROOT = "-.slice";

    /** All that it is charged with, in memory or in swap. */
    public long chargedKiB() {
        return anonKiB + shmemKiB + kernelKiB + socketKiB + zswapKiB + swapKiB;
    }

    /** Both together, under this one's name. */
    ControlGroup plus(ControlGroup other) {
        return with(name, other, 1, isLeftBehind);
    }

    /**
     * What it has beyond groups in it.
     *
     * @param inner all together
     * @param isPart true: there are more groups in it than these
     * @param hasProcesses true: it has some of its own, and what they have was left by nobody
     */
    ControlGroup beyond(ControlGroup inner, boolean isPart, boolean hasProcesses) {
        return with(isPart ? "others in " + name : name, inner, -1, !isPart && !hasProcesses);
    }

    /** Adds or takes off what groups in it have, as far as it has that: they were read before. */
    private ControlGroup with(String name, ControlGroup other, int sign, boolean isLeftBehind) {
        return new ControlGroup(
                name,
                Math.max(0, anonKiB + sign * other.anonKiB),
                Math.max(0, shmemKiB + sign * other.shmemKiB),
                Math.max(0, kernelKiB + sign * other.kernelKiB),
                Math.max(0, socketKiB + sign * other.socketKiB),
                Math.max(0, zswapKiB + sign * other.zswapKiB),
                Math.max(0, swapKiB + sign * other.swapKiB),
                Math.max(0, lazyFreeKiB + sign * other.lazyFreeKiB),
                isLeftBehind);
    }

    /**
     * Parses {@code memory.stat}, of version 1 the figures of a group with all groups in it. That
     * has no lines kernel, sock and zswap, and does not tell what could be given back of slab.
     *
     * @param swapKiB memory.swap.current of version 2, which stands in a file of its own
     */
    static ControlGroup parse(String name, ProcFile file, boolean isVersion2, long swapKiB) {
        Map<String, Long> stat = file.figures(' ');
        String all = isVersion2 ? "" : "total_";
        long zswap = value(stat, "zswap");
        // Compressed pages are charged as the kernel's own memory, too
        long kernel = value(stat, "kernel") - value(stat, "slab_reclaimable") - zswap;
        long anonKiB = value(stat, isVersion2 ? "anon" : "total_rss") / 1024;
        long shmem = value(stat, all + "shmem");
        long cache = value(stat, isVersion2 ? "file" : "total_cache");
        long files = cache - value(stat, all + "swapcached") - shmem;
        long onLists = value(stat, all + "active_file") + value(stat, all + "inactive_file");
        long lazyKiB = MemoryKinds.lazyFreeKiB(anonKiB, onLists / 1024, files / 1024);
        return new ControlGroup(
                name,
                anonKiB - lazyKiB,
                shmem / 1024,
                Math.max(0, kernel) / 1024,
                value(stat, "sock") / 1024,
                zswap / 1024,
                isVersion2 ? swapKiB : value(stat, "total_swap") / 1024,
                lazyKiB,
                false);
    }

    private static long value(Map<String, Long> stat, String key) {
        return Math.max(0, stat.getOrDefault(key, 0L));
    }
}
