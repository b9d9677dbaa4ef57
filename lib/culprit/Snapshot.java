package culprit;

import procfs.ControlGroup;
import procfs.ControlGroups;
import procfs.MemoryKinds;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.TmpfsMount;

import text.Units;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who had memory at one moment, each page counted once, small enough to be kept for days: groups of
 * processes, units, kinds, and, while it is young, the larger processes. Sizes are in KiB.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param bootTicks the same in clock ticks since the machine was started
 * @param kinds all memory in use, by kind
 * @param mounts the file systems in memory
 * @param groups groups of processes, by their keys
 * @param units units and containers, by their names; empty without a memory controller
 * @param pageTablesKiB the page tables of all processes
 * @param unseenKiB anonymous memory of processes that cannot be seen
 * @param swappedFilesKiB swap that no process has: files in memory, and shared memory
 * @param largest the largest process, in words
 * @param keys the larger processes, see {@link ProcessInfo#key}, in ascending order; none once the
 *     snapshot is old
 * @param sizesKiB what each of them had of its own, what it shares with others included
 * @param namesBytes the heap that names take which the snapshot before does not have
 */
record Snapshot(
        long nanos,
        long bootTicks,
        MemoryKinds kinds,
        List<TmpfsMount> mounts,
        Map<GroupKey, Group> groups,
        Map<String, Unit> units,
        long pageTablesKiB,
        long unseenKiB,
        long swappedFilesKiB,
        String largest,
        long[] keys,
        int[] sizesKiB,
        int namesBytes) {
    /** Smaller processes are no evidence. */
    private static final int MIN_KIB = 512;

    /**
     * What a group of processes has.
     *
     * @param sizeKiB all of it: own memory, swap and page tables
     * @param shmemKiB the shared memory in it
     * @param sharedKiB how much more it would be if pages were counted for each process
     * @param count how many processes it has
     * @param pid the largest of them
     * @param largestKiB what that one has
     */
    record Group(int sizeKiB, int shmemKiB, int sharedKiB, int count, int pid, int largestKiB) {
        private static Group of(CountedOnce.Part part) {
            ProcessInfo process = part.process();
            return new Group(
                    kib(part.sizeKiB()),
                    kib(part.shmemKiB()),
                    kib(process.status().ownKiB() - part.ownKiB()),
                    1,
                    process.pid(),
                    kib(part.sizeKiB()));
        }

        private Group plus(Group other) {
            boolean isLarger = other.largestKiB > largestKiB;
            return new Group(
                    kib((long) sizeKiB + other.sizeKiB),
                    kib((long) shmemKiB + other.shmemKiB),
                    kib((long) sharedKiB + other.sharedKiB),
                    count + other.count,
                    isLarger ? other.pid : pid,
                    isLarger ? other.largestKiB : largestKiB);
        }
    }

    /**
     * What a unit is charged, and what of that its processes do not have.
     *
     * @param chargedKiB all that it is charged
     * @param shmemKiB files in tmpfs, memfd, shared memory that no process maps
     * @param kernelKiB kernel memory but for page tables: pipes, stacks, kernel objects
     * @param socketKiB socket buffers
     * @param isLeftBehind true for what units have left behind that are gone
     */
    record Unit(int chargedKiB, int shmemKiB, int kernelKiB, int socketKiB, boolean isLeftBehind) {}

    /**
     * Takes a snapshot.
     *
     * @param parts the processes' parts of memory
     * @param before the snapshot before this one, to share keys with it; null: there is none
     */
    static Snapshot of(
            Reading moment, List<CountedOnce.Part> parts, long unseenKiB, Snapshot before) {
        Map<GroupKey, Group> groups = new HashMap<>();
        Map<String, long[]> ofUnits = new HashMap<>(); // shared memory and page tables
        long pageTables = 0;
        long swapped = 0;
        CountedOnce.Part largest = null;
        for (CountedOnce.Part part : parts) {
            groups.merge(part.group(), Group.of(part), Group::plus);
            long[] sums = ofUnits.computeIfAbsent(part.process().unit(), unit -> new long[2]);
            sums[0] += part.shmemKiB();
            sums[1] += part.process().status().pageTablesKiB();
            pageTables += part.process().status().pageTablesKiB();
            swapped += part.swapKiB();
            largest = largest == null || part.sizeKiB() > largest.sizeKiB() ? part : largest;
        }
        groups.values().removeIf(group -> group.sizeKiB < MIN_KIB);
        Map<GroupKey, Group> shared = shareKeys(groups, before);
        Map<String, Unit> units = new HashMap<>();
        for (ControlGroup charge : moment.charges()) {
            if (charge.name().equals(ControlGroups.ROOT)) {
                continue; // the rest of the machine is told by its kinds
            }
            long[] sums = ofUnits.getOrDefault(charge.name(), new long[2]);
            units.put(
                    charge.name(),
                    new Unit(
                            kib(charge.chargedKiB()),
                            kib(Math.max(0, charge.shmemKiB() - sums[0])),
                            kib(Math.max(0, charge.kernelKiB() - sums[1])),
                            kib(charge.socketKiB()),
                            charge.isLeftBehind()));
        }
        List<ProcessInfo> large = new ArrayList<>(moment.processes());
        large.removeIf(process -> privateKiB(process) < MIN_KIB);
        large.sort(Comparator.comparingLong(ProcessInfo::key));
        long[] keys = new long[large.size()];
        int[] sizesKiB = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = large.get(i).key();
            sizesKiB[i] = kib(privateKiB(large.get(i)));
        }
        return new Snapshot(
                moment.nanos(),
                moment.clock().bootTicks(),
                moment.kinds(),
                moment.mounts(),
                shared,
                units,
                pageTables,
                unseenKiB,
                Math.max(0, moment.kinds().swapUsedKiB() - swapped),
                largest == null ? "unknown" : describe(largest),
                keys,
                sizesKiB,
                namesBytes(shared, units, moment.mounts(), before));
    }

    /** Names of processes and control groups may be new at each look: any user makes them. */
    private static int namesBytes(
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

    /** Half the room of a long: a history has tens of thousands. What is above 2 TiB is 2 TiB. */
    private static int kib(long sizeKiB) {
        return (int) Math.min(Integer.MAX_VALUE, sizeKiB);
    }

    /** What a process has of its own, what it has forked included. */
    static long privateKiB(ProcessInfo process) {
        return process.status().anonKiB()
                + process.status().swapKiB()
                + process.status().pageTablesKiB();
    }

    /** One key for the whole history. */
    private static Map<GroupKey, Group> shareKeys(Map<GroupKey, Group> groups, Snapshot before) {
        Map<GroupKey, GroupKey> keys = new HashMap<>();
        if (before != null) {
            before.groups.keySet().forEach(key -> keys.put(key, key));
        }
        Map<GroupKey, Group> shared = new HashMap<>();
        groups.forEach((key, group) -> shared.put(keys.getOrDefault(key, key), group));
        return shared;
    }

    private static String describe(CountedOnce.Part part) {
        ProcessInfo process = part.process();
        return process.name() + " (" + process.pid() + ") " + Units.size(part.sizeKiB());
    }

    /** What a process had of its own; 0: it was not there, or small, or the snapshot is old. */
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
        return new Snapshot(
                nanos,
                bootTicks,
                kinds,
                mounts,
                groups,
                units,
                pageTablesKiB,
                unseenKiB,
                swappedFilesKiB,
                largest,
                new long[0],
                new int[0],
                namesBytes);
    }

    /** How much heap it takes, about. */
    int heapBytes() {
        return 2048 + 80 * groups.size() + 80 * units.size() + 12 * keys.length + namesBytes;
    }
}
