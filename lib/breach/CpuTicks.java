package breach;

import java.util.concurrent.TimeUnit;

/**
 * What CPU use is measured from: over less than half a second it would be an accident.
 *
 * @param nanos when the older ticks were read
 * @param ticks the processors' ticks at that time
 * @param newerNanos when the newer ones were read; from half a second later on, they are measured
 *     from
 * @param newerTicks those
 */
public record CpuTicks(long nanos, long[] ticks, long newerNanos, long[] newerTicks) {
    /** Over less time than this, CPU use is not told. */
    public static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The first ticks of all. */
    public CpuTicks(long nanos, long[] ticks) {
        this(nanos, ticks, nanos, ticks);
    }

    /** What to measure from when ticks have been read once more. */
    public CpuTicks with(long nowNanos, long[] now) {
        return nowNanos - newerNanos < LEAST_NANOS
                ? this
                : new CpuTicks(newerNanos, newerTicks, nowNanos, now);
    }
}
