package culprit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Which groups have replaced others: the same processes under another name, what a unit runs now,
 * and containers and sessions that came back. A group whose unit is gone, the smallest first, is
 * replaced by the group of the same command in a new unit that is nearest in size, if the names of
 * the two units differ in numbers only, but not in the user's.
 */
final class Replacements {
    /** What tells two containers, sessions or runs of the same from each other. */
    private static final Pattern NUMBER =
            Pattern.compile(
                    "(?<!user \\d{0,9})"
                            + "((?<=/)[0-9a-f]+\\b|\\br?(?=[a-f]*[0-9])[0-9a-f]+\\b|[0-9]+)");

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final Function<String, List<String>> NO_UNITS = unit -> new ArrayList<>();
    private static final Function<String, List<GroupKey>> NO_KEYS = name -> new ArrayList<>();

    private final Snapshot first;
    private final Snapshot last;
    private final Map<GroupKey, GroupKey> before = new HashMap<>();
    private final Map<GroupKey, GroupKey> after = new HashMap<>();

    /** By name and kind of unit, a group that has replaced another: those in between, too. */
    private final Map<String, GroupKey> lastOfName = new HashMap<>();

    private final Map<String, List<String>> unitsBefore = new HashMap<>();
    private final Set<String> replacedUnits = new HashSet<>();

    /** Finds what was replaced between two moments; of the last, processes have {@code now}. */
    Replacements(Snapshot first, Snapshot last, List<Share> now) {
        this.first = first;
        this.last = last;
        Map<String, GroupKey> alone = alone(last);
        alone(first).forEach((unit, key) -> replace(key, alone.getOrDefault(unit, key)));
        findRenamed(now);
        Map<String, List<GroupKey>> added = withoutUnit(last, first);
        for (Map.Entry<String, List<GroupKey>> gone : withoutUnit(first, last).entrySet()) {
            List<GroupKey> free = added.getOrDefault(gone.getKey(), new ArrayList<>());
            for (GroupKey key : gone.getValue()) {
                if (!free.isEmpty()) {
                    GroupKey nearest = nearest(free, first.group(key).sizeKiB());
                    free.remove(nearest);
                    add(key, nearest);
                }
            }
        }
    }

    /** As many processes with the same largest one are the same group under another name. */
    private void findRenamed(List<Share> now) {
        Map<Integer, GroupKey> gone = new HashMap<>(); // by the PID of the largest process
        for (Map.Entry<GroupKey, Snapshot.Group> group : first.groups().entrySet()) {
            if (!last.groups().containsKey(group.getKey())) {
                gone.put(group.getValue().pid(), group.getKey());
            }
        }
        for (Share share : now) {
            GroupKey old = gone.get(share.process.pid());
            boolean isOld = share.process.stat().startTicks() <= first.bootTicks();
            if (old != null && isOld && !first.groups().containsKey(share.group)) {
                Snapshot.Group group = last.group(share.group);
                boolean isSame = group.pid() == share.process.pid();
                if (isSame && group.count() == first.group(old).count()) {
                    replace(old, share.group);
                }
            }
        }
    }

    /** By unit, the only group that it has. */
    private static Map<String, GroupKey> alone(Snapshot moment) {
        Map<String, GroupKey> alone = new HashMap<>();
        Set<String> others = new HashSet<>(Set.of(""));
        for (GroupKey key : moment.groups().keySet()) {
            if (alone.put(key.unit(), key) != null) {
                others.add(key.unit());
            }
        }
        alone.keySet().removeAll(others);
        return alone;
    }

    private void replace(GroupKey key, GroupKey successor) {
        before.put(successor, key);
        after.put(key, successor);
    }

    private void add(GroupKey key, GroupKey successor) {
        replace(key, successor);
        lastOfName.put(nameAndKind(successor), successor);
        if (replacedUnits.add(key.unit())) {
            unitsBefore.computeIfAbsent(successor.unit(), NO_UNITS).add(key.unit());
        }
    }

    private static String nameAndKind(GroupKey key) {
        return key.name() + "\n" + kind(key.unit());
    }

    /** A unit's name without what tells it from other containers, sessions or runs of the same. */
    static String kind(String unit) {
        return NUMBER.matcher(unit).replaceAll("#");
    }

    /** The group whose place a group has taken; else the group itself. */
    GroupKey before(GroupKey key) {
        return before.getOrDefault(key, key);
    }

    /** The group that has taken a group's place; else the group itself. */
    GroupKey after(GroupKey key) {
        boolean cameAndWent = !last.groups().containsKey(key) && !first.groups().containsKey(key);
        return cameAndWent
                ? lastOfName.getOrDefault(nameAndKind(key), key)
                : after.getOrDefault(key, key);
    }

    /** The units whose place a unit has taken. */
    List<String> unitsBefore(String unit) {
        return unitsBefore.getOrDefault(unit, List.of());
    }

    /** True if another unit has taken a unit's place. */
    boolean isReplaced(String unit) {
        return replacedUnits.contains(unit);
    }

    private GroupKey nearest(List<GroupKey> keys, long sizeKiB) {
        GroupKey nearest = keys.get(0);
        long least = Long.MAX_VALUE;
        for (GroupKey key : keys) {
            long difference = Math.abs(last.group(key).sizeKiB() - sizeKiB);
            nearest = difference < least ? key : nearest;
            least = Math.min(least, difference);
        }
        return nearest;
    }

    /**
     * By name and kind of unit, the groups of a moment whose units are not there at another,
     * smallest first.
     */
    private static Map<String, List<GroupKey>> withoutUnit(Snapshot moment, Snapshot other) {
        Set<String> units = new HashSet<>(other.units().keySet());
        for (GroupKey key : other.groups().keySet()) {
            units.add(key.unit());
        }
        List<GroupKey> keys = new ArrayList<>(moment.groups().keySet());
        keys.removeIf(key -> key.unit().isEmpty() || units.contains(key.unit()));
        keys.sort(Comparator.comparingLong(key -> moment.group(key).sizeKiB()));
        Map<String, List<GroupKey>> byName = new HashMap<>();
        for (GroupKey key : keys) {
            byName.computeIfAbsent(nameAndKind(key), NO_KEYS).add(key);
        }
        return byName;
    }
}
