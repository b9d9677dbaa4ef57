package culprit;

import culprit.Growth.Change;
import culprit.Growth.Item;
import culprit.Growth.Level;

import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Status;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Pattern;

/**
 * Gives what has changed its names. First groups of processes, or the one process that is most of a
 * group's growth, and memory that no process has; then, if none of these explains half of what
 * memory rose by, the lowest that does of unit, job, command and user.
 */
final class Levels {
    /** What grew less is not worth a word. */
    private static final long MIN_KIB = 1024;

    /** What explains this part of the rise is the right level. */
    private static final double ENOUGH = 0.5;

    /** A process that has grown by this part of its group's growth is named itself. */
    private static final double MOST_OF_GROUP = 0.8;

    /** A higher level is named if the largest item is less than this part of it. */
    private static final double MOST_OF_LEVEL = 0.8;

    /** A unit is named if this part of its growth cannot be told from its processes. */
    private static final double UNEXPLAINED = 0.2;

    /** Of those who can have something, this many are named. */
    private static final int MOST_NAMES = 3;

    private static final String UNSEEN = "memory of processes that cannot be seen";

    /** A login session says less than what was started in it. */
    private static final Pattern LOGIN =
            Pattern.compile("user [^:]*|(user .*: )?session-.*[.]scope");

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final BinaryOperator<Long> SUM = Long::sum;
    private static final Function<GroupKey, List<Part>> NO_PARTS = key -> new ArrayList<>();
    private static final Function<Part, String> UNIT = part -> part.group.unit();
    private static final Function<Part, String> COMMAND = Part::command;
    private static final Function<Part, String> SESSION = Part::session;
    private static final Function<Part, String> USER = Part::user;

    /**
     * A part of what grew: what a process has of its group's growth, what a group has beyond its
     * processes, or memory that no process has.
     *
     * @param command the processes' name; empty: no process has it
     * @param process null: there is none
     */
    private record Part(GroupKey group, String command, ProcessInfo process, long grownKiB) {
        static Part of(Rise.Member member) {
            ProcessInfo process = member.share().process();
            return new Part(member.share().group(), process.name(), process, member.grownKiB());
        }

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

    private final Rise rise;
    private final LongFunction<String> userName;
    private final List<Part> parts = new ArrayList<>();

    /** Each group and each kind, named. */
    private final Map<GroupKey, Item> items = new HashMap<>();

    private long freedKiB;

    private Levels(Rise rise, LongFunction<String> userName) {
        this.rise = rise;
        this.userName = userName;
        for (Rise.Grown group : rise.groups()) {
            add(group);
        }
        for (Rise.Unowned unowned : rise.unowned()) {
            Item item = Item.kind(nameOf(unowned), unowned.unit(), unowned.grownKiB());
            items.put(item.key(), item);
            parts.add(new Part(item.key(), "", null, item.sizeKiB()));
        }
    }

    /**
     * Names what has changed.
     *
     * @param userName gives a user's name
     */
    static Growth of(Rise rise, LongFunction<String> userName) {
        return new Levels(rise, userName).growth();
    }

    private Growth growth() {
        List<Item> named = largestFirst(items.values());
        for (Map.Entry<String, Long> unit : rise.unexplained().entrySet()) {
            nameUnit(unit.getKey(), unit.getValue(), named);
        }
        long toExplainKiB = rise.riseKiB() + (rise.riseKiB() > 0 ? 0 : freedKiB);
        nameHigherLevel(named, Math.max(MIN_KIB, (long) (ENOUGH * toExplainKiB)));
        named.addAll(gone());
        return new Growth(rise.nanos(), rise.riseKiB(), rise.givenBackKiB(), named);
    }

    /** What is gone, but for its files in memory that are still there: they are told above. */
    private List<Item> gone() {
        long filesKiB = 0;
        for (Rise.Unowned unowned : rise.unowned()) {
            filesKiB += unowned.kind() == Kind.SHARED ? Math.max(0, unowned.grownKiB()) : 0;
        }
        List<Item> gone = new ArrayList<>();
        for (Rise.Gone each : rise.gone()) {
            long stillKiB = Math.min(filesKiB, Math.min(each.sizeKiB(), each.shmemKiB()));
            filesKiB -= stillKiB;
            long sizeKiB = each.sizeKiB() - stillKiB;
            int pid = each.pid();
            gone.add(Item.processes(Change.GONE, each.key(), pid, each.count(), sizeKiB, false));
        }
        return largestFirst(gone);
    }

    private static List<Item> largestFirst(Collection<Item> items) {
        List<Item> sorted = new ArrayList<>(items);
        sorted.removeIf(item -> item.sizeKiB() < MIN_KIB);
        sorted.sort(Growth.LARGEST_FIRST);
        return sorted;
    }

    // ---- Processes, groups, kinds

    /** Adds a group, or the process that is nearly all of its growth. */
    private void add(Rise.Grown group) {
        Rise.Member most = group.members().get(0);
        long sumKiB = 0;
        long mappedTwiceKiB = 0; // huge pages, and files that are locked
        for (Rise.Member member : group.members()) {
            Status status = member.share().process().status();
            mappedTwiceKiB += status.hugeKiB() - member.share().hugeKiB();
            mappedTwiceKiB += status.lockedFilesKiB() - member.share().lockedKiB();
            most = member.grownKiB() > most.grownKiB() ? member : most;
            sumKiB += member.grownKiB();
            parts.add(Part.of(member));
        }
        long restKiB = Math.max(0, group.grownKiB() - sumKiB);
        parts.add(new Part(group.key(), group.key().name(), null, restKiB));
        freedKiB += Math.max(0, -group.grownKiB());
        boolean isShared = group.now().isShared() || mappedTwiceKiB > group.now().sizeKiB() / 10;
        // A new process bears what all of its group share, or its parent: that makes it no culprit
        Share share = most.share();
        long sharableKiB =
                share.shmemKiB() + share.sharableKiB() + share.hugeKiB() + share.lockedKiB();
        long borneKiB = isShared && most.isNew() ? sharableKiB : 0;
        boolean isMost =
                rise.knowsProcesses()
                        && most.grownKiB() - borneKiB >= MOST_OF_GROUP * sumKiB
                        && most.grownKiB() >= MOST_OF_GROUP * group.grownKiB();
        boolean isOne = group.members().size() > 1 && isMost;
        Item item =
                Item.processes(
                        (isOne ? most.isNew() : group.isNew()) ? Change.NEW : Change.GROWN,
                        group.key(),
                        most.share().process().pid(),
                        isOne ? 1 : group.members().size(),
                        isOne ? most.grownKiB() : group.grownKiB(),
                        isShared);
        items.put(group.key(), item);
    }

    private static String nameOf(Rise.Unowned unowned) {
        if (!unowned.mount().isEmpty()) {
            return "tmpfs " + unowned.mount();
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
        return switch (unowned.kind()) {
            case SHARED -> "files in memory";
            case SOCKETS -> "sockets";
            default -> "kernel memory";
        };
    }

    // ---- Units, jobs, commands, users

    /** Where it cannot be told which of a unit's processes have grown, the unit is named. */
    private static void nameUnit(String unit, long unexplainedKiB, List<Item> named) {
        List<Item> members = new ArrayList<>();
        long sumKiB = unexplainedKiB;
        for (Item item : named) {
            if (item.unit().equals(unit)) {
                members.add(item);
                sumKiB += item.sizeKiB();
            }
        }
        if (sumKiB >= MIN_KIB && unexplainedKiB >= UNEXPLAINED * sumKiB) {
            putInPlace(Item.sum(Level.UNIT, unit, unit, 0, 0, sumKiB, members), named);
            named.sort(Growth.LARGEST_FIRST);
        }
    }

    /** Puts an item first, in the place of what it consists of. */
    private static void putInPlace(Item higher, List<Item> named) {
        Set<GroupKey> below = new HashSet<>();
        for (Item member : higher.members()) {
            below.add(member.key());
        }
        List<Item> others = new ArrayList<>();
        for (Item item : named) {
            if (!below.contains(item.key())) {
                others.add(item);
            }
        }
        named.clear();
        named.add(higher);
        named.addAll(others);
    }

    /** Names the lowest level that explains enough, if nothing that is named does. */
    private void nameHigherLevel(List<Item> named, long enoughKiB) {
        long knownKiB = named.isEmpty() ? 0 : named.get(0).sizeKiB();
        if (knownKiB >= enoughKiB) {
            return;
        }
        Item unit = rollUp(Level.UNIT, UNIT);
        Item command = rollUp(Level.GROUP, COMMAND);
        Item job = rollUp(Level.JOB, SESSION);
        Item user = rollUp(Level.USER, USER);
        boolean isLogin = LOGIN.matcher(unit.unit()).matches();
        for (Item level :
                isLogin ? List.of(job, command, unit, user) : List.of(unit, job, command, user)) {
            boolean isEnough = level.sizeKiB() >= enoughKiB;
            if (isEnough && knownKiB < MOST_OF_LEVEL * level.sizeKiB() && !isNamed(level, named)) {
                putInPlace(level, named);
                return;
            }
        }
    }

    /** A unit may be named already, with what its processes do not explain; or some of it is. */
    private static boolean isNamed(Item level, List<Item> named) {
        for (Item item : named) {
            boolean isSame = item.level() == level.level() && item.key().equals(level.key());
            if (isSame || item.sharesMembers(level)) {
                return true;
            }
        }
        return false;
    }

    /** What has grown most of all that have a key in common. */
    private Item rollUp(Level level, Function<Part, String> key) {
        boolean isOfProcesses = level == Level.JOB || level == Level.USER;
        Map<String, Long> sums = new HashMap<>();
        for (Part part : isOfProcesses && !rise.knowsProcesses() ? List.<Part>of() : parts) {
            if (part.grownKiB > 0) {
                sums.merge(key.apply(part), part.grownKiB, SUM);
            }
        }
        sums.remove("");
        String largest = "";
        long mostKiB = 0;
        for (Map.Entry<String, Long> sum : sums.entrySet()) {
            if (sum.getValue() > mostKiB) {
                largest = sum.getKey();
                mostKiB = sum.getValue();
            }
        }
        String name = isOfProcesses ? "session " + largest : largest;
        int leader = 0; // it may have gone
        int count = 0;
        Map<GroupKey, List<Part>> groups = new HashMap<>();
        for (Part part : parts) {
            if (mostKiB > 0 && key.apply(part).equals(largest)) {
                groups.computeIfAbsent(part.group, NO_PARTS).add(part);
                count += part.pid() == 0 ? 0 : 1;
                boolean isLeader = level == Level.JOB && largest.equals("" + part.pid());
                leader = isLeader ? part.pid() : leader;
                name = isLeader ? part.command : name;
            }
        }
        List<Item> members = new ArrayList<>();
        for (Map.Entry<GroupKey, List<Part>> group : groups.entrySet()) {
            Item whole = items.get(group.getKey());
            members.add(isOfProcesses ? some(group.getValue(), whole.change()) : whole);
        }
        boolean isUser = level == Level.USER && mostKiB > 0;
        return Item.sum(
                level,
                isUser ? userName.apply(Long.parseLong(largest)) : name,
                level == Level.UNIT ? largest : "",
                leader,
                count,
                mostKiB,
                largestFirst(members));
    }

    /** Some processes of a group. */
    private static Item some(List<Part> parts, Change change) {
        Part most = parts.get(0);
        long sumKiB = 0;
        for (Part part : parts) {
            most = part.grownKiB > most.grownKiB ? part : most;
            sumKiB += part.grownKiB;
        }
        return Item.processes(change, most.group, most.pid(), parts.size(), sumKiB, false);
    }
}
