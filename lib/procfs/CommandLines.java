package procfs;

import text.Bytes;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The command lines of a table's processes, one after the other. Another thread reads some of them,
 * a batch, while those before are taken, because reading {@code /proc/PID/cmdline} takes the
 * process's mmap lock and can block for as long as that process is stuck. Where a batch does not
 * get on, its process is marked as stuck, and another batch begins behind it: a read that blocks
 * costs that one command line. At the deadline all that are still missing are given up.
 */
public final class CommandLines {
    /**
     * A command line: the bytes from {@code from} to {@code to}, as the kernel gives them.
     *
     * @param bytes valid until the next one is asked for
     */
    public record Text(Outcome outcome, byte[] bytes, int from, int to) {}

    /** What became of reading a command line. */
    public enum Outcome {
        /** It is there, though it may be empty. */
        READ,
        /** The process is gone. */
        GONE,
        /** It could not be read in time. */
        LATE
    }

    /** ps reads no more of a command line. */
    private static final int LIMIT_BYTES = 131_071;

    /** How long one read may take; half as long behind each that took longer. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long LEAST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /**
     * With so many stuck processes, a user's others are not read either: any user can make them,
     * and must not hold up all readers, twice as many.
     */
    private static final int MOST_STUCK = 16;

    /** A batch has so many rows at most: the first is read while the answer is formed. */
    private static final int BATCH_ROWS = 1024;

    private static final int BATCH_BYTES = 64 * 1024;

    private static final Text LATE = new Text(Outcome.LATE, new byte[0], 0, 0);

    private static final int KNOWN_PROCESSES = 1000;
    private static final int KNOWN_BYTES = 256;

    private final Predicate<Runnable> threads;

    /**
     * The users of processes on which a reader hangs, by the processes' keys; the reader takes the
     * mark away when it is free.
     */
    private final Map<Long, Long> stuck = new ConcurrentHashMap<>();

    /** How the command lines of the largest processes of the last whole table began. */
    private Map<Long, byte[]> lastKnown = Map.of();

    /**
     * @param threads starts a task on another thread; false: none is free
     */
    CommandLines(Predicate<Runnable> threads) {
        this.threads = threads;
    }

    Reading read(List<ProcessInfo> rows, long deadlineNanos) {
        return new Reading(rows, deadlineNanos);
    }

    /** The command lines of one table, to be taken in the order of its rows, and closed. */
    public final class Reading implements AutoCloseable {
        private final List<ProcessInfo> rows;
        private final long deadlineNanos;
        private final Map<Long, byte[]> known = new HashMap<>();
        private long patienceNanos = PATIENCE_NANOS;
        private int next;

        /** Holds the next row, or begins behind it: then that row's reader hangs. */
        private Batch batch;

        /** What is read meanwhile; null: what has not been read is given up. */
        private Batch ahead;

        private Reading(List<ProcessInfo> rows, long deadlineNanos) {
            this.rows = rows;
            this.deadlineNanos = deadlineNanos;
            batch = new Batch();
            start(new Batch(), 0);
        }

        private void start(Batch free, int first) {
            free.begin(first);
            ahead = first < rows.size() && threads.test(free) ? free : null;
        }

        /**
         * The command line of the next process. In place of one that comes too late stands the
         * beginning of what it was in the last table, if that is known.
         */
        public Text next() {
            while (ahead != null && next >= batch.end()) {
                nextBatch();
            }
            boolean isRead = next >= batch.first && next < batch.end();
            Text text = isRead ? batch.get(next) : LATE;
            long key = rows.get(next).key();
            byte[] last = lastKnown.get(key);
            if (text.outcome == Outcome.LATE && last != null) {
                text = new Text(Outcome.LATE, last, 0, last.length);
            }
            if (next < KNOWN_PROCESSES && text.to > text.from) {
                int end = Math.min(text.to, text.from + KNOWN_BYTES);
                known.put(key, Arrays.copyOfRange(text.bytes, text.from, end));
            }
            next++;
            return text;
        }

        private void nextBatch() {
            Batch used = batch;
            batch = ahead;
            if (batch.isWhole()) {
                start(used.isAbandoned ? new Batch() : used, batch.end());
            } else {
                boolean isLate = System.nanoTime() - deadlineNanos > 0;
                patienceNanos = Math.max(LEAST_PATIENCE_NANOS, patienceNanos / 2);
                start(new Batch(), isLate ? rows.size() : batch.end() + 1);
            }
        }

        @Override
        public void close() {
            if (ahead != null) {
                ahead.abandon();
            }
            if (next == rows.size()) {
                lastKnown = known;
            }
        }

        /** The command lines of some rows that follow one another; another thread reads them. */
        private final class Batch implements Runnable {
            private final ProcFile file = new ProcFile();
            private final Bytes text = new Bytes();
            private final int[] ends = new int[BATCH_ROWS];
            private final Outcome[] outcomes = new Outcome[BATCH_ROWS];
            private int first;

            // Guarded by this until it is whole, or abandoned
            private int count;
            private boolean isReading;
            private long readingSinceNanos;
            private boolean isWhole;
            private boolean isAbandoned;
            private OutOfMemoryError outOfHeap;

            void begin(int row) {
                text.shorten(0);
                first = row;
                count = 0;
                isWhole = false;
            }

            int end() {
                return first + count;
            }

            Text get(int row) {
                int index = row - first;
                int from = index == 0 ? 0 : ends[index - 1];
                return new Text(outcomes[index], text.array(), from, ends[index]);
            }

            @Override
            public void run() {
                try {
                    while (begins()) {
                        ProcessInfo row = rows.get(end());
                        ends(row, read(row));
                    }
                } catch (OutOfMemoryError e) {
                    fail(e);
                }
            }

            private Outcome read(ProcessInfo row) {
                file.clear();
                if (row.stat().isKernelThread()) {
                    return Outcome.READ; // and found empty
                }
                if (stuck.containsKey(row.key())
                        || Collections.frequency(stuck.values(), row.uid()) >= MOST_STUCK) {
                    return Outcome.LATE;
                }
                boolean isThere = file.read("/proc/" + row.pid() + "/cmdline", LIMIT_BYTES);
                return isThere ? Outcome.READ : Outcome.GONE;
            }

            /** False if there is no more to be read. */
            private synchronized boolean begins() {
                isWhole =
                        end() == rows.size() || count == BATCH_ROWS || text.length() >= BATCH_BYTES;
                isReading = !isWhole && !isAbandoned;
                readingSinceNanos = System.nanoTime();
                if (isWhole) {
                    notifyAll();
                }
                return isReading;
            }

            private synchronized void ends(ProcessInfo row, Outcome outcome) {
                if (isAbandoned) {
                    stuck.remove(row.key());
                    return;
                }
                isReading = false;
                text.put(file.bytes(), 0, file.length());
                ends[count] = text.length();
                outcomes[count] = outcome;
                count++;
            }

            /** Its process is not stuck: there is no more heap, for whoever takes them either. */
            private synchronized void fail(OutOfMemoryError e) {
                if (isAbandoned) {
                    stuck.remove(rows.get(end()).key());
                }
                isReading = false;
                outOfHeap = e;
                notifyAll();
            }

            /**
             * Waits until it is whole.
             *
             * @return false if it hangs for too long, or the deadline has come: it is abandoned
             */
            synchronized boolean isWhole() {
                try {
                    while (!isWhole) {
                        long now = System.nanoTime();
                        if (outOfHeap != null) {
                            throw outOfHeap;
                        }
                        boolean hangs = isReading && now - readingSinceNanos > patienceNanos;
                        if (hangs || now - deadlineNanos > 0) {
                            abandon();
                            return false;
                        }
                        wait(TimeUnit.NANOSECONDS.toMillis(LEAST_PATIENCE_NANOS) / 2);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    abandon();
                }
                return isWhole;
            }

            /** Lets it end when it can. The process that it just reads is marked until then. */
            synchronized void abandon() {
                isAbandoned = true;
                if (isReading) {
                    ProcessInfo row = rows.get(end());
                    stuck.put(row.key(), row.uid());
                }
            }
        }
    }
}
