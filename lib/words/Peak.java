package words;

import breach.Sample;

import culprit.Answer;
import culprit.Growth;

import java.util.function.Function;

/**
 * What had grown when use was highest in a breach, as far as that was asked.
 *
 * @param lead what had grown
 * @param usedPercent how high use was
 */
public record Peak(Lead lead, double usedPercent) {
    /** It was not asked yet. */
    public static final Peak NONE = new Peak(Lead.NONE, 0);

    /** What has grown, see {@link Lead#of}, at this use. */
    public static Peak of(Answer answer, Sample sample, Function<Growth.Item, String> detail) {
        return new Peak(Lead.of(answer, detail), sample.usedPercent());
    }

    /** The same, where the heap did not hold what had grown. */
    public Peak outOfHeap() {
        return new Peak(Lead.OUT_OF_HEAP, usedPercent);
    }

    /** True if use is higher by some points: it is worth asking again. */
    public boolean isBelow(Sample sample, double points) {
        return sample.usedPercent() >= usedPercent + points;
    }
}
