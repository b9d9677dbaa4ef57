package culprit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * What grew between two moments, what is new and what is gone: at the right level, and each page
 * for one owner only.
 *
 * @param nanos how long that was
 * @param riseKiB how much more memory and swap are in use
 * @param items the largest first
 */
public record Growth(long nanos, long riseKiB, List<Item> items) {
    /** What explains this part of the rise is the right level. */
    static final double ENOUGH = 0.5;

    /** How something changed. */
    public enum Change {
        /** It was there before. */
        GROWN("grown"),
        /** It was not. */
        NEW("new"),
        /** It is not there any more. */
        GONE("gone");

        /** What it is called in notes and in JSON. */
        public final String jsonName;

        Change(String jsonName) {
            this.jsonName = jsonName;
        }
    }

    /** What an item is. */
    public enum Level {
        /** One process. */
        PROCESS("process"),
        /** Processes of one name in one unit; with members: in several units. */
        GROUP("group"),
        /** A unit or a container, with all that it is charged. */
        UNIT("unit"),
        /** What a session leader has started. */
        JOB("job"),
        /** All processes of a user. */
        USER("user"),
        /** Memory that no process has. */
        KIND("kind");

        /** What it is called in JSON. */
        public final String jsonName;

        Level(String jsonName) {
            this.jsonName = jsonName;
        }
    }

    /**
     * Something that grew, is new or is gone.
     *
     * @param name the command's name; a kind in words
     * @param unit where it is; empty: nowhere, or unknown
     * @param pid the process, or a group's largest one, or a job's session leader; 0: there is none
     * @param count how many processes it has
     * @param sizeKiB how much it grew, or had
     * @param isShared true if processes share a good part of what they have
     * @param members what a unit, a job, a command in several units or a user consists of, the
     *     largest first
     */
    public record Item(
            Change change,
            Level level,
            String name,
            String unit,
            int pid,
            int count,
            long sizeKiB,
            boolean isShared,
            List<Item> members) {
        GroupKey key() {
            return new GroupKey(unit, name);
        }
    }

    static final Comparator<Item> LARGEST_FIRST =
            Comparator.<Item>comparingLong(item -> -item.sizeKiB).thenComparing(Item::name);

    /** Nobody changes the items later. */
    public Growth {
        items = List.copyOf(items);
    }

    /** True if an item itself is in a list: the first equals() of a record makes 100 classes. */
    public static boolean isIn(List<Item> items, Item item) {
        for (Item each : items) {
            if (each == item) {
                return true;
            }
        }
        return false;
    }

    /** The same with some items only. */
    public Growth some(Predicate<Item> wanted) {
        List<Item> some = new ArrayList<>(items);
        some.removeIf(item -> !wanted.test(item));
        return new Growth(nanos, riseKiB, some);
    }

    /** The items that changed in one way, the largest first. */
    public List<Item> items(Change change) {
        return some(item -> item.change == change).items;
    }
}
