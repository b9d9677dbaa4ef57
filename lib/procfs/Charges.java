package procfs;

import procfs.GroupTree.Group;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * What units, containers and user sessions are charged with: those with the largest charges, see
 * {@link Bounds}. What others are charged with counts for the group around them.
 */
final class Charges {
    /** What is charged to a group itself, and not to those in it, is told from this size on. */
    private static final long OWN_KIB = 1024;

    private static final Comparator<Group> LARGEST_FIRST =
            Comparator.comparingLong((Group group) -> -group.usageKiB)
                    .thenComparing(group -> group.path);

    private final GroupTree tree;
    private final LimitKills limits;
    private final ProcFile file = new ProcFile();
    private boolean isCut;

    Charges(GroupTree tree, LimitKills limits) {
        this.tree = tree;
        this.limits = limits;
    }

    /**
     * What they are charged with now, and what is charged to the groups around them. Groups that
     * end meanwhile are left out.
     *
     * @param usesSwap true if the machine has something in swap
     * @param nowNanos on the clock of {@link System#nanoTime}
     */
    List<ControlGroup> read(boolean usesSwap, long nowNanos) {
        List<Group> groups = largest(usesSwap);
        limits.remember(groups, nowNanos);
        Collections.reverse(groups); // those in a group before it
        List<ControlGroup> charges = new ArrayList<>(groups.size());
        for (Group group : groups) {
            boolean isPart =
                    !group.isRoot() && group.name().text().equals(group.around.name().text());
            ControlGroup all = isPart ? group.inner : charge(group, usesSwap);
            if (isPart) {
                group.around.isCut |= group.isCut;
            } else if (group.inner == null) {
                charges.add(all);
            } else {
                boolean isCut = group.isCut && !group.isRoot();
                ControlGroup own = all.beyond(group.inner, isCut, hasProcesses(group));
                if (own.chargedKiB() >= OWN_KIB) {
                    charges.add(own);
                }
            }
            if (all != null && !group.isRoot()) {
                Group around = group.around;
                around.inner = around.inner == null ? all : around.inner.plus(all);
            }
        }
        return charges;
    }

    /** True if the last look did not reach all groups, see {@link Bounds}. */
    boolean isCut() {
        return isCut;
    }

    /** The groups with the largest charges, each behind the one around it, which has more. */
    private List<Group> largest(boolean usesSwap) {
        List<Group> largest = new ArrayList<>();
        TreeSet<Group> next = new TreeSet<>(LARGEST_FIRST);
        next.add(tree.look());
        while (!next.isEmpty() && largest.size() < Bounds.GROUPS) {
            Group group = next.pollFirst();
            largest.add(group);
            tree.forEachIn(
                    group,
                    child -> {
                        if (readUsage(child, usesSwap)) {
                            next.add(child);
                        }
                        if (next.size() > Bounds.GROUPS) {
                            next.pollLast().around.isCut = true;
                        }
                    });
        }
        for (Group group : next) {
            group.around.isCut = true;
        }
        isCut = false;
        for (Group group : largest) {
            isCut |= group.isCut;
        }
        return largest;
    }

    /** True if processes are in it and not in a group in it: version 1 has such groups. */
    private boolean hasProcesses(Group group) {
        boolean canHave = !tree.isVersion2 && !group.isRoot();
        return canHave && group.read("cgroup.procs", file) && file.length() > 0;
    }

    /** False: memory is not counted here, and in no group in it. */
    private boolean readUsage(Group group, boolean usesSwap) {
        if (!group.read(tree.isVersion2 ? "memory.current" : "memory.usage_in_bytes", file)) {
            return false;
        }
        group.usageKiB = file.number(0) / 1024;
        if (usesSwap && tree.isVersion2 && group.read("memory.swap.current", file)) {
            group.usageKiB += file.number(0) / 1024;
        }
        return true;
    }

    /** What it is charged with, with those in it; nothing if it is gone. */
    private ControlGroup charge(Group group, boolean usesSwap) {
        String name = group.name().text();
        boolean hasSwap = usesSwap && tree.isVersion2 && group.read("memory.swap.current", file);
        long swapKiB = hasSwap ? file.number(0) / 1024 : 0;
        group.read("memory.stat", file);
        return ControlGroup.parse(name, file, tree.isVersion2, swapKiB);
    }
}
