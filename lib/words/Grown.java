package words;

import culprit.Answer;
import culprit.Growth;

import text.Units;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What grew, is new or is gone, in words. */
final class Grown {
    /** Growth is little if it is less than this part of what the largest command has. */
    private static final double LITTLE = 0.01;

    /** An item that was as large before counts as its size divided by this. */
    private static final int AS_BEFORE = 16;

    /** Those that are not named are counted if they have more than this part of all. */
    private static final double MORE = 0.1;

    /** How a note about figures that cannot all be true begins. */
    static final String DOUBTFUL = "doubtful: the kernel's figures contradict each other: ";

    private Grown() {}

    /** What grew, what is new and what is gone, the most important first. */
    static String text(Growth growth, Function<Growth.Item, String> detail) {
        List<Growth.Change> changes = new ArrayList<>(List.of(Growth.Change.values()));
        changes.removeIf(change -> growth.items(change).isEmpty());
        changes.sort(
                Comparator.comparing((Growth.Change change) -> change == Growth.Change.GONE)
                        .thenComparing(change -> -growth.items(change).get(0).sizeKiB()));
        String since = " in " + Units.period(growth.nanos()) + ": ";
        if (changes.isEmpty()) {
            return "grown" + since + "nothing";
        }
        StringBuilder text = new StringBuilder();
        for (Growth.Change change : changes) {
            String word = change.jsonName;
            List<Growth.Item> items = growth.items(change);
            text.append(text.length() == 0 ? word + since : "; " + word + ": ");
            text.append(
                    items.stream()
                            .limit(Growth.NAMED)
                            .map(item -> text(item, detail) + text(item.course()))
                            .collect(Collectors.joining(", ")));
            text.append(more(change, items));
        }
        return text.toString();
    }

    /** How many are not named, and how large all of these are; empty: small. */
    private static String more(Growth.Change change, List<Growth.Item> items) {
        int more = Math.max(0, items.size() - Growth.NAMED);
        long allKiB = newsKiB(items);
        long moreKiB = newsKiB(items.subList(items.size() - more, items.size()));
        boolean isMuch = moreKiB > MORE * allKiB;
        return isMuch ? ", " + more + " more" + sign(change) + Units.size(moreKiB) : "";
    }

    private static String sign(Growth.Change change) {
        return switch (change) {
            case GROWN -> " +";
            case NEW -> " ";
            case GONE -> " had ";
        };
    }

    private static String text(Growth.Course course) {
        int times = course.replacements();
        return (course.isSteady() ? ", steadily" : "")
                + (course.isAsBefore() ? ", as large before" : "")
                + (times > 1 ? ", replaced " + times + " times" : "");
    }

    private static String text(Growth.Item item, Function<Growth.Item, String> detail) {
        String members =
                item.members().stream()
                        .limit(Growth.NAMED)
                        .map(member -> text(member, detail))
                        .collect(Collectors.joining(", "));
        int more = item.members().size() - Growth.NAMED;
        members += more > 0 ? ", " + more + " more" : "";
        members += members.isEmpty() || item.isExplained() ? "" : "; the rest cannot be told apart";
        String unit = unit(item).isEmpty() ? "" : " in " + unit(item);
        return (who(item, detail) + unit + sign(item.change()) + Units.size(item.sizeKiB()))
                + (item.isShared() ? " (shared)" : "")
                + (members.isEmpty() ? "" : " (" + members + ")");
    }

    /** Who an item is, without its unit: {@code java app.jar (812)}. */
    static String who(Growth.Item item, Function<Growth.Item, String> detail) {
        String more = detail.apply(item);
        String name = item.name() + (more.isEmpty() ? "" : " " + more);
        return switch (item.level()) {
            case PROCESS -> name + pid(item);
            case GROUP -> name + " ×" + item.count();
            case UNIT -> item.unit();
            case JOB -> item.count() + " processes of " + name + pid(item);
            case USER -> item.count() + " processes of user " + name;
            case KIND -> name;
        };
    }

    /** The unit in which an item is; empty: none, or the item is a unit, or in several. */
    static String unit(Growth.Item item) {
        return switch (item.level()) {
            case PROCESS, GROUP, KIND -> item.unit();
            case UNIT, JOB, USER -> "";
        };
    }

    private static String pid(Growth.Item item) {
        return item.pid() == 0 ? "" : " (" + item.pid() + ")"; // a job's leader may have gone
    }

    /** How much RAM the machine has lost. */
    static String shrunk(Answer.Shrunk shrunk) {
        String sizes = Units.size(shrunk.beforeKiB()) + " to " + Units.size(shrunk.nowKiB());
        return "RAM shrank from " + sizes + " in " + Units.period(shrunk.nanos());
    }

    static String doubt(Growth growth) {
        String named = Units.size(growth.namedKiB());
        String most = Units.size(growth.mostKiB());
        return DOUBTFUL + "all that is named is " + named + ", but it can be no more than " + most;
    }

    /** True if the machine has lost more RAM than all that grew or is new. */
    static boolean hasMostlyShrunk(Answer answer) {
        return answer.shrunk().isPresent()
                && answer.shrunk().get().lostKiB() > answer.growth().namedKiB();
    }

    /** What grew or is new, by {@link #newsKiB}, the largest first. */
    static List<Growth.Item> largestFirst(Growth growth) {
        return growth.items().stream()
                .filter(item -> item.change() != Growth.Change.GONE)
                .sorted(Comparator.comparingLong(item -> -newsKiB(item)))
                .toList();
    }

    /** The size of an item when it is compared with others; three of a sort know their past. */
    static long newsKiB(Growth.Item item) {
        return item.course().isAsBefore() ? item.sizeKiB() / AS_BEFORE : item.sizeKiB();
    }

    static long newsKiB(List<Growth.Item> items) {
        long sum = 0;
        for (Growth.Item item : items) {
            sum += newsKiB(item);
        }
        return sum;
    }

    /** The command that has most, if growth is little beside that; else empty. */
    static String hasMost(Answer answer) {
        List<Growth.Item> grown = largestFirst(answer.growth());
        long grownKiB = grown.isEmpty() ? 0 : grown.get(0).sizeKiB();
        return answer.owners().byCommand().stream()
                .limit(1)
                .filter(owner -> grownKiB < LITTLE * owner.sizeKiB())
                .map(owner -> owner.name() + " has most, " + Units.size(owner.sizeKiB()))
                .collect(Collectors.joining());
    }
}
