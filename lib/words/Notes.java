package words;

import breach.Breach;

import culprit.Answer;
import culprit.Growth;
import culprit.Owners;

import procfs.Bounds;
import procfs.Machine;
import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.MemoryPressure;
import procfs.Reading;

import text.Units;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The notes below the table: values in, words out. */
public final class Notes {
    private static final int OWNERS = 5;

    /** An owner with less is not named. */
    private static final long OWNER_MIN_KIB = 1024;

    /** Kinds may add up to this part more than use: they are read one after the other. */
    private static final double OVERLAP = 0.05;

    /** If less than this part was given back by MADV_FREE, what owners have is near the truth. */
    private static final double LAZY = 0.1;

    private static final Map<Machine.Problem, String> PROBLEMS =
            Map.of(
                    Machine.Problem.NO_GROUPS,
                    "control groups do not count memory (the memory controller is off): what units"
                            + " and containers have is told by their processes alone, and"
                            + " MemoryMin= and MemoryMax= of units do nothing; to turn it on, add"
                            + " cgroup_enable=memory to the kernel's command line (Raspberry Pi"
                            + " OS: /boot/firmware/cmdline.txt) and reboot",
                    Machine.Problem.GROUPS_CUT,
                    "there are more control groups, or deeper ones, than are read: only the "
                            + Bounds.GROUPS
                            + " largest are told; what others have counts for the groups around"
                            + " them",
                    Machine.Problem.LIMITS_CUT,
                    "there are more control groups than are remembered: whose memory limit has"
                            + " killed processes may not be known",
                    Machine.Problem.MOUNTS_CUT,
                    "there are more file systems in memory than are read: only the "
                            + Bounds.MOUNTS
                            + " largest of the first "
                            + Bounds.MOUNTS_ASKED
                            + " are named");

    private Notes() {}

    /**
     * All lines below the table, except how its rows were read.
     *
     * @param breach empty: there is no earlier moment to compare with
     */
    public static List<String> of(
            Reading reading,
            Answer answer,
            Optional<Breach> breach,
            Function<Growth.Item, String> detail) {
        List<String> notes = new ArrayList<>();
        if (breach.isPresent()) {
            notes.addAll(growth(answer, detail));
        }
        notes.addAll(memory(reading, answer.owners()));
        notes.add(shortage(reading.kinds(), breach, answer.swapChangeKiB(), reading.pressure()));
        notes.addAll(doubts(reading, breach));
        return notes;
    }

    /** All lines below a table of the largest processes, where the heap holds no others. */
    public static List<String> unanswered(Reading reading, Answer answer, Optional<Breach> breach) {
        List<String> notes = new ArrayList<>();
        notes.add(Lead.OUT_OF_HEAP.text());
        notes.add(account(reading.kinds()));
        if (!answer.owners().byUnit().isEmpty()) {
            notes.add("by unit: " + top(answer.owners().byUnit()));
        }
        notes.add(shortage(reading.kinds(), breach, 0, reading.pressure()));
        notes.addAll(doubts(reading, breach));
        return notes;
    }

    /**
     * What ate the memory. If the machine has lost RAM, this comes first.
     *
     * @param detail tells apart what its name does not: the jar of a {@code java}; empty: nothing
     */
    public static List<String> growth(Answer answer, Function<Growth.Item, String> detail) {
        List<String> notes = new ArrayList<>();
        if (answer.shrunk().isPresent()) {
            notes.add(Grown.shrunk(answer.shrunk().get()));
        }
        String first = Grown.text(answer.growth(), detail);
        if (answer.slower().isPresent()) {
            first += "; " + Grown.text(answer.slower().get(), detail);
        }
        String most = Grown.hasMost(answer);
        notes.add((most.isEmpty() ? first : first + "; " + most) + outlook(answer));
        if (answer.growth().isDoubtful()) {
            notes.add(Grown.doubt(answer.growth()));
        }
        if (answer.gapNanos() > 0) {
            String gap = Units.period(answer.gapNanos());
            String all = Units.period(answer.growth().nanos());
            notes.add("nobody watched for " + gap + " of these " + all);
        }
        if (answer.sinceBreach().isPresent()) {
            String what = Grown.text(answer.sinceBreach().get(), detail);
            notes.add("since shortly before memory was above the threshold, " + what);
        }
        return notes;
    }

    /** How long memory lasts if what grew steadily goes on; empty: that is not known. */
    public static String outlook(Answer answer) {
        return answer.leftNanos()
                .map(nanos -> "; at this rate nothing is left in about " + Units.period(nanos))
                .orElse("");
    }

    /** What has changed until now, a note for each window. */
    public static List<String> now(List<Growth> windows, Function<Growth.Item, String> detail) {
        return windows.stream().map(growth -> Grown.text(growth, detail)).toList();
    }

    /** Accounts for all used memory, in MiB; the parts add up to the total. */
    public static String account(MemoryKinds kinds) {
        StringBuilder text = new StringBuilder();
        long kernelMiB = 0;
        StringBuilder kernel = new StringBuilder();
        long otherMiB = kinds.usedKiB() >> 10;
        for (Kind kind : Kind.values()) {
            long sizeMiB = kind == Kind.OTHER ? 0 : kinds.sizeKiB(kind) >> 10;
            otherMiB -= sizeMiB;
            if (kind.isKernel) {
                kernelMiB += sizeMiB;
                kernel.append(kernel.length() > 0 ? ", " : "").append(kind.label);
                kernel.append(' ').append(sizeMiB);
            } else if (sizeMiB > 0 || kind == Kind.PROCESSES || kind == Kind.SHARED) {
                text.append(kind.label).append(' ').append(sizeMiB).append(", ");
            }
        }
        return ("used " + (kinds.usedKiB() >> 10) + " MiB: ")
                + (text + "kernel " + kernelMiB + " (" + kernel + "), not accounted for ")
                + otherMiB;
    }

    /** Where memory is, and who has it. */
    public static List<String> memory(Reading reading, Owners owners) {
        return List.of(
                account(reading.kinds()),
                "by unit: " + top(owners.byUnit()),
                "by user: " + top(owners.byUser()),
                "by command: " + top(owners.byCommand()));
    }

    private static String top(List<Owners.Owner> owners) {
        return owners.stream()
                .limit(OWNERS)
                .filter(owner -> owner.sizeKiB() >= OWNER_MIN_KIB)
                .map(owner -> owner.name() + " " + Units.size(owner.sizeKiB()))
                .collect(Collectors.joining(", "));
    }

    public static String swap(MemoryKinds kinds) {
        long totalKiB = kinds.swapTotalKiB();
        String use = Units.size(kinds.swapUsedKiB()) + " of " + Units.size(totalKiB);
        return totalKiB == 0 ? "no swap" : "swap " + use;
    }

    /** How short memory is: swap, kills, pressure. */
    public static String shortage(
            MemoryKinds kinds,
            Optional<Breach> breach,
            long swapChangeKiB,
            MemoryPressure pressure) {
        String text = swap(kinds);
        if (breach.isPresent()) {
            boolean isLittle = Math.abs(swapChangeKiB) < 512;
            text += isLittle ? "" : ", " + Units.change(swapChangeKiB);
            text += "; OOM kills since memory is above the threshold: " + breach.get().oomKills();
        }
        return text + (pressure.isKnown() ? "; memory pressure " + shares(pressure) : "");
    }

    /** Why rows are missing at the end of the table. */
    public static String missing(int rows, String why) {
        return "and " + rows + " smaller ones, " + why;
    }

    /** How the rows of the table were read. */
    public static List<String> capture(int processes, int late, long millis) {
        List<String> notes = new ArrayList<>();
        notes.add(processes + " processes, captured in " + millis + " ms");
        if (late > 0) {
            String lines = late == 1 ? "1 command line" : late + " command lines";
            String before = late == 1 ? "it last was" : "they last were";
            notes.add(lines + " could not be read in time: shown as " + before + ", or as [name]");
        }
        return notes;
    }

    /** What cannot be known on a machine. */
    public static String problem(Machine.Problem problem) {
        return PROBLEMS.get(problem);
    }

    /** What could not be known, or is doubtful. */
    public static List<String> doubts(Reading reading, Optional<Breach> breach) {
        List<String> notes = new ArrayList<>();
        if (!reading.seesAll()) {
            notes.add(
                    "only these processes could be seen: those of other users (hidepid) or outside"
                            + " of this container are missing");
        }
        long overlapKiB = -reading.kinds().sizeKiB(Kind.OTHER);
        if (overlapKiB > reading.kinds().usedKiB() * OVERLAP) {
            String more = Units.size(overlapKiB) + " more than what is used";
            notes.add(Grown.DOUBTFUL + "the kinds of memory are " + more);
        }
        long lazyKiB = reading.kinds().lazyFreeKiB();
        long ownKiB = reading.kinds().sizeKiB(Kind.PROCESSES);
        if (reading.charges().isEmpty() && lazyKiB > ownKiB * LAZY) {
            notes.add(
                    "who has what is doubtful: processes have given back "
                            + Units.size(lazyKiB)
                            + " (MADV_FREE), and nothing tells which of them: a part of it is taken"
                            + " off each");
        }
        breach.filter(b -> b.stalledNanos() > 0)
                .ifPresent(b -> notes.add(Events.stall(b.stalledNanos())));
        return notes;
    }

    private static String shares(MemoryPressure pressure) {
        return Units.format(
                "some %.2f %%, full %.2f %%", pressure.somePercent(), pressure.fullPercent());
    }
}
