package culprit;

import procfs.ControlGroup;
import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.Stat;
import procfs.Status;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

/**
 * Gives each page of memory to one process, so that what processes have can be added up. The kernel
 * counts a page for each process that maps it, and the machine's or a unit's figure counts it once.
 * What is too much is taken off those that can share, as the rules of this room say: a JVM that
 * systemd has started loses next to nothing, and a forked worker loses what it shares.
 *
 * <p>See proc(5), status and meminfo, and memory.stat in the kernel's cgroup-v2.rst.
 */
final class Sharing {
    /** A unit that is charged, and its processes. */
    private record Unit(ControlGroup charge, List<Share> shares) {}

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final Function<GroupKey, List<Share>> NO_SHARES = key -> new ArrayList<>();
    private static final Comparator<ProcessInfo> BY_PID = Comparator.comparingInt(ProcessInfo::pid);
    private static final Comparator<Share> BY_SIBLINGS =
            Comparator.comparingInt(Sharing::session).thenComparingDouble(share -> -share.size);

    private final Reading reading;

    /** All processes that have memory, by their numbers: neither the kernel's own nor the dead. */
    private final List<Share> shares = new ArrayList<>();

    private final int[] pids;
    private final Map<GroupKey, List<Share>> groups = new HashMap<>();
    private final Map<String, Unit> units = new HashMap<>();

    /** Those that are in no charged unit. */
    private final List<Share> uncharged = new ArrayList<>();

    private Sharing(Reading reading) {
        this.reading = reading;
        for (ControlGroup charge : reading.charges()) {
            if (!charge.isLeftBehind()) {
                units.put(charge.name(), new Unit(charge, new ArrayList<>()));
            }
        }
        List<ProcessInfo> processes = new ArrayList<>(reading.processes());
        processes.removeIf(process -> process.status().sizeKiB() == 0 && !process.isEnding());
        processes.sort(BY_PID);
        pids = processes.stream().mapToInt(ProcessInfo::pid).toArray();
        for (ProcessInfo process : processes) {
            GroupKey key = new GroupKey(process.unit(), process.name());
            List<Share> group = groups.computeIfAbsent(key, NO_SHARES);
            Share share = new Share(process, group.isEmpty() ? key : group.get(0).group);
            Unit unit = units.get(process.unit());
            shares.add(share);
            group.add(share);
            (unit == null ? uncharged : unit.shares).add(share);
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
        MemoryKinds kinds = reading.kinds();
        long lockedKiB = kinds.sizeKiB(Kind.HELD_FILES);
        sharing.mapped(Status::hugeKiB, kinds.hugeInUseKiB(), (share, kiB) -> share.hugeKiB = kiB);
        sharing.mapped(Status::lockedFilesKiB, lockedKiB, (share, kiB) -> share.lockedKiB = kiB);
        return sharing.shares;
    }

    // ---- Own memory, resident and in swap

    private void anon(long unseenKiB) {
        begin(Status::anonKiB);
        findSharable();
        double ofUnits = 0;
        for (Unit unit : units.values()) { // its processes have what was given back lazily, too
            long chargedKiB = unit.charge.anonKiB() + unit.charge.lazyFreeKiB();
            takeOffForked(unit.shares, chargedKiB);
            scaleDown(unit.shares, chargedKiB);
            ofUnits += size(unit.shares);
        }
        long anonPages = reading.kinds().sizeKiB(Kind.PROCESSES) + reading.kinds().lazyFreeKiB();
        double restKiB = Math.max(0, anonPages - unseenKiB - ofUnits);
        takeOffForked(uncharged, restKiB);
        scaleDown(shares, anonPages); // where that is not enough, nobody knows who shares
        end((share, kiB) -> share.anonKiB = kiB);
    }

    private void swap() {
        begin(Status::swapKiB);
        findSharable();
        for (Unit unit : units.values()) {
            if (unit.charge.swapKiB() > 0) { // Debian before 12 charges none
                takeOff(unit.shares, unit.charge.swapKiB());
                for (Share share : unit.shares) {
                    share.slack = Math.min(share.slack, share.size);
                }
            }
        }
        takeOff(shares, reading.kinds().swapUsedKiB() + Math.min(0, beyondMountsKiB()));
        scaleDown(shares, reading.kinds().swapUsedKiB());
        end((share, kiB) -> share.swapKiB = kiB);
    }

    /** Finds the most that each process can share with the one that it was forked from. */
    private void findSharable() {
        List<Share> orphans = new ArrayList<>();
        for (Share share : shares) {
            Stat stat = share.process.stat();
            int parent = Arrays.binarySearch(pids, stat.parentPid());
            boolean isKnown = parent >= 0 && stat.parentPid() != 1; // which may have adopted it
            if (stat.isForked() && isKnown) {
                share.slack = Math.min(share.size, shares.get(parent).size);
                share.from = shares.get(parent).group;
            } else if (stat.isForked()) {
                orphans.add(share);
            }
        }
        orphans.sort(BY_SIBLINGS);
        for (int i = 1; i < orphans.size(); i++) { // a session's largest comes first: it shares 0
            Share share = orphans.get(i);
            boolean hasLarger = session(share) == session(orphans.get(i - 1));
            share.slack = hasLarger ? share.size : 0;
        }
        for (Share share : shares) {
            share.sharableKiB += (long) share.slack;
        }
    }

    private static int session(Share share) {
        return share.process.stat().session();
    }

    /**
     * Takes off what is more than a limit, and where that is not enough, from all that they have:
     * whoever was forked may share it, with a relative that cannot be known.
     */
    private static void takeOffForked(List<Share> some, double limitKiB) {
        takeOff(some, limitKiB);
        for (Share share : some) {
            share.slack = share.process.stat().isForked() ? share.size : 0;
        }
        takeOff(some, limitKiB);
    }

    // ---- Shared memory

    private void shmem() {
        begin(Status::shmemKiB);
        giveToLargest();
        for (Unit unit : units.values()) {
            scaleDown(unit.shares, unit.charge.shmemKiB());
        }
        end((share, kiB) -> share.leastShmemKiB = kiB);
        for (Unit unit : units.values()) {
            fill(unit.shares, Math.min(unit.charge.shmemKiB(), reading.kinds().mappedKiB()));
        }
        long mapped = Math.min(beyondMountsKiB(), reading.kinds().mappedKiB());
        double ofUnits = size(shares) - size(uncharged);
        fill(uncharged, mapped - ofUnits);
        scaleDown(shares, reading.kinds().sizeKiB(Kind.SHARED));
        end((share, kiB) -> share.shmemKiB = kiB);
    }

    /** Shared memory that is in no mount; negative: what mounts have in swap, at least. */
    private long beyondMountsKiB() {
        return reading.kinds().sizeKiB(Kind.SHARED) - TmpfsMount.sumKiB(reading.mounts());
    }

    /** Huge pages, or locked files. */
    private void mapped(ToLongFunction<Status> size, long limitKiB, ObjLongConsumer<Share> part) {
        begin(size);
        giveToLargest();
        fill(shares, limitKiB);
        scaleDown(shares, limitKiB);
        end(part);
    }

    /** Gives all that a group has to its largest process; what the others map is its slack. */
    private void giveToLargest() {
        for (List<Share> group : groups.values()) {
            Share largest = group.get(0);
            double sum = 0;
            for (Share share : group) {
                largest = share.size > largest.size ? share : largest;
                sum += share.size;
            }
            for (Share share : group) {
                share.size = share == largest ? share.size : 0;
            }
            largest.slack = sum - largest.size;
        }
    }

    // ---- All kinds

    /** Begins with another kind, with the raw figure of each process. */
    private void begin(ToLongFunction<Status> size) {
        for (Share share : shares) {
            share.size = size.applyAsLong(share.process.status());
            share.slack = 0;
        }
    }

    /** Ends with it: what each process has is its part. */
    private void end(ObjLongConsumer<Share> part) {
        for (Share share : shares) {
            part.accept(share, (long) share.size);
        }
    }

    /** Takes off what is more than a limit, in proportion to each one's slack. */
    private static void takeOff(List<Share> some, double limitKiB) {
        change(some, Math.min(0, limitKiB - size(some)));
    }

    /** Adds what is missing to a limit, in proportion to each one's slack. */
    private static void fill(List<Share> some, double limitKiB) {
        change(some, Math.max(0, limitKiB - size(some)));
    }

    /** Adds something or takes it off, and nobody's change is more than his slack. */
    private static void change(List<Share> some, double changeKiB) {
        double most = 0;
        for (Share share : some) {
            most += share.slack;
        }
        double ratio = most > 0 ? Math.max(-1, Math.min(1, changeKiB / most)) : 0;
        for (Share share : some) {
            share.size += ratio * share.slack;
        }
    }

    private static void scaleDown(List<Share> some, double limitKiB) {
        double sum = size(some);
        if (sum > limitKiB) {
            for (Share share : some) {
                share.size *= limitKiB / sum;
            }
        }
    }

    private static double size(List<Share> some) {
        double sum = 0;
        for (Share share : some) {
            sum += share.size;
        }
        return sum;
    }
}
