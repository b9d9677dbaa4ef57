package procfs;

import text.LocalZone;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;

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
     * How far the start times of processes are ahead of {@code /proc/uptime}. With lxcfs that tells
     * how long the container's first process runs, and they are the host's.
     */
    private static final long AHEAD_TICKS =
            Scope.isOfContainer("/proc/uptime") ? startTicksOfFirst() : 0;

    private static long startTicksOfFirst() {
        ProcFile file = new ProcFile();
        file.read("/proc/1/stat", 4096);
        Stat first = Stat.parse(1, file);
        return first == null ? 0 : first.startTicks();
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
        while (vector.remaining() >= 16) { // on 32 bits it has another form, and nothing is found
            long type = vector.getLong();
            long value = vector.getLong();
            if (type == wanted) {
                return value;
            }
        }
        return otherwise;
    }
}
