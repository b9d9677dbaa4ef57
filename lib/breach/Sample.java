package breach;

import java.util.concurrent.TimeUnit;

/**
 * Overall use at one moment.
 *
 * @param nanos when it was taken, on the monotonic clock of {@link System#nanoTime}
 * @param lateNanos how much later that was than it should have been
 * @param epochMillis when it was taken, on the wall clock
 * @param usedPercent (MemTotal − MemAvailable) ÷ MemTotal, see proc(5), meminfo
 * @param cpuPercent busy time of all processors, over the half second before at least
 * @param oomKills how many processes the kernel has killed for lack of memory since boot
 */
public record Sample(
        long nanos,
        long lateNanos,
        long epochMillis,
        double usedPercent,
        double cpuPercent,
        long oomKills) {
    /** A sample that comes later than this is worth a note. */
    private static final long STALL_MILLIS = 1000;

    /**
     * True if a machine can be so. Figures may contradict each other: of a container and its host,
     * or counters that go back. NaN is no use at all.
     */
    public boolean isPossible() {
        return usedPercent >= 0 && usedPercent <= 100 && cpuPercent >= 0 && cpuPercent <= 100;
    }

    /** The same for practice, for which any will do that is possible. */
    public Sample possible() {
        return isPossible() ? this : new Sample(nanos, lateNanos, epochMillis, 0, 0, oomKills);
    }

    /** True if the sampler was held up, as a machine that thrashes does. */
    public boolean isStalled() {
        return lateNanos > TimeUnit.MILLISECONDS.toNanos(STALL_MILLIS);
    }
}
