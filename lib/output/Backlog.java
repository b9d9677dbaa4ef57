package output;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits, all together: records have one budget of heap, so that a disk that is full never
 * fills it.
 */
public final class Backlog {
    /** The most heap that all that waits may hold, in bytes. */
    private static final int LIMIT_BYTES = 4 << 20;

    /** How long the end of the program may wait. */
    private static final long FINISH_NANOS = TimeUnit.SECONDS.toNanos(1);

    interface Holder {
        default int heapBytes() {
            return 0;
        }

        /**
         * Gives up what is least missed of what waits.
         *
         * @return false: there is nothing left that could be given up
         */
        default boolean shed() {
            return false;
        }

        default int records() {
            return 0;
        }

        /** How much is not done yet. */
        int left();

        /** Says what is given up, for the program ends. */
        void giveUp(int left);
    }

    /** Those that have to give up something first come first. */
    private final List<Holder> holders = new ArrayList<>();

    // What has gone wrong since the start

    final AtomicLong writeErrors = new AtomicLong();
    final AtomicLong recordsShortened = new AtomicLong();
    final AtomicLong recordsLost = new AtomicLong();
    final AtomicLong tablesLost = new AtomicLong();
    final AtomicLong commandFailures = new AtomicLong();

    /** Adds a queue; those added later give up something only when those before have nothing. */
    synchronized void add(Holder holder) {
        holders.add(holder);
    }

    /** Brings what waits back within its budget. */
    synchronized void limit() {
        boolean shed = true;
        while (shed && heapBytes() > LIMIT_BYTES) {
            shed = false;
            for (Holder holder : holders) {
                shed = shed || holder.shed();
            }
        }
    }

    synchronized int waiting() {
        int sum = 0;
        for (Holder holder : holders) {
            sum += holder.records();
        }
        return sum;
    }

    /** Gives all that waits a last chance: the program ends. */
    public synchronized void finish() throws InterruptedException {
        long untilNanos = System.nanoTime() + FINISH_NANOS;
        for (Holder holder : holders) {
            while (holder.left() > 0 && System.nanoTime() - untilNanos < 0) {
                Thread.sleep(5);
            }
            int left = holder.left();
            if (left > 0) {
                holder.giveUp(left);
            }
        }
    }

    private int heapBytes() {
        int sum = 0;
        for (Holder holder : holders) {
            sum += holder.heapBytes();
        }
        return sum;
    }
}
