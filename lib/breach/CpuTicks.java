package breach;

import java.util.concurrent.TimeUnit;

/**
 * What CPU use is measured from: over less than half a second it would be an accident. Two readings
 * are kept: use is measured from the older one until the newer one is old enough.
 *
 * @param nanos when the older ticks were read
 * @param ticks the older ticks of all processors
 * @param newerNanos when the newer ticks were read
 * @param newerTicks the newer ticks
 */
public record CpuTicks(long nanos, long[] ticks, long newerNanos, long[] newerTicks) {
    /** Over less time than this, CPU use is not told. */
    public static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The first ticks of all. */
    public CpuTicks(long nanos, long[] ticks) {
        this(nanos, ticks, nanos, ticks);
    }

    /**
     * CPU use in percent since then; NaN: the counters went back, and what it was is not known.
     * Idle time alone may go back a little, see proc(5), iowait: then there was none.
     *
     * @param now the processors' ticks, of which those at {@code idle} and {@code waiting} are idle
     */
    public double percent(long[] now, int idle, int waiting) {
        long all = 0;
        for (int i = 0; i < now.length; i++) {
            all += now[i] - ticks[i];
        }
        long idleTicks = now[idle] - ticks[idle] + now[waiting] - ticks[waiting];
        long busy = all - idleTicks;
        if (all == 0) {
            return 0;
        }
        return all < 0 || busy < 0 ? Double.NaN : Math.min(100, 100.0 * busy / all);
    }

    /** What to measure from when ticks have been read once more. */
    public CpuTicks with(long nowNanos, long[] now) {
        return nowNanos - newerNanos < LEAST_NANOS
                ? this
                : new CpuTicks(newerNanos, newerTicks, nowNanos, now);
    }
}
