package culprit;

import procfs.MemoryKinds.Kind;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory over time, for a chart: few moments, the rarer the older, and at each what was used. Sizes
 * are in KiB.
 *
 * @param totalKiB MemTotal at the last moment
 * @param nanos the moments, oldest first; those before the one from which they count are negative
 * @param gapNanos how long nobody watched before each
 * @param used MemTotal − MemAvailable
 * @param swapUsed swap in use
 * @param kinds used memory by kind, without kinds that are never worth a word
 * @param groups the largest groups of processes
 */
public record Series(
        long totalKiB,
        long[] nanos,
        long[] gapNanos,
        long[] used,
        long[] swapUsed,
        Map<Kind, long[]> kinds,
        List<Group> groups) {
    private static final int MOST_GROUPS = 6;

    /** No moment. */
    public static final Series NONE = of(List.of(), 0);

    /** A kind that never has more is left out. */
    private static final long MIN_KIB = 1024;

    /** Processes of one name in one unit, and what they had in all. */
    public record Group(String name, String unit, long[] sizes) {}

    /**
     * Takes what is told of each moment.
     *
     * @param from the moment from which time is counted
     */
    static Series of(List<Snapshot> moments, long from) {
        int count = moments.size();
        long[] nanos = new long[count];
        long[] gapNanos = new long[count];
        long[] used = new long[count];
        long[] swapUsed = new long[count];
        Map<Kind, long[]> kinds = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            kinds.put(kind, new long[count]);
        }
        for (int i = 0; i < count; i++) {
            Snapshot moment = moments.get(i);
            nanos[i] = moment.nanos() - from;
            gapNanos[i] = moment.gapNanos();
            used[i] = moment.kinds().usedKiB();
            swapUsed[i] = moment.kinds().swapUsedKiB();
            for (Kind kind : Kind.values()) {
                kinds.get(kind)[i] = moment.kinds().sizeKiB(kind);
            }
        }
        kinds.values().removeIf(sizes -> most(sizes) < MIN_KIB);
        long totalKiB = count == 0 ? 0 : moments.get(count - 1).kinds().totalKiB();
        return new Series(totalKiB, nanos, gapNanos, used, swapUsed, kinds, largest(moments));
    }

    /** Finds them first: a server may have thousands. */
    private static List<Group> largest(List<Snapshot> moments) {
        Map<GroupKey, Long> most = new HashMap<>();
        for (Snapshot moment : moments) {
            moment.groups().forEach((key, group) -> most.merge(key, group.sizeKiB(), Math::max));
        }
        List<GroupKey> keys = new ArrayList<>(most.keySet());
        keys.sort(
                Comparator.<GroupKey>comparingLong(key -> -most.get(key))
                        .thenComparing(GroupKey::name));
        List<Group> groups = new ArrayList<>();
        for (GroupKey key : keys.subList(0, Math.min(MOST_GROUPS, keys.size()))) {
            long[] sizes = new long[moments.size()];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = moments.get(i).group(key).sizeKiB();
            }
            groups.add(new Group(key.name(), key.unit(), sizes));
        }
        return List.copyOf(groups);
    }

    private static long most(long[] sizes) {
        long most = 0;
        for (long size : sizes) {
            most = Math.max(most, size);
        }
        return most;
    }
}
