package culprit;

import procfs.ControlGroup;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Parts memory among processes so that each page counts once; what each one gets may be added up,
 * by whatever they have in common.
 *
 * <p><b>Shared after fork.</b> RssAnon counts a page for every process that maps it, AnonPages of
 * meminfo and {@code anon} of a control group count it once. The excess, Σ RssAnon less that, is
 * taken off those that can share, in proportion to what each can share: the smaller RssAnon of a
 * process and its parent, if it has executed no program since. Where the parent has gone, the
 * largest sibling (same session, same name) stands in for it. So a JVM that systemd has started
 * loses next to nothing, a forked worker what it shares. A unit's excess is known where the memory
 * controller is on; for all others there is the machine's. VmSwap counts like that, too, and all
 * together there is no more than swap in use.
 *
 * <p><b>Shared memory.</b> RssShmem counts likewise, and who shares with whom is not to be seen.
 * Processes of one name in one unit have at least what the largest of them has, and at most the
 * sum. They are taken to have the least, and then as much of the rest as somebody must have: a
 * unit's processes up to its {@code shmem}; where that is not known, up to what of Shmem is in no
 * tmpfs and is mapped by somebody. All together bear no more than Shmem.
 *
 * <p>See proc(5), status and meminfo, and memory.stat in the kernel's cgroup-v2.rst.
 */
final class CountedOnce {
    /**
     * A process's part.
     *
     * @param process the process
     * @param group the group it belongs to
     * @param anonKiB what it bears of its RssAnon
     * @param shmemKiB what it bears of its RssShmem
     * @param swapKiB what it bears of its VmSwap
     */
    record Part(ProcessInfo process, GroupKey group, long anonKiB, long shmemKiB, long swapKiB) {
        /** Resident memory. */
        long ownKiB() {
            return anonKiB + shmemKiB;
        }

        /** What the machine would get back, swap and page tables included. */
        long sizeKiB() {
            return ownKiB() + swapKiB + process.status().pageTablesKiB();
        }
    }

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final ToLongFunction<ProcessInfo> ANON = process -> process.status().anonKiB();
    private static final ToLongFunction<ProcessInfo> SWAP = process -> process.status().swapKiB();

    private CountedOnce() {}

    /**
     * Parts memory among the processes of a moment.
     *
     * @param unseenKiB anonymous memory of processes that cannot be seen
     * @return a part for each process, in their order
     */
    static List<Part> of(Reading moment, long unseenKiB) {
        List<ProcessInfo> processes = moment.processes();
        double[] anon = new double[processes.size()];
        double[] sharable = sharable(processes, ANON);
        Map<String, ControlGroup> charges = new HashMap<>();
        for (ControlGroup group : moment.charges()) {
            if (!group.isLeftBehind()) {
                charges.put(group.name(), group);
            }
        }
        Map<String, List<Integer>> units = indexes(processes, ProcessInfo::unit);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < anon.length; i++) {
            anon[i] = processes.get(i).status().anonKiB();
            all.add(i);
        }
        List<Integer> uncharged = new ArrayList<>();
        double charged = 0;
        for (Map.Entry<String, List<Integer>> unit : units.entrySet()) {
            ControlGroup charge = charges.get(unit.getKey());
            if (charge == null) {
                uncharged.addAll(unit.getValue());
            } else {
                takeOff(anon, sharable, unit.getValue(), charge.anonKiB());
                scaleDown(anon, unit.getValue(), charge.anonKiB());
                charged += sum(anon, unit.getValue());
            }
        }
        long anonPages = moment.kinds().sizeKiB(Kind.PROCESSES);
        takeOff(anon, sharable, uncharged, Math.max(0, anonPages - unseenKiB - charged));
        if (anonPages > 0) { // else it is not told
            scaleDown(anon, all, anonPages); // where that is not enough, nobody knows who shares
        }

        double[] swap = new double[anon.length];
        for (int i = 0; i < swap.length; i++) {
            swap[i] = processes.get(i).status().swapKiB();
        }
        long swapUsed = moment.kinds().swapUsedKiB();
        if (sum(swap, all) > swapUsed) {
            takeOff(swap, sharable(processes, SWAP), all, swapUsed);
            scaleDown(swap, all, swapUsed);
        }

        double[] shmem = new double[anon.length];
        double[] rest = new double[anon.length]; // what the largest of a group may bear besides
        GroupKey[] keys = new GroupKey[anon.length];
        Map<GroupKey, List<Integer>> groups =
                indexes(processes, process -> new GroupKey(process.unit(), process.name()));
        for (Map.Entry<GroupKey, List<Integer>> entry : groups.entrySet()) {
            List<Integer> group = entry.getValue();
            group.forEach(i -> keys[i] = entry.getKey());
            int largest = group.get(0);
            for (int i : group) {
                largest =
                        processes.get(i).status().shmemKiB()
                                        > processes.get(largest).status().shmemKiB()
                                ? i
                                : largest;
            }
            shmem[largest] = processes.get(largest).status().shmemKiB();
            rest[largest] = -shmem[largest];
            for (int i : group) {
                rest[largest] += processes.get(i).status().shmemKiB();
            }
        }
        for (Map.Entry<String, List<Integer>> unit : units.entrySet()) {
            ControlGroup charge = charges.get(unit.getKey());
            if (charge != null) {
                scaleDown(shmem, unit.getValue(), charge.shmemKiB());
                fill(shmem, rest, unit.getValue(), charge.shmemKiB());
            }
        }
        long mapped = moment.kinds().sizeKiB(Kind.SHARED);
        for (TmpfsMount mount : moment.mounts()) {
            mapped -= mount.usedKiB();
        }
        mapped = Math.min(mapped, moment.kinds().mappedKiB());
        fill(shmem, rest, uncharged, mapped - sum(shmem, all) + sum(shmem, uncharged));
        scaleDown(shmem, all, moment.kinds().sizeKiB(Kind.SHARED));

        List<Part> parts = new ArrayList<>(anon.length);
        for (int i = 0; i < anon.length; i++) {
            ProcessInfo process = processes.get(i);
            parts.add(new Part(process, keys[i], (long) anon[i], (long) shmem[i], (long) swap[i]));
        }
        return parts;
    }

    /** The most of a size that each process can share with the one that it was forked from. */
    private static double[] sharable(
            List<ProcessInfo> processes, ToLongFunction<ProcessInfo> size) {
        Map<Integer, ProcessInfo> byPid = new HashMap<>();
        processes.forEach(process -> byPid.put(process.pid(), process));
        double[] sharable = new double[processes.size()];
        Map<String, Integer> largest = new HashMap<>(); // of siblings whose parent has gone
        for (int i = 0; i < sharable.length; i++) {
            ProcessInfo process = processes.get(i);
            if (!process.stat().isForked()) {
                continue;
            }
            long own = size.applyAsLong(process);
            ProcessInfo parent = byPid.get(process.stat().parentPid());
            if (parent != null
                    && (parent.stat().session() == process.stat().session() || parent.pid() != 1)) {
                sharable[i] = Math.min(own, size.applyAsLong(parent));
                continue;
            }
            String siblings = process.stat().session() + " " + process.name();
            Integer before = largest.putIfAbsent(siblings, i);
            if (before != null) {
                boolean isLarger = own > size.applyAsLong(processes.get(before));
                int smaller = isLarger ? before : i;
                sharable[smaller] = size.applyAsLong(processes.get(smaller));
                largest.put(siblings, isLarger ? i : before);
            }
        }
        return sharable;
    }

    /** Takes off what is more than a limit, in proportion to what each of some can share. */
    private static void takeOff(
            double[] sizes, double[] sharable, List<Integer> members, double limitKiB) {
        double excess = sum(sizes, members) - limitKiB;
        double most = sum(sharable, members);
        if (excess > 0 && most > 0) {
            double part = Math.min(1, excess / most);
            for (int i : members) { // no lambda: an incident may be the first to come here
                sizes[i] -= part * sharable[i];
            }
        }
    }

    private static void scaleDown(double[] sizes, List<Integer> members, double limitKiB) {
        double sum = sum(sizes, members);
        if (sum > limitKiB) {
            for (int i : members) {
                sizes[i] *= limitKiB / sum;
            }
        }
    }

    /** Adds what is missing to a limit, in proportion to what each of some may have besides. */
    private static void fill(
            double[] sizes, double[] rest, List<Integer> members, double limitKiB) {
        double missing = limitKiB - sum(sizes, members);
        double most = sum(rest, members);
        if (missing > 0 && most > 0) {
            double part = Math.min(1, missing / most);
            for (int i : members) {
                sizes[i] += part * rest[i];
            }
        }
    }

    private static double sum(double[] sizes, List<Integer> members) {
        double sum = 0;
        for (int i : members) {
            sum += sizes[i];
        }
        return sum;
    }

    private static <K> Map<K, List<Integer>> indexes(
            List<ProcessInfo> processes, Function<ProcessInfo, K> key) {
        Map<K, List<Integer>> indexes = new HashMap<>();
        for (int i = 0; i < processes.size(); i++) {
            indexes.computeIfAbsent(key.apply(processes.get(i)), k -> new ArrayList<>()).add(i);
        }
        return indexes;
    }
}
