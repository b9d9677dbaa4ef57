package procfs;

import text.Bytes;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The command lines of a table's processes, one after the other. A reader on a thread of its own is
 * a little ahead of whoever takes them, because reading {@code /proc/PID/cmdline} takes the
 * process's mmap lock and can block for as long as that process is stuck. Where the reader does not
 * get on, its process is marked as stuck, and a new reader goes on behind it: a read that blocks
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

    private static final int BATCH_ROWS = 256;
    private static final int BATCH_BYTES = 16 * 1024;

    /** How many batches the reader may be ahead, the one that it reads included. */
    private static final int BATCHES_AHEAD = 20;

    private static final Text LATE = new Text(Outcome.LATE, new byte[0], 0, 0);

    private static final int KNOWN_PROCESSES = 1000;
    private static final int KNOWN_BYTES = 256;

    private final Predicate<Runnable> threads;

    /** Processes on which a reader hangs, by their keys; it takes the mark away when it is free. */
    private final Set<Long> stuck = ConcurrentHashMap.newKeySet();

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

    private static long key(ProcessInfo row) {
        return row.key();
    }

    /** The command lines of some rows that follow one another, as a reader has read them. */
    private static final class Batch {
        final Bytes text = new Bytes();
        final int[] ends = new int[BATCH_ROWS];
        final Outcome[] outcomes = new Outcome[BATCH_ROWS];
        int first;
        int count;

        void begin(int row) {
            text.shorten(0);
            first = row;
            count = 0;
        }

        int end() {
            return first + count;
        }

        boolean isFull() {
            return count == BATCH_ROWS || text.length() >= BATCH_BYTES;
        }

        Text get(int row) {
            int index = row - first;
            int from = index == 0 ? 0 : ends[index - 1];
            return new Text(outcomes[index], text.array(), from, ends[index]);
        }
    }

    /** The command lines of one table, to be taken in the order of its rows, and closed. */
    public final class Reading implements AutoCloseable {
        private final List<ProcessInfo> rows;
        private final long deadlineNanos;
        private final Map<Long, byte[]> known = new HashMap<>();
        private long patienceNanos = PATIENCE_NANOS;
        private int next;

        /** Holds the next row, or begins behind it: then that row's reader hangs. */
        private Batch batch = new Batch();

        /** Null: what has not been read is given up. */
        private Reader reader;

        private Reading(List<ProcessInfo> rows, long deadlineNanos) {
            this.rows = rows;
            this.deadlineNanos = deadlineNanos;
            startReader(0);
        }

        /**
         * The command line of the next process. In place of one that comes too late stands the
         * beginning of what it was in the last table, if that is known.
         */
        public Text next() {
            while (next >= batch.end()) {
                batch = nextBatch();
            }
            Text text = next < batch.first ? LATE : batch.get(next);
            long key = key(rows.get(next));
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

        /** Stops reading. */
        @Override
        public void close() {
            if (reader != null) {
                reader.abandon();
            }
            if (next == rows.size()) {
                lastKnown = known;
            }
        }

        private Batch nextBatch() {
            while (reader != null) {
                Batch finished = reader.nextFinished(batch);
                if (finished != null) {
                    return finished;
                }
                boolean late = System.nanoTime() - deadlineNanos > 0;
                if (late || reader.hangs(patienceNanos)) {
                    Batch partly = reader.abandon();
                    patienceNanos = Math.max(LEAST_PATIENCE_NANOS, patienceNanos / 2);
                    startReader(late ? rows.size() : partly.end() + 1);
                    return partly;
                }
            }
            Batch end = new Batch();
            end.begin(rows.size());
            end.count = 1; // so that no row is behind it
            return end;
        }

        private void startReader(int first) {
            reader = new Reader(rows, first);
            if (first >= rows.size() || !threads.test(reader)) {
                reader = null;
            }
        }
    }

    /**
     * Reads command lines from one row on, until the last one or until it is abandoned. Batches go
     * to and fro: free ones come back from whoever takes the command lines.
     */
    private final class Reader implements Runnable {
        private final List<ProcessInfo> rows;
        private final BlockingQueue<Batch> finished = new LinkedBlockingQueue<>();
        private final BlockingQueue<Batch> free = new LinkedBlockingQueue<>();

        /** Why it has ended before the last row; null: it has not. */
        private volatile OutOfMemoryError outOfHeap;

        // Guarded by this
        private Batch current = new Batch();
        private boolean isReading;
        private long readingSinceNanos;
        private boolean isAbandoned;

        Reader(List<ProcessInfo> rows, int first) {
            this.rows = rows;
            current.begin(first);
            for (int i = 1; i < BATCHES_AHEAD; i++) {
                free.add(new Batch());
            }
        }

        @Override
        public void run() {
            try {
                ProcFile file = new ProcFile();
                do {
                    while (current.end() < rows.size() && !current.isFull()) {
                        ProcessInfo row = rows.get(current.end());
                        if (!begins() || !ends(row, read(row, file), file)) {
                            return;
                        }
                    }
                } while (handOver());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (OutOfMemoryError e) {
                outOfHeap = e; // of whoever takes the command lines
            }
        }

        private Outcome read(ProcessInfo row, ProcFile file) {
            file.clear();
            if (row.stat().isKernelThread()) {
                return Outcome.READ; // and found empty
            }
            if (stuck.contains(key(row))) {
                return Outcome.LATE;
            }
            boolean isThere = file.read("/proc/" + row.pid() + "/cmdline", LIMIT_BYTES);
            return isThere ? Outcome.READ : Outcome.GONE;
        }

        private synchronized boolean begins() {
            isReading = !isAbandoned;
            readingSinceNanos = System.nanoTime();
            return isReading;
        }

        private synchronized boolean ends(ProcessInfo row, Outcome outcome, ProcFile file) {
            if (isAbandoned) {
                stuck.remove(key(row));
                return false;
            }
            isReading = false;
            current.text.put(file.bytes(), 0, file.length());
            current.ends[current.count] = current.text.length();
            current.outcomes[current.count] = outcome;
            current.count++;
            return true;
        }

        /** Hands over what it has read; false if that was all. */
        private boolean handOver() throws InterruptedException {
            boolean isLast = current.end() == rows.size();
            Batch next = isLast ? null : free.take();
            synchronized (this) {
                finished.add(current);
                if (isLast || isAbandoned) {
                    return false;
                }
                next.begin(current.end());
                current = next;
                return true;
            }
        }

        /**
         * Waits a moment for the next batch.
         *
         * @param used the one before, which may be filled again
         * @return null: there is none yet
         */
        Batch nextFinished(Batch used) {
            try {
                Batch next = finished.poll(LEAST_PATIENCE_NANOS / 2, TimeUnit.NANOSECONDS);
                if (next != null) {
                    free.add(used);
                } else if (outOfHeap != null) {
                    throw outOfHeap;
                }
                return next;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }

        /** True if it has been reading the same command line for longer than that. */
        synchronized boolean hangs(long nanos) {
            return isReading && System.nanoTime() - readingSinceNanos > nanos;
        }

        /**
         * Lets it end when it can. The process that it just reads is marked until then.
         *
         * @return what it has read of its last batch
         */
        synchronized Batch abandon() {
            isAbandoned = true;
            if (isReading) {
                stuck.add(key(rows.get(current.end())));
            }
            free.add(new Batch()); // it may wait for one
            return current;
        }
    }
}
