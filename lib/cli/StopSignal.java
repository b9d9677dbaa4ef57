package cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** SIGTERM and SIGINT: the JVM ends when the program has, so that a record is finished first. */
public final class StopSignal {
    /** How long the end may take. It counts by hand: a service is killed sooner by systemd. */
    private static final long MOST_SECONDS = 30;

    private final CountDownLatch came = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Listens from now on. It waits once, for practice: an incident loads no class then. */
    public void listen() {
        try {
            came.await(1, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::shutDown, "stop"));
    }

    private void shutDown() {
        came.countDown();
        try {
            ended.await(MOST_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for it until then, on the clock of {@link System#nanoTime}; true: it has come. */
    public boolean await(long untilNanos) throws InterruptedException {
        return came.await(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    /** Ends the program; if the signal has come, the JVM is on its way out already. */
    public void exit(int status) {
        ended.countDown();
        if (came.getCount() > 0) {
            System.exit(status);
        }
    }
}
