package culprit;

import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/**
 * What is known of the past of what grew. It grew steadily if its size over time is nearly a
 * straight line until now: that is a leak.
 */
final class Trend {
    /** What is shorter is no trend. */
    private static final long MIN_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final double MIN_R_SQUARED = 0.8;
    private static final int MIN_SNAPSHOTS = 6;

    /** What grew by less than this part of its growth in the last quarter grows no more. */
    private static final double STILL_GROWS = 1 / 8.0;

    /** What may happen later than this is not told. */
    private static final long SOON_NANOS = TimeUnit.DAYS.toNanos(3);

    // As a constant, the JVM links it when it loads this class, and not in an incident
    private static final BinaryOperator<Integer> SUM = Integer::sum;

    private static final Function<GroupKey, GroupKey> KIND =
            key -> new GroupKey(Replacements.kind(key.unit()), key.name());

    private final History history;
    private final Snapshot oldest;
    private final Map<GroupKey, GroupKey> kinds = new HashMap<>();

    /** Other units that run now are no predecessors of one. */
    private final Set<String> unitsNow = new HashSet<>();

    /** When the processes that run now were started, in clock ticks, by their PIDs. */
    private final Map<Integer, Long> startTicks = new HashMap<>();

    Trend(History history, List<Share> now) {
        this.history = history;
        oldest = history.all().get(0);
        for (Share share : now) {
            startTicks.put(share.process.pid(), share.process.stat().startTicks());
        }
        for (GroupKey key : history.last().groups().keySet()) {
            unitsNow.add(key.unit());
        }
    }

    /** Adds their past to the items that are named: with thousands of units, all take too long. */
    Growth mark(Growth growth) {
        List<Growth.Item> items = new ArrayList<>();
        Map<Growth.Change, Integer> named = new EnumMap<>(Growth.Change.class);
        for (Growth.Item item : growth.items()) {
            boolean isNamed = named.merge(item.change(), 1, SUM) <= Growth.NAMED;
            boolean isHere = isNamed && item.change() != Growth.Change.GONE;
            items.add(isHere ? item.with(course(item, growth.nanos())) : item);
        }
        return growth.with(items);
    }

    private Growth.Course course(Growth.Item item, long windowNanos) {
        long now = history.last().nanos();
        List<Snapshot> window = history.from(now - windowNanos);
        boolean isLong = item.change() == Growth.Change.GROWN && windowNanos >= MIN_NANOS;
        long lastKiB = sizeNowKiB(item) - sizeKiB(history.at(now - windowNanos / 4), item);
        boolean isSteady =
                isLong
                        && lastKiB >= STILL_GROWS * item.sizeKiB()
                        && rSquared(item, window) >= MIN_R_SQUARED;
        Set<GroupKey> keys = new HashSet<>();
        for (Snapshot snapshot : window) {
            keys.add(keyIn(snapshot, item));
        }
        return new Growth.Course(isSteady, isAsBefore(item), keys.size() - 1);
    }

    /**
     * True if it was about as large in two neighbouring snapshots that are older than an hour, and
     * much smaller since.
     */
    private boolean isAsBefore(Growth.Item item) {
        long halfKiB = item.sizeKiB() / 2;
        long largeKiB = sizeNowKiB(item) - halfKiB;
        long beforeKiB = 0;
        long peakKiB = 0;
        for (Snapshot snapshot : history.all()) {
            long sizeKiB = sizeKiB(snapshot, item);
            boolean isLong = history.last().nanos() - snapshot.nanos() >= MIN_NANOS;
            long twoInARowKiB = Math.min(beforeKiB, sizeKiB);
            boolean isPeak = isLong && twoInARowKiB >= largeKiB;
            peakKiB = isPeak ? Math.max(peakKiB, twoInARowKiB) : peakKiB;
            if (sizeKiB < peakKiB - halfKiB) {
                return true;
            }
            beforeKiB = sizeKiB;
        }
        return false;
    }

    /**
     * How much of an item's growth is beyond the most that it had before the window: a daily curve
     * had as much the day before.
     */
    long newsKiB(Growth.Item item, long windowNanos) {
        long most = 0;
        for (Snapshot snapshot : history.all()) {
            if (history.last().nanos() - snapshot.nanos() > windowNanos) {
                most = Math.max(most, sizeKiB(snapshot, item));
            }
        }
        long beyond = sizeNowKiB(item) - most;
        return most == 0 // it had nothing, or nobody knows
                ? item.sizeKiB()
                : Math.max(0, Math.min(beyond, item.sizeKiB()));
    }

    /**
     * How long memory lasts if what grew steadily goes on; empty: for days, or nothing grew
     * steadily that was not as large before.
     */
    static Optional<Long> leftNanos(Growth growth, MemoryKinds kinds) {
        long steadyKiB = 0;
        for (Growth.Item item : growth.items()) {
            Growth.Course course = item.course();
            steadyKiB += course.isSteady() && !course.isAsBefore() ? item.sizeKiB() : 0;
        }
        long freeKiB = kinds.totalKiB() - kinds.usedKiB();
        freeKiB += kinds.swapTotalKiB() - kinds.swapUsedKiB();
        if (steadyKiB <= 0) {
            return Optional.empty();
        }
        double nanos = (double) growth.nanos() / steadyKiB * freeKiB;
        return nanos > SOON_NANOS ? Optional.empty() : Optional.of((long) nanos);
    }

    private long sizeNowKiB(Growth.Item item) {
        return sizeKiB(history.last(), item);
    }

    /**
     * What an item had at a moment: its group, its kind, or the groups that it consists of. Of a
     * process it is its own while it is its group's largest, else the others of the group.
     */
    private long sizeKiB(Snapshot snapshot, Growth.Item item) {
        if (item.level() == Growth.Level.KIND) {
            return kindKiB(snapshot, item.name());
        }
        if (item.level() == Growth.Level.PROCESS
                && snapshot.bootTicks() >= startTicks.getOrDefault(item.pid(), Long.MAX_VALUE)) {
            Snapshot.Group group = snapshot.group(item.key()); // which may have larger ones
            boolean isLargest = group.pid() == item.pid();
            return isLargest ? group.largestKiB() : group.sizeKiB() - group.largestKiB();
        }
        return groupsKiB(snapshot, item.members().isEmpty() ? List.of(item) : item.members());
    }

    /** What groups had; where one is of late, what all of their kinds had. */
    private long groupsKiB(Snapshot snapshot, List<Growth.Item> items) {
        Set<GroupKey> keys = new HashSet<>();
        boolean isOfLate = false;
        for (Growth.Item item : items) {
            keys.add(item.key());
            isOfLate |= !oldest.groups().containsKey(item.key());
        }
        long sum = 0;
        for (GroupKey key : isOfLate ? ofKinds(snapshot, keys) : keys) {
            sum += snapshot.group(key).sizeKiB();
        }
        return sum;
    }

    /** The groups of a moment that are of the same kinds as some others. */
    private List<GroupKey> ofKinds(Snapshot snapshot, Set<GroupKey> others) {
        Set<GroupKey> same = new HashSet<>();
        for (GroupKey other : others) {
            same.add(kindOf(other));
        }
        List<GroupKey> keys = new ArrayList<>();
        for (GroupKey key : snapshot.groups().keySet()) {
            if (same.contains(kindOf(key))) {
                keys.add(key);
            }
        }
        return keys;
    }

    /** What a group has in common with those in earlier containers, sessions or runs. */
    private GroupKey kindOf(GroupKey key) {
        return kinds.computeIfAbsent(key, KIND);
    }

    /** What there was of a kind, or in a mount; 0: unknown, as processes have some of it, too. */
    private static long kindKiB(Snapshot snapshot, String name) {
        if (name.startsWith(Levels.TMPFS + "/")) {
            return Rise.usedKiB(snapshot, name.substring(Levels.TMPFS.length()));
        }
        for (Kind kind : Kind.values()) {
            if (name.equals(kind.label)) {
                return snapshot.kinds().sizeKiB(kind);
            }
        }
        return 0;
    }

    /**
     * Its key at a moment: that of the container of the same command then, if it was the only one.
     */
    private GroupKey keyIn(Snapshot snapshot, Growth.Item item) {
        GroupKey key = item.key();
        boolean isHere = item.unit().isEmpty() || snapshot.groups().containsKey(key);
        if (isHere || item.change() != Growth.Change.GROWN) {
            return key;
        }
        GroupKey before = key;
        for (GroupKey other : snapshot.groups().keySet()) {
            boolean isGone = !other.unit().isEmpty() && !unitsNow.contains(other.unit());
            if (other.name().equals(key.name()) && isGone) {
                if (before != key) {
                    return key;
                }
                before = other;
            }
        }
        return before;
    }

    /**
     * How near an item's size over time is to a straight line: 1 is one; 0 if it has no size. A
     * snapshot counts by the time since the one before, as there are more of the last minutes.
     */
    private double rSquared(Growth.Item item, List<Snapshot> window) {
        double n = 0;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumYy = 0;
        double sumXy = 0;
        double before = 0;
        for (Snapshot snapshot : window) {
            double x = (snapshot.nanos() - window.get(0).nanos()) / 1e9;
            double y = sizeKiB(snapshot, item);
            double weight = x - before;
            n += weight;
            sumX += weight * x;
            sumY += weight * y;
            sumXx += weight * x * x;
            sumYy += weight * y * y;
            sumXy += weight * x * y;
            before = x;
        }
        double spreadX = n * sumXx - sumX * sumX;
        double spreadY = n * sumYy - sumY * sumY;
        double both = n * sumXy - sumX * sumY;
        boolean isKnown = window.size() >= MIN_SNAPSHOTS && spreadX > 0 && spreadY > 0;
        return isKnown ? both * both / (spreadX * spreadY) : 0;
    }
}
