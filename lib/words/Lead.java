package words;

import culprit.Answer;
import culprit.Growth;

import text.Reason;
import text.Units;

import java.util.Optional;
import java.util.function.Function;

/**
 * The answer in a few words, and the same as values.
 *
 * @param text {@code postgres ×30 in postgresql@15-main +1.1 GiB in 10 min}; empty: it is not known
 * @param culprit who ate it; empty: nobody did, or it is not known
 */
public record Lead(String text, Optional<Culprit> culprit) {
    /** It is not known. */
    public static final Lead NONE = new Lead("", Optional.empty());

    /** The heap does not hold it. */
    public static final Lead OUT_OF_HEAP =
            new Lead("what ate it is not known: " + Reason.OUT_OF_HEAP, Optional.empty());

    /**
     * Who ate it, how much, and in what time.
     *
     * @param who the process, the group of processes or the kind: {@code postgres ×30}
     * @param unit the unit or container in which it is; empty: none, or it is the culprit itself
     * @param sizeKiB how much it ate
     * @param isShared true if processes share a good part of that
     * @param nanos how long that took
     */
    public record Culprit(String who, String unit, long sizeKiB, boolean isShared, long nanos) {
        private static Culprit of(
                Growth.Item item, long nanos, Function<Growth.Item, String> detail) {
            return new Culprit(
                    withoutSuffix(Grown.who(item, detail)),
                    withoutSuffix(Grown.unit(item)),
                    item.sizeKiB(),
                    item.isShared(),
                    nanos);
        }

        private String text() {
            return who
                    + (unit.isEmpty() ? "" : " in " + unit)
                    + (" +" + Units.size(sizeKiB) + (isShared ? " (shared)" : ""));
        }
    }

    /** The second largest is told as well if it is this part of the largest. */
    private static final double SECOND = 0.5;

    /**
     * Takes the largest item that is named, if it is not little, and one that is nearly as large;
     * nobody where the machine has lost more RAM than what grew.
     *
     * @param detail tells apart what its name does not: the jar of a {@code java}; empty: nothing
     */
    public static Lead of(Answer answer, Function<Growth.Item, String> detail) {
        Lead grown = ofGrown(answer, detail);
        return Grown.hasMostlyShrunk(answer)
                ? new Lead(Grown.shrunk(answer), Optional.empty())
                : grown;
    }

    private static Lead ofGrown(Answer answer, Function<Growth.Item, String> detail) {
        Optional<Growth.Item> first = Grown.first(answer.growth());
        String most = Grown.hasMost(answer);
        long nanos = answer.growth().nanos();
        if (first.isEmpty() || !most.isEmpty()) {
            String little = (first.isEmpty() ? "nothing" : "little") + " has grown in ";
            String text = little + Units.period(nanos) + (most.isEmpty() ? "" : "; ") + most;
            return new Lead(text, Optional.empty());
        }
        Culprit culprit = Culprit.of(first.get(), nanos, detail);
        String second =
                Grown.second(answer.growth())
                        .filter(item -> item.sizeKiB() >= SECOND * culprit.sizeKiB)
                        .map(item -> ", " + Culprit.of(item, nanos, detail).text())
                        .orElse("");
        String text = culprit.text() + second + " in " + Units.period(nanos);
        return new Lead(text, Optional.of(culprit));
    }

    /** The same with some more words. */
    public Lead and(String words) {
        return new Lead(text + words, culprit);
    }

    private static String withoutSuffix(String unit) {
        return unit.replaceFirst("[.]service$", "");
    }
}
