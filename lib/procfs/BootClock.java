package procfs;

import deadline.TimeLimiter;

import text.LocalZone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One moment, and what turns the kernel's times into those of the table.
 *
 * @param bootTicks clock ticks since the machine was started, time asleep included
 * @param bootSeconds when it was started, in seconds since 1970
 */
public record BootClock(long bootTicks, long bootSeconds, ZonedDateTime now) {
    /** How many clock ticks are a second, see sysconf(3). */
    public static final long TICKS_PER_SECOND = auxiliary(17, 100); // AT_CLKTCK

    /** How long a tick is. */
    public static final long NANOS_PER_TICK = 1_000_000_000 / TICKS_PER_SECOND;

    /**
     * How far the start times of processes are ahead of {@code /proc/uptime}: in a container with
     * lxcfs that is the container's, and they are the host's.
     */
    private static final long AHEAD_TICKS = aheadTicks();

    private static long aheadTicks() {
        long before = uptimeTicks();
        FutureTask<Stat> born = new FutureTask<>(new OfThread());
        TimeLimiter.daemon("clock", born).start();
        try {
            Stat thread = born.get();
            boolean isOne = before <= thread.startTicks() && thread.startTicks() <= uptimeTicks();
            return isOne ? 0 : thread.startTicks() - before;
        } catch (InterruptedException | ExecutionException e) {
            return 0; // it is not to be known
        }
    }

    /** Its own thread; a class of its own, for the one around it is not ready yet. */
    private static final class OfThread implements Callable<Stat> {
        @Override
        public Stat call() throws IOException {
            ProcFile file = new ProcFile();
            Stat stat = file.read("/proc/thread-self/stat", 4096) ? Stat.parse(0, file) : null;
            if (stat == null) {
                throw new IOException("the kernel does not tell when this thread was started");
            }
            return stat;
        }
    }

    private static long uptimeTicks() {
        String seconds = ProcFile.text("/proc/uptime"); // with two decimals
        return ProcFile.of(seconds.replaceFirst("[.]", "")).number(0) * TICKS_PER_SECOND / 100;
    }

    public static BootClock read() {
        return new BootClock(
                uptimeTicks(), bootEpochSeconds(), ZonedDateTime.now(LocalZone.zone()));
    }

    /** When the machine was started, in seconds since 1970. */
    public static long bootEpochSeconds() {
        return ProcFile.figure("/proc/stat", "btime");
    }

    /** The moment on the clock of processes' start times. */
    public long startClockTicks() {
        return bootTicks + AHEAD_TICKS;
    }

    /** A process's age in clock ticks; not positive: it has just been started. */
    public long elapsedTicks(Stat process) {
        return bootTicks - process.startTicks();
    }

    public double seconds(long ticks) {
        return (double) ticks / TICKS_PER_SECOND;
    }

    /** When a process was started, in local time. */
    public LocalDateTime started(Stat process) {
        long second = bootSeconds + process.startTicks() / TICKS_PER_SECOND;
        return LocalDateTime.ofInstant(Instant.ofEpochSecond(second), now.getZone());
    }

    /** A value of the auxiliary vector, see getauxval(3). */
    static long auxiliary(long wanted, long otherwise) {
        ProcFile file = new ProcFile();
        file.read("/proc/self/auxv", 4096);
        ByteBuffer vector =
                ByteBuffer.wrap(file.bytes(), 0, file.length()).order(ByteOrder.nativeOrder());
        boolean longs = "64".equals(System.getProperty("sun.arch.data.model"));
        while (vector.remaining() >= (longs ? 16 : 8)) {
            long type = longs ? vector.getLong() : vector.getInt();
            long value = longs ? vector.getLong() : vector.getInt();
            if (type == wanted) {
                return value;
            }
        }
        return otherwise;
    }
}
