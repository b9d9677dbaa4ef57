package procfs;

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
 * @param ticksPerSecond clock ticks per second, see sysconf(3)
 * @param now the local time
 */
public record BootClock(long bootTicks, long bootSeconds, long ticksPerSecond, ZonedDateTime now) {
    /** How many clock ticks are a second. */
    public static final long TICKS_PER_SECOND = auxiliary(17, 100); // AT_CLKTCK

    /** The present moment. */
    public static BootClock read() {
        ProcFile file = new ProcFile();
        file.read("/proc/uptime", 64); // seconds with two decimals
        int point = 0;
        while (point < file.length() && file.bytes()[point] != '.') {
            point++;
        }
        long uptimeCentis = file.number(0) * 100 + file.number(point + 1);
        return new BootClock(
                uptimeCentis * TICKS_PER_SECOND / 100,
                bootEpochSeconds(),
                TICKS_PER_SECOND,
                ZonedDateTime.now());
    }

    /** When the machine was started, in seconds since 1970. */
    public static long bootEpochSeconds() {
        ProcFile file = new ProcFile();
        file.read("/proc/stat", 1 << 24);
        return file.figure("btime");
    }

    /** A process's age in clock ticks; not positive: it has just been started. */
    public long elapsedTicks(Stat process) {
        return bootTicks - process.startTicks();
    }

    /** Clock ticks as seconds. */
    public double seconds(long ticks) {
        return (double) ticks / ticksPerSecond;
    }

    /** When a process was started, in local time. */
    public LocalDateTime started(Stat process) {
        long second = bootSeconds + process.startTicks() / ticksPerSecond;
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
