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
 * @param latest what grew in the last minutes, if that is not the window that answers
 * @param sinceBreach what grew since memory is above the threshold, if that is another time
 * @param swapChangeKiB by how much swap in use has changed since the breach began
 * @param gapNanos for how long of the window that answers the program did not run
 * @param leftNanos how long memory lasts if what grew steadily goes on; empty: nothing did, or it
 *     lasts for days
 * @param shrunk what the machine has lost of its RAM, in the shortest window that shows it; empty:
 *     next to nothing
 * @param owners who has memory now
 */
public record Answer(
        Growth growth,
        Optional<Growth> slower,
        Optional<Growth> latest,
        Optional<Growth> sinceBreach,
        long swapChangeKiB,
        long gapNanos,
        Optional<Long> leftNanos,
        Optional<Shrunk> shrunk,
        Owners owners) {
    /**
     * A machine with less RAM than before: its host has taken memory back (balloon), or some was
     * unplugged. Then more of it is in use, and nobody has grown.
     *
     * @param beforeKiB MemTotal then
     * @param nowKiB MemTotal now
     * @param nanos how long ago it had that much
     */
    public record Shrunk(long beforeKiB, long nowKiB, long nanos) {
        /** The kernel takes pages of its own from MemTotal, too: less than this is no news. */
        private static final double LITTLE = 1 / 16.0;

        /** Finds what was lost since the machine had most, of some snapshots. */
        private static Optional<Shrunk> of(List<Snapshot> snapshots) {
            Snapshot last = snapshots.get(snapshots.size() - 1);
            Snapshot most = last;
            for (Snapshot snapshot : snapshots) {
                boolean isThisBoot = snapshot.bootTicks() != Snapshot.EARLIER_BOOT;
                boolean isMore = snapshot.kinds().totalKiB() >= most.kinds().totalKiB();
                most = isThisBoot && isMore ? snapshot : most;
            }
            long beforeKiB = most.kinds().totalKiB();
            Shrunk shrunk =
                    new Shrunk(beforeKiB, last.kinds().totalKiB(), last.nanos() - most.nanos());
            return Optional.of(shrunk).filter(s -> s.lostKiB() > s.beforeKiB * LITTLE);
        }

        /** By how much. */
        public long lostKiB() {
            return beforeKiB - nowKiB;
        }
    }

    /**
     * Finds the answer for the last moment of a history.
     *
     * @param reading that moment
     * @param shares what its processes have, see {@link History#add}
     * @param breachNanos when memory went above the threshold; {@link Reading#nanos} where it has
     *     not
     * @param risenNanos when what is to be explained had begun: the windows begin before it
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
        Growth since = Levels.of(history.from(breachNanos), shares, userName);
        boolean saysMore = since.nanos() != window.growth().nanos();
        return new Answer(
                window.growth(),
                window.slower(),
                window.latest(),
                saysMore ? Optional.of(since) : Optional.empty(),
                history.swapChangeKiB(breachNanos),
                history.gapNanos(window.growth().nanos()),
                Trend.leftNanos(window.growth(), reading.kinds()),
                shrunk(history, risenNanos, window.growth()),
                Owners.of(reading, shares, userName));
    }

    /**
     * What was lost in the shortest window that shows it; empty if that was before the window that
     * answers, and more has grown in this than RAM was lost.
     */
    private static Optional<Shrunk> shrunk(History history, long risenNanos, Growth growth) {
        Snapshot last = history.last();
        long beforeKiB = history.at(last.nanos() - growth.nanos()).kinds().totalKiB();
        boolean isOld = growth.namedKiB() > beforeKiB - last.kinds().totalKiB();
        for (long window : Window.NANOS) {
            Optional<Shrunk> shrunk = Shrunk.of(history.from(risenNanos - window));
            if (shrunk.isPresent()) {
                boolean isBefore = shrunk.get().nanos() > growth.nanos();
                return isOld && isBefore ? Optional.empty() : shrunk;
            }
        }
        return Optional.empty();
    }

    /** What is known where the heap does not hold all processes: what units are charged. */
    public static Answer ofUnits(Reading reading) {
        return new Answer(
                Growth.NONE,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                Optional.empty(),
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
                growths.add(Levels.of(from, shares, userName));
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
        return Levels.of(history.from(nanos), shares, Long::toString);
    }
}
