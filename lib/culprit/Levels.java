package culprit;

import culprit.Growth.Change;
import culprit.Growth.Item;
import culprit.Growth.Level;

import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Pattern;

/**
 * Names what has changed: groups of processes, or the process that has most of a group's growth,
 * and kinds of memory that no process has. If none of these is half of the rise, a unit, a job, a
 * command or a user is named in place of its parts.
 */
final class Levels {
    /** Less is not named. */
    private static final long MIN_KIB = 1024;

    /** An item that is this part of the rise explains it. */
    private static final double ENOUGH = 0.5;

    /** A higher level is named if the largest item is less than this part of it. */
    private static final double MOST_OF_LEVEL = 0.8;

    /** A unit is named if this part of its growth is that of no process for certain. */
    private static final double UNEXPLAINED = 0.2;

    /** Of the groups that can have something, this many are named. */
    private static final int MOST_NAMES = 3;

    /** The name of a file system in memory begins so. */
    static final String TMPFS = "tmpfs ";

    private static final String UNKNOWN = "unknown processes";
    private static final String UNSEEN = "memory of processes that cannot be seen";

    /** A login session: the job that was started in it says more. */
    private static final Pattern LOGIN =
            Pattern.compile("user [^:]*|(user .*: )?session-.*[.]scope");

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final BinaryOperator<Long> SUM = Long::sum;
    private static final Function<Object, List<Part>> NO_PARTS = key -> new ArrayList<>();
    private static final Key UNIT = new Key(Level.UNIT, Part::unit);
    private static final Key JOB = new Key(Level.JOB, Part::session);
    private static final Key COMMAND = new Key(Level.GROUP, Part::command);
    private static final Key USER = new Key(Level.USER, Part::user);

    /** What parts have in common at a level; it gives an empty text where that is unknown. */
    private record Key(Level level, Function<Part, String> of) {
        /** True if only processes have it, and a group's may have different ones. */
        boolean isOfProcesses() {
            return level == Level.JOB || level == Level.USER;
        }
    }

    /**
     * A part of what grew: what a process has of its group's growth, what a group has beyond its
     * processes, or memory that no process has.
     *
     * @param command the processes' name; empty: no process has it
     * @param process null: there is none
     */
    private record Part(String unit, String command, ProcessInfo process, long grownKiB) {
        /** 0: there is no process. */
        int pid() {
            return process == null ? 0 : process.pid();
        }

        /** The number of its session leader; empty: unknown. */
        String session() {
            int session = process == null ? 0 : process.stat().session();
            return session > 0 ? Integer.toString(session) : "";
        }

        /** The user's number; empty: unknown, or root, whose processes have nothing in common. */
        String user() {
            long uid = process == null ? 0 : process.uid();
            return uid > 0 ? Long.toString(uid) : "";
        }
    }

    /** Something that grew, as it is named, and its parts. */
    private record Entry(Item item, List<Part> parts) {}

    private final Rise rise;
    private final LongFunction<String> userName;

    /** All that grew, each page in one of them. */
    private List<Entry> entries = new ArrayList<>();

    private Levels(Rise rise, LongFunction<String> userName) {
        this.rise = rise;
        this.userName = userName;
        for (Groups.Group group : rise.groups.all()) {
            if (!group.members.isEmpty()) {
                add(group);
            }
        }
        Map<GroupKey, Long> kinds = new LinkedHashMap<>(); // two may have one name
        for (Rise.Unowned unowned : rise.unowned) {
            GroupKey key = new GroupKey(unowned.unit(), nameOf(unowned));
            kinds.merge(key, unowned.grownKiB(), SUM);
        }
        for (Map.Entry<GroupKey, Long> kind : kinds.entrySet()) {
            addKind(kind.getKey().unit(), kind.getKey().name(), kind.getValue());
        }
    }

    /** Names what has changed between the first and the last of some snapshots. */
    static Growth of(List<Snapshot> history, List<Share> now, LongFunction<String> userName) {
        return new Levels(new Rise(history, now), userName).growth();
    }

    private Growth growth() {
        rise.unexplained.forEach(this::nameUnit);
        long toExplainKiB = rise.riseKiB() + rise.givenBackKiB();
        Optional<Item> higher = higherLevel(Math.max(MIN_KIB, (long) (ENOUGH * toExplainKiB)));
        List<Item> named = largestFirst(entries.stream().map(Entry::item).toList());
        higher.ifPresent(item -> named.add(0, item));
        named.addAll(gone());
        return new Growth(rise.nanos(), rise.riseKiB(), rise.givenBackKiB(), named);
    }

    private void addKind(String unit, String name, long kib) {
        Item item = new Item(Level.KIND, name, unit, 0, 0, kib, rise.nanos(), List.of());
        entries.add(new Entry(item, List.of(new Part(unit, "", null, kib))));
    }

    /** What is gone, but for its files in memory that are still there: they are told above. */
    private List<Item> gone() {
        long filesKiB = 0;
        for (Rise.Unowned unowned : rise.unowned) {
            filesKiB += unowned.kind() == Kind.SHARED ? Math.max(0, unowned.grownKiB()) : 0;
        }
        List<Item> gone = new ArrayList<>();
        for (Gone each : rise.gone()) {
            long stillKiB = Math.min(filesKiB, Math.min(each.sizeKiB(), each.shmemKiB()));
            filesKiB -= stillKiB;
            long sizeKiB = each.sizeKiB() - stillKiB;
            int pid = each.pid();
            long nanos = rise.nanos();
            gone.add(
                    Item.processes(
                            Change.GONE, each.key(), pid, each.count(), sizeKiB, nanos, false));
        }
        return largestFirst(gone);
    }

    private static List<Item> largestFirst(List<Item> items) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.removeIf(item -> item.sizeKiB() < MIN_KIB);
        sorted.sort(Growth.LARGEST_FIRST);
        return sorted;
    }

    // ---- Processes, groups, kinds

    /** Adds a group, or the process that is nearly all of its growth. */
    private void add(Groups.Group group) {
        String unit = group.key.unit();
        String name = group.key.name();
        List<Part> parts = new ArrayList<>();
        Groups.Member most = group.members.get(0);
        long sumKiB = 0;
        for (Groups.Member member : group.members) {
            most = member.grownKiB() > most.grownKiB() ? member : most;
            sumKiB += member.grownKiB();
            parts.add(new Part(unit, name, member.share().process, member.grownKiB()));
        }
        Part beyond = new Part(unit, name, null, Math.max(0, group.grownKiB() - sumKiB));
        parts.add(beyond); // not known of which of them
        boolean isShared = group.now.isShared();
        // What a new process shares with its parent or its group does not make it the culprit
        Share share = most.share();
        long sharableKiB = share.shmemKiB + share.sharableKiB + share.hugeKiB + share.lockedKiB;
        long notItsOwnKiB = most.isNew() ? sharableKiB : 0;
        boolean isNearlyAll =
                rise.knowsProcesses()
                        && most.grownKiB() - notItsOwnKiB >= Groups.MOST_OF_GROUP * sumKiB
                        && most.grownKiB() >= Groups.MOST_OF_GROUP * group.grownKiB();
        boolean isOne = isNearlyAll && group.members.size() > 1;
        List<Groups.Member> members = isOne ? List.of(most) : group.members;
        Change change = (isOne ? most.isNew() : group.isNew()) ? Change.NEW : Change.GROWN;
        long sizeKiB = isOne ? most.grownKiB() : group.grownKiB();
        long nanos = nanos(change, members);
        int pid = share.process.pid();
        int count = members.size();
        Item item = Item.processes(change, group.key, pid, count, sizeKiB, nanos, isShared);
        entries.add(new Entry(item, parts));
    }

    /** In which time some processes grew: if they are new, since the first of them was started. */
    private long nanos(Change change, List<Groups.Member> members) {
        if (change != Change.NEW) {
            return rise.nanos();
        }
        long nanos = 0;
        for (Groups.Member member : members) {
            nanos = Math.max(nanos, rise.ageNanos(member.share().process));
        }
        return nanos > 0 ? Math.min(nanos, rise.nanos()) : rise.nanos();
    }

    private static String nameOf(Rise.Unowned unowned) {
        if (!unowned.mount().isEmpty()) {
            return TMPFS + unowned.mount();
        }
        if (!unowned.anyOf().isEmpty()) {
            Set<String> names = new LinkedHashSet<>();
            for (GroupKey key : unowned.anyOf()) {
                names.add(names.size() < MOST_NAMES ? key.name() : "others");
            }
            return String.join(" or ", names);
        }
        if (unowned.unit().isEmpty()) {
            return unowned.kind() == Kind.PROCESSES ? UNSEEN : unowned.kind().label;
        }
        if (unowned.kind() == Kind.SHARED) { // a switch would load a class in an incident
            return "files in memory";
        }
        return unowned.kind() == Kind.SOCKETS ? "sockets" : "kernel memory";
    }

    // ---- Units, jobs, commands, users

    /** Names a unit in place of its processes, if a good part of it is that of no process. */
    private void nameUnit(String unit, long unexplainedKiB) {
        long sumKiB = unexplainedKiB;
        for (Entry entry : entries) {
            boolean isMember = entry.item.unit().equals(unit) && entry.item.sizeKiB() >= MIN_KIB;
            sumKiB += isMember ? entry.item.sizeKiB() : 0;
        }
        if (sumKiB >= MIN_KIB && unexplainedKiB >= UNEXPLAINED * sumKiB) {
            List<Item> members = take(UNIT, unit);
            Item item = new Item(Level.UNIT, unit, unit, 0, 0, sumKiB, rise.nanos(), members);
            entries.add(new Entry(item, List.of()));
        } else {
            addKind(unit, UNKNOWN, unexplainedKiB);
        }
    }

    /** The lowest level that explains enough, or half of that, if nothing that is named does. */
    private Optional<Item> higherLevel(long enoughKiB) {
        long knownKiB = 0;
        for (Entry entry : entries) {
            knownKiB = Math.max(knownKiB, entry.item.sizeKiB());
        }
        if (knownKiB >= enoughKiB) {
            return Optional.empty();
        }
        List<Part> unit = largest(UNIT);
        boolean isLogin = !unit.isEmpty() && LOGIN.matcher(unit.get(0).unit).matches();
        List<Key> keys =
                isLogin ? List.of(JOB, COMMAND, UNIT, USER) : List.of(UNIT, JOB, COMMAND, USER);
        for (long leastKiB : new long[] {enoughKiB, Math.max(MIN_KIB, enoughKiB / 2)}) {
            for (Key key : keys) {
                List<Part> some = largest(key);
                long sumKiB = sumKiB(some);
                if (sumKiB >= leastKiB && knownKiB < MOST_OF_LEVEL * sumKiB) {
                    return Optional.of(level(key, some));
                }
            }
        }
        return Optional.empty();
    }

    /** Of all parts that have a key in common, those that have grown most; empty: none has. */
    private List<Part> largest(Key key) {
        if (key.isOfProcesses() && !rise.knowsProcesses()) {
            return List.of();
        }
        Map<String, List<Part>> byKey = new HashMap<>();
        for (Entry entry : entries) {
            for (Part part : entry.parts) {
                byKey.computeIfAbsent(key.of.apply(part), NO_PARTS).add(part);
            }
        }
        byKey.remove("");
        List<Part> largest = List.of();
        for (List<Part> some : byKey.values()) {
            largest = sumKiB(some) > sumKiB(largest) ? some : largest;
        }
        return largest;
    }

    /** Names parts by what they have in common. */
    private Item level(Key key, List<Part> some) {
        String common = key.of.apply(some.get(0));
        String name = key.level == Level.JOB ? "session " + common : common;
        name = key.level == Level.USER ? userName.apply(Long.parseLong(common)) : name;
        int leader = 0; // it may have gone
        for (Part part : some) {
            boolean isLeader = key.level == Level.JOB && common.equals("" + part.pid());
            leader = isLeader ? part.pid() : leader;
            name = isLeader ? part.command : name;
        }
        String unit = key.level == Level.UNIT ? common : "";
        List<Item> members = take(key, common);
        long nanos = rise.nanos();
        return new Item(key.level, name, unit, leader, count(some), sumKiB(some), nanos, members);
    }

    /**
     * Takes what has a key out of the entries, if it is a MiB of an entry; the rest stays there.
     */
    private List<Item> take(Key key, String common) {
        List<Item> taken = new ArrayList<>();
        List<Entry> others = new ArrayList<>();
        for (Entry entry : entries) {
            List<Part> some = new ArrayList<>();
            List<Part> rest = new ArrayList<>();
            for (Part part : entry.parts) {
                (key.of.apply(part).equals(common) ? some : rest).add(part);
            }
            if (sumKiB(some) < MIN_KIB) {
                others.add(entry);
                continue;
            }
            taken.add(key.isOfProcesses() ? some(some, entry.item) : entry.item);
            if (!rest.isEmpty()) {
                others.add(new Entry(some(rest, entry.item), rest));
            }
        }
        entries = others;
        return largestFirst(taken);
    }

    private static long sumKiB(List<Part> some) {
        long sum = 0;
        for (Part part : some) {
            sum += part.grownKiB;
        }
        return sum;
    }

    private static int count(List<Part> some) {
        int count = 0;
        for (Part part : some) {
            count += part.pid() == 0 ? 0 : 1;
        }
        return count;
    }

    /** Some processes of a group, or what it has beyond all of them. */
    private static Item some(List<Part> parts, Item group) {
        Part most = parts.get(0);
        for (Part part : parts) {
            most = part.grownKiB > most.grownKiB ? part : most;
        }
        boolean isBeyond = count(parts) == 0;
        int pid = isBeyond ? group.pid() : most.pid();
        int count = isBeyond ? group.count() : count(parts);
        long sumKiB = sumKiB(parts);
        return Item.processes(
                group.change(), group.key(), pid, count, sumKiB, group.nanos(), false);
    }
}
