package culprit;

import procfs.ControlGroup;
import procfs.MemoryKinds;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.Status;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who had memory at one moment, small enough to be kept for days: groups of processes, units,
 * kinds, and, while it is young, the larger processes. Sizes are in KiB.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param bootTicks when, in clock ticks since the boot, as start times of processes are; {@link
 *     #EARLIER_BOOT}: before the boot
 * @param gapNanos for how long before it the program did not run
 * @param kinds all memory in use, by kind
 * @param mounts the file systems in memory
 * @param groups groups of processes, by their keys
 * @param units units and containers, by their names; empty without a memory controller
 * @param stacksKiB the kernel stacks of all processes
 * @param unseenKiB anonymous memory of processes that cannot be seen
 * @param swappedFilesKiB swap that no process has: files in memory, and shared memory
 * @param keys the larger processes, see {@link ProcessInfo#key}, in ascending order; none once the
 *     snapshot is old
 * @param sizesKiB what {@link #privateKiB} gave of each
 * @param namesBytes the heap of those names that the snapshot before does not have
 */
record Snapshot(
        long nanos,
        long bootTicks,
        long gapNanos,
        MemoryKinds kinds,
        List<TmpfsMount> mounts,
        Map<GroupKey, Group> groups,
        Map<String, Unit> units,
        long stacksKiB,
        long unseenKiB,
        long swappedFilesKiB,
        long[] keys,
        int[] sizesKiB,
        int namesBytes) {
    /** Smaller processes are no evidence. */
    private static final int MIN_KIB = 512;

    /** 2 TiB, the most that an int holds. Raw figures of many processes can be more. */
    static final int MOST_KIB = Integer.MAX_VALUE;

    /** In place of clock ticks: all processes that run now were started later. */
    static final long EARLIER_BOOT = -1;

    /**
     * What a group of processes has. Raw sizes count a page for each process that maps it, the
     * others once.
     *
     * @param ownKiB anonymous memory, resident or in swap
     * @param rawOwnKiB the same as RssAnon and VmSwap have it
     * @param shmemKiB shared memory
     * @param leastShmemKiB what of it is certain
     * @param rawMappedKiB shared memory, huge pages and locked files, as the kernel has them
     * @param hugeKiB huge pages
     * @param lockedKiB files that it has locked in memory
     * @param kernelKiB page tables, kernel stacks and what threads take of slab
     * @param count how many processes it has
     * @param pid the largest of them
     * @param largestKiB what that one has
     */
    record Group(
            int ownKiB,
            int rawOwnKiB,
            int shmemKiB,
            int leastShmemKiB,
            int rawMappedKiB,
            int hugeKiB,
            int lockedKiB,
            int kernelKiB,
            int count,
            int pid,
            int largestKiB) {
        static final Group NONE = new Group(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        private static Group of(Share share) {
            Status status = share.process.status();
            return new Group(
                    kib(share.anonKiB + share.swapKiB),
                    kib(status.anonKiB() + status.swapKiB()),
                    kib(share.shmemKiB),
                    kib(share.leastShmemKiB),
                    kib(status.shmemKiB() + status.hugeKiB() + status.lockedFilesKiB()),
                    kib(share.hugeKiB),
                    kib(share.lockedKiB),
                    kib(status.kernelKiB()),
                    1,
                    share.process.pid(),
                    kib(share.sizeKiB()));
        }

        Group plus(Group other) {
            boolean isLarger = other.largestKiB > largestKiB;
            return new Group(
                    kib((long) ownKiB + other.ownKiB),
                    kib((long) rawOwnKiB + other.rawOwnKiB),
                    kib((long) shmemKiB + other.shmemKiB),
                    kib((long) leastShmemKiB + other.leastShmemKiB),
                    kib((long) rawMappedKiB + other.rawMappedKiB),
                    kib((long) hugeKiB + other.hugeKiB),
                    kib((long) lockedKiB + other.lockedKiB),
                    kib((long) kernelKiB + other.kernelKiB),
                    count + other.count,
                    isLarger ? other.pid : pid,
                    isLarger ? other.largestKiB : largestKiB);
        }

        /** All of it. */
        long sizeKiB() {
            return (long) ownKiB + shmemKiB + hugeKiB + lockedKiB + kernelKiB;
        }

        /** True if its processes share a tenth of what they have. */
        boolean isShared() {
            return (long) rawOwnKiB + rawMappedKiB + kernelKiB - sizeKiB() > sizeKiB() / 10;
        }
    }

    /**
     * What a unit is charged.
     *
     * @param ownKiB anonymous memory of it, resident or in swap
     * @param shmemKiB its shared memory and files in memory
     * @param kernelKiB kernel memory beyond page tables and stacks of its processes, such as pipes
     *     and kernel objects
     * @param socketKiB socket buffers
     * @param isLeftBehind true for what units have left behind that are gone
     */
    record Unit(int ownKiB, int shmemKiB, int kernelKiB, int socketKiB, boolean isLeftBehind) {
        static final Unit NONE = new Unit(0, 0, 0, 0, false);
    }

    /**
     * Takes a snapshot.
     *
     * @param shares what the reading's processes have
     * @param before the snapshot before this one, to share keys with it; null: there is none
     */
    static Snapshot of(Reading reading, List<Share> shares, long unseenKiB, Snapshot before) {
        Map<GroupKey, Group> groups = new HashMap<>();
        Map<String, Long> kernelOfUnits = new HashMap<>();
        Map<String, Long> swapOfUnits = new HashMap<>();
        long stacks = 0;
        long swapped = 0;
        List<ProcessInfo> large = new ArrayList<>();
        for (Share share : shares) {
            Status status = share.process.status();
            groups.merge(share.group, Group.of(share), Group::plus);
            kernelOfUnits.merge(share.group.unit(), status.kernelKiB(), Long::sum);
            swapOfUnits.merge(share.group.unit(), share.swapKiB, Long::sum);
            stacks += status.stacksKiB();
            swapped += share.swapKiB;
            if (privateKiB(share.process) >= MIN_KIB) {
                large.add(share.process);
            }
        }
        groups.values().removeIf(group -> group.sizeKiB() < MIN_KIB);
        Map<GroupKey, Group> shared = shareKeys(groups, before);
        Map<String, Unit> units = new HashMap<>();
        for (ControlGroup charge : reading.charges()) {
            if (!charge.name().equals(ControlGroup.ROOT)) { // the rest is told by its kinds
                // Of swap, what its processes have: the charge has files, too, or is none
                long swapKiB = swapOfUnits.getOrDefault(charge.name(), 0L);
                int ownKiB = kib(charge.anonKiB() + swapKiB);
                int shmemKiB = kib(charge.shmemKiB());
                long ofProcesses = kernelOfUnits.getOrDefault(charge.name(), 0L);
                int kernelKiB = kib(Math.max(0, charge.kernelKiB() - ofProcesses));
                int socketKiB = kib(charge.socketKiB());
                boolean isLeft = charge.isLeftBehind();
                units.put(charge.name(), new Unit(ownKiB, shmemKiB, kernelKiB, socketKiB, isLeft));
            }
        }
        large.sort(Comparator.comparingLong(ProcessInfo::key));
        long[] keys = new long[large.size()];
        int[] sizesKiB = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = large.get(i).key();
            sizesKiB[i] = kib(privateKiB(large.get(i)));
        }
        return new Snapshot(
                reading.nanos(),
                reading.clock().startClockTicks(),
                0,
                reading.kinds(),
                reading.mounts(),
                shared,
                units,
                stacks,
                unseenKiB,
                Math.max(0, reading.kinds().swapUsedKiB() - swapped),
                keys,
                sizesKiB,
                namesBytes(shared, units, reading.mounts(), before));
    }

    /** Names of processes and control groups may be new at each look: any user makes them. */
    static int namesBytes(
            Map<GroupKey, Group> groups,
            Map<String, Unit> units,
            List<TmpfsMount> mounts,
            Snapshot before) {
        int bytes = 0;
        for (GroupKey key : groups.keySet()) {
            boolean isKnown = before != null && before.groups.containsKey(key);
            bytes += isKnown ? 0 : 24 + stringBytes(key.name());
        }
        for (String unit : units.keySet()) {
            boolean isKnown = before != null && before.units.containsKey(unit);
            bytes += isKnown ? 0 : stringBytes(unit);
        }
        for (TmpfsMount mount : mounts) {
            bytes += 32 + stringBytes(mount.path());
        }
        return bytes;
    }

    private static int stringBytes(String text) {
        return 48 + 2 * text.length(); // one byte a letter, if all are of ISO 8859-1
    }

    /** An int takes half the room of a long, which counts in a history. */
    static int kib(long sizeKiB) {
        return (int) Math.min(MOST_KIB, sizeKiB);
    }

    /** Anonymous memory, swap and kernel memory of a process, with what it shares after fork(2). */
    static long privateKiB(ProcessInfo process) {
        Status status = process.status();
        return status.anonKiB() + status.swapKiB() + status.kernelKiB();
    }

    /** Takes the keys of the snapshot before, where they are equal: to save heap. */
    static Map<GroupKey, Group> shareKeys(Map<GroupKey, Group> groups, Snapshot before) {
        Map<GroupKey, GroupKey> keys = new HashMap<>();
        if (before != null) {
            before.groups.keySet().forEach(key -> keys.put(key, key));
        }
        Map<GroupKey, Group> shared = new HashMap<>();
        groups.forEach((key, group) -> shared.put(keys.getOrDefault(key, key), group));
        return shared;
    }

    /** Memory and swap in use. */
    long usedKiB() {
        return kinds.usedKiB() + kinds.swapUsedKiB();
    }

    /** A group; an empty one, if it is not there. */
    Group group(GroupKey key) {
        return groups.getOrDefault(key, Group.NONE);
    }

    /** A unit; one without charges, if it is not there. */
    Unit unit(String name) {
        return units.getOrDefault(name, Unit.NONE);
    }

    /**
     * What {@link #privateKiB(ProcessInfo)} was of a process then; 0: it did not run, or was small,
     * or the snapshot is old.
     */
    int privateKiB(long key) {
        int index = Arrays.binarySearch(keys, key);
        return index < 0 ? 0 : sizesKiB[index];
    }

    /** True while it knows processes, and not only groups. */
    boolean knowsProcesses() {
        return keys.length > 0;
    }

    /** The snapshot without its processes. */
    Snapshot withoutProcesses() {
        return with(nanos, bootTicks, gapNanos, units, new long[0], new int[0]);
    }

    /** The snapshot with a gap before it. */
    Snapshot withGap(long gapNanos) {
        return with(nanos, bootTicks, gapNanos, units, keys, sizesKiB);
    }

    /** The snapshot as one from before the boot. */
    Snapshot ofEarlierBoot(long nanos) {
        return with(nanos, EARLIER_BOOT, gapNanos, units, new long[0], new int[0]);
    }

    /** The snapshot as one of a machine without a memory controller. */
    Snapshot withoutUnits() {
        return with(nanos, bootTicks, gapNanos, Map.of(), keys, sizesKiB);
    }

    private Snapshot with(
            long nanos,
            long bootTicks,
            long gapNanos,
            Map<String, Unit> units,
            long[] keys,
            int[] sizesKiB) {
        return new Snapshot(
                nanos,
                bootTicks,
                gapNanos,
                kinds,
                mounts,
                groups,
                units,
                stacksKiB,
                unseenKiB,
                swappedFilesKiB,
                keys,
                sizesKiB,
                namesBytes);
    }

    /** How much heap it takes, about. */
    int heapBytes() {
        return 2048 + 96 * groups.size() + 88 * units.size() + 12 * keys.length + namesBytes;
    }
}
