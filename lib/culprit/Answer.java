package culprit;

import procfs.Reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * The answer, as values: what ate the memory.
 *
 * @param growth what grew in the window that answers, see {@link Window}
 * @param slower what grew besides, over a longer window
 * @param sinceBreach what grew since memory is above the threshold, where that says more
 * @param swapChangeKiB by how much swap in use has changed since then
 * @param gapNanos in how much of that window nobody watched
 * @param leftNanos when memory is used up, if what grows steadily goes on like that; empty: nothing
 *     does, or that is days away
 * @param owners who has memory now
 */
public record Answer(
        Growth growth,
        Optional<Growth> slower,
        Optional<Growth> sinceBreach,
        long swapChangeKiB,
        long gapNanos,
        Optional<Long> leftNanos,
        Owners owners) {
    /**
     * Finds the answer for the last moment of a history.
     *
     * @param reading that moment
     * @param shares what its processes have, see {@link History#add}
     * @param breachNanos when memory went above the threshold; {@link Reading#nanos} where it has
     *     not
     * @param risenNanos when what is to be explained had begun: the windows are before it
     * @param userName gives a user's name
     */
    public static Answer of(
            History history,
            Reading reading,
            List<Share> shares,
            long breachNanos,
            long risenNanos,
            LongFunction<String> userName) {
        Window window = Window.of(history, shares, risenNanos, userName);
        Growth since = Levels.of(Rise.of(history.from(breachNanos), shares), userName);
        boolean saysMore = since.nanos() != window.growth().nanos();
        return new Answer(
                window.growth(),
                window.slower(),
                saysMore ? Optional.of(since) : Optional.empty(),
                history.swapChangeKiB(breachNanos),
                history.gapNanos(window.growth().nanos()),
                Trend.leftNanos(window.growth(), reading.kinds(), history),
                Owners.of(reading, shares, userName));
    }

    /** What is known where the heap does not hold all processes: what units are charged. */
    public static Answer ofUnits(Reading reading) {
        return new Answer(
                Growth.NONE,
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Optional.empty(),
                Owners.of(reading, List.of(), Long::toString));
    }

    /** What has changed in the last minutes, hours and days: in each window that is known. */
    public static List<Growth> windows(
            History history, List<Share> shares, LongFunction<String> userName) {
        List<Growth> growths = new ArrayList<>();
        int snapshots = 1;
        for (long window : Window.NANOS) {
            List<Snapshot> from = history.from(history.last().nanos() - window);
            if (from.size() > snapshots) { // else the history is no longer than that
                growths.add(Levels.of(Rise.of(from, shares), userName));
                snapshots = from.size();
            }
        }
        return growths;
    }

    /**
     * What has changed between an earlier moment and the last one.
     *
     * @param shares what the processes of the last moment have, see {@link History#add}
     * @param nanos the earlier moment
     */
    public static Growth since(History history, List<Share> shares, long nanos) {
        return Levels.of(Rise.of(history.from(nanos), shares), Long::toString);
    }
}
