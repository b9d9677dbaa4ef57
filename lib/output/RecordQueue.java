package output;

import deadline.TimeLimiter;

import text.Reason;
import text.Units;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Records on their way into a file. A thread writes them, so that a disk that hangs holds up
 * nobody; what cannot be written waits, and is tried again every second.
 */
public final class RecordQueue implements RecordSink, Backlog.Holder {
    /** How long to wait for a record to be written, and until the next try. */
    private static final long PATIENCE_MILLIS = 1000;

    private static final String NO_TABLE =
            "# its table was dropped: too many records wait for the log to be writable\n";

    private static final String LOST =
            "# %d older records were dropped: too many waited for the log to be writable%n%n";

    private static final String LOST_JSON = "{\"type\":\"lost\",\"records\":%d}%n";

    private final LogFile file;
    private final boolean isText;
    private final Backlog backlog;
    private final Console console;

    // Guarded by this

    /** Oldest first. */
    private final List<RecordText> waiting = new ArrayList<>();

    /** True while the first one is being written. */
    private boolean isWriting;

    /** Why the file does not take records; empty: it does. */
    private String problem = "";

    private int failures;

    // Since it does not take any

    private int kept;
    private int tablesLost;
    private int lost;

    /** Lost, and not noted in the file yet. */
    private final AtomicInteger unnoted = new AtomicInteger();

    /**
     * A queue for a file; the console is told what goes wrong, and prints what the file refuses.
     */
    public RecordQueue(LogFile file, Backlog backlog, Console console) {
        this.file = file;
        this.isText = file.format() == FileFormat.TEXT;
        this.backlog = backlog;
        this.console = console;
        backlog.add(this);
        TimeLimiter.repeat("log", this::writeNext);
    }

    /** Writes a record, or says why it has to wait. */
    @Override
    public void accept(Event event, RecordText text) {
        if (isText && !text.shortage().isEmpty()) {
            backlog.recordsShortened.incrementAndGet();
        }
        String why = add(text);
        if (!why.isEmpty()) {
            if (isText) {
                console.record(text.buffers());
            }
            console.event(
                    Console.ERROR,
                    "cannot write the log %s: %s; the record%s is kept until that works again",
                    file,
                    why,
                    isText ? " above" : "");
        }
        backlog.limit();
    }

    /** Adds a record, and waits a while for it to be written; returns why it is not. */
    private synchronized String add(RecordText text) {
        text.keep();
        waiting.add(text);
        notifyAll();
        boolean hangs = isWriting && !problem.isEmpty();
        int before = failures;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        try {
            while (!hangs && waiting.contains(text) && failures == before) {
                long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (millis <= 0) {
                    problem = problem.isEmpty() ? TimeLimiter.HANGS : problem;
                    hangs = true;
                } else {
                    wait(millis);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean isWritten = !waiting.contains(text);
        kept += isWritten ? 0 : 1;
        return isWritten ? "" : problem;
    }

    private void writeNext() throws InterruptedException {
        RecordText next = next();
        String works = written(next, write(next));
        if (!works.isEmpty()) {
            console.event(Console.NOTICE, "the log %s works again: %s", file, works);
        }
    }

    private synchronized RecordText next() throws InterruptedException {
        if (!problem.isEmpty()) {
            wait(PATIENCE_MILLIS); // or until one is added
        }
        while (waiting.isEmpty()) {
            wait();
        }
        isWriting = true;
        return waiting.get(0);
    }

    private String write(RecordText text) {
        try {
            int count = unnoted.get();
            if (count > 0) {
                String note = Units.format(isText ? LOST : LOST_JSON, count);
                file.append(Disk.utf8(note));
                unnoted.addAndGet(-count);
            }
            file.append(text.buffers());
            return "";
        } catch (IOException | OutOfMemoryError e) { // the latter: it is tried again
            return Reason.of(e);
        }
    }

    /** Takes note of what became of a record; returns what to say if all is well again. */
    private synchronized String written(RecordText text, String why) {
        isWriting = false;
        problem = why;
        if (why.isEmpty()) {
            waiting.remove(0);
            text.release();
        } else {
            failures++;
            backlog.writeErrors.incrementAndGet();
        }
        notifyAll();
        if (!waiting.isEmpty() || kept == 0) {
            return "";
        }
        String works = kept - lost + " kept records";
        works += tablesLost == 0 ? "" : ", " + tablesLost + " of them without their tables";
        works += losses();
        kept = tablesLost = lost = 0;
        return works;
    }

    private synchronized String losses() {
        return lost == 0 ? "" : "; " + lost + " older ones were dropped";
    }

    @Override
    public int left() {
        return records();
    }

    @Override
    public void giveUp(int left) {
        String what = "stopped with %d records that are not in %s%s";
        console.event(Console.ERROR, what, left, file, losses());
    }

    @Override
    public synchronized int heapBytes() {
        int sum = 0;
        for (RecordText record : waiting) {
            sum += record.heapBytes();
        }
        return sum;
    }

    @Override
    public synchronized int records() {
        return waiting.size();
    }

    /** Gives up the oldest table, then, when there are none, the oldest record. */
    @Override
    public synchronized boolean shed() {
        int first = isWriting ? 1 : 0;
        for (int i = first; i < waiting.size() && isText; i++) {
            RecordText record = waiting.get(i);
            if (record.hasTable() && record.heapBytes() > 0) {
                waiting.set(i, record.firstLine(NO_TABLE));
                record.release();
                tablesLost++;
                backlog.tablesLost.incrementAndGet();
                return true;
            }
        }
        if (first >= waiting.size()) {
            return false;
        }
        waiting.remove(first).release();
        lost++;
        backlog.recordsLost.incrementAndGet();
        unnoted.incrementAndGet();
        return true;
    }
}
