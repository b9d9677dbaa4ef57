package culprit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * What grew between two moments, what is new and what is gone, each page in one item.
 *
 * @param nanos how long that was
 * @param riseKiB how much more memory and swap are in use
 * @param givenBackKiB how much others gave back
 * @param items the largest first, what is gone behind all others
 */
public record Growth(long nanos, long riseKiB, long givenBackKiB, List<Item> items) {
    /** It is not known what has changed. */
    public static final Growth NONE = new Growth(0, 0, 0, List.of());

    /** This many items of a sort are named. */
    public static final int NAMED = 3;

    /** How something changed. */
    public enum Change {
        /** It was there before. */
        GROWN,
        /** It was not. */
        NEW,
        /** It is not there any more. */
        GONE;

        /** What it is called in notes and in JSON. */
        public final String jsonName = name().toLowerCase(Locale.ROOT);
    }

    /** What an item is. */
    public enum Level {
        /** One process. */
        PROCESS,
        /** Processes of one name in one unit; with members: in several units. */
        GROUP,
        /** A unit or a container, with all that it is charged. */
        UNIT,
        /** What a session leader has started. */
        JOB,
        /** All processes of a user. */
        USER,
        /** Memory that no process has. */
        KIND;

        /** What it is called in JSON. */
        public final String jsonName = name().toLowerCase(Locale.ROOT);
    }

    /**
     * How something came to its size.
     *
     * @param isSteady true if it grew steadily for an hour or longer
     * @param isAsBefore true if it was about as large before: that is no news
     * @param replacements how often another unit has taken its place, such as a container
     */
    public record Course(boolean isSteady, boolean isAsBefore, int replacements) {
        /** It has nothing special. */
        public static final Course NONE = new Course(false, false, 0);
    }

    /**
     * Something that grew, is new or is gone.
     *
     * @param name the command's name; a kind in words
     * @param unit where it is; empty: nowhere, or unknown
     * @param pid the process, or the one of a group that grew most, or was largest, or a job's
     *     session leader; 0: there is none
     * @param count how many processes it has
     * @param sizeKiB how much it grew, or had
     * @param nanos in which time: since it began, if it is new, at most that of the comparison
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
            long nanos,
            boolean isShared,
            Course course,
            List<Item> members) {
        /** Memory that no process has, or what other items have in common. */
        Item(
                Level level,
                String name,
                String unit,
                int pid,
                int count,
                long kib,
                long nanos,
                List<Item> members) {
            this(
                    Change.GROWN,
                    level,
                    name,
                    unit,
                    pid,
                    count,
                    kib,
                    nanos,
                    false,
                    Course.NONE,
                    members);
        }

        /** Some processes of one name in one unit. */
        static Item processes(
                Change change,
                GroupKey key,
                int pid,
                int count,
                long kib,
                long nanos,
                boolean isShared) {
            Level level = count == 1 ? Level.PROCESS : Level.GROUP;
            boolean isMany = isShared && count > 1;
            String name = key.name();
            String unit = key.unit();
            return new Item(
                    change,
                    level,
                    name,
                    unit,
                    pid,
                    count,
                    kib,
                    nanos,
                    isMany,
                    Course.NONE,
                    List.of());
        }

        /** The same with what is known of its past. */
        Item with(Course course) {
            return new Item(
                    change, level, name, unit, pid, count, sizeKiB, nanos, isShared, course,
                    members);
        }

        /** The group of which it is, or that it is. */
        GroupKey key() {
            return new GroupKey(unit, name);
        }

        /** True if what it consists of is nearly all of it. */
        public boolean isExplained() {
            long sumKiB = 0;
            for (Item member : members) {
                sumKiB += member.sizeKiB;
            }
            return sizeKiB - sumKiB <= PROMISED * sizeKiB;
        }

        /** True if both are of one name in one unit, and both are processes or neither is. */
        public boolean isSame(Item other) {
            boolean isSameSort = sort() == other.sort();
            return isSameSort && name.equals(other.name) && unit.equals(other.unit);
        }

        private Level sort() {
            return level == Level.PROCESS ? Level.GROUP : level;
        }

        /** True if both consist of others, and of some of the same. */
        boolean sharesMembers(Item other) {
            for (Item member : members) {
                for (Item another : other.members) {
                    if (member.isSame(another)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    /** Figures are right within this part. */
    private static final double PROMISED = 0.15;

    static final Comparator<Item> LARGEST_FIRST =
            Comparator.<Item>comparingLong(item -> -item.sizeKiB).thenComparing(Item::name);

    /** Nobody changes the items later. */
    public Growth {
        items = List.copyOf(items);
    }

    /** The same with other items. */
    Growth with(List<Item> others) {
        return new Growth(nanos, riseKiB, givenBackKiB, others);
    }

    /** The same with some items only. */
    public Growth some(Predicate<Item> wanted) {
        List<Item> some = new ArrayList<>(items);
        some.removeIf(item -> !wanted.test(item));
        return with(some);
    }

    /** The items that changed in one way, the largest first. */
    public List<Item> items(Change change) {
        return some(item -> item.change == change).items;
    }

    /**
     * True if all that is grown or new is clearly more than {@link #mostKiB}: then the kernel's
     * figures contradict each other.
     */
    public boolean isDoubtful() {
        return namedKiB() - mostKiB() > PROMISED * namedKiB();
    }

    /** The rise of memory and swap, and what others gave back: no more can have grown. */
    public long mostKiB() {
        return Math.max(0, riseKiB + givenBackKiB);
    }

    /** What is grown or new in all. */
    public long namedKiB() {
        long sum = 0;
        for (Item item : items) {
            sum += item.change == Change.GONE ? 0 : item.sizeKiB;
        }
        return sum;
    }
}
