package procfs;

import procfs.GroupTree.Group;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which control groups were at their limits when the kernel killed processes in them. Without a
 * limit that was reached, a kill is for lack of the machine's memory.
 */
final class LimitKills {
    /** Kills are told at most a minute late, and a look may be a minute old. */
    private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(2);

    /**
     * A group that had a limit when it was seen last.
     *
     * @param inode of its folder: a group that has come back has another one
     */
    private record Limited(GroupName name, long inode, long seenNanos) {}

    /**
     * Counters of a group, with those of the groups in it in version 2, gone or not.
     *
     * @param reached how often a limit was reached
     * @param ownReached how often the group's own was; negative: not told, before Linux 5.2
     * @param kills how many processes have been killed
     */
    private record Events(long reached, long ownReached, long kills) {
        static final Events NONE = new Events(0, 0, 0);

        boolean isNone() {
            return reached == 0 && kills == 0;
        }

        /** What came since then; all of it if the counters have begun again. */
        Events since(Events last) {
            boolean isSame = reached >= last.reached && kills >= last.kills;
            return isSame
                    ? new Events(
                            reached - last.reached,
                            ownReached < 0 ? ownReached : ownReached - last.ownReached,
                            kills - last.kills)
                    : this;
        }
    }

    private final GroupTree tree;
    private final ProcFile file = new ProcFile();

    /** A limit by the name of its group; groups that a unit makes in one of its own share one. */
    private record Owned(String group, Kills.Owner owner) {}

    /** Those that are not 0, by the groups' folders; the oldest first. */
    private final Map<Path, Events> last = new LinkedHashMap<>();

    /** False: there are groups of which old kills cannot be told from new ones. */
    private boolean knowsAll = true;

    /** Groups with a limit, by their folders: a unit in a crash loop comes and goes. */
    private final Map<Path, Limited> limited = new HashMap<>();

    /** Notes what has happened until now. */
    LimitKills(GroupTree tree) {
        this.tree = tree;
        read();
    }

    /** True if there are more groups than it remembers, see {@link Bounds}. */
    boolean isCut() {
        return !knowsAll;
    }

    /** Takes note of groups that are there now. */
    void remember(List<Group> groups, long nowNanos) {
        for (Group group : groups) {
            boolean isKnown = limited.containsKey(group.path);
            if ((isKnown || limited.size() < Bounds.GROUPS_REMEMBERED) && hasLimit(group)) {
                long inode = GroupTree.inode(group.path);
                limited.put(group.path, new Limited(group.name(), inode, nowNanos));
            }
        }
        limited.values().removeIf(each -> nowNanos - each.seenNanos > REMEMBERED_NANOS);
    }

    /**
     * Which groups' limits have killed processes since the last call, or since the beginning. It is
     * for when the kernel has killed something: it reads the groups with new kills, and in version
     * 1 every group.
     */
    List<Kills.Limit> read() {
        Map<Owned, Long> kills = new LinkedHashMap<>();
        last.keySet().removeIf(path -> !Files.exists(path));
        Group root = tree.look();
        look(root, false, kills);
        List<Kills.Limit> limits = new ArrayList<>();
        for (Map.Entry<Owned, Long> each : kills.entrySet()) {
            limits.add(new Kills.Limit(each.getKey().group, each.getKey().owner, each.getValue()));
        }
        return limits;
    }

    /**
     * Looks at a group and those in it: what a group has beyond those in it was its own limit, or
     * that of one that is gone.
     *
     * @param isReachedAround true if the limit of a group around it was reached (version 1)
     * @return what is told of it and those in it
     */
    private Events look(Group group, boolean isReachedAround, Map<Owned, Long> kills) {
        Events total = events(group);
        Events before = last.get(group.path);
        Events rise = total.since(before != null ? before : knowsAll ? Events.NONE : total);
        if (!total.isNone() && !total.equals(before)) {
            note(group.path, total);
        }
        if (tree.isVersion2 && rise.isNone() && !group.isRoot()) {
            return rise;
        }
        boolean isReached = isReachedAround || rise.reached > 0;
        long[] below = new long[2]; // limits that were reached, kills that are told
        tree.forEachIn(
                group,
                child -> {
                    Events told = look(child, isReached, kills);
                    below[0] += told.reached;
                    below[1] += told.kills;
                });
        knowsAll &= !group.isCut;
        boolean isOwn = tree.isVersion2 ? rise.reached > below[0] : isReached;
        long own = tree.isVersion2 ? rise.kills - below[1] : rise.kills;
        boolean isMachine = group.isRoot() && Scope.IS_CONTAINER; // its limit is MemTotal
        if (isOwn && own > 0 && !isMachine) {
            Owned limit = limit(group, rise);
            kills.put(limit, kills.getOrDefault(limit, 0L) + own);
            below[1] += own;
        }
        return new Events(Math.max(rise.reached, below[0]), 0, below[1]);
    }

    private void note(Path path, Events events) {
        if (last.containsKey(path) || last.size() < Bounds.GROUPS_REMEMBERED) {
            last.put(path, events);
        } else {
            knowsAll = false;
        }
    }

    /** The group itself, or the one in it that had a limit and has gone, or gone and come back. */
    private Owned limit(Group group, Events rise) {
        boolean isItself =
                !tree.isVersion2 || (rise.ownReached < 0 ? hasLimit(group) : rise.ownReached > 0);
        if (isItself) {
            return new Owned(group.name().text(), Kills.Owner.ITSELF);
        }
        List<GroupName> gone = new ArrayList<>();
        for (Map.Entry<Path, Limited> each : limited.entrySet()) {
            Path path = each.getKey();
            boolean isSame = GroupTree.inode(path) == each.getValue().inode;
            if (!path.equals(group.path) && path.startsWith(group.path) && !isSame) {
                gone.add(each.getValue().name);
            }
        }
        return gone.size() == 1
                ? new Owned(gone.get(0).text(), Kills.Owner.ITSELF)
                : new Owned(group.name().text(), knowsAll ? Kills.Owner.GONE : Kills.Owner.INNER);
    }

    private boolean hasLimit(Group group) {
        return tree.isVersion2 && group.read("memory.max", file) && file.valueOf("max", 0) < 0;
    }

    private Events events(Group group) {
        if (tree.isVersion2) {
            group.read("memory.events", file);
            long reached = file.figure("oom ");
            long kills = file.figure("oom_kill ");
            boolean isTold = group.read("memory.events.local", file);
            return new Events(reached, isTold ? file.figure("oom ") : -1, kills);
        }
        group.read("memory.failcnt", file);
        long reached = file.number(0);
        group.read("memory.oom_control", file);
        return new Events(reached, -1, file.figure("oom_kill "));
    }
}
