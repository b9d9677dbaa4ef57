package words;

import culprit.Answer;
import culprit.Growth;

import text.Units;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What grew, is new or is gone, in words. */
final class Grown {
    /** What grew by less than this part of what one command has is little. */
    private static final double LITTLE = 0.01;

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
            text.append(text.length() == 0 ? word + since : "; " + word + ": ");
            text.append(
                    growth.items(change).stream()
                            .limit(Growth.NAMED)
                            .map(item -> text(item, detail) + (item.isSteady() ? ", steadily" : ""))
                            .collect(Collectors.joining(", ")));
        }
        return text.toString();
    }

    private static String text(Growth.Item item, Function<Growth.Item, String> detail) {
        String size =
                switch (item.change()) {
                    case GROWN -> " +";
                    case NEW -> " ";
                    case GONE -> " had ";
                };
        String members =
                item.members().stream()
                        .limit(Growth.NAMED)
                        .map(member -> text(member, detail))
                        .collect(Collectors.joining(", "));
        String unit = unit(item).isEmpty() ? "" : " in " + unit(item);
        return who(item, detail)
                + unit
                + size
                + Units.size(item.sizeKiB())
                + (item.isShared() ? " (shared)" : "")
                + (members.isEmpty() ? "" : " (" + members + ")");
    }

    /** Who an item is, without its unit: {@code java app.jar (812)}. */
    static String who(Growth.Item item, Function<Growth.Item, String> detail) {
        String more = detail.apply(item);
        String name = item.name() + (more.isEmpty() ? "" : " " + more);
        return switch (item.level()) {
            case PROCESS -> name + " (" + item.pid() + ")";
            case GROUP -> name + " ×" + item.count();
            case UNIT -> item.unit();
            case JOB -> item.count() + " processes of " + name + leader(item);
            case USER -> item.count() + " processes of user " + name;
            case KIND -> name;
        };
    }

    /** The unit in which an item is; empty where that is not known, or goes without saying. */
    static String unit(Growth.Item item) {
        return switch (item.level()) {
            case PROCESS, GROUP, KIND -> item.unit();
            case UNIT, JOB, USER -> "";
        };
    }

    private static String leader(Growth.Item job) {
        return job.pid() == 0 ? "" : " (" + job.pid() + ")";
    }

    /** How much RAM the machine has lost; empty: none. */
    static String shrunk(Answer answer) {
        if (answer.shrunk().isEmpty()) {
            return "";
        }
        Answer.Shrunk shrunk = answer.shrunk().get();
        String sizes = Units.size(shrunk.beforeKiB()) + " to " + Units.size(shrunk.nowKiB());
        return "RAM shrank from " + sizes + " in " + Units.period(shrunk.nanos());
    }

    /** True if the machine has lost more RAM than what grew or is new in all. */
    static boolean hasMostlyShrunk(Answer answer) {
        return answer.shrunk().isPresent()
                && answer.shrunk().get().lostKiB() > answer.growth().namedKiB();
    }

    /** The largest of what grew or is new. */
    static Optional<Growth.Item> first(Growth growth) {
        return largest(growth, 0);
    }

    /** The second largest of that. */
    static Optional<Growth.Item> second(Growth growth) {
        return largest(growth, 1);
    }

    private static Optional<Growth.Item> largest(Growth growth, int place) {
        return growth.items().stream()
                .filter(item -> item.change() != Growth.Change.GONE)
                .sorted(Comparator.comparingLong(item -> -item.sizeKiB()))
                .skip(place)
                .findFirst();
    }

    /** Which command has most, if what grew is nothing beside that; else empty. */
    static String hasMost(Answer answer) {
        long grownKiB = first(answer.growth()).map(Growth.Item::sizeKiB).orElse(0L);
        return answer.owners().byCommand().stream()
                .limit(1)
                .filter(owner -> grownKiB < LITTLE * owner.sizeKiB())
                .map(owner -> owner.name() + " has most, " + Units.size(owner.sizeKiB()))
                .collect(Collectors.joining());
    }
}
