package words;

import breach.Sample;

/**
 * What had grown when use was highest in a breach, as far as that was asked.
 *
 * @param lead what had grown
 * @param usedPercent how high use was
 */
public record Peak(Lead lead, double usedPercent) {
    /** It was not asked yet. */
    public static final Peak NONE = new Peak(Lead.NONE, 0);

    /** True if use is higher by some points: it is worth asking again. */
    public boolean isBelow(Sample sample, double points) {
        return sample.usedPercent() >= usedPercent + points;
    }
}
