import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** What grew between the first and the last of some snapshots: processes, and kinds of memory. */
final class Growth {
    /** What grew less is not worth a word. */
    private static final long MIN_KIB = 1024;

    /** So many of each sort are named. */
    private static final int NAMED = 3;

    /** From so many processes of one name on, they are one group. */
    private static final int GROUP = 3;

    /** A process or a group, or a kind of memory, and how much it grew or had. */
    private record Item(String name, int pid, int processes, long sizeKiB) {}

    private Growth() {}

    /**
     * Names what grew most, what is new and what is gone, the largest first.
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
                (isNew ? appeared : grown).add(new Item(last.names[i], last.pids[i], 1, sizeKiB));
            }
        }
        List<Item> grownMost = group(grown);
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            long sizeKiB = last.kinds.sizeKiB(kind) - first.kinds.sizeKiB(kind);
            if (kind != MemoryKinds.Kind.PROCESSES && sizeKiB >= MIN_KIB) {
                grownMost.add(new Item(kind.label, 0, 0, sizeKiB));
            }
        }
        Map<String, List<Item>> parts = new LinkedHashMap<>();
        parts.put("grown", grownMost);
        parts.put("new", group(appeared));
        parts.put("gone", group(gone(history, running)));
        return describe(parts, last.nanos - first.nanos, unit);
    }

    /** Processes of all snapshots that do not run any more, at their largest. */
    private static List<Item> gone(List<ProcessHistory.Snapshot> history, Set<Long> running) {
        Map<Long, Item> gone = new HashMap<>();
        for (ProcessHistory.Snapshot snapshot : history) {
            for (int i = 0; i < snapshot.pids.length; i++) {
                long key = ProcessHistory.key(snapshot.pids[i], snapshot.startTicks[i]);
                if (!running.contains(key)) {
                    gone.merge(
                            key,
                            new Item(snapshot.names[i], snapshot.pids[i], 1, snapshot.sizesKiB[i]),
                            (a, b) -> a.sizeKiB >= b.sizeKiB ? a : b);
                }
            }
        }
        return new ArrayList<>(gone.values());
    }

    private static List<Item> group(List<Item> items) {
        Map<String, Item> sums = new HashMap<>();
        for (Item item : items) {
            sums.merge(
                    item.name,
                    item,
                    (a, b) -> new Item(a.name, a.pid, a.processes + 1, a.sizeKiB + b.sizeKiB));
        }
        List<Item> grouped = new ArrayList<>();
        for (Item item : items) {
            if (sums.get(item.name).processes < GROUP && item.sizeKiB >= MIN_KIB) {
                grouped.add(item);
            }
        }
        for (Item sum : sums.values()) {
            if (sum.processes >= GROUP && sum.sizeKiB >= MIN_KIB) {
                grouped.add(sum);
            }
        }
        return grouped;
    }

    private static String describe(
            Map<String, List<Item>> parts, long nanos, IntFunction<String> unit) {
        Comparator<Item> largestFirst = Comparator.comparingLong(item -> -item.sizeKiB);
        parts.values().forEach(items -> items.sort(largestFirst.thenComparing(Item::name)));
        List<String> words = new ArrayList<>(parts.keySet());
        words.removeIf(word -> parts.get(word).isEmpty());
        words.sort(Comparator.comparing(word -> parts.get(word).get(0), largestFirst));
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
                    text.append(" (").append(item.pid).append(')');
                } else if (item.processes > 1) {
                    text.append(" ×").append(item.processes);
                }
                text.append(word.equals("grown") ? " +" : word.equals("gone") ? " had " : " ");
                text.append(Units.size(item.sizeKiB));
                String in = item.pid > 0 && !word.equals("gone") ? unit.apply(item.pid) : null;
                text.append(in == null ? "" : " in " + in);
            }
        }
        return text.toString();
    }
}
