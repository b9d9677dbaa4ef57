package culprit;

import breach.Sample;

import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Who had memory in the last seven days. When the snapshots take too much heap, the one that is
 * missed least is dropped, so that they are the rarer the older they are. Snapshots older than an
 * hour know groups and units only.
 */
public final class History {
    /** How often to look at all processes: seldom while use stays what it was. */
    private static final long CALM_SECONDS = 60;

    private static final long MOVED_SECONDS = 10;
    private static final double MOVED_PERCENT = 0.5;
    private static final long URGENT_SECONDS = 1;

    /** So fast, memory may be full before the next look, and who took it killed. */
    private static final double URGENT_PERCENT = 10;

    /** Looks take at most a hundredth of the time: with many processes they are rarer. */
    private static final long COST_DIVISOR = 100;

    private static final long COST_DIVISOR_URGENT = 10;

    private static final long KEEP_NANOS = TimeUnit.DAYS.toNanos(7) + TimeUnit.HOURS.toNanos(8);
    private static final long KEEP_PROCESSES_NANOS = TimeUnit.MINUTES.toNanos(65);

    /** So that, in seven days, each snapshot is some three per cent older than the next. */
    private static final int MOST_SNAPSHOTS = 400;

    /** What runs for ten minutes each night, and takes so much, is known the night after. */
    private static final double MOST_PEAK_PERCENT = 15;

    /** Enough for a chart. */
    private static final int SERIES_SNAPSHOTS = 80;

    /** How much heap it may take, about. */
    static final int LIMIT_BYTES = 2 << 20;

    /** A pause between two runs of the program is a gap from this on; after a boot, any is. */
    private static final long GAP_NANOS = TimeUnit.MINUTES.toNanos(6);

    /** Oldest first. */
    private final List<Snapshot> snapshots = new ArrayList<>();

    private long bytes;

    /** True if the last snapshot was taken by an earlier run of the program. */
    private boolean isTakenUp;

    /** Null: nobody has looked yet. */
    private Sample lastLook;

    private long costNanos;

    /**
     * True if it is time to look at all processes again.
     *
     * @param isAbove true while memory is above the threshold
     */
    public boolean isDue(Sample now, boolean isAbove) {
        if (lastLook == null) {
            return true;
        }
        double moved = Math.abs(now.usedPercent() - lastLook.usedPercent());
        boolean isUrgent = isAbove || moved >= URGENT_PERCENT;
        long calm = moved < MOVED_PERCENT ? CALM_SECONDS : MOVED_SECONDS;
        long seconds = isUrgent ? URGENT_SECONDS : calm;
        long divisor = isUrgent ? COST_DIVISOR_URGENT : COST_DIVISOR;
        long pauseNanos = Math.max(TimeUnit.SECONDS.toNanos(seconds), costNanos * divisor);
        return now.nanos() - lastLook.nanos() >= pauseNanos;
    }

    /** Tells when all processes were looked at, and how long that took. */
    public void looked(Sample at, long costNanos) {
        lastLook = at;
        this.costNanos = costNanos;
    }

    /**
     * Adds a moment.
     *
     * @return what its processes have
     */
    public List<Share> add(Reading moment) {
        Snapshot before = snapshots.isEmpty() ? null : last();
        long unseenKiB = unseenKiB(moment);
        List<Share> shares = Sharing.of(moment, unseenKiB);
        long gapNanos = isTakenUp ? moment.nanos() - before.nanos() : 0;
        boolean isGap =
                isTakenUp && (gapNanos >= GAP_NANOS || before.bootTicks() == Snapshot.EARLIER_BOOT);
        isTakenUp = false;
        Snapshot added = Snapshot.of(moment, shares, unseenKiB, before);
        add(isGap ? added.withGap(gapNanos) : added);
        return shares;
    }

    private void add(Snapshot added) {
        snapshots.add(added);
        bytes += added.heapBytes();
        while (added.nanos() - snapshots.get(0).nanos() > KEEP_NANOS) {
            bytes -= snapshots.remove(0).heapBytes();
        }
        for (int i = 0; added.nanos() - snapshots.get(i).nanos() > KEEP_PROCESSES_NANOS; i++) {
            if (snapshots.get(i).knowsProcesses()) {
                bytes -= snapshots.get(i).heapBytes();
                snapshots.set(i, snapshots.get(i).withoutProcesses());
                bytes += snapshots.get(i).heapBytes();
            }
        }
        while (snapshots.size() > 2 && (bytes > LIMIT_BYTES || snapshots.size() > MOST_SNAPSHOTS)) {
            bytes -= removeLeastMissed(snapshots).heapBytes();
        }
    }

    // ---- What outlives the program

    /** How many snapshots there are. */
    public int size() {
        return snapshots.size();
    }

    /** When a snapshot was taken, on the clock of {@link System#nanoTime}. */
    public long nanos(int index) {
        return snapshots.get(index).nanos();
    }

    /** Writes a snapshot, for {@link #takeUp} to read it. */
    public void write(int index, DataOutput out) throws IOException {
        SnapshotBytes.write(snapshots.get(index), out);
    }

    /**
     * Adds a snapshot that an earlier run of the program has taken. They come in their order,
     * before any of this run.
     *
     * @param isSameBoot false if the machine was started since: its processes are others, and its
     *     monotonic clock was another
     * @param nanos when it was taken by the wall clock, which may have been set since
     * @param latestNanos it was taken before this
     * @throws IOException if that cannot be one
     */
    public void takeUp(DataInput in, boolean isSameBoot, long nanos, long latestNanos)
            throws IOException {
        Snapshot read = SnapshotBytes.read(in, snapshots.isEmpty() ? null : last());
        long after = snapshots.isEmpty() ? Long.MIN_VALUE : last().nanos();
        if (!isSameBoot) {
            read = read.ofEarlierBoot(Math.max(after + 1, Math.min(nanos, latestNanos)));
        }
        if (read.nanos() > latestNanos + GAP_NANOS) {
            throw new IOException("a snapshot of the future");
        }
        if (read.nanos() > after) { // else it is there already
            long pauseNanos = snapshots.isEmpty() ? 0 : read.nanos() - after;
            // The wall clock may have been set back in the gap
            add(read.withGap(Math.min(read.gapNanos(), pauseNanos)));
            isTakenUp = true;
        }
    }

    /** For how long of a time before now the program did not run. */
    long gapNanos(long agoNanos) {
        long gap = 0;
        for (Snapshot snapshot : snapshots) {
            gap += last().nanos() - snapshot.nanos() < agoNanos ? snapshot.gapNanos() : 0;
        }
        return gap;
    }

    /**
     * Anonymous memory of processes that cannot be seen: what it was at the last moment, but at
     * least AnonPages less the RssAnon of all that can be seen, and at most AnonPages less the
     * RssAnon of those that share nothing. 0 where all can be seen.
     */
    private long unseenKiB(Reading moment) {
        if (moment.seesAll()) {
            return 0;
        }
        MemoryKinds kinds = moment.kinds();
        long least = kinds.sizeKiB(Kind.PROCESSES) + kinds.lazyFreeKiB(); // AnonPages
        long most = least;
        for (ProcessInfo process : moment.processes()) {
            least -= process.status().anonKiB();
            most -= process.stat().isForked() ? 0 : process.status().anonKiB();
        }
        long before = snapshots.isEmpty() ? 0 : last().unseenKiB();
        return Math.max(0, Math.max(least, Math.min(most, before)));
    }

    /**
     * Removes the snapshot that leaves the shortest pause, as a part of the pause's age; where use
     * was at a peak, the pause counts as several. Adds the gap before it to that before the next.
     */
    private static Snapshot removeLeastMissed(List<Snapshot> snapshots) {
        long nowNanos = snapshots.get(snapshots.size() - 1).nanos();
        int least = 1;
        double leastPause = Double.MAX_VALUE;
        for (int i = 1; i < snapshots.size() - 1; i++) {
            Snapshot before = snapshots.get(i - 1);
            Snapshot next = snapshots.get(i + 1);
            double pause = next.nanos() - before.nanos();
            pause *= 1 + Math.min(MOST_PEAK_PERCENT, peakPercent(before, snapshots.get(i), next));
            pause /= nowNanos - before.nanos();
            if (pause < leastPause) {
                leastPause = pause;
                least = i;
            }
        }
        Snapshot next = snapshots.get(least + 1);
        snapshots.set(least + 1, next.withGap(next.gapNanos() + snapshots.get(least).gapNanos()));
        return snapshots.remove(least);
    }

    /** How far use was from a straight line between two other moments, in per cent of MemTotal. */
    private static double peakPercent(Snapshot before, Snapshot at, Snapshot next) {
        double part = at.nanos() - before.nanos();
        part /= next.nanos() - before.nanos();
        double line = before.usedKiB() + part * (next.usedKiB() - before.usedKiB());
        return 100 * Math.abs(at.usedKiB() - line) / at.kinds().totalKiB();
    }

    /** How much there was of a kind of memory at the last look; 0 before the first. */
    public long lastKiB(Kind kind) {
        return snapshots.isEmpty() ? 0 : last().kinds().sizeKiB(kind);
    }

    Snapshot last() {
        return snapshots.get(snapshots.size() - 1);
    }

    /** The last snapshot at or before a moment; the oldest where there is none. */
    Snapshot at(long nanos) {
        return snapshots.get(indexAt(nanos));
    }

    private int indexAt(long nanos) {
        int index = 0;
        while (index + 1 < snapshots.size() && snapshots.get(index + 1).nanos() - nanos <= 0) {
            index++;
        }
        return index;
    }

    /** All snapshots from the last one at or before a moment on. */
    List<Snapshot> from(long nanos) {
        return snapshots.subList(indexAt(nanos), snapshots.size());
    }

    /** All snapshots. */
    List<Snapshot> all() {
        return List.copyOf(snapshots);
    }

    /**
     * Memory over time, for a chart.
     *
     * @param nanos the moment from which time is counted
     */
    public Series series(long nanos) {
        List<Snapshot> moments = new ArrayList<>(snapshots);
        while (moments.size() > SERIES_SNAPSHOTS) {
            removeLeastMissed(moments);
        }
        return Series.of(moments, nanos);
    }

    /** How much more or less swap is in use than at a moment. */
    long swapChangeKiB(long nanos) {
        return last().kinds().swapUsedKiB() - at(nanos).kinds().swapUsedKiB();
    }
}
