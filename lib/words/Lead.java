package words;

import culprit.Answer;
import culprit.Growth;

import text.Reason;
import text.Units;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The answer in a few words, and the same as values.
 *
 * @param text {@code postgres ×30 in postgresql@15-main +1.1 GiB in 10 min}; empty: it is not known
 * @param culprit who ate it; empty: nobody did, or it is not known
 */
public record Lead(String text, Optional<Culprit> culprit) {
    public static final Lead NONE = new Lead("", Optional.empty());

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
        private static Culprit of(Growth.Item item, Function<Growth.Item, String> detail) {
            String who = Grown.who(item, detail);
            return new Culprit(
                    item.level() == Growth.Level.UNIT ? withoutSuffix(who) : who,
                    withoutSuffix(Grown.unit(item)),
                    item.sizeKiB(),
                    item.isShared(),
                    item.nanos());
        }

        private String text() {
            return who
                    + (unit.isEmpty() ? "" : " in " + unit)
                    + (" +" + Units.size(sizeKiB) + (isShared ? " (shared)" : ""));
        }
    }

    /** The second largest item is named, too, if it is this part of the largest. */
    private static final double SECOND = 0.5;

    /** What grew in the last minutes is named, too, if it is this part of the largest. */
    private static final double LAST = 1 / 16.0;

    /**
     * Names the largest item, if it is not little, and one that is nearly as large; no item if the
     * machine has lost more RAM than all that grew.
     *
     * @param detail tells apart what its name does not: the jar of a {@code java}; empty: nothing
     */
    public static Lead of(Answer answer, Function<Growth.Item, String> detail) {
        if (Grown.hasMostlyShrunk(answer)) {
            return new Lead(Grown.shrunk(answer.shrunk().get()), Optional.empty());
        }
        List<Growth.Item> grown = Grown.largestFirst(answer.growth());
        String most = Grown.hasMost(answer);
        if (grown.isEmpty() || !most.isEmpty()) {
            String little = (grown.isEmpty() ? "nothing" : "little") + " has grown in ";
            String period = Units.period(answer.growth().nanos());
            String text = little + period + (most.isEmpty() ? "" : "; ") + most;
            return new Lead(text, Optional.empty());
        }
        Growth.Item first = grown.get(0);
        Culprit culprit = Culprit.of(first, detail);
        String text = culprit.text();
        boolean hasSecond =
                grown.size() > 1 && Grown.newsKiB(grown.get(1)) >= SECOND * Grown.newsKiB(first);
        List<Growth.Item> told = grown.subList(0, hasSecond ? 2 : 1);
        text += hasSecond ? ", " + Culprit.of(grown.get(1), detail).text() : "";
        text += more(grown, told.size());
        text += " in " + Units.period(Math.max(first.nanos(), told.get(told.size() - 1).nanos()));
        text += answer.latest().map(latest -> then(told, latest, detail)).orElse("");
        return answer.growth().isDoubtful()
                ? new Lead("perhaps " + text, Optional.empty())
                : new Lead(text, Optional.of(culprit));
    }

    /** How many there are beside those that are told, if these are not half of all; else empty. */
    private static String more(List<Growth.Item> grown, int told) {
        long toldKiB = Grown.newsKiB(grown.subList(0, told));
        long moreKiB = Grown.newsKiB(grown.subList(told, grown.size()));
        int more = grown.size() - told;
        return moreKiB > toldKiB ? " and " + more + " more +" + Units.size(moreKiB) : "";
    }

    /** What grew in the last minutes, if it is large enough and another item; else empty. */
    private static String then(
            List<Growth.Item> told, Growth latest, Function<Growth.Item, String> detail) {
        List<Growth.Item> grown = Grown.largestFirst(latest);
        if (grown.isEmpty() || told.stream().anyMatch(grown.get(0)::isSame)) {
            return "";
        }
        Growth.Item last = grown.get(0);
        boolean isMuch =
                last.sizeKiB() >= LAST * told.get(0).sizeKiB()
                        && last.sizeKiB() >= SECOND * latest.riseKiB()
                        && !last.course().isAsBefore();
        String text = ", then " + Culprit.of(last, detail).text();
        return isMuch ? text + " in " + Units.period(last.nanos()) : "";
    }

    public Lead and(String words) {
        return new Lead(text + words, culprit);
    }

    private static String withoutSuffix(String unit) {
        return unit.replaceFirst("[.]service$", "");
    }
}
