package procfs;

import deadline.TimeLimiter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is read of the machine at one moment. The program has one: it keeps what hardly changes. */
public final class Machine {
    /** The inode of the machine's own PID namespace, see the kernel's include/linux/proc_ns.h. */
    private static final String INITIAL_NAMESPACE = "pid:[4026531836]";

    /** How long all file systems in memory may take to tell their sizes. */
    private static final long MOUNTS_MILLIS = 250;

    /** What cannot be known. */
    public enum Problem {
        /** Control groups do not count memory. */
        NO_GROUPS,
        /** There are more control groups, or deeper ones, than are read. */
        GROUPS_CUT,
        /** There are more control groups than those whose limits and kills are remembered. */
        LIMITS_CUT,
        /** There are more file systems in memory than are read. */
        MOUNTS_CUT
    }

    /** Empty: the kernel does not count memory by control groups. */
    private static final Optional<GroupTree> GROUPS =
            GroupTree.find(Mount.read("/proc/self/mountinfo", Set.of("cgroup", "cgroup2")));

    private static final String KILLS_FILE = killsFile(GROUPS);

    private final ProcessReader processes = new ProcessReader(new ProcessUnits(GROUPS));
    private final Optional<LimitKills> limitKills = GROUPS.map(LimitKills::new);
    private final Optional<Charges> charges =
            GROUPS.map(tree -> new Charges(tree, limitKills.orElseThrow()));

    /** The way to a mount may lead over one that hangs, such as NFS. */
    private final TimeLimiter mountLimiter = new TimeLimiter("mounts", MOUNTS_MILLIS);

    private TmpfsMount.Read mounts = new TmpfsMount.Read(List.of(), true);

    private final Set<Problem> told = EnumSet.noneOf(Problem.class);

    private final long oomKillsBefore = oomKills();
    private Kills.Counts killCounts = new Kills.Counts(0, 0);

    private final boolean isContainer = !isInitialNamespace();

    /** Makes sure that there is something to read. */
    public Machine() {
        if (!MemInfo.read().sizesKiB().containsKey("MemAvailable")) {
            throw new UnsupportedOperationException(
                    "there is no MemAvailable in /proc/meminfo; this needs Linux with /proc"
                            + " mounted");
        }
    }

    public ProcessReader processes() {
        return processes;
    }

    /** What cannot be known on this machine, and was not among those of an earlier call. */
    public List<Problem> newProblems() {
        List<Problem> problems = bounds();
        if (GROUPS.isEmpty()) {
            problems.add(Problem.NO_GROUPS);
        }
        problems.removeAll(told);
        told.addAll(problems);
        return problems;
    }

    /** Of what there was more than is read when it was read last. */
    public List<Problem> bounds() {
        List<Problem> bounds = new ArrayList<>();
        if (charges.isPresent() && charges.get().isCut()) {
            bounds.add(Problem.GROUPS_CUT);
        }
        if (limitKills.isPresent() && limitKills.get().isCut()) {
            bounds.add(Problem.LIMITS_CUT);
        }
        if (!mounts.isWhole()) {
            bounds.add(Problem.MOUNTS_CUT);
        }
        return bounds;
    }

    /**
     * How many processes the kernel has killed for lack of memory since boot, see proc(5); in a
     * container, of those in it: a neighbour's are none of its business.
     */
    public static long oomKills() {
        return ProcFile.figure(KILLS_FILE, "oom_kill ");
    }

    private static String killsFile(Optional<GroupTree> groups) {
        boolean isOwn = groups.isPresent() && (groups.get().isBelowOthers() || Scope.IS_CONTAINER);
        return isOwn ? groups.get().killsFile() : "/proc/vmstat";
    }

    /** Which processes the kernel has killed since this was asked last. */
    public Kills kills() {
        long all = oomKills() - oomKillsBefore;
        List<Kills.Limit> limits = limitKills.map(LimitKills::read).orElse(List.of());
        long byLimits = 0;
        for (Kills.Limit limit : limits) {
            byLimits += limit.kills();
        }
        long before = killCounts.byMachine();
        killCounts = killCounts.with(all, byLimits);
        return new Kills(killCounts.byMachine() - before, limits);
    }

    /** How many it has killed since the program was started, as far as that was asked. */
    public Kills.Counts killCounts() {
        return killCounts;
    }

    /** Who has memory now. */
    public Reading read() {
        BootClock clock = BootClock.read();
        return reading(clock, processes.read(clock));
    }

    /** The same with so many of the largest processes only: for a heap that does not hold all. */
    public Reading readLargest(int most) {
        BootClock clock = BootClock.read();
        return reading(clock, processes.readLargest(most));
    }

    /** The same without processes. */
    public Reading readNoProcesses() {
        return reading(BootClock.read(), List.of());
    }

    private Reading reading(BootClock clock, List<ProcessInfo> read) {
        MemoryKinds kinds = MemoryKinds.read();
        boolean usesSwap = kinds.swapUsedKiB() > 0;
        long nanos = System.nanoTime();
        return new Reading(
                nanos,
                clock,
                kinds,
                MemoryPressure.read(),
                read,
                !isContainer && ProcessReader.allVisible(),
                charges.map(groups -> groups.read(usesSwap, nanos)).orElse(List.of()),
                mounts());
    }

    /** The file systems in memory; where one hangs, as they were. */
    private List<TmpfsMount> mounts() {
        try {
            mounts = mountLimiter.call(TmpfsMount::read);
        } catch (IOException e) {
            // as they were
        }
        return mounts.mounts();
    }

    private static boolean isInitialNamespace() {
        try {
            Path link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
            return link.toString().equals(INITIAL_NAMESPACE);
        } catch (IOException e) {
            return true; // it is not to be known
        }
    }
}
