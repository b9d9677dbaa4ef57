package culprit;

import procfs.MemoryKinds.Kind;
import procfs.ProcessSizes;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;

/**
 * What grew between two moments, what is new and what is gone: at the right level, and each page
 * for one owner only.
 *
 * @param nanos how long that was
 * @param riseKiB how much more memory and swap are in use
 * @param items the largest first
 */
public record Growth(long nanos, long riseKiB, List<Item> items) {
    /** What grew less is not worth a word. */
    private static final long MIN_KIB = 1024;

    /** A process that has grown by this part of its group's growth is named itself. */
    private static final double MOST = 0.8;

    /** What explains this part of the rise is the right level. */
    static final double ENOUGH = 0.5;

    /** Processes are named one by one; the kernel's own reserve follows the page cache. */
    private static final Set<Kind> NOBODYS =
            EnumSet.of(Kind.PROCESSES, Kind.RESERVE, Kind.PER_CPU_FREE);

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
        /** Processes of one name in one unit. */
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
     * @param pid the process, or a group's largest one, a job's session leader, a user's number
     * @param count how many processes it has
     * @param sizeKiB how much it grew, or had
     * @param isShared true if processes share a good part of what they have
     * @param members what a unit, a job or a user consists of, the largest first
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
        private GroupKey key() {
            return new GroupKey(unit, name);
        }
    }

    private static final Comparator<Item> LARGEST_FIRST =
            Comparator.<Item>comparingLong(item -> -item.sizeKiB).thenComparing(Item::name);

    /**
     * Compares two moments.
     *
     * @param history the snapshots from the first moment on; those between tell of what has come
     *     and gone
     * @param now the parts of memory at the last one
     * @param userName gives a user's name
     */
    static Growth between(
            List<Snapshot> history, List<CountedOnce.Part> now, LongFunction<String> userName) {
        Snapshot first = history.get(0);
        Snapshot last = history.get(history.size() - 1);
        long rise =
                last.kinds().usedKiB()
                        + last.kinds().swapUsedKiB()
                        - first.kinds().usedKiB()
                        - first.kinds().swapUsedKiB();
        Members members = new Members(first, last, now);
        List<Item> processes = processes(first, last, members);
        List<Item> items = new ArrayList<>(processes);
        items.addAll(withoutProcess(first, last));
        items.sort(LARGEST_FIRST);
        long freed = freed(first, last);
        long enough = (long) (ENOUGH * (rise > 0 ? rise : rise + freed));
        if (items.isEmpty() || items.get(0).sizeKiB < enough) {
            items = atHigherLevel(items, enough, first, last, members, userName);
        }
        items.addAll(gone(history, now));
        items.removeIf(item -> item.sizeKiB < MIN_KIB);
        return new Growth(last.nanos() - first.nanos(), rise, List.copyOf(items));
    }

    /** The same of some units only. */
    public Growth in(Set<String> units) {
        return new Growth(
                nanos, riseKiB, items.stream().filter(i -> units.contains(i.unit)).toList());
    }

    /** The items that changed in one way, the largest first. */
    List<Item> items(Change change) {
        return items.stream().filter(item -> item.change == change).toList();
    }

    /** What has been given back in between. */
    private static long freed(Snapshot first, Snapshot last) {
        long freed = 0;
        for (Map.Entry<GroupKey, Snapshot.Group> group : first.groups().entrySet()) {
            Snapshot.Group after = last.groups().get(group.getKey());
            int size = group.getValue().sizeKiB();
            freed += Math.max(0, size - (after == null ? 0 : after.sizeKiB()));
        }
        return freed;
    }

    // ---- Processes and groups of them

    /** A process of the last moment, and how much it has grown. */
    private record Member(ProcessSizes process, long grownKiB, boolean isNew) {}

    /**
     * All processes of the last moment, beside what is known of the first. Together, those of a
     * group have not grown by more than the group: others of it have gone.
     */
    private static final class Members {
        private final List<Member> all = new ArrayList<>();
        private final Map<GroupKey, List<Member>> groups = new HashMap<>();
        private final boolean knowsProcesses;

        Members(Snapshot first, Snapshot last, List<CountedOnce.Part> now) {
            knowsProcesses = first.knowsProcesses();
            Map<GroupKey, Long> sums = new HashMap<>();
            for (CountedOnce.Part part : now) {
                sums.merge(part.group(), Math.max(0, grownKiB(part, first)), Long::sum);
            }
            for (CountedOnce.Part part : now) {
                long sum = sums.get(part.group());
                long most = Math.max(0, groupGrownKiB(part.group(), first, last));
                long own = Math.max(0, grownKiB(part, first));
                long grown = sum > most ? (long) ((double) own * most / sum) : own;
                Member member = new Member(part.process(), grown, isNew(part, first));
                all.add(member);
                groups.computeIfAbsent(part.group(), key -> new ArrayList<>()).add(member);
            }
        }

        private static boolean isNew(CountedOnce.Part part, Snapshot first) {
            return part.process().startTicks() > first.bootTicks();
        }

        private static long grownKiB(CountedOnce.Part part, Snapshot first) {
            ProcessSizes process = part.process();
            return isNew(part, first)
                    ? part.sizeKiB()
                    : Snapshot.privateKiB(process) - first.privateKiB(process.key());
        }
    }

    private static long groupGrownKiB(GroupKey key, Snapshot first, Snapshot last) {
        Snapshot.Group before = first.groups().get(key);
        Snapshot.Group after = last.groups().get(key);
        return (after == null ? 0 : after.sizeKiB()) - (before == null ? 0 : before.sizeKiB());
    }

    private static List<Item> processes(Snapshot first, Snapshot last, Members members) {
        List<Item> items = new ArrayList<>();
        last.groups()
                .forEach(
                        (key, group) -> {
                            Snapshot.Group before = first.groups().get(key);
                            long grown = groupGrownKiB(key, first, last);
                            if (grown >= MIN_KIB) {
                                items.add(item(key, group, before, grown, members));
                            }
                        });
        return items;
    }

    private static Item item(
            GroupKey key,
            Snapshot.Group group,
            Snapshot.Group before,
            long grownKiB,
            Members members) {
        List<Member> processes = members.groups.getOrDefault(key, List.of());
        Member most = null;
        long sum = 0;
        boolean allNew = before == null;
        for (Member process : processes) {
            most = most == null || process.grownKiB > most.grownKiB ? process : most;
            sum += Math.max(0, process.grownKiB);
            allNew &= process.isNew;
        }
        boolean isMost = most != null && members.knowsProcesses && most.grownKiB >= MOST * sum;
        boolean isOne = processes.size() == 1 || isMost && most.grownKiB <= grownKiB / MOST;
        boolean isShared = group.sharedKiB() > group.sizeKiB() / 10;
        return new Item(
                (isOne ? most.isNew && (before == null || processes.size() > 1) : allNew)
                        ? Change.NEW
                        : Change.GROWN,
                isOne ? Level.PROCESS : Level.GROUP,
                key.name(),
                key.unit(),
                most == null ? 0 : most.process.pid(),
                isOne ? 1 : group.count(),
                isOne && processes.size() > 1 ? most.grownKiB : grownKiB,
                isShared && !isOne,
                List.of());
    }

    // ---- Memory that no process has

    private static List<Item> withoutProcess(Snapshot first, Snapshot last) {
        List<Item> items = new ArrayList<>();
        Map<Kind, Long> left = new EnumMap<>(Kind.class); // what grew and has no owner yet
        for (Kind kind : Kind.values()) {
            left.put(kind, last.kinds().sizeKiB(kind) - first.kinds().sizeKiB(kind));
        }
        left.keySet().removeAll(NOBODYS);
        left.merge(Kind.PAGE_TABLES, first.pageTablesKiB() - last.pageTablesKiB(), Long::sum);
        for (GroupKey key : last.groups().keySet()) {
            Snapshot.Group before = first.groups().get(key);
            int shmem =
                    last.groups().get(key).shmemKiB() - (before == null ? 0 : before.shmemKiB());
            left.merge(Kind.SHARED, (long) -Math.max(0, shmem), Long::sum);
        }

        String filler = mostGrown(first, last, Snapshot.Unit::shmemKiB);
        for (TmpfsMount mount : last.mounts()) {
            long before = 0;
            for (TmpfsMount earlier : first.mounts()) {
                before = earlier.path().equals(mount.path()) ? earlier.usedKiB() : before;
            }
            long grown = take(mount.usedKiB() - before, left, Kind.SHARED);
            if (grown >= MIN_KIB) {
                boolean isFiller =
                        grownBy(filler, first, last, Snapshot.Unit::shmemKiB) >= MOST * grown;
                items.add(kind("tmpfs " + mount.path(), isFiller ? filler : "", grown));
            }
        }
        Set<String> units = new HashSet<>(last.units().keySet());
        units.remove("");
        for (String unit : units) {
            long shmem = grownBy(unit, first, last, Snapshot.Unit::shmemKiB);
            long sockets = grownBy(unit, first, last, Snapshot.Unit::socketKiB);
            long kernel = grownBy(unit, first, last, Snapshot.Unit::kernelKiB);
            items.add(kind("files in memory", unit, take(shmem, left, Kind.SHARED)));
            items.add(kind("sockets", unit, take(sockets, left, Kind.SOCKETS, Kind.OTHER)));
            items.add(
                    kind(
                            "kernel memory",
                            unit,
                            take(kernel, left, Kind.OTHER, Kind.SLAB, Kind.STACKS, Kind.PER_CPU)));
        }
        left.forEach((kind, sizeKiB) -> items.add(kind(kind.label, "", sizeKiB)));
        items.removeIf(item -> item.sizeKiB < MIN_KIB);
        return items;
    }

    private static Item kind(String name, String unit, long sizeKiB) {
        return new Item(Change.GROWN, Level.KIND, name, unit, 0, 0, sizeKiB, false, List.of());
    }

    /** Gives what grew a name, as far as these kinds have grown and have no name yet. */
    private static long take(long wantedKiB, Map<Kind, Long> left, Kind... kinds) {
        long taken = 0;
        for (Kind kind : kinds) {
            long part = Math.max(0, Math.min(wantedKiB - taken, left.get(kind)));
            left.merge(kind, -part, Long::sum);
            taken += part;
        }
        return taken;
    }

    private static long grownBy(
            String unit, Snapshot first, Snapshot last, ToIntFunction<Snapshot.Unit> size) {
        Snapshot.Unit before = first.units().get(unit);
        Snapshot.Unit after = last.units().get(unit);
        return (after == null ? 0 : size.applyAsInt(after))
                - (before == null ? 0 : size.applyAsInt(before));
    }

    private static String mostGrown(
            Snapshot first, Snapshot last, ToIntFunction<Snapshot.Unit> size) {
        String most = "";
        for (String unit : last.units().keySet()) {
            boolean more = grownBy(unit, first, last, size) > grownBy(most, first, last, size);
            most = more ? unit : most;
        }
        return most;
    }

    // ---- Units, jobs, users

    /** Items with the first one replaced by what explains enough at the lowest higher level. */
    private static List<Item> atHigherLevel(
            List<Item> items,
            long enoughKiB,
            Snapshot first,
            Snapshot last,
            Members members,
            LongFunction<String> userName) {
        List<Item> candidates = new ArrayList<>();
        Item unit = largestUnit(items, first, last);
        Item job = null;
        Item user = null;
        if (members.knowsProcesses) {
            job = largest(Level.JOB, member -> member.process.session(), members, userName);
            user = largest(Level.USER, member -> (int) member.process.uid(), members, userName);
        }
        // A login session says less than what was started in it
        boolean isLogin = unit != null && unit.unit.matches("user .*|session-.*[.]scope");
        if (isLogin) {
            candidates.addAll(Arrays.asList(job, unit, user));
        } else {
            candidates.addAll(Arrays.asList(unit, job, user));
        }
        long known = items.isEmpty() ? 0 : items.get(0).sizeKiB;
        for (Item candidate : candidates) {
            if (candidate != null
                    && candidate.sizeKiB >= enoughKiB
                    && known < MOST * candidate.sizeKiB) {
                List<Item> better = new ArrayList<>(items);
                Set<GroupKey> named = new HashSet<>();
                candidate.members.forEach(member -> named.add(member.key()));
                better.removeIf(
                        item ->
                                candidate.level == Level.UNIT
                                        ? item.unit.equals(candidate.unit)
                                        : named.contains(item.key()));
                better.add(0, candidate);
                return better;
            }
        }
        return items;
    }

    private static Item largestUnit(List<Item> items, Snapshot first, Snapshot last) {
        Map<String, List<Item>> units = new HashMap<>();
        for (Item item : items) {
            if (!item.unit.isEmpty()) {
                units.computeIfAbsent(item.unit, unit -> new ArrayList<>()).add(item);
            }
        }
        Item largest = null;
        for (Map.Entry<String, List<Item>> unit : units.entrySet()) {
            long sum = unit.getValue().stream().mapToLong(Item::sizeKiB).sum();
            long charged = grownBy(unit.getKey(), first, last, Snapshot.Unit::chargedKiB);
            long size = last.units().containsKey(unit.getKey()) ? charged : sum;
            if (largest == null || size > largest.sizeKiB) {
                List<Item> members = unit.getValue().stream().sorted(LARGEST_FIRST).toList();
                largest =
                        new Item(
                                Change.GROWN,
                                Level.UNIT,
                                unit.getKey(),
                                unit.getKey(),
                                0,
                                members.size(),
                                size,
                                false,
                                members);
            }
        }
        return largest;
    }

    /** The largest of all that processes have in common by a key; its first group gives a name. */
    private static Item largest(
            Level level,
            Function<Member, Integer> key,
            Members members,
            LongFunction<String> userName) {
        Map<Integer, Long> sums = new HashMap<>();
        for (Member member : members.all) {
            sums.merge(key.apply(member), member.grownKiB, Long::sum);
        }
        sums.remove(0); // the session of the kernel's threads; what is root's says nothing
        sums.remove(-1);
        Integer most = null;
        for (Map.Entry<Integer, Long> sum : sums.entrySet()) {
            most = most == null || sum.getValue() > sums.get(most) ? sum.getKey() : most;
        }
        if (most == null) {
            return null;
        }
        int wanted = most;
        Map<GroupKey, Item> groups = new HashMap<>();
        String leader = level == Level.USER ? userName.apply(wanted) : "";
        int count = 0;
        for (Member member : members.all) {
            if (key.apply(member) != wanted) {
                continue;
            }
            ProcessSizes process = member.process;
            leader = level == Level.JOB && process.pid() == wanted ? process.name() : leader;
            count++;
            groups.merge(
                    new GroupKey(process.unit(), process.name()),
                    new Item(
                            member.isNew ? Change.NEW : Change.GROWN,
                            Level.PROCESS,
                            process.name(),
                            process.unit(),
                            process.pid(),
                            1,
                            member.grownKiB,
                            false,
                            List.of()),
                    Growth::sum);
        }
        List<Item> largest =
                groups.values().stream()
                        .filter(item -> item.sizeKiB >= MIN_KIB)
                        .sorted(LARGEST_FIRST)
                        .toList();
        return largest.isEmpty()
                ? null
                : new Item(
                        Change.GROWN,
                        level,
                        leader.isEmpty() ? largest.get(0).name : leader,
                        "",
                        wanted,
                        count,
                        sums.get(most),
                        false,
                        largest);
    }

    private static Item sum(Item a, Item b) {
        return new Item(
                a.change,
                Level.GROUP,
                a.name,
                a.unit,
                a.sizeKiB > b.sizeKiB ? a.pid : b.pid,
                a.count + b.count,
                a.sizeKiB + b.sizeKiB,
                false,
                List.of());
    }

    // ---- What is gone

    /** Groups whose processes do not run any more, with the most that they had at one moment. */
    private static List<Item> gone(List<Snapshot> history, List<CountedOnce.Part> now) {
        Set<GroupKey> running = new HashSet<>();
        for (CountedOnce.Part part : now) {
            if (part.process().sizeKiB() > 0) { // else it has been killed, but is not quite gone
                running.add(part.group());
            }
        }
        Map<GroupKey, Snapshot.Group> most = new HashMap<>();
        for (Snapshot snapshot : history) {
            snapshot.groups()
                    .forEach(
                            (key, group) -> {
                                if (!running.contains(key)) {
                                    most.merge(
                                            key,
                                            group,
                                            (a, b) -> a.sizeKiB() >= b.sizeKiB() ? a : b);
                                }
                            });
        }
        List<Item> gone = new ArrayList<>();
        most.forEach(
                (key, group) ->
                        gone.add(
                                new Item(
                                        Change.GONE,
                                        group.count() == 1 ? Level.PROCESS : Level.GROUP,
                                        key.name(),
                                        key.unit(),
                                        group.pid(),
                                        group.count(),
                                        group.sizeKiB(),
                                        false,
                                        List.of())));
        gone.sort(LARGEST_FIRST);
        return gone;
    }
}
