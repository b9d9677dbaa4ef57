package breach;

/**
 * Memory use above the threshold, from the first sample above it to the last one so far.
 *
 * @param first the first sample above it
 * @param peak the sample with the highest use
 * @param last the last sample, which is at or below the threshold during a dip
 * @param belowNanos when the present dip began, on the clock of {@link Sample#nanos}; equal to
 *     {@link #ABOVE}: there is none
 * @param dips how many dips are over: use came back above the threshold
 * @param stalledNanos how late samples have come, all together
 * @param recordedPercent use when the last record was made; NaN: there is none yet
 */
public record Breach(
        double thresholdPercent,
        Sample first,
        Sample peak,
        Sample last,
        long belowNanos,
        int dips,
        long stalledNanos,
        double recordedPercent) {
    /** What {@link #belowNanos} is without a dip. */
    public static final long ABOVE = Long.MIN_VALUE;

    /** The breach that begins with a sample. */
    public static Breach begin(double thresholdPercent, Sample first) {
        return new Breach(
                thresholdPercent, first, first, first, ABOVE, 0, stall(first), Double.NaN);
    }

    /** The breach with one more sample. */
    public Breach with(Sample sample) {
        boolean above = sample.usedPercent() > thresholdPercent;
        return new Breach(
                thresholdPercent,
                first,
                sample.usedPercent() > peak.usedPercent() ? sample : peak,
                sample,
                above ? ABOVE : isDip() ? belowNanos : sample.nanos(),
                dips + (above && isDip() ? 1 : 0),
                stalledNanos + stall(sample),
                recordedPercent);
    }

    /** The breach of which the last sample has been recorded. */
    public Breach recorded() {
        return new Breach(
                thresholdPercent,
                first,
                peak,
                last,
                belowNanos,
                dips,
                stalledNanos,
                last.usedPercent());
    }

    /** True once it has been recorded: it has lasted long enough. */
    public boolean isIncident() {
        return !Double.isNaN(recordedPercent);
    }

    /** True while use is at or below the threshold, but may come back. */
    public boolean isDip() {
        return belowNanos != ABOVE;
    }

    /** How long the present dip has lasted. */
    public long dipNanos() {
        return last.nanos() - belowNanos;
    }

    /** How long it has lasted, dips before the present one included. */
    public long elapsedNanos() {
        return (isDip() ? belowNanos : last.nanos()) - first.nanos();
    }

    /** How many processes the kernel has killed since it began. */
    public long oomKills() {
        return last.oomKills() - first.oomKills();
    }

    private static long stall(Sample sample) {
        return sample.isStalled() ? sample.lateNanos() : 0;
    }
}
