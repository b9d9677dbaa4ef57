package culprit;

import culprit.Growth.Change;
import culprit.Growth.Item;
import culprit.Growth.Level;

import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * Compares two moments: finds what grew, is new or is gone. First groups of processes, or the one
 * process that is most of a group's growth; then memory that no process has; then, if none of these
 * explains half of what memory rose by, the lowest that does of unit, job, command and user.
 */
final class Comparison {
    /** What grew less is not worth a word. */
    private static final long MIN_KIB = 1024;

    /** A process that has grown by this part of its group's growth is named itself. */
    private static final double MOST = 0.8;

    /** Processes are named one by one; the kernel's own reserve follows the page cache. */
    private static final Set<Kind> NOBODYS =
            EnumSet.of(Kind.PROCESSES, Kind.RESERVE, Kind.PER_CPU_FREE);

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final BinaryOperator<Long> SUM = Long::sum;
    private static final BinaryOperator<Item> BOTH = Comparison::both;
    private static final BinaryOperator<Snapshot.Group> LARGER = Comparison::larger;
    private static final ToIntFunction<Snapshot.Unit> SHMEM = Snapshot.Unit::shmemKiB;
    private static final ToIntFunction<Snapshot.Unit> SOCKETS = Snapshot.Unit::socketKiB;
    private static final ToIntFunction<Snapshot.Unit> KERNEL = Snapshot.Unit::kernelKiB;
    private static final ToIntFunction<Snapshot.Unit> CHARGED = Snapshot.Unit::chargedKiB;

    /** A process of the last moment, and how much it has grown. */
    private record Member(CountedOnce.Part part, long grownKiB, boolean isNew) {
        ProcessInfo process() {
            return part.process();
        }

        Item item() {
            return new Item(
                    isNew ? Change.NEW : Change.GROWN,
                    Level.PROCESS,
                    part.group().name(),
                    part.group().unit(),
                    process().pid(),
                    1,
                    grownKiB,
                    false,
                    List.of());
        }
    }

    private final List<Snapshot> history;
    private final Snapshot first;
    private final Snapshot last;
    private final LongFunction<String> userName;
    private final List<Member> members = new ArrayList<>();
    private final Map<GroupKey, List<Member>> groups = new HashMap<>();
    private final Map<GroupKey, GroupKey> predecessors;

    /** What the processes of a group have grown, and shared memory of those that are not new. */
    private final Map<GroupKey, Long> sums = new HashMap<>();

    private final Map<GroupKey, Long> ownShmem = new HashMap<>();

    private Comparison(
            List<Snapshot> history, List<CountedOnce.Part> now, LongFunction<String> userName) {
        this.history = history;
        this.userName = userName;
        first = history.get(0);
        last = history.get(history.size() - 1);
        predecessors = predecessors();
        addMembers(now);
    }

    /**
     * Compares the first moment of a history with its last.
     *
     * @param history the snapshots; those between tell of what has come and gone
     * @param now the parts of memory at the last moment
     * @param userName gives a user's name
     */
    static Growth of(
            List<Snapshot> history, List<CountedOnce.Part> now, LongFunction<String> userName) {
        return new Comparison(history, now, userName).growth();
    }

    private Growth growth() {
        List<Item> items = new ArrayList<>();
        last.groups().forEach((key, group) -> items.add(groupOrProcess(key, group)));
        items.addAll(withoutProcess());
        items.removeIf(item -> item.sizeKiB() < MIN_KIB);
        items.sort(Growth.LARGEST_FIRST);
        long rise = used(last) - used(first);
        long enough = (long) (Growth.ENOUGH * (rise > 0 ? rise : rise + freed()));
        replaceByHigherLevel(items, Math.max(MIN_KIB, enough));
        items.addAll(gone());
        return new Growth(last.nanos() - first.nanos(), rise, items);
    }

    private static long used(Snapshot snapshot) {
        return snapshot.kinds().usedKiB() + snapshot.kinds().swapUsedKiB();
    }

    /** What groups have given back. */
    private long freed() {
        long freed = 0;
        for (GroupKey key : first.groups().keySet()) {
            freed += Math.max(0, -grownKiB(key));
        }
        return freed;
    }

    // ---- Processes and groups of them

    /**
     * Containers and sessions are not restarted but replaced, under another name: new groups of new
     * units stand for those of the same command whose units have gone. Where there are as many, the
     * largest stands for the largest, and so on; else each of the gone has the one nearest in size.
     */
    private Map<GroupKey, GroupKey> predecessors() {
        Map<String, List<GroupKey>> added = withoutUnit(last, first);
        Map<GroupKey, GroupKey> predecessors = new HashMap<>();
        for (Map.Entry<String, List<GroupKey>> gone : withoutUnit(first, last).entrySet()) {
            List<GroupKey> left = added.getOrDefault(gone.getKey(), new ArrayList<>());
            boolean isSame = left.size() == gone.getValue().size();
            for (GroupKey before : gone.getValue()) {
                if (!left.isEmpty()) {
                    int at = isSame ? 0 : nearest(left, first.groups().get(before).sizeKiB());
                    predecessors.put(left.remove(at), before);
                }
            }
        }
        return predecessors;
    }

    private int nearest(List<GroupKey> keys, int sizeKiB) {
        int nearest = 0;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < keys.size(); i++) {
            int difference = Math.abs(last.groups().get(keys.get(i)).sizeKiB() - sizeKiB);
            if (difference < least) {
                nearest = i;
                least = difference;
            }
        }
        return nearest;
    }

    /** By name, the groups of a moment whose units are not there at another, largest first. */
    private static Map<String, List<GroupKey>> withoutUnit(Snapshot moment, Snapshot other) {
        Set<String> units = new HashSet<>(other.units().keySet());
        for (GroupKey key : other.groups().keySet()) {
            units.add(key.unit());
        }
        List<GroupKey> keys = new ArrayList<>(moment.groups().keySet());
        keys.removeIf(key -> key.unit().isEmpty() || units.contains(key.unit()));
        keys.sort(Comparator.comparingInt(key -> -moment.groups().get(key).sizeKiB()));
        return by(GroupKey::name, keys);
    }

    private Snapshot.Group before(GroupKey key) {
        return first.groups().get(predecessors.getOrDefault(key, key));
    }

    /** Together, the processes of a group have grown by no more than it: others of it have gone. */
    private void addMembers(List<CountedOnce.Part> now) {
        for (CountedOnce.Part part : now) {
            sums.merge(part.group(), grownKiB(part), SUM);
            ownShmem.merge(part.group(), isNew(part) ? 0 : part.shmemKiB(), SUM);
        }
        for (CountedOnce.Part part : now) {
            long sum = sums.get(part.group());
            long most = Math.max(0, grownKiB(part.group()));
            long own = grownKiB(part);
            long grown = sum > most ? (long) ((double) own * most / sum) : own;
            Member member = new Member(part, grown, isNew(part));
            members.add(member);
            groups.computeIfAbsent(part.group(), key -> new ArrayList<>()).add(member);
        }
    }

    private boolean isNew(CountedOnce.Part part) {
        return part.process().stat().startTicks() > first.bootTicks();
    }

    private long grownKiB(CountedOnce.Part part) {
        ProcessInfo process = part.process();
        long grown =
                isNew(part)
                        ? part.sizeKiB()
                        : Snapshot.privateKiB(process) - first.privateKiB(process.key());
        return Math.max(0, grown);
    }

    private long grownKiB(GroupKey key) {
        Snapshot.Group before = before(key);
        Snapshot.Group after = last.groups().get(key);
        long size = after == null ? 0 : after.sizeKiB();
        if (before == null && first.knowsProcesses()) { // they may have had another name
            return Math.min(size, sums.getOrDefault(key, 0L) + ownShmem.getOrDefault(key, 0L));
        }
        return size - (before == null ? 0 : before.sizeKiB());
    }

    /** A group, or the process that is nearly all of its growth. */
    private Item groupOrProcess(GroupKey key, Snapshot.Group group) {
        long grownKiB = grownKiB(key);
        boolean isKnown = before(key) != null;
        List<Member> processes = groups.getOrDefault(key, List.of());
        Member most = null;
        long sum = 0;
        boolean allNew = !isKnown;
        for (Member process : processes) {
            most = most == null || process.grownKiB > most.grownKiB ? process : most;
            sum += process.grownKiB;
            allNew &= process.isNew;
        }
        boolean isShared = group.sharedKiB() > group.sizeKiB() / 10;
        // One of a new group bears the memory that all of it share: that makes it no culprit
        long borneKiB = isShared && most != null && most.isNew ? most.part.shmemKiB() : 0;
        if (processes.size() > 1
                && first.knowsProcesses()
                && most.grownKiB - borneKiB >= MOST * sum
                && most.grownKiB >= MOST * grownKiB
                && most.grownKiB <= grownKiB / MOST) {
            return most.item();
        }
        boolean isOne = processes.size() == 1;
        return new Item(
                allNew ? Change.NEW : Change.GROWN,
                isOne ? Level.PROCESS : Level.GROUP,
                key.name(),
                key.unit(),
                most == null ? 0 : most.process().pid(),
                isOne ? 1 : group.count(),
                grownKiB,
                isShared && !isOne,
                List.of());
    }

    // ---- Memory that no process has

    private List<Item> withoutProcess() {
        List<Item> items = new ArrayList<>();
        Map<Kind, Long> left = new EnumMap<>(Kind.class); // what grew and has no owner yet
        for (Kind kind : Kind.values()) {
            left.put(kind, last.kinds().sizeKiB(kind) - first.kinds().sizeKiB(kind));
        }
        left.keySet().removeAll(NOBODYS);
        long swapped = Math.max(0, last.swappedFilesKiB() - first.swappedFilesKiB());
        left.merge(Kind.SHARED, swapped, SUM); // is taken for what has a name only
        left.merge(Kind.PAGE_TABLES, first.pageTablesKiB() - last.pageTablesKiB(), SUM);
        last.groups()
                .forEach(
                        (key, group) -> {
                            Snapshot.Group before = before(key);
                            int shmem = group.shmemKiB() - (before == null ? 0 : before.shmemKiB());
                            left.merge(Kind.SHARED, (long) -Math.max(0, shmem), SUM);
                        });

        String filler = "";
        for (String unit : last.units().keySet()) {
            boolean more = shmemGrown(unit) > shmemGrown(filler);
            filler = more ? unit : filler;
        }
        for (TmpfsMount mount : last.mounts()) {
            long before = 0;
            for (TmpfsMount earlier : first.mounts()) {
                before = earlier.path().equals(mount.path()) ? earlier.usedKiB() : before;
            }
            long grown = take(mount.usedKiB() - before, left, Kind.SHARED);
            boolean isFiller = shmemGrown(filler) >= MOST * grown;
            items.add(kind("tmpfs " + mount.path(), isFiller ? filler : "", grown));
        }
        for (String unit : last.units().keySet()) {
            long shmem = shmemGrown(unit);
            long sockets = grownBy(unit, SOCKETS);
            long kernel = grownBy(unit, KERNEL);
            items.add(kind("files in memory", unit, take(shmem, left, Kind.SHARED)));
            items.add(kind("sockets", unit, take(sockets, left, Kind.SOCKETS, Kind.OTHER)));
            kernel = take(kernel, left, Kind.OTHER, Kind.SLAB, Kind.STACKS, Kind.PER_CPU);
            items.add(kind("kernel memory", unit, kernel));
        }
        left.merge(Kind.SHARED, -swapped, SUM);
        left.forEach((kind, sizeKiB) -> items.add(kind(kind.label, "", sizeKiB)));
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
            left.merge(kind, -part, SUM);
            taken += part;
        }
        return taken;
    }

    private long shmemGrown(String unit) {
        return grownBy(unit, SHMEM);
    }

    private long grownBy(String unit, ToIntFunction<Snapshot.Unit> size) {
        Snapshot.Unit before = first.units().get(unit);
        Snapshot.Unit after = last.units().get(unit);
        return (after == null ? 0 : size.applyAsInt(after))
                - (before == null ? 0 : size.applyAsInt(before));
    }

    // ---- Units, jobs, commands, users

    /** Puts what explains enough at the lowest higher level in the place of what it consists of. */
    private void replaceByHigherLevel(List<Item> items, long enoughKiB) {
        Item unit = largestUnit(items);
        Item command = largestCommand(items);
        Item job = largest(Level.JOB, process -> process.stat().session());
        Item user = largest(Level.USER, ProcessInfo::uid);
        long known = items.isEmpty() ? 0 : items.get(0).sizeKiB();
        // A login session says less than what was started in it
        boolean isLogin = unit.unit().matches("user [^:]*|(user .*: )?session-.*[.]scope");
        Item found = null;
        for (Item higher :
                isLogin ? List.of(job, command, unit, user) : List.of(unit, job, command, user)) {
            boolean isEnough = higher.sizeKiB() >= enoughKiB && known < MOST * higher.sizeKiB();
            found = found == null && known < enoughKiB && isEnough ? higher : found;
        }
        Set<GroupKey> named = new HashSet<>();
        for (Item member : found == null ? List.<Item>of() : found.members()) {
            named.add(member.key());
        }
        items.removeIf(item -> named.contains(item.key()));
        if (found != null) {
            items.add(0, found);
        }
    }

    /** The unit that has grown most, by what it is charged; else by what is told of it. */
    private Item largestUnit(List<Item> items) {
        Map<String, List<Item>> units = by(Item::unit, items);
        units.remove("");
        for (String unit : last.units().keySet()) {
            units.computeIfAbsent(unit, u -> List.of()); // its processes may not be visible
        }
        Map<String, Long> before = new HashMap<>(); // of those whose place they have taken
        Set<String> taken = new HashSet<>();
        for (Map.Entry<GroupKey, GroupKey> each : predecessors.entrySet()) {
            Snapshot.Unit gone = first.units().get(each.getValue().unit());
            if (gone != null && taken.add(each.getValue().unit())) {
                before.merge(each.getKey().unit(), (long) gone.chargedKiB(), SUM);
            }
        }
        String largest = "";
        long most = 0;
        for (Map.Entry<String, List<Item>> unit : units.entrySet()) {
            Snapshot.Unit now = last.units().get(unit.getKey());
            boolean isCharged = now != null && !now.isLeftBehind(); // that was another's before
            long grown =
                    isCharged
                            ? grownBy(unit.getKey(), CHARGED)
                                    - before.getOrDefault(unit.getKey(), 0L)
                            : sum(unit.getValue());
            if (grown > most) {
                largest = unit.getKey();
                most = grown;
            }
        }
        List<Item> parts = units.getOrDefault(largest, List.of()); // largest first, as all items
        int count = parts.size();
        return new Item(Change.GROWN, Level.UNIT, largest, largest, 0, count, most, false, parts);
    }

    /** The command that has grown most in all units together: each may have one of it. */
    private static Item largestCommand(List<Item> items) {
        List<Item> commands = new ArrayList<>(items);
        commands.removeIf(item -> item.level() == Level.KIND);
        List<Item> largest = List.of();
        for (List<Item> each : by(Item::name, commands).values()) {
            largest = sum(each) > sum(largest) ? each : largest;
        }
        int count = 0;
        for (Item item : largest) {
            count += item.count();
        }
        String name = largest.isEmpty() ? "" : largest.get(0).name();
        return new Item(
                Change.GROWN, Level.GROUP, name, "", 0, count, sum(largest), false, largest);
    }

    private static <T> Map<String, List<T>> by(Function<T, String> name, List<T> all) {
        Map<String, List<T>> by = new HashMap<>();
        for (T each : all) {
            by.computeIfAbsent(name.apply(each), k -> new ArrayList<>()).add(each);
        }
        return by;
    }

    /** The largest of all that processes have in common by a key. */
    private Item largest(Level level, ToLongFunction<ProcessInfo> key) {
        Map<Long, Long> sums = new HashMap<>();
        for (Member member : first.knowsProcesses() ? members : List.<Member>of()) {
            sums.merge(key.applyAsLong(member.process()), member.grownKiB, SUM);
        }
        sums.remove(0L); // the session of the kernel's threads; what is root's says nothing
        sums.remove(-1L);
        long largest = 0;
        long most = 0;
        for (Map.Entry<Long, Long> sum : sums.entrySet()) {
            if (sum.getValue() > most) {
                largest = sum.getKey();
                most = sum.getValue();
            }
        }
        Map<GroupKey, Item> grouped = new HashMap<>();
        String name = level == Level.USER ? userName.apply(largest) : "session " + largest;
        int leader = 0; // it may have gone
        int count = 0;
        for (Member member : members) {
            if (most > 0 && key.applyAsLong(member.process()) == largest) {
                grouped.merge(member.part.group(), member.item(), BOTH);
                if (level == Level.JOB && member.process().pid() == largest) {
                    leader = member.process().pid();
                    name = member.process().name();
                }
                count++;
            }
        }
        List<Item> named = new ArrayList<>(grouped.values());
        named.removeIf(item -> item.sizeKiB() < MIN_KIB);
        named.sort(Growth.LARGEST_FIRST);
        return new Item(Change.GROWN, level, name, "", leader, count, most, false, named);
    }

    private static long sum(List<Item> items) {
        long sum = 0;
        for (Item item : items) {
            sum += item.sizeKiB();
        }
        return sum;
    }

    private static Item both(Item a, Item b) {
        return new Item(
                a.change(),
                Level.GROUP,
                a.name(),
                a.unit(),
                a.sizeKiB() > b.sizeKiB() ? a.pid() : b.pid(),
                a.count() + b.count(),
                a.sizeKiB() + b.sizeKiB(),
                false,
                List.of());
    }

    // ---- What is gone

    /**
     * Groups whose processes do not run any more, with the most that they had at one moment, and of
     * other groups the largest process then, if it has gone and they are smaller by that.
     */
    private List<Item> gone() {
        Map<GroupKey, Snapshot.Group> most = new HashMap<>();
        for (Snapshot snapshot : history) {
            snapshot.groups().forEach((key, group) -> most.merge(key, group, LARGER));
        }
        Map<GroupKey, GroupKey> successors = new HashMap<>();
        predecessors.forEach((key, before) -> successors.put(before, key));
        Set<GroupKey> running = new HashSet<>();
        Set<Integer> pids = new HashSet<>(); // of processes that are not new
        for (Member member : members) {
            if (member.process().status().sizeKiB()
                    > 0) { // else it has been killed, but is not quite gone
                running.add(member.part.group());
                pids.add(member.isNew ? 0 : member.process().pid());
            }
        }
        List<Item> gone = new ArrayList<>();
        for (Map.Entry<GroupKey, Snapshot.Group> each : most.entrySet()) {
            GroupKey key = each.getKey();
            GroupKey successor = successors.getOrDefault(key, key);
            Snapshot.Group group = each.getValue();
            Snapshot.Group now = last.groups().get(successor);
            int lost = group.sizeKiB() - (now == null ? 0 : now.sizeKiB());
            if (pids.contains(group.pid())) {
                continue; // under another name, maybe
            }
            if (!running.contains(successor)) {
                gone.add(gone(key, group.pid(), group.count(), group.sizeKiB()));
            } else if (lost >= MOST * group.largestKiB()) {
                gone.add(gone(key, group.pid(), 1, group.largestKiB()));
            }
        }
        gone.removeIf(item -> item.sizeKiB() < MIN_KIB);
        gone.sort(Growth.LARGEST_FIRST);
        return gone;
    }

    private static Snapshot.Group larger(Snapshot.Group a, Snapshot.Group b) {
        return a.sizeKiB() >= b.sizeKiB() ? a : b;
    }

    private static Item gone(GroupKey key, int pid, int count, int sizeKiB) {
        Level level = count == 1 ? Level.PROCESS : Level.GROUP;
        return new Item(
                Change.GONE, level, key.name(), key.unit(), pid, count, sizeKiB, false, List.of());
    }
}
