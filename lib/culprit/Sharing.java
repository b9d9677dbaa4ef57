package culprit;

import procfs.ControlGroup;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.Stat;
import procfs.Status;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Gives each page of memory to one process, so that what processes have can be added up.
 *
 * <p><b>Shared after fork.</b> RssAnon counts a page for every process that maps it, AnonPages of
 * meminfo and {@code anon} of a control group count it once. The difference is taken off those that
 * can share, in proportion to what each can share: the smaller RssAnon of a process and its parent,
 * if it has executed no program since. Where the parent has gone, the largest of its session stands
 * in for it. So a JVM that systemd has started loses next to nothing, a forked worker what it
 * shares. VmSwap counts like that, too.
 *
 * <p><b>Shared memory.</b> RssShmem counts likewise, and who shares with whom cannot be seen.
 * Processes of one name in one unit have at least what the largest of them has, and at most the
 * sum. They get the least, and then as much of the rest as somebody must have: a unit's processes
 * up to its {@code shmem}; where that is not known, up to what of Shmem is in no tmpfs and is
 * mapped by somebody. Of huge pages and of locked files, a group has what the largest of its
 * processes has.
 *
 * <p>See proc(5), status and meminfo, and memory.stat in the kernel's cgroup-v2.rst.
 */
final class Sharing {
    /** A process while its shares are worked out. */
    private static final class Part {
        final ProcessInfo process;
        final GroupKey group;

        /** What it has of the kind that is worked out, and by how much that may change. */
        double size;

        double slack;

        // What has been worked out

        long anon;
        long sharable;
        long swap;
        long shmem;
        long leastShmem;
        long huge;
        long locked;

        Part(ProcessInfo process, GroupKey group) {
            this.process = process;
            this.group = group;
        }

        int session() {
            return process.stat().session();
        }
    }

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final Function<String, List<Part>> NO_PARTS = unit -> new ArrayList<>();
    private static final Function<GroupKey, List<Part>> NO_GROUP = key -> new ArrayList<>();
    private static final Comparator<ProcessInfo> BY_PID = Comparator.comparingInt(ProcessInfo::pid);
    private static final Comparator<Part> BY_SIBLINGS =
            Comparator.comparingInt(Part::session).thenComparingDouble(part -> -part.size);

    private final Reading reading;

    /** All processes that have memory, by their numbers: neither the kernel's own nor the dead. */
    private final List<Part> parts;

    private final Map<GroupKey, List<Part>> groups = new HashMap<>();

    /** Of units that are charged: the charge, and their processes. */
    private final Map<String, ControlGroup> charges = new HashMap<>();

    private final Map<String, List<Part>> units = new HashMap<>();

    /** All other processes. */
    private final List<Part> uncharged = new ArrayList<>();

    private Sharing(Reading reading) {
        this.reading = reading;
        for (ControlGroup charge : reading.charges()) {
            if (!charge.isLeftBehind()) {
                charges.put(charge.name(), charge);
            }
        }
        List<ProcessInfo> processes = new ArrayList<>(reading.processes());
        processes.removeIf(process -> process.status().sizeKiB() == 0);
        processes.sort(BY_PID);
        parts = new ArrayList<>(processes.size());
        for (ProcessInfo process : processes) {
            GroupKey key = new GroupKey(process.unit(), process.name());
            List<Part> group = groups.computeIfAbsent(key, NO_GROUP);
            Part part = new Part(process, group.isEmpty() ? key : group.get(0).group);
            parts.add(part);
            group.add(part);
            if (charges.containsKey(process.unit())) {
                units.computeIfAbsent(process.unit(), NO_PARTS).add(part);
            } else {
                uncharged.add(part);
            }
        }
    }

    /**
     * Shares memory among the processes of a moment.
     *
     * @param unseenKiB anonymous memory of processes that cannot be seen
     */
    static List<Share> of(Reading reading, long unseenKiB) {
        Sharing sharing = new Sharing(reading);
        sharing.anon(unseenKiB);
        sharing.swap();
        sharing.shmem();
        sharing.huge();
        sharing.locked();
        return sharing.shares();
    }

    /** What has been worked out. Each part is dropped: the heap holds not much more than either. */
    private List<Share> shares() {
        groups.clear();
        units.clear();
        uncharged.clear();
        List<Share> shares = new ArrayList<>(parts.size());
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.set(i, null);
            shares.add(
                    new Share(
                            part.process,
                            part.group,
                            part.anon,
                            part.sharable,
                            part.shmem,
                            part.leastShmem,
                            part.huge,
                            part.locked,
                            part.swap));
        }
        return shares;
    }

    // ---- Own memory, resident and in swap

    private void anon(long unseenKiB) {
        begin(Status::anonKiB);
        findSharable();
        for (Part part : parts) {
            part.sharable = (long) part.slack;
        }
        double ofUnits = 0;
        for (Map.Entry<String, List<Part>> unit : units.entrySet()) {
            ControlGroup charge = charges.get(unit.getKey());
            long chargedKiB = charge.anonKiB() + charge.lazyFreeKiB(); // its processes have both
            takeOff(unit.getValue(), chargedKiB);
            takeOffForked(unit.getValue(), chargedKiB);
            scaleDown(unit.getValue(), chargedKiB);
            ofUnits += size(unit.getValue());
        }
        long anonPages = reading.kinds().sizeKiB(Kind.PROCESSES) + reading.kinds().lazyFreeKiB();
        double restKiB = Math.max(0, anonPages - unseenKiB - ofUnits);
        takeOff(uncharged, restKiB);
        takeOffForked(uncharged, restKiB);
        scaleDown(parts, anonPages); // where that is not enough, nobody knows who shares
        for (Part part : parts) {
            part.anon = (long) part.size;
        }
    }

    private void swap() {
        begin(Status::swapKiB);
        findSharable();
        takeOff(parts, reading.kinds().swapUsedKiB());
        scaleDown(parts, reading.kinds().swapUsedKiB());
        for (Part part : parts) {
            part.swap = (long) part.size;
        }
    }

    /** Finds the most that each process can share with the one that it was forked from. */
    private void findSharable() {
        List<Part> orphans = new ArrayList<>();
        for (Part part : parts) {
            Stat stat = part.process.stat();
            if (!stat.isForked()) {
                continue;
            }
            Part parent = find(stat.parentPid());
            if (parent != null && stat.parentPid() != 1) { // which may have adopted it
                part.slack = Math.min(part.size, parent.size);
            } else {
                orphans.add(part);
            }
        }
        orphans.sort(BY_SIBLINGS);
        for (int i = 1; i < orphans.size(); i++) { // the largest is the first of its siblings
            Part part = orphans.get(i);
            part.slack = part.session() == orphans.get(i - 1).session() ? part.size : 0;
        }
    }

    /** Null: it has gone. */
    private Part find(int pid) {
        int from = 0;
        int to = parts.size();
        while (from < to) {
            int middle = (from + to) >>> 1;
            from = parts.get(middle).process.pid() < pid ? middle + 1 : from;
            to = parts.get(middle).process.pid() < pid ? to : middle;
        }
        boolean isThere = from < parts.size() && parts.get(from).process.pid() == pid;
        return isThere ? parts.get(from) : null;
    }

    /** Whose parent and siblings cannot be known, may share all it has; who executed, nothing. */
    private static void takeOffForked(List<Part> some, double limitKiB) {
        for (Part part : some) {
            part.slack = part.process.stat().isForked() ? part.size : 0;
        }
        takeOff(some, limitKiB);
    }

    // ---- Shared memory

    private void shmem() {
        begin(Status::shmemKiB);
        giveToLargest();
        for (Map.Entry<String, List<Part>> unit : units.entrySet()) {
            scaleDown(unit.getValue(), charges.get(unit.getKey()).shmemKiB());
        }
        long shmem = reading.kinds().sizeKiB(Kind.SHARED);
        for (Part part : parts) {
            part.leastShmem = (long) part.size;
        }
        for (Map.Entry<String, List<Part>> unit : units.entrySet()) {
            fill(unit.getValue(), charges.get(unit.getKey()).shmemKiB());
        }
        long mapped = shmem;
        for (TmpfsMount mount : reading.mounts()) {
            mapped -= mount.usedKiB();
        }
        mapped = Math.min(mapped, reading.kinds().mappedKiB());
        fill(uncharged, mapped - size(parts) + size(uncharged));
        scaleDown(parts, shmem);
        for (Part part : parts) {
            part.shmem = (long) part.size;
        }
    }

    private void huge() {
        begin(Status::hugeKiB);
        giveToLargest();
        scaleDown(parts, reading.kinds().hugeInUseKiB());
        for (Part part : parts) {
            part.huge = (long) part.size;
        }
    }

    private void locked() {
        begin(Status::lockedFilesKiB);
        giveToLargest();
        scaleDown(parts, reading.kinds().sizeKiB(Kind.HELD_FILES));
        for (Part part : parts) {
            part.locked = (long) part.size;
        }
    }

    /** A group has what the largest of it has; the others are the slack of that one. */
    private void giveToLargest() {
        for (List<Part> group : groups.values()) {
            Part largest = group.get(0);
            double sum = 0;
            for (Part part : group) {
                largest = part.size > largest.size ? part : largest;
                sum += part.size;
            }
            for (Part part : group) {
                part.size = part == largest ? part.size : 0;
            }
            largest.slack = sum - largest.size;
        }
    }

    // ---- All kinds

    /** Begins with another kind: what each process is said to have of it. */
    private void begin(ToLongFunction<Status> size) {
        for (Part part : parts) {
            part.size = size.applyAsLong(part.process.status());
            part.slack = 0;
        }
    }

    /** Takes off what is more than a limit, in proportion to what each of some can share. */
    private static void takeOff(List<Part> some, double limitKiB) {
        change(some, Math.min(0, limitKiB - size(some)));
    }

    /** Adds what is missing to a limit, in proportion to what each of some may have besides. */
    private static void fill(List<Part> some, double limitKiB) {
        change(some, Math.max(0, limitKiB - size(some)));
    }

    /**
     * Adds something, or takes it off, in proportion to each one's slack, and no more than that.
     */
    private static void change(List<Part> some, double changeKiB) {
        double most = 0;
        for (Part part : some) {
            most += part.slack;
        }
        double share = most > 0 ? Math.max(-1, Math.min(1, changeKiB / most)) : 0;
        for (Part part : some) {
            part.size += share * part.slack;
        }
    }

    private static void scaleDown(List<Part> some, double limitKiB) {
        double sum = size(some);
        if (sum > limitKiB) {
            for (Part part : some) {
                part.size *= limitKiB / sum;
            }
        }
    }

    private static double size(List<Part> some) {
        double sum = 0;
        for (Part part : some) {
            sum += part.size;
        }
        return sum;
    }
}
