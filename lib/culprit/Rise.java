package culprit;

import culprit.Groups.Group;
import culprit.Pool.Claim;

import procfs.BootClock;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Status;
import procfs.TmpfsMount;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * What has changed between two moments, in KiB: groups, units, and kinds of memory.
 *
 * <p>The rise of a kind of memory, and what groups gave back of it, is given to the groups that
 * have grown: own memory in the order of {@link Pool#PASSES}, shared memory as {@link #shmem} says,
 * other kinds by share, then by raw figures. What is left is then named without a group.
 */
final class Rise {
    /**
     * Memory of no process, or of one of several groups, or of a process that cannot be seen.
     *
     * @param mount the file system in memory; empty: none
     * @param anyOf the groups that can have it
     */
    record Unowned(Kind kind, String mount, String unit, List<GroupKey> anyOf, long grownKiB) {
        Unowned(Kind kind, String unit, long grownKiB) {
            this(kind, "", unit, List.of(), grownKiB);
        }
    }

    /** RssAnon and AnonPages, one read after the other, differ by no more than this part. */
    private static final double DRIFT = 1 / 16.0;

    /** A mount is named with a unit whose files grew by this part of what the mount grew by. */
    private static final double FILLED = 0.8;

    // As constants, the JVM links them when it loads this class, and not in an incident
    private static final BinaryOperator<Long> SUM = Long::sum;
    private static final Function<Group, Claim> OWN = group -> group.own;
    private static final Function<Group, Claim> SHMEM = group -> group.shmem;
    private static final Function<Group, Claim> HUGE = group -> group.huge;
    private static final Function<Group, Claim> LOCKED = group -> group.locked;
    private static final Function<Group, Claim> OF_KERNEL = group -> group.kernel;
    private static final ToIntFunction<Snapshot.Unit> OWN_CHARGED = Snapshot.Unit::ownKiB;
    private static final ToIntFunction<Snapshot.Unit> SHMEM_CHARGED = Snapshot.Unit::shmemKiB;
    private static final ToIntFunction<Snapshot.Unit> SOCKETS = Snapshot.Unit::socketKiB;
    private static final ToIntFunction<Snapshot.Unit> KERNEL = Snapshot.Unit::kernelKiB;

    /** The kernel's own reserve follows the page cache; what processes have is told above. */
    private static final Set<Kind> NOBODYS =
            EnumSet.of(Kind.PROCESSES, Kind.RESERVE, Kind.PER_CPU_FREE);

    private final List<Snapshot> history;
    private final Snapshot first;
    private final Snapshot last;
    private final Replacements replacements;
    final Groups groups;

    /** By kind, what grew and has no owner yet; negative: what was given back. */
    private final Map<Kind, Long> unownedKiB = new EnumMap<>(Kind.class);

    /** Memory that no process has. */
    final List<Unowned> unowned = new ArrayList<>();

    /** What units are charged beyond what is known of their processes and files, by unit. */
    final Map<String, Long> unexplained = new HashMap<>();

    private long givenBackKiB;

    /**
     * Compares the first moment of a history with its last.
     *
     * @param history the snapshots; those between tell of what has come and gone
     * @param now what the processes of the last moment have
     */
    Rise(List<Snapshot> history, List<Share> now) {
        this.history = history;
        Snapshot begin = history.get(0);
        Snapshot end = history.get(history.size() - 1);
        boolean areAlike = begin.units().isEmpty() == end.units().isEmpty();
        first = areAlike ? begin : begin.withoutUnits();
        last = areAlike ? end : end.withoutUnits();
        replacements = new Replacements(first, last, now);
        for (Kind kind : Kind.values()) {
            unownedKiB.put(kind, last.kinds().sizeKiB(kind) - first.kinds().sizeKiB(kind));
        }
        groups = new Groups(history, now, replacements);
        for (Group group : groups.all()) {
            givenBackKiB += group.givenBackKiB();
        }
        long filesKiB = swappedFilesKiB();
        own(filesKiB);
        shmem(filesKiB);
        give(Kind.HUGE_PAGES, HUGE);
        give(Kind.HELD_FILES, LOCKED);
        kernel();
        groups.all().forEach(Group::scaleMembers);
        // Kinds that overlap more than before have given nothing back
        long otherKiB = Math.max(0, first.kinds().sizeKiB(Kind.OTHER));
        unownedKiB.put(Kind.OTHER, Math.max(-otherKiB, unownedKiB.get(Kind.OTHER)));
        for (long restKiB : unownedKiB.values()) {
            givenBackKiB += Math.max(0, -restKiB);
        }
    }

    // ---- What it says

    /** How long that was. */
    long nanos() {
        return last.nanos() - first.nanos();
    }

    /** For how long a process has been there. */
    long ageNanos(ProcessInfo process) {
        long ticks = last.bootTicks() - process.stat().startTicks();
        return ticks * BootClock.NANOS_PER_TICK;
    }

    /** How much more memory and swap are in use. */
    long riseKiB() {
        return last.usedKiB() - first.usedKiB();
    }

    /** By how much what has become smaller has: what grew took that, too. */
    long givenBackKiB() {
        return givenBackKiB;
    }

    /** False if the first moment is so old that it knows groups only. */
    boolean knowsProcesses() {
        return first.knowsProcesses();
    }

    /** What is not there any more. */
    List<Gone> gone() {
        return Gone.of(history, groups, replacements);
    }

    // ---- Kinds of memory, given to groups

    /**
     * Makes a pool for each unit that is charged, and one for all others, which is the last. It
     * holds what has risen, and what its groups gave back.
     *
     * @param size what a unit is charged of a kind
     * @param riseKiB what the kind rose by on the whole machine
     */
    private List<Pool> pools(
            Function<Group, Claim> kind, ToIntFunction<Snapshot.Unit> size, long riseKiB) {
        Pool machine = new Pool("", riseKiB);
        Map<String, Pool> pools = new HashMap<>();
        for (Map.Entry<String, Snapshot.Unit> each : last.units().entrySet()) {
            if (!each.getValue().isLeftBehind()) {
                pools.put(each.getKey(), new Pool(each.getKey(), risen(each.getKey(), size)));
            }
            machine.restKiB -= size.applyAsInt(each.getValue());
        }
        for (Snapshot.Unit unit : first.units().values()) {
            machine.restKiB += size.applyAsInt(unit);
        }
        for (Group group : groups.all()) {
            pools.getOrDefault(group.key.unit(), machine).claims.add(kind.apply(group));
        }
        List<Pool> all = new ArrayList<>(pools.values());
        all.add(machine);
        for (Pool pool : all) {
            pool.restKiB += pool.givenBackKiB();
        }
        return all;
    }

    /**
     * What units gave back that none of their processes did: files in memory, and what they gave
     * back by MADV_FREE. What a unit leaves behind when it ends was not given back.
     */
    private long freedByUnitsKiB(List<Pool> pools, ToIntFunction<Snapshot.Unit> size) {
        long goneKiB = 0;
        for (Map.Entry<String, Snapshot.Unit> unit : first.units().entrySet()) {
            boolean isGone = !last.units().containsKey(unit.getKey());
            boolean isReplaced = replacements.isReplaced(unit.getKey());
            goneKiB += isGone && !isReplaced ? size.applyAsInt(unit.getValue()) : 0;
        }
        for (Map.Entry<String, Snapshot.Unit> unit : last.units().entrySet()) {
            goneKiB -= unit.getValue().isLeftBehind() ? risen(unit.getKey(), size) : 0;
        }
        long sum = 0;
        for (Pool pool : pools) {
            long freed = pool.unit.isEmpty() ? goneKiB - pool.givenBackKiB() : -pool.restKiB;
            sum += Math.max(0, freed);
        }
        return sum;
    }

    /** What a unit's charge rose by, compared with that of all units that it has replaced. */
    private long risen(String unit, ToIntFunction<Snapshot.Unit> size) {
        long risen = size.applyAsInt(last.unit(unit)) - size.applyAsInt(first.unit(unit));
        for (String before : replacements.unitsBefore(unit)) {
            risen -= size.applyAsInt(first.unit(before));
        }
        return risen;
    }

    private long swapKiB() {
        return last.kinds().swapUsedKiB() - first.kinds().swapUsedKiB();
    }

    /**
     * How much more of swap is files'. Swap that processes share was counted for each of them: when
     * it comes back, files seem to have taken what was counted too much. Raw figures tell how much
     * that is: some grew by more than there was, and no other fell. Charges tell it themselves.
     */
    private long swappedFilesKiB() {
        long filesKiB = last.swappedFilesKiB() - first.swappedFilesKiB();
        long beyondKiB = filesKiB - swapKiB() - unownedKiB.get(Kind.PROCESSES);
        for (Group group : groups.all()) {
            beyondKiB += group.own.possible - group.own.givenBack;
        }
        long mostKiB = filesKiB - Math.max(0, swapKiB());
        boolean isGuess = last.units().isEmpty();
        return filesKiB - (isGuess ? Math.max(0, Math.min(beyondKiB, mostKiB)) : 0);
    }

    /**
     * Gives what memory of processes, resident and in swap, rose by, and what others gave back of
     * it, to the groups that claim it; names the rest.
     *
     * @param filesKiB how much more of swap is files'
     */
    private void own(long filesKiB) {
        long netKiB = unownedKiB.get(Kind.PROCESSES) + swapKiB() - filesKiB;
        long lazyKiB = last.kinds().lazyFreeKiB() - first.kinds().lazyFreeKiB();
        long unseenKiB = last.units().isEmpty() ? first.unseenKiB() - last.unseenKiB() : 0;
        long takenKiB = takenByOneKiB(netKiB, lazyKiB) + Math.max(0, unseenKiB);
        List<Pool> pools = pools(OWN, OWN_CHARGED, netKiB + takenKiB);
        long freedKiB = takenKiB + freedByUnitsKiB(pools, OWN_CHARGED);
        // Which swap is files' is a guess, if processes share what they have in swap
        long movedKiB = Math.min(swapKiB(), -unownedKiB.get(Kind.SHARED)) - Math.max(0, filesKiB);
        pools.get(pools.size() - 1).nobodysKiB = Math.max(0, -filesKiB) + Math.max(0, movedKiB);
        for (Pool pool : pools) {
            long moreKiB = pool.sharedSinceKiB() - pool.withoutRawKiB();
            pool.restKiB += moreKiB;
            freedKiB += pool.givenBackKiB() + moreKiB;
        }
        // What a process gave back by MADV_FREE before it ended, it gave back only once
        long lazyTakenKiB = Math.max(0, -lazyKiB);
        long twiceKiB = Math.max(0, Math.min(lazyTakenKiB, freedKiB));
        freedKiB -= twiceKiB;
        givenBackKiB += freedKiB;
        long mostKiB = netKiB + freedKiB;
        for (Pool pool : pools) {
            long driftKiB = (long) (DRIFT * pool.restKiB);
            for (ToLongFunction<Claim> wanted : Pool.PASSES) {
                if (pool.restKiB > driftKiB && pool.anyOf.isEmpty()) {
                    long limitKiB = wanted == Pool.OF_MEMBERS ? pool.renamedKiB() : pool.restKiB;
                    boolean isAgain = wanted == Pool.KEPT; // what had been given back by MADV_FREE
                    pool.anyOf = pool.give(wanted, isAgain ? lazyTakenKiB - twiceKiB : limitKiB);
                }
            }
            pool.restKiB = pool.restKiB > driftKiB ? pool.restKiB : 0;
        }
        long leftKiB = Pool.bound(pools, mostKiB);
        for (Pool pool : pools) {
            leftKiB -= nameRest(Kind.PROCESSES, pool, leftKiB);
        }
        // All that grew has a name; negative: it is not known who gave that back
        unownedKiB.put(Kind.PROCESSES, Math.min(0, mostKiB));
    }

    /**
     * What one group took of what others gave back by MADV_FREE. Only charges say who gave it back.
     * Without charges it is 0, unless one group has nearly all that grew, and a good part of it
     * beyond doubt.
     */
    private long takenByOneKiB(long riseKiB, long lazyKiB) {
        long sum = 0;
        long most = 0;
        for (Group group : groups.all()) {
            sum += group.own.certain;
            most = Math.max(most, group.own.certain);
        }
        boolean isOne = sum - most <= Pool.OTHERS * most && riseKiB >= Pool.OTHERS * most;
        boolean isKnown = isOne && last.units().isEmpty();
        return isKnown ? Math.max(0, Math.min(lazyKiB, most - riseKiB)) : 0;
    }

    /**
     * Gives what Shmem rose by, the most certain first: to groups, what their largest process has
     * mapped since; to units, what several of their groups can have; to mounts, what their files
     * grew by; to groups, what their other processes may have mapped; to units, the rest of their
     * charge, such as files of memfd_create(2). The rest are files in memory.
     */
    private void shmem(long swappedFilesKiB) {
        long swappedOutKiB = Math.max(0, swappedFilesKiB);
        long swappedInKiB = Math.max(0, -swappedFilesKiB);
        long riseKiB = unownedKiB.get(Kind.SHARED);
        List<Pool> pools = pools(SHMEM, SHMEM_CHARGED, riseKiB);
        Pool machine = pools.get(pools.size() - 1);
        long givenBack = 0;
        for (Pool pool : pools) {
            givenBack += pool.givenBackKiB();
        }
        long freedKiB = freedByUnitsKiB(pools, SHMEM_CHARGED);
        if (last.units().isEmpty()) { // then there is one pool
            // What mounts grew by beyond what is left of all files, others gave back
            long mountsKiB = TmpfsMount.sumKiB(last.mounts()) - TmpfsMount.sumKiB(first.mounts());
            long beyondKiB = Math.max(0, mountsKiB - riseKiB - swappedFilesKiB);
            freedKiB = Math.max(0, freedByMountsKiB() + beyondKiB - givenBack);
            machine.restKiB += freedKiB;
        }
        for (Pool pool : pools) {
            pool.anyOf = pool.give(Pool.CERTAIN, mappableKiB(pool));
        }
        givenBackKiB += freedKiB;
        long allKiB = riseKiB + givenBack + freedKiB;
        long mostKiB = Pool.bound(pools, allKiB - swappedInKiB);
        List<Pool> withLeft = new ArrayList<>(pools);
        for (Map.Entry<String, Snapshot.Unit> unit : last.units().entrySet()) {
            if (unit.getValue().isLeftBehind()) {
                withLeft.add(new Pool(unit.getKey(), risen(unit.getKey(), SHMEM_CHARGED)));
            }
        }
        for (Pool pool : pools) { // before mounts: who of a unit maps a file is known by unit
            mostKiB -= pool.commonUnit().isEmpty() ? 0 : nameVague(pool, mostKiB);
        }
        mostKiB -= mounts(withLeft, machine, mostKiB + swappedOutKiB);
        for (Pool pool : pools) {
            pool.restKiB = Math.min(pool.restKiB, mostKiB);
            long hadKiB = pool.restKiB;
            if (pool.anyOf.isEmpty()) {
                pool.anyOf = pool.give(Pool.POSSIBLE, mappableKiB(pool));
            }
            mostKiB -= hadKiB - pool.restKiB;
            mostKiB -= nameVague(pool, mostKiB);
        }
        long filesKiB = mostKiB - givenBack + swappedOutKiB;
        for (Pool pool : withLeft) {
            if (!pool.unit.isEmpty()) {
                long grownKiB = Math.max(0, Math.min(pool.restKiB, filesKiB));
                filesKiB -= grownKiB;
                unowned.add(new Unowned(Kind.SHARED, pool.unit, grownKiB));
            }
        }
        long netKiB = allKiB + swappedOutKiB - swappedInKiB;
        unownedKiB.put(Kind.SHARED, filesKiB > 0 ? filesKiB : Math.min(0, netKiB));
    }

    /** Where no unit is charged, processes can have no more than was mapped since. */
    private long mappableKiB(Pool pool) {
        long before = first.kinds().mappedKiB();
        long mapped = last.kinds().mappedKiB();
        boolean isKnown = before > 0 && mapped > 0 && last.units().isEmpty();
        return isKnown ? mapped - before + pool.givenBackKiB() - pool.givenKiB() : pool.restKiB;
    }

    /** Names what several can have of a pool, if there are several; returns how much that is. */
    private long nameVague(Pool pool, long mostKiB) {
        return pool.anyOf.isEmpty() ? 0 : nameRest(Kind.SHARED, pool, mostKiB);
    }

    /**
     * Names the rest of a pool by the unit that all have in common who can have it, else as that of
     * all of them; returns how much that is.
     */
    private long nameRest(Kind kind, Pool pool, long mostKiB) {
        long sizeKiB = Math.max(0, Math.min(pool.restKiB, mostKiB));
        String unit = pool.commonUnit();
        if (unit.isEmpty()) {
            unowned.add(new Unowned(kind, "", "", pool.anyOf, sizeKiB));
        } else {
            unexplained.merge(unit, sizeKiB, SUM);
        }
        pool.restKiB -= sizeKiB;
        pool.anyOf = List.of();
        return sizeKiB;
    }

    /** What mounts gave back: a file may outlive the process that made it. */
    private long freedByMountsKiB() {
        long sum = 0;
        for (TmpfsMount mount : first.mounts()) {
            sum += Math.max(0, mount.usedKiB() - usedKiB(last, mount.path()));
        }
        return sum;
    }

    /** What was in a file system in memory; 0: it was not there. */
    static long usedKiB(Snapshot moment, String path) {
        for (TmpfsMount mount : moment.mounts()) {
            if (mount.path().equals(path)) {
                return mount.usedKiB();
            }
        }
        return 0;
    }

    /** Names mounts, by growth, with the unit whose files fill them; returns what they grew by. */
    private long mounts(List<Pool> pools, Pool machine, long mostKiB) {
        long sum = 0;
        List<TmpfsMount> mounts = new ArrayList<>(last.mounts());
        mounts.sort(Comparator.comparingLong(mount -> -roseKiB(mount)));
        for (TmpfsMount mount : mounts) {
            long roseKiB = roseKiB(mount);
            long grownKiB = Math.max(0, Math.min(roseKiB, mostKiB - sum));
            Pool filler = machine;
            long mostFilledKiB = 0;
            for (Pool pool : pools) {
                if (pool != machine && pool.restKiB > mostFilledKiB) {
                    filler = pool;
                    mostFilledKiB = pool.restKiB;
                }
            }
            filler = mostFilledKiB >= FILLED * grownKiB ? filler : machine;
            unowned.add(new Unowned(Kind.SHARED, mount.path(), filler.unit, List.of(), grownKiB));
            filler.restKiB -= grownKiB;
            sum += grownKiB;
        }
        return sum;
    }

    private long roseKiB(TmpfsMount mount) {
        return mount.usedKiB() - usedKiB(first, mount.path());
    }

    /** What all groups claim of a kind. */
    private Pool pool(Function<Group, Claim> claimOf) {
        Pool pool = new Pool("", 0);
        for (Group group : groups.all()) {
            pool.claims.add(claimOf.apply(group));
        }
        return pool;
    }

    /** Gives groups what their shares of a kind grew by, then the rest by raw figures. */
    private void give(Kind kind, Function<Group, Claim> claimOf) {
        Pool pool = pool(claimOf);
        pool.restKiB = unownedKiB.get(kind) + pool.givenBackKiB();
        long nobodysKiB = pool.withoutRawKiB();
        pool.restKiB -= nobodysKiB;
        givenBackKiB -= nobodysKiB;
        pool.give(Pool.CERTAIN, pool.restKiB);
        pool.give(Pool.POSSIBLE, pool.restKiB);
        unownedKiB.put(kind, pool.restKiB);
    }

    /**
     * Gives page tables, stacks and what threads have of slab to processes, as far as these kinds
     * rose, or the kind "other": meminfo of a container has no line for stacks. Gives sockets and
     * kernel memory to units.
     */
    private void kernel() {
        Pool pool = pool(OF_KERNEL);
        long objectsKiB =
                Status.objectsKiB(last.stacksKiB()) - Status.objectsKiB(first.stacksKiB());
        long givenBack = pool.givenBackKiB();
        long tablesKiB = pool.givenKiB() - givenBack - objectsKiB;
        long foundKiB = take(tablesKiB, Kind.PAGE_TABLES, Kind.STACKS, Kind.OTHER);
        Pool.bound(List.of(pool), givenBack + foundKiB + take(objectsKiB, Kind.SLAB));
        giveUnits(SOCKETS, Kind.SOCKETS, Kind.OTHER);
        giveUnits(KERNEL, Kind.OTHER, Kind.SLAB, Kind.PER_CPU, Kind.VMALLOC);
        for (Map.Entry<Kind, Long> each : unownedKiB.entrySet()) {
            if (!NOBODYS.contains(each.getKey())) {
                unowned.add(new Unowned(each.getKey(), "", each.getValue()));
            }
        }
    }

    /**
     * Gives units what their charge rose by, as far as some kinds rose or other units gave it back,
     * under the name of the first kind.
     */
    private void giveUnits(ToIntFunction<Snapshot.Unit> size, Kind... kinds) {
        long freedKiB = 0;
        for (String unit : last.units().keySet()) {
            freedKiB += Math.max(0, -risen(unit, size));
        }
        for (Map.Entry<String, Snapshot.Unit> unit : last.units().entrySet()) {
            long risenKiB = Math.max(0, risen(unit.getKey(), size));
            long takenKiB = take(risenKiB, kinds);
            boolean isLeft = unit.getValue().isLeftBehind();
            long moreKiB = isLeft ? 0 : Math.max(0, Math.min(risenKiB - takenKiB, freedKiB));
            freedKiB -= moreKiB;
            givenBackKiB += moreKiB;
            unowned.add(new Unowned(kinds[0], unit.getKey(), takenKiB + moreKiB));
        }
    }

    /**
     * Takes something off what these kinds rose by; if it is negative, off what they fell by.
     * Returns how much.
     */
    private long take(long wantedKiB, Kind... kinds) {
        long taken = 0;
        for (Kind kind : kinds) {
            long there = unownedKiB.get(kind);
            long left = wantedKiB - taken;
            long part =
                    left > 0
                            ? Math.max(0, Math.min(left, there))
                            : Math.min(0, Math.max(left, there));
            unownedKiB.put(kind, there - part);
            taken += part;
        }
        return taken;
    }
}
