import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.IntFunction;

/** What grew between the first and the last of some snapshots: processes, and kinds of memory. */
final class Growth {
    /** What grew less is not worth a word. */
    private static final long MIN_KIB = 1024;

    /** So many of each sort are named. */
    private static final int NAMED = 3;

    /** From so many processes of one name on, they are one group. */
    private static final int GROUP = 3;

    /** Of a group, so many are asked for their unit. */
    private static final int UNIT_PROCESSES = 20;

    /**
     * A process or a group, or a kind of memory.
     *
     * @param pids its first processes
     * @param processes how many they are; 0: it is a kind of memory
     * @param sizeKiB how much it grew or had
     */
    private record Item(String name, List<Integer> pids, int processes, long sizeKiB) {
        Item(String name, int pid, long sizeKiB) {
            this(name, List.of(pid), 1, sizeKiB);
        }

        Item plus(Item other) {
            List<Integer> some = pids;
            if (some.size() < UNIT_PROCESSES) {
                some = new ArrayList<>(pids);
                some.addAll(other.pids);
            }
            return new Item(name, some, processes + other.processes, sizeKiB + other.sizeKiB);
        }
    }

    // Constants, so that they are linked when this class is loaded, and not in an incident.
    private static final BinaryOperator<Item> SUM = Item::plus;
    private static final BinaryOperator<Item> LARGER = (a, b) -> a.sizeKiB >= b.sizeKiB ? a : b;

    private Growth() {}

    /**
     * Names what grew most and what is new, the largest first, and what is gone.
     *
     * @param history at least two snapshots, oldest first; those between tell of processes that
     *     have come and gone
     * @param running the keys of all processes that run now
     * @param unit gives a process's unit or container; null: none
     */
    static String describe(
            List<ProcessHistory.Snapshot> history, Set<Long> running, IntFunction<String> unit) {
        ProcessHistory.Snapshot first = history.get(0);
        ProcessHistory.Snapshot last = history.get(history.size() - 1);
        List<Item> grown = new ArrayList<>();
        List<Item> appeared = new ArrayList<>();
        for (int i = 0; i < last.pids.length; i++) {
            int before = first.find(last.pids[i], last.startTicks[i]);
            boolean isNew = before < 0 && last.startTicks[i] - (int) first.bootTicks > 0;
            int sizeKiB = last.sizesKiB[i] - (before < 0 ? 0 : first.sizesKiB[before]);
            if (sizeKiB > 0) {
                (isNew ? appeared : grown).add(new Item(last.names[i], last.pids[i], sizeKiB));
            }
        }
        List<Item> grownMost = group(grown);
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            long sizeKiB = last.kinds.sizeKiB(kind) - first.kinds.sizeKiB(kind);
            if (kind != MemoryKinds.Kind.PROCESSES && sizeKiB >= MIN_KIB) {
                grownMost.add(new Item(kind.label, List.of(), 0, sizeKiB));
            }
        }
        Map<String, List<Item>> parts = new LinkedHashMap<>();
        parts.put("grown", grownMost);
        parts.put("new", group(appeared));
        parts.put("gone", gone(history, running));
        return describe(parts, last.nanos - first.nanos, unit);
    }

    /** Names whose processes do not run any more, with the most that they had at one moment. */
    private static List<Item> gone(List<ProcessHistory.Snapshot> history, Set<Long> running) {
        Map<String, Item> gone = new HashMap<>();
        for (ProcessHistory.Snapshot snapshot : history) {
            Map<String, Item> then = new HashMap<>();
            for (int i = 0; i < snapshot.pids.length; i++) {
                if (!running.contains(
                        ProcessHistory.key(snapshot.pids[i], snapshot.startTicks[i]))) {
                    then.merge(
                            snapshot.names[i],
                            new Item(snapshot.names[i], snapshot.pids[i], snapshot.sizesKiB[i]),
                            SUM);
                }
            }
            for (Item item : then.values()) {
                gone.merge(item.name, item, LARGER);
            }
        }
        List<Item> most = new ArrayList<>(gone.values());
        most.removeIf(item -> item.sizeKiB < MIN_KIB);
        return most;
    }

    private static List<Item> group(List<Item> items) {
        Map<String, Item> groups = new HashMap<>();
        items.forEach(item -> groups.merge(item.name, item, SUM));
        List<Item> grouped = new ArrayList<>(items);
        grouped.removeIf(item -> groups.get(item.name).processes >= GROUP);
        groups.values().stream().filter(group -> group.processes >= GROUP).forEach(grouped::add);
        grouped.removeIf(item -> item.sizeKiB < MIN_KIB);
        return grouped;
    }

    /** The unit that all of a group's first processes share; empty: none. */
    private static String unit(List<Integer> pids, IntFunction<String> unit) {
        Set<String> units = new HashSet<>();
        for (int pid : pids) {
            units.add(unit.apply(pid));
        }
        String only = units.size() == 1 ? units.iterator().next() : null;
        return only == null ? "" : " in " + only;
    }

    private static String describe(
            Map<String, List<Item>> parts, long nanos, IntFunction<String> unit) {
        Comparator<Item> largestFirst = Comparator.comparingLong(item -> -item.sizeKiB);
        parts.values().forEach(items -> items.sort(largestFirst.thenComparing(Item::name)));
        List<String> words = new ArrayList<>(parts.keySet());
        words.removeIf(word -> parts.get(word).isEmpty());
        words.sort(
                Comparator.comparing((String word) -> word.equals("gone")) // is in nobody's way now
                        .thenComparing(word -> parts.get(word).get(0), largestFirst));
        String since = " in " + Units.time(nanos) + ": ";
        if (words.isEmpty()) {
            return "grown" + since + "nothing";
        }
        StringBuilder text = new StringBuilder();
        for (String word : words) {
            text.append(text.length() == 0 ? word + since : "; " + word + ": ");
            List<Item> items = parts.get(word);
            for (Item item : items.subList(0, Math.min(NAMED, items.size()))) {
                text.append(item == items.get(0) ? "" : ", ").append(item.name);
                if (item.processes == 1) {
                    text.append(" (").append(item.pids.get(0)).append(')');
                } else if (item.processes > 1) {
                    text.append(" ×").append(item.processes);
                }
                text.append(word.equals("grown") ? " +" : word.equals("gone") ? " had " : " ");
                text.append(Units.size(item.sizeKiB));
                text.append(word.equals("gone") ? "" : unit(item.pids, unit));
            }
        }
        return text.toString();
    }
}
