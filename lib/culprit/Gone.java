package culprit;

import procfs.Stat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;

/**
 * A group whose processes do not run any more, or one of its processes.
 *
 * @param shmemKiB how much of its size was shared memory
 */
record Gone(GroupKey key, int pid, int count, long sizeKiB, long shmemKiB) {
    /** A group's largest process is gone if the group has become smaller by this part of it. */
    private static final double LOST = 0.8;

    // As a constant, the JVM links it when it loads this class, and not in an incident
    private static final BinaryOperator<Gone> LARGER = (a, b) -> a.sizeKiB >= b.sizeKiB ? a : b;

    /**
     * Groups of which no process runs, with the size that they had at their largest; of a group
     * that runs, the process that was its largest then, if it has ended and the group is smaller by
     * most of it.
     */
    static List<Gone> of(List<Snapshot> history, Groups groups, Replacements replacements) {
        Snapshot last = history.get(history.size() - 1);
        Set<GroupKey> running = new HashSet<>();
        Map<Integer, Long> startTicks = new HashMap<>(); // by PID, which may have come again
        for (Groups.Group group : groups.all()) {
            for (Groups.Member member : group.members) {
                Stat stat = member.share().process.stat();
                running.add(group.key);
                startTicks.put(stat.pid(), stat.startTicks());
            }
        }
        Map<GroupKey, Snapshot> most = new HashMap<>();
        for (Snapshot snapshot : history) {
            for (GroupKey key : snapshot.groups().keySet()) {
                Snapshot before = most.getOrDefault(key, snapshot);
                boolean isMore = snapshot.group(key).sizeKiB() > before.group(key).sizeKiB();
                most.put(key, isMore ? snapshot : before);
            }
        }
        Map<GroupKey, Gone> gone = new HashMap<>(); // each process under its largest name only
        for (Map.Entry<GroupKey, Snapshot> each : most.entrySet()) {
            GroupKey key = each.getKey();
            GroupKey successor = replacements.after(key);
            Snapshot.Group group = each.getValue().group(key);
            long size = group.sizeKiB();
            long lost = size - last.group(successor).sizeKiB();
            long runsSince = startTicks.getOrDefault(group.pid(), Long.MAX_VALUE);
            if (runsSince <= each.getValue().bootTicks()) {
                continue; // under this name, or another one
            }
            boolean isAll = !running.contains(successor);
            if (isAll || lost >= LOST * group.largestKiB()) {
                long sizeKiB = isAll ? size : group.largestKiB();
                long shmem = isAll ? group.shmemKiB() : 0; // of one process, it is not known
                int count = isAll ? group.count() : 1;
                GroupKey process = new GroupKey(key.unit(), Integer.toString(group.pid()));
                gone.merge(process, new Gone(key, group.pid(), count, sizeKiB, shmem), LARGER);
            }
        }
        return List.copyOf(gone.values());
    }
}
