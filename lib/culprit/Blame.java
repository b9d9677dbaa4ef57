package culprit;

import procfs.BootClock;
import procfs.Reading;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/**
 * The answer, as values: what ate the memory.
 *
 * @param growth in the right window: the shortest one in which what is named explains at least half
 *     of the way from the lowest use in the next longer window to now; or a longer one in which
 *     what grew steadily explains more
 * @param steady what is named of {@link #growth} and grew steadily, in a window of an hour or more
 * @param slower what grew besides, over a longer window; empty mostly
 * @param sinceBreach what grew since memory is above the threshold; empty where that says no more
 * @param swapChangeKiB by how much swap in use has changed since then
 * @param owners who has memory now
 */
public record Blame(
        Growth growth,
        List<Growth.Item> steady,
        List<Growth> slower,
        List<Growth> sinceBreach,
        long swapChangeKiB,
        Owners owners) {
    private static final long[] WINDOWS_NANOS = {
        TimeUnit.MINUTES.toNanos(10),
        TimeUnit.HOURS.toNanos(1),
        TimeUnit.HOURS.toNanos(6),
        TimeUnit.DAYS.toNanos(1),
        TimeUnit.DAYS.toNanos(7)
    };

    /** This many items of a sort are named. */
    public static final int NAMED = 3;

    /** What grew over a longer window is worth a word if it is this part of the way. */
    private static final double WORTH = 0.25;

    /** What explains less than half of this part of the way in the history is no answer. */
    private static final double LEAST = 0.125;

    /** A leak, as others define it: its size over time is nearly a straight line. */
    private static final double STEADY_R_SQUARED = 0.8;

    private static final int STEADY_MIN_SNAPSHOTS = 6;

    /** What did not grow by half as much in the last quarter as before does not grow any more. */
    private static final double STILL = 1 / 8.0;

    /** While a machine boots and warms up, it fills: that is no news. */
    private static final long BOOT_TICKS = BootClock.TICKS_PER_SECOND * TimeUnit.HOURS.toSeconds(1);

    /**
     * Adds the moment to the history, and blames.
     *
     * @param breachNanos when memory went above the threshold; {@link Reading#nanos} of now where
     *     it has not
     * @param risenNanos when what is to be explained had begun: the windows are before it
     * @param userName gives a user's name
     */
    public static Blame of(
            History history,
            Reading now,
            long breachNanos,
            long risenNanos,
            LongFunction<String> userName) {
        List<CountedOnce.Part> parts = history.add(now);
        List<List<Snapshot>> windows = new ArrayList<>();
        List<Growth> growths = new ArrayList<>();
        int snapshots = 0;
        for (long window : WINDOWS_NANOS) {
            List<Snapshot> from = settled(history.from(risenNanos - window));
            if (from.size() > snapshots) { // else the history is no longer than that
                windows.add(from);
                growths.add(Comparison.of(from, parts, userName));
                snapshots = from.size();
            }
        }
        double way = way(settled(history.all()));
        Growth chosen = growths.get(0);
        for (int i = 1; i < growths.size(); i++) {
            double wayThen = Math.max(LEAST * way, way(windows.get(i)));
            if (explained(chosen) >= Growth.ENOUGH * wayThen) {
                break;
            }
            chosen = explained(growths.get(i)) > explained(chosen) ? growths.get(i) : chosen;
        }
        for (Growth growth : growths) {
            boolean explainsMore = sum(steady(growth, history)) > explained(chosen);
            chosen = growth.nanos() > chosen.nanos() && explainsMore ? growth : chosen;
        }
        List<Growth> slower = new ArrayList<>();
        for (Growth growth : growths) {
            boolean isLonger = growth.nanos() > chosen.nanos();
            Growth more = isLonger ? without(growth, chosen, (long) (WORTH * way)) : null;
            if (slower.isEmpty() && more != null && !more.items().isEmpty()) {
                slower.add(more);
            }
        }
        List<Snapshot> since = history.from(breachNanos);
        long sinceNanos = history.last().nanos() - since.get(0).nanos();
        boolean isShorter = sinceNanos < chosen.nanos();
        boolean isMore = risenNanos == breachNanos ? isShorter : sinceNanos != chosen.nanos();
        return new Blame(
                chosen,
                steady(chosen, history),
                slower,
                isMore ? List.of(Comparison.of(since, parts, userName)) : List.of(),
                history.swapChangeKiB(breachNanos),
                Owners.of(now, parts, userName));
    }

    /** Adds the moment to the history; tells what has been freed and taken since an earlier one. */
    public static Growth since(History history, Reading now, long nanos) {
        List<CountedOnce.Part> parts = history.add(now);
        return Comparison.of(history.from(nanos), parts, Long::toString);
    }

    /** From the last one in the boot on: that is an hour, or half of the time since then. */
    private static List<Snapshot> settled(List<Snapshot> snapshots) {
        int size = snapshots.size();
        long bootTicks = Math.min(BOOT_TICKS, snapshots.get(size - 1).bootTicks() / 2);
        int settled = 0;
        while (settled + 1 < size && snapshots.get(settled + 1).bootTicks() <= bootTicks) {
            settled++;
        }
        return snapshots.subList(settled, size);
    }

    /** How far use has risen from its lowest point. */
    private static long way(List<Snapshot> snapshots) {
        long lowest = Long.MAX_VALUE;
        for (Snapshot snapshot : snapshots) {
            lowest = Math.min(lowest, used(snapshot));
        }
        return used(snapshots.get(snapshots.size() - 1)) - lowest;
    }

    private static long used(Snapshot snapshot) {
        return snapshot.kinds().usedKiB() + snapshot.kinds().swapUsedKiB();
    }

    /** How much is named. */
    private static long explained(Growth growth) {
        long sum = 0;
        for (Growth.Change change : List.of(Growth.Change.GROWN, Growth.Change.NEW)) {
            sum += sum(named(growth, change));
        }
        return sum;
    }

    private static List<Growth.Item> named(Growth growth, Growth.Change change) {
        List<Growth.Item> items = growth.items(change);
        return items.subList(0, Math.min(NAMED, items.size()));
    }

    private static long sum(List<Growth.Item> items) {
        long sum = 0;
        for (Growth.Item item : items) {
            sum += item.sizeKiB();
        }
        return sum;
    }

    /** What grew by so much over a longer window, and is not named for the shorter one. */
    private static Growth without(Growth growth, Growth shorter, long minKiB) {
        List<Growth.Item> more = new ArrayList<>();
        for (Growth.Item item : growth.items(Growth.Change.GROWN)) { // no lambda, see Comparison
            if (item.sizeKiB() >= minKiB && !isNamed(item, shorter)) {
                more.add(item);
            }
        }
        return new Growth(growth.nanos(), growth.riseKiB(), more);
    }

    private static boolean isNamed(Growth.Item item, Growth shorter) {
        for (Growth.Item named : shorter.items()) {
            boolean isSame = named.key().equals(item.key()) || sharesMembers(named, item);
            if (isSame && 2 * named.sizeKiB() >= item.sizeKiB()) {
                return true;
            }
        }
        return false;
    }

    /** Two levels of the same. */
    private static boolean sharesMembers(Growth.Item a, Growth.Item b) {
        for (Growth.Item member : a.members()) {
            for (Growth.Item other : b.members()) {
                if (member.key().equals(other.key())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<Growth.Item> steady(Growth growth, History history) {
        if (growth.nanos() < WINDOWS_NANOS[1]) {
            return List.of();
        }
        List<Snapshot> window = history.from(history.last().nanos() - growth.nanos());
        Snapshot quarter = history.at(history.last().nanos() - growth.nanos() / 4);
        List<Growth.Item> steady = new ArrayList<>();
        for (Growth.Item item : named(growth, Growth.Change.GROWN)) {
            long lastKiB = sizeKiB(history.last(), item) - sizeKiB(quarter, item);
            if (lastKiB >= STILL * item.sizeKiB() && rSquared(item, window) >= STEADY_R_SQUARED) {
                steady.add(item);
            }
        }
        return List.copyOf(steady);
    }

    private static long sizeKiB(Snapshot snapshot, Growth.Item item) {
        long sum = 0;
        boolean isCommand = item.level() == Growth.Level.GROUP && !item.members().isEmpty();
        for (Growth.Item each : isCommand ? item.members() : List.of(item)) {
            Snapshot.Group group = snapshot.groups().get(each.key());
            sum += group == null ? 0 : group.sizeKiB();
        }
        return sum;
    }

    /** How near an item's size over time is to a straight line: 1 is one; 0 if it has no size. */
    private static double rSquared(Growth.Item item, List<Snapshot> window) {
        double n = 0;
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumYy = 0;
        double sumXy = 0;
        for (Snapshot snapshot : window) {
            double x = (snapshot.nanos() - window.get(0).nanos()) / 1e9;
            double y = sizeKiB(snapshot, item);
            n++;
            sumX += x;
            sumY += y;
            sumXx += x * x;
            sumYy += y * y;
            sumXy += x * y;
        }
        double spreadX = n * sumXx - sumX * sumX;
        double spreadY = n * sumYy - sumY * sumY;
        double both = n * sumXy - sumX * sumY;
        boolean isKnown = n >= STEADY_MIN_SNAPSHOTS && spreadX > 0 && spreadY > 0;
        return isKnown ? both * both / (spreadX * spreadY) : 0;
    }
}
