import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
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

    /** Of a group, so many are asked for their unit. */
    private static final int UNIT_PROCESSES = 20;

    /** A process or a group, or a kind of memory, and how much it grew or had. */
    private record Item(String name, List<Integer> pids, long sizeKiB) {}

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
                (isNew ? appeared : grown)
                        .add(new Item(last.names[i], List.of(last.pids[i]), sizeKiB));
            }
        }
        List<Item> grownMost = group(grown);
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            long sizeKiB = last.kinds.sizeKiB(kind) - first.kinds.sizeKiB(kind);
            if (kind != MemoryKinds.Kind.PROCESSES && sizeKiB >= MIN_KIB) {
                grownMost.add(new Item(kind.label, List.of(), sizeKiB));
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
                            new Item(
                                    snapshot.names[i],
                                    List.of(snapshot.pids[i]),
                                    snapshot.sizesKiB[i]),
                            (a, b) -> a.sizeKiB >= b.sizeKiB ? a : b);
                }
            }
        }
        return new ArrayList<>(gone.values());
    }

    private static List<Item> group(List<Item> items) {
        Map<String, List<Item>> byName = new HashMap<>();
        for (Item item : items) {
            byName.computeIfAbsent(item.name, name -> new ArrayList<>()).add(item);
        }
        List<Item> grouped = new ArrayList<>();
        byName.forEach(
                (name, members) -> {
                    if (members.size() < GROUP) {
                        grouped.addAll(members);
                    } else {
                        List<Integer> pids = new ArrayList<>();
                        members.forEach(member -> pids.addAll(member.pids));
                        long sizeKiB = members.stream().mapToLong(Item::sizeKiB).sum();
                        grouped.add(new Item(name, pids, sizeKiB));
                    }
                });
        grouped.removeIf(item -> item.sizeKiB < MIN_KIB);
        return grouped;
    }

    /** The unit that all of a group's first processes share; empty: none. */
    private static String unit(List<Integer> pids, IntFunction<String> unit) {
        Set<String> units = new HashSet<>();
        for (int pid : pids.subList(0, Math.min(UNIT_PROCESSES, pids.size()))) {
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
                if (item.pids.size() == 1) {
                    text.append(" (").append(item.pids.get(0)).append(')');
                } else if (item.pids.size() > 1) {
                    text.append(" ×").append(item.pids.size());
                }
                text.append(word.equals("grown") ? " +" : word.equals("gone") ? " had " : " ");
                text.append(Units.size(item.sizeKiB));
                text.append(word.equals("gone") ? "" : unit(item.pids, unit));
            }
        }
        return text.toString();
    }
}
