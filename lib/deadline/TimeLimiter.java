package deadline;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls what may hang, on a thread of its own, and waits no longer than a given time. */
public final class TimeLimiter {
    /** Why a call failed that took too long. */
    public static final String HANGS = "the disk does not answer";

    private final long limitMillis;

    /** The last call, which may still hang. Guarded by this, and by {@link #turn}. */
    private FutureTask<?> last;

    /** Where the thread waits for the next call. */
    private final Object turn = new Object();

    /**
     * Starts the thread: when memory is short it may be too late for that.
     *
     * @param limitMillis how long to wait for each call
     */
    public TimeLimiter(String name, long limitMillis) {
        this.limitMillis = limitMillis;
        repeat(name, this::answer);
    }

    private void answer() throws InterruptedException {
        FutureTask<?> call;
        synchronized (turn) {
            while (last == null || last.isDone()) {
                turn.wait(); // unlike a queue, without an object of the heap, which may be full
            }
            call = last;
        }
        call.run();
    }

    /**
     * Calls something.
     *
     * @return what it returned
     * @throws IOException if it has not returned within the time, or the call before still hangs;
     *     whatever exception it threw, as the cause or itself
     */
    public synchronized <T> T call(Callable<T> callable) throws IOException {
        if (hangs()) {
            throw new IOException(HANGS);
        }
        FutureTask<T> call = new FutureTask<>(callable);
        synchronized (turn) {
            last = call;
            turn.notifyAll();
        }
        try {
            return call.get(limitMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(HANGS, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(HANGS, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) { // no heap: that is nobody else's fault
                throw error;
            }
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        }
    }

    /** True if the last call has not returned yet. */
    public synchronized boolean hangs() {
        return last != null && !last.isDone();
    }

    /** What a thread does, again and again. */
    public interface Step {
        void run() throws InterruptedException;
    }

    /**
     * Starts a thread that does something again and again, and keeps no program from ending. Where
     * the heap has no room for a step, that step is given up: others go on.
     */
    public static void repeat(String name, Step step) {
        Runnable steps =
                () -> {
                    try {
                        while (true) {
                            try {
                                step.run();
                            } catch (OutOfMemoryError e) {
                                Thread.sleep(1); // others may give back what they hold
                            }
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                };
        daemon(name, steps).start();
    }

    /**
     * A thread of a pool: where the heap has no room for what it needs between two tasks, it ends,
     * and the pool makes another one.
     */
    public static Thread replaceable(String name, Runnable task) {
        Thread thread = daemon(name, task);
        Thread.UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
        thread.setUncaughtExceptionHandler(
                (ended, e) -> {
                    if (!(e instanceof OutOfMemoryError)) {
                        others.uncaughtException(ended, e);
                    }
                });
        return thread;
    }

    /** A thread that keeps no program from ending. */
    public static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
