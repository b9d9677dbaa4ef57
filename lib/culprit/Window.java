package culprit;

import procfs.BootClock;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/**
 * Which of five windows answers: from the shortest on, the one whose named items explain most so
 * far, as soon as that is half of the climb of the next; or a longer one in which what grew
 * steadily explains more. The climb of a window is what use has risen by since it was lowest in
 * that window. Its components are those of {@link Answer}.
 */
record Window(Growth growth, Optional<Growth> slower, Optional<Growth> latest) {
    static final long[] NANOS = {
        TimeUnit.MINUTES.toNanos(10),
        TimeUnit.HOURS.toNanos(1),
        TimeUnit.HOURS.toNanos(6),
        TimeUnit.DAYS.toNanos(1),
        TimeUnit.DAYS.toNanos(7)
    };

    /** A window that explains this part of the climb is the answer. */
    private static final double ENOUGH = 0.5;

    /** What grew over a longer window is told beside if it is this part of the climb of all. */
    private static final double WORTH = 0.25;

    /** A climb counts as at least this part of the climb of the whole history. */
    private static final double LEAST = 0.125;

    /** An item is no news if the shorter window names it with this part of its size. */
    private static final double TOLD = 0.5;

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final ToLongFunction<Growth.Item> ALL = Growth.Item::sizeKiB;
    private static final ToLongFunction<Growth.Item> STEADY =
            item -> item.course().isSteady() ? item.sizeKiB() : 0;

    /** While a machine boots and warms up, it fills: that is no news. */
    private static final long BOOT_TICKS = BootClock.TICKS_PER_SECOND * TimeUnit.HOURS.toSeconds(1);

    /** Finds the window; see {@link Answer#of}. */
    static Window of(
            History history, List<Share> now, long risenNanos, LongFunction<String> userName) {
        Trend trend = new Trend(history, now);
        List<List<Snapshot>> windows = new ArrayList<>();
        List<Growth> growths = new ArrayList<>();
        int snapshots = 0;
        for (long window : NANOS) {
            List<Snapshot> from = settled(history.from(risenNanos - window), risenNanos);
            if (from.size() > snapshots) { // else the history is no longer than that
                boolean isFirst = snapshots == 0;
                snapshots = from.size();
                Growth growth = Levels.of(from, now, userName);
                if (isFirst && fellAndRose(from, growth)) {
                    List<Snapshot> rise = from.subList(lowest(from), snapshots);
                    Growth risen = Levels.of(rise, now, userName);
                    boolean isMore = explainedKiB(risen, ALL) > explainedKiB(growth, ALL);
                    from = isMore ? rise : from;
                    growth = isMore ? risen : growth;
                }
                windows.add(from);
                growths.add(trend.mark(growth));
            }
        }
        double climbOfAll = climbKiB(settled(history.all(), risenNanos));
        List<Long> explained = new ArrayList<>();
        for (Growth growth : growths) {
            explained.add(explainedKiB(growth, item -> trend.newsKiB(item, growth.nanos())));
        }
        if (Collections.max(explained) < LEAST * climbOfAll) { // all was as large before
            explained.clear();
            for (Growth growth : growths) {
                explained.add(explainedKiB(growth, ALL));
            }
        }
        int best = 0;
        for (int i = 1; i < growths.size(); i++) {
            double climb = Math.max(LEAST * climbOfAll, climbKiB(windows.get(i)));
            if (explained.get(best) >= ENOUGH * climb) {
                break;
            }
            best = explained.get(i) > explained.get(best) ? i : best;
        }
        for (int i = best + 1; i < growths.size(); i++) {
            best = explainedKiB(growths.get(i), STEADY) > explained.get(best) ? i : best;
        }
        Growth chosen = growths.get(best);
        Optional<Growth> slower = Optional.empty();
        for (int i = best + 1; i < growths.size() && slower.isEmpty(); i++) {
            Growth more = besides(growths.get(i), chosen, (long) (WORTH * climbOfAll));
            slower = more.items().isEmpty() ? slower : Optional.of(more);
        }
        Optional<Growth> latest = best == 0 ? Optional.empty() : Optional.of(growths.get(0));
        return new Window(chosen, slower, latest);
    }

    /**
     * Without the boot, that is an hour, or half of the time until memory had risen: from the last
     * snapshot in it on, and what is known of the time before.
     */
    private static List<Snapshot> settled(List<Snapshot> snapshots, long risenNanos) {
        int size = snapshots.size();
        Snapshot last = snapshots.get(size - 1);
        long sinceTicks = (last.nanos() - risenNanos) / BootClock.NANOS_PER_TICK;
        long bootTicks = Math.min(BOOT_TICKS, Math.max(0, last.bootTicks() - sinceTicks) / 2);
        if (snapshots.get(0).bootTicks() == Snapshot.EARLIER_BOOT) {
            List<Snapshot> settled = new ArrayList<>(snapshots);
            settled.removeIf(s -> s.bootTicks() >= 0 && s.bootTicks() <= bootTicks);
            return settled;
        }
        int settled = 0;
        while (settled + 1 < size && snapshots.get(settled + 1).bootTicks() <= bootTicks) {
            settled++;
        }
        return snapshots.subList(settled, size);
    }

    /** What use has risen by since it was lowest. */
    private static long climbKiB(List<Snapshot> snapshots) {
        Snapshot last = snapshots.get(snapshots.size() - 1);
        return last.usedKiB() - snapshots.get(lowest(snapshots)).usedKiB();
    }

    /** True if use fell in a window and rose again, which what grew in it does not explain. */
    private static boolean fellAndRose(List<Snapshot> window, Growth growth) {
        double half = ENOUGH * climbKiB(window);
        long fallKiB = window.get(0).usedKiB() - window.get(lowest(window)).usedKiB();
        return fallKiB > half && explainedKiB(growth, ALL) < half;
    }

    /** When use was lowest, for the last time. */
    private static int lowest(List<Snapshot> snapshots) {
        int lowest = 0;
        for (int i = 1; i < snapshots.size(); i++) {
            boolean isLower = snapshots.get(i).usedKiB() <= snapshots.get(lowest).usedKiB();
            lowest = isLower ? i : lowest;
        }
        return lowest;
    }

    /** The sum of a part of each item that is named. */
    private static long explainedKiB(Growth growth, ToLongFunction<Growth.Item> part) {
        long sum = 0;
        for (Growth.Change change : List.of(Growth.Change.GROWN, Growth.Change.NEW)) {
            List<Growth.Item> items = growth.items(change);
            for (Growth.Item item : items.subList(0, Math.min(Growth.NAMED, items.size()))) {
                sum += part.applyAsLong(item);
            }
        }
        return sum;
    }

    /** What grew by so much over a longer window, and is not named for the shorter one. */
    private static Growth besides(Growth growth, Growth shorter, long minKiB) {
        List<Growth.Item> more = new ArrayList<>();
        for (Growth.Item item : growth.items()) {
            boolean isGrown = item.change() == Growth.Change.GROWN && item.sizeKiB() >= minKiB;
            if (isGrown && !isTold(item, shorter)) {
                more.add(item);
            }
        }
        return growth.with(more);
    }

    private static boolean isTold(Growth.Item item, Growth shorter) {
        for (Growth.Item named : shorter.items()) {
            boolean isSame = named.isSame(item) || named.sharesMembers(item);
            if (isSame && named.sizeKiB() >= TOLD * item.sizeKiB()) {
                return true;
            }
        }
        return false;
    }
}
