package words;

import breach.Sample;

import culprit.Answer;
import culprit.Growth;

import java.util.function.Function;

/**
 * What had grown when use was highest in a breach.
 *
 * @param lead what had grown when this was last asked
 * @param usedPercent use then
 */
public record Peak(Lead lead, double usedPercent) {
    /** It was not asked yet. */
    public static final Peak NONE = new Peak(Lead.NONE, 0);

    /** What has grown, see {@link Lead#of}, at this use. */
    public static Peak of(Answer answer, Sample sample, Function<Growth.Item, String> detail) {
        return new Peak(Lead.of(answer, detail), sample.usedPercent());
    }

    /** The same, if the heap does not hold the answer. */
    public Peak outOfHeap() {
        return new Peak(Lead.OUT_OF_HEAP, usedPercent);
    }

    /** True if use is higher by some points: then it is asked again. */
    public boolean isBelow(Sample sample, double points) {
        return sample.usedPercent() >= usedPercent + points;
    }
}
