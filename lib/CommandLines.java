import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The command lines of a table's processes, one after the other. They are read on threads of their
 * own, two batches ahead, because reading {@code /proc/PID/cmdline} takes the process's mmap lock
 * and can block for as long as that process is stuck. A read that blocks costs that one command
 * line; at the deadline all that are still missing are given up.
 */
final class CommandLines implements Supplier<CommandLines.Text> {
    /**
     * A command line: the bytes from {@code from} to {@code to}.
     *
     * @param bytes valid until the next one is asked for
     */
    record Text(Outcome outcome, byte[] bytes, int from, int to) {}

    /** What became of reading a command line. */
    enum Outcome {
        /** It is there, though it may be empty. */
        READ,
        /** The process is gone. */
        GONE,
        /** It could not be read in time. */
        LATE
    }

    /** ps reads no more of a command line. */
    static final int LIMIT = 131_071;

    /** How long one read may take; half as long behind each that took longer. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long LEAST_PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final int BATCH_ROWS = 64;
    private static final int BATCH_BYTES = 128 * 1024;
    private static final int BATCHES_AHEAD = 2;

    /** With more stuck processes than these, no further command line can be read. */
    static final int READERS_LIMIT = 32;

    /**
     * Each process that is stuck keeps one of them; more than four come only then, and go. The
     * service may have no more than 64 threads (TasksMax=).
     */
    private static final ThreadPoolExecutor READERS =
            new ThreadPoolExecutor(
                    4,
                    READERS_LIMIT,
                    10,
                    TimeUnit.SECONDS,
                    new SynchronousQueue<>(),
                    task -> Patience.daemon("cmdline", task));

    /** Processes on which a reader hangs, of earlier tables too. */
    private static final Set<Integer> STUCK = ConcurrentHashMap.newKeySet();

    private static final Text LATE = new Text(Outcome.LATE, new byte[0], 0, 0);

    /** What the largest processes of the last whole table were called. */
    private static Map<Long, byte[]> lastKnown = Map.of();

    private static final int KNOWN_PROCESSES = 1000;
    private static final int KNOWN_BYTES = 256;

    private final Map<Long, byte[]> known = new HashMap<>();
    private final List<ProcessRow> rows;
    private final long deadlineNanos;
    private long patienceNanos = PATIENCE_NANOS;
    private int next;
    private Batch current;

    /** Being read, in the order of their rows; there may be gaps between them. */
    private final Deque<Batch> ahead = new ArrayDeque<>();

    /** All rows before this one belong to a batch that has been started. */
    private int started;

    private final Deque<ProcFile> spare = new ArrayDeque<>();

    /**
     * @param rows the processes, the most important ones first
     * @param deadlineNanos when to give up, on the clock of {@link System#nanoTime}
     */
    CommandLines(List<ProcessRow> rows, long deadlineNanos) {
        this.rows = rows;
        this.deadlineNanos = deadlineNanos;
        readAhead();
    }

    /** Lets a reader do something; false if all of them are stuck. */
    static boolean run(Runnable task) {
        try {
            READERS.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /**
     * The command line of the next process, in the order of the rows. In place of one that comes
     * too late stands the beginning of what it was in the last table, if that is known.
     */
    @Override
    public Text get() {
        ProcessRow row = rows.get(next);
        long key = ProcessHistory.key(row.pid, row.startTicks);
        Text text = read(next);
        if (text.outcome == Outcome.LATE && lastKnown.containsKey(key)) {
            byte[] bytes = lastKnown.get(key);
            text = new Text(Outcome.LATE, bytes, 0, bytes.length);
        }
        if (next < KNOWN_PROCESSES && text.to > text.from) {
            int end = Math.min(text.to, text.from + KNOWN_BYTES);
            known.put(key, Arrays.copyOfRange(text.bytes, text.from, end));
        }
        next++;
        if (next == rows.size()) {
            lastKnown = known;
        }
        return text;
    }

    private Text read(int row) {
        if (!ahead.isEmpty() && row == ahead.peek().first) {
            takeBatchAhead();
        }
        int index = current == null ? 0 : row - current.first;
        if (current == null || index >= current.taken) {
            return LATE;
        }
        int from = index == 0 ? 0 : current.ends[index - 1];
        return new Text(current.outcomes[index], current.text.bytes, from, current.ends[index]);
    }

    private void takeBatchAhead() {
        if (current != null && !current.abandoned) { // else its reader may still write into it
            spare.add(current.text);
        }
        current = ahead.remove();
        if (!await(current)) {
            for (Batch batch : ahead) {
                batch.abandon();
            }
            ahead.clear();
            return;
        }
        int following = current.first + current.taken + (current.abandoned ? 1 : 0);
        if (following < current.end) { // what it had no room for, or what is behind a stuck process
            Batch rest = start(following, current.end);
            if (rest != null) {
                ahead.addFirst(rest);
            }
        }
        readAhead();
    }

    private void readAhead() {
        while (ahead.size() < BATCHES_AHEAD && started < rows.size()) {
            Batch batch = start(started, Math.min(started + BATCH_ROWS, rows.size()));
            if (batch == null) {
                return;
            }
            ahead.add(batch);
            started = batch.end;
        }
    }

    private Batch start(int first, int end) {
        ProcFile text = spare.isEmpty() ? new ProcFile() : spare.remove();
        text.length = 0;
        Batch batch = new Batch(first, end, text);
        return run(batch) ? batch : null;
    }

    /**
     * Waits until a batch is read, or gives it up where its reader hangs.
     *
     * @return false once the deadline has passed
     */
    private boolean await(Batch batch) {
        int seen = -1;
        long seenNanos = 0;
        try {
            while (!batch.finished.await(LEAST_PATIENCE_NANOS / 2, TimeUnit.NANOSECONDS)) {
                long now = System.nanoTime();
                boolean late = now - deadlineNanos > 0;
                if (batch.done != seen) {
                    seen = batch.done;
                    seenNanos = now;
                } else if (now - seenNanos > patienceNanos) {
                    patienceNanos = Math.max(LEAST_PATIENCE_NANOS, patienceNanos / 2);
                    batch.abandon();
                    return !late;
                }
                if (late) {
                    batch.abandon();
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            batch.abandon();
            return false;
        }
        batch.taken = batch.done;
        return true;
    }

    /** Some command lines that one reader reads, one behind the other. */
    private final class Batch implements Runnable {
        final int first;
        final int end;
        final ProcFile text;
        final int[] ends = new int[BATCH_ROWS];
        final Outcome[] outcomes = new Outcome[BATCH_ROWS];
        final CountDownLatch finished = new CountDownLatch(1);

        /** How many have been dealt with. */
        volatile int done;

        /** How many are used: all that were done when the wait for this batch ended. */
        int taken;

        boolean abandoned;

        Batch(int first, int end, ProcFile text) {
            this.first = first;
            this.end = end;
            this.text = text;
        }

        @Override
        public void run() {
            for (int i = 0; first + i < end && text.length < BATCH_BYTES; i++) {
                ProcessRow row = rows.get(first + i);
                outcomes[i] = read(row);
                ends[i] = text.length;
                if (!isWanted(i)) {
                    if (outcomes[i] != Outcome.LATE) {
                        STUCK.remove(row.pid);
                    }
                    return;
                }
            }
            finished.countDown();
        }

        private Outcome read(ProcessRow row) {
            if (row.isKernelThread) {
                return Outcome.READ; // and found empty
            }
            if (STUCK.contains(row.pid)) {
                return Outcome.LATE;
            }
            boolean isThere = text.append("/proc/" + row.pid + "/cmdline", LIMIT);
            return isThere ? Outcome.READ : Outcome.GONE;
        }

        private synchronized boolean isWanted(int index) {
            done = index + 1;
            return !abandoned;
        }

        synchronized void abandon() {
            abandoned = true;
            taken = done;
            if (first + done < end) {
                STUCK.add(rows.get(first + done).pid);
            }
        }
    }
}
