import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How large processes were in the last hour. Kept small: processes below {@link #MIN_KIB} are left
 * out, and when there is too much of it, older snapshots become rarer.
 */
final class ProcessHistory {
    /** Smaller processes are no evidence. */
    static final int MIN_KIB = 512;

    static final long KEEP_NANOS = TimeUnit.HOURS.toNanos(1);

    /** How many sizes to keep, of all processes and snapshots together; 16 bytes each. */
    private final int limit;

    /** Oldest first. */
    private final List<Snapshot> snapshots = new ArrayList<>();

    private int entries;

    /**
     * @param limit how many sizes to keep at most, see {@link #LIMIT}
     */
    ProcessHistory(int limit) {
        this.limit = limit;
    }

    /**
     * Two mebibytes: every ten seconds of an hour for 350 processes. For 5,000 there are 26
     * snapshots, each a quarter older than the next.
     */
    static final int LIMIT = 1 << 17;

    /** The sizes of processes at one moment, in parallel arrays, in the order of their numbers. */
    static final class Snapshot {
        final long nanos;

        /** The same moment in clock ticks since the machine was started. */
        final long bootTicks;

        final MemoryKinds kinds;
        final int[] pids;

        /** Tells a process from an earlier one with its number. */
        final int[] startTicks;

        final int[] sizesKiB;
        final String[] names;

        private Snapshot(long nanos, MemoryKinds kinds, ProcessTable table, Snapshot last) {
            this.nanos = nanos;
            this.bootTicks = table.bootTicks();
            this.kinds = kinds;
            ProcessRow[] large =
                    table.rows.stream()
                            .filter(row -> row.sizeKiB() >= MIN_KIB)
                            .sorted(Comparator.comparingInt(row -> row.pid))
                            .toArray(ProcessRow[]::new);
            pids = new int[large.length];
            startTicks = new int[large.length];
            sizesKiB = new int[large.length];
            names = new String[large.length];
            for (int i = 0; i < large.length; i++) {
                ProcessRow row = large[i];
                pids[i] = row.pid;
                startTicks[i] = (int) row.startTicks;
                sizesKiB[i] = (int) Math.min(Integer.MAX_VALUE, row.sizeKiB());
                names[i] = row.name();
                int before = last == null ? -1 : last.find(row.pid, startTicks[i]);
                if (before >= 0 && last.names[before].equals(names[i])) {
                    names[i] = last.names[before]; // one string for the whole history
                }
            }
        }

        /** The process's index; negative: it was not there, or it was small. */
        int find(int pid, int startTicks) {
            int index = Arrays.binarySearch(pids, pid);
            return index >= 0 && this.startTicks[index] == startTicks ? index : -1;
        }

        /** The largest process, with its size. */
        String largest() {
            int largest = -1;
            for (int i = 0; i < pids.length; i++) {
                if (largest < 0 || sizesKiB[i] > sizesKiB[largest]) {
                    largest = i;
                }
            }
            return largest < 0
                    ? "unknown"
                    : names[largest] + " (" + pids[largest] + ") " + Units.size(sizesKiB[largest]);
        }
    }

    /** Tells a process from all others, earlier ones with its number too. */
    static long key(int pid, long startTicks) {
        return (long) pid << 32 | startTicks & 0xffffffffL;
    }

    /**
     * Adds what processes are like now.
     *
     * @param nanos the time, on the clock of {@link System#nanoTime}
     * @param keepFromNanos what to keep, however old it gets
     */
    void add(long nanos, long keepFromNanos, MemoryKinds kinds, ProcessTable table) {
        Snapshot last = snapshots.isEmpty() ? null : snapshots.get(snapshots.size() - 1);
        Snapshot added = new Snapshot(nanos, kinds, table, last);
        snapshots.add(added);
        entries += added.pids.length;
        while (snapshots.get(0).nanos - Math.min(nanos - KEEP_NANOS, keepFromNanos) < 0) {
            remove(0);
        }
        while (entries > limit && snapshots.size() > 2) {
            remove(leastMissed(nanos));
        }
    }

    /** Adds what processes are like now, and reads what memory is used for. */
    void add(long nanos, long keepFromNanos, ProcessTable table) {
        add(nanos, keepFromNanos, MemoryKinds.read(), table);
    }

    /** The snapshot without which the gap is smallest, measured by how long ago it began. */
    private int leastMissed(long nowNanos) {
        int least = 1;
        double leastGap = Double.MAX_VALUE;
        for (int i = 1; i < snapshots.size() - 1; i++) {
            long before = snapshots.get(i - 1).nanos;
            double gap = (double) (snapshots.get(i + 1).nanos - before) / (nowNanos - before);
            if (gap < leastGap) {
                leastGap = gap;
                least = i;
            }
        }
        return least;
    }

    private void remove(int index) {
        entries -= snapshots.remove(index).pids.length;
    }

    /** The last snapshot at or before a moment; the oldest where there is none. */
    Snapshot at(long nanos) {
        Snapshot found = snapshots.get(0);
        for (Snapshot snapshot : snapshots) {
            if (snapshot.nanos - nanos <= 0) {
                found = snapshot;
            }
        }
        return found;
    }

    /** All snapshots from the last one at or before a moment on. */
    List<Snapshot> from(long nanos) {
        return snapshots.subList(snapshots.indexOf(at(nanos)), snapshots.size());
    }

    /** When the last snapshot was taken; long ago if there is none. */
    long nanos() {
        return snapshots.isEmpty()
                ? System.nanoTime() - KEEP_NANOS
                : snapshots.get(snapshots.size() - 1).nanos;
    }
}
