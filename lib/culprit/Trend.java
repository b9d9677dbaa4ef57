package culprit;

import procfs.MemoryKinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What grew steadily: a leak, whose size over time is nearly a straight line until now. */
final class Trend {
    /** What is shorter is no trend. */
    private static final long MIN_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final double MIN_R_SQUARED = 0.8;
    private static final int MIN_SNAPSHOTS = 6;

    /** What did not grow by half as much in the last quarter as before does not grow any more. */
    private static final double STILL_GROWS = 1 / 8.0;

    /** What may happen later than this is not told. */
    private static final long SOON_NANOS = TimeUnit.DAYS.toNanos(3);

    private Trend() {}

    /** Marks which of the items that are named grew steadily. */
    static Growth mark(Growth growth, History history) {
        if (growth.nanos() < MIN_NANOS) {
            return growth;
        }
        long now = history.last().nanos();
        List<Snapshot> window = history.from(now - growth.nanos());
        Snapshot quarter = history.at(now - growth.nanos() / 4);
        List<Growth.Item> items = new ArrayList<>();
        int named = 0;
        for (Growth.Item item : growth.items()) {
            boolean isNamed = item.change() == Growth.Change.GROWN && named++ < Growth.NAMED;
            long lastKiB = sizeKiB(history.last(), item) - sizeKiB(quarter, item);
            boolean isSteady =
                    isNamed
                            && lastKiB >= STILL_GROWS * item.sizeKiB()
                            && rSquared(item, window) >= MIN_R_SQUARED;
            items.add(isSteady ? item.steadily() : item);
        }
        return growth.with(items);
    }

    /**
     * How much of an item's growth is more than it ever had before that: what swings by day has had
     * as much the day before.
     */
    static long newsKiB(Growth.Item item, long windowNanos, History history) {
        long most = 0;
        for (Snapshot snapshot : history.all()) {
            if (history.last().nanos() - snapshot.nanos() > windowNanos) {
                most = Math.max(most, sizeKiB(snapshot, item));
            }
        }
        long beyond = sizeKiB(history.last(), item) - most;
        return most == 0 ? item.sizeKiB() : Math.max(0, Math.min(beyond, item.sizeKiB()));
    }

    /**
     * When what is free is used up, if what grew steadily goes on like that; empty: not soon, or it
     * goes up and down and has been nearly as large before.
     */
    static Optional<Long> leftNanos(Growth growth, MemoryKinds kinds, History history) {
        long steadyKiB = 0;
        for (Growth.Item item : growth.items()) {
            boolean isNews = 2 * newsKiB(item, growth.nanos(), history) >= item.sizeKiB();
            steadyKiB += item.isSteady() && isNews ? item.sizeKiB() : 0;
        }
        long freeKiB = kinds.totalKiB() - kinds.usedKiB();
        freeKiB += kinds.swapTotalKiB() - kinds.swapUsedKiB();
        if (steadyKiB <= 0 || freeKiB < 0) {
            return Optional.empty();
        }
        double nanos = (double) growth.nanos() / steadyKiB * freeKiB;
        return nanos > SOON_NANOS ? Optional.empty() : Optional.of((long) nanos);
    }

    private static long sizeKiB(Snapshot snapshot, Growth.Item item) {
        boolean isCommand = item.level() == Growth.Level.GROUP && !item.members().isEmpty();
        long sum = 0;
        for (Growth.Item each : isCommand ? item.members() : List.of(item)) {
            sum += snapshot.group(each.key()).sizeKiB();
        }
        return sum;
    }

    /** How near an item's size over time is to a straight line: 1 is one; 0 if it has no size. */
    private static double rSquared(Growth.Item item, List<Snapshot> window) {
        double n = window.size();
        double sumX = 0;
        double sumY = 0;
        double sumXx = 0;
        double sumYy = 0;
        double sumXy = 0;
        for (Snapshot snapshot : window) {
            double x = (snapshot.nanos() - window.get(0).nanos()) / 1e9;
            double y = sizeKiB(snapshot, item);
            sumX += x;
            sumY += y;
            sumXx += x * x;
            sumYy += y * y;
            sumXy += x * y;
        }
        double spreadX = n * sumXx - sumX * sumX;
        double spreadY = n * sumYy - sumY * sumY;
        double both = n * sumXy - sumX * sumY;
        boolean isKnown = n >= MIN_SNAPSHOTS && spreadX > 0 && spreadY > 0;
        return isKnown ? both * both / (spreadX * spreadY) : 0;
    }
}
