package words;

import breach.Breach;

import culprit.Answer;
import culprit.Growth;
import culprit.Owners;

import procfs.Kills;
import procfs.LimitKill;
import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.MemoryPressure;
import procfs.Reading;

import text.Units;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** All sentences below the table, and the answer in short: values in, words out. */
public final class Notes {
    private static final int OWNERS = 5;

    /** What grew by less than this part of what one command has is little. */
    private static final double LITTLE = 0.01;

    /** An owner with less is not worth a word. */
    private static final long OWNER_MIN_KIB = 1024;

    private Notes() {}

    /**
     * All lines below the table, but for how its rows were read.
     *
     * @param breach the breach it is about; none: there is nothing to compare with
     * @param detail see {@link #growth}
     */
    public static List<String> of(
            Reading reading,
            Answer answer,
            Optional<Breach> breach,
            MemoryPressure pressure,
            Function<Growth.Item, String> detail) {
        List<String> notes = new ArrayList<>();
        if (breach.isPresent()) {
            notes.addAll(growth(answer, detail));
        }
        notes.addAll(memory(reading, answer.owners()));
        notes.add(shortage(reading.kinds(), breach, answer.swapChangeKiB(), pressure));
        notes.addAll(doubts(reading, breach));
        return notes;
    }

    /**
     * What ate it, in one or two notes.
     *
     * @param detail tells apart what its name does not: the jar of a {@code java}; empty: nothing
     */
    public static List<String> growth(Answer answer, Function<Growth.Item, String> detail) {
        List<String> notes = new ArrayList<>();
        String first = describe(answer.growth(), detail);
        if (answer.slower().isPresent()) {
            first += "; " + describe(answer.slower().get(), detail);
        }
        String most = largest(answer);
        notes.add(most.isEmpty() ? first : first + "; " + most);
        if (answer.sinceBreach().isPresent()) {
            String what = describe(answer.sinceBreach().get(), detail);
            notes.add("since memory is above the threshold, " + what);
        }
        return notes;
    }

    /** The first item alone: {@code postgres ×30 in postgresql@15-main +1.1 GiB in 10 min}. */
    public static String lead(Answer answer, Function<Growth.Item, String> detail) {
        Optional<Growth.Item> first = first(answer.growth());
        String most = largest(answer);
        String period = " in " + Units.period(answer.growth().nanos());
        if (first.isEmpty() || !most.isEmpty()) {
            String little = first.isEmpty() ? "nothing" : "little";
            return little + " has grown" + period + (most.isEmpty() ? "" : "; ") + most;
        }
        Growth.Item item = first.get();
        return name(item, detail).replaceFirst("[.]service$", "")
                + " +"
                + Units.size(item.sizeKiB())
                + (item.isShared() ? " (shared)" : "")
                + period;
    }

    private static Optional<Growth.Item> first(Growth growth) {
        return growth.items().stream()
                .filter(item -> item.change() != Growth.Change.GONE)
                .max(Comparator.comparingLong(Growth.Item::sizeKiB));
    }

    /** Which command has most, if what grew is nothing beside that; else empty. */
    private static String largest(Answer answer) {
        long grownKiB = first(answer.growth()).map(Growth.Item::sizeKiB).orElse(0L);
        return answer.owners().byCommand().stream()
                .limit(1)
                .filter(owner -> grownKiB < LITTLE * owner.sizeKiB())
                .map(owner -> owner.name() + " has most, " + Units.size(owner.sizeKiB()))
                .collect(Collectors.joining());
    }

    /**
     * Whom the kernel has killed, and why: the machine was out of memory, or a unit or container
     * was at its own limit.
     *
     * @param growth what has changed on the machine
     */
    public static String kills(Kills kills, Growth growth, Function<Growth.Item, String> detail) {
        List<String> parts = new ArrayList<>();
        for (LimitKill limit : kills.byLimits()) {
            parts.add(
                    "the kernel has killed "
                            + processes(limit.kills())
                            + " in "
                            + limit.name()
                            + ", which was at its own memory limit");
        }
        boolean isMachine = kills.byMachine() > 0;
        if (isMachine) {
            String killed = processes(kills.byMachine());
            parts.add("the kernel has killed " + killed + " for lack of memory");
        }
        Growth where = growth.some(item -> isMachine || isLimited(item, kills));
        Growth gone = where.some(item -> item.change() == Growth.Change.GONE);
        Growth others = where.some(item -> item.change() != Growth.Change.GONE);
        for (Growth each : List.of(gone, others)) { // what has been killed is gone
            if (!each.items().isEmpty()) {
                parts.add(describe(each, detail));
            }
        }
        return String.join("; ", parts);
    }

    /** Of a slice, and of a group that is gone, it is not known what was in it. */
    private static boolean isLimited(Growth.Item item, Kills kills) {
        boolean isGone = item.change() == Growth.Change.GONE;
        boolean isLimited = false;
        for (LimitKill limit : kills.byLimits()) {
            isLimited |= item.unit().equals(limit.name());
            isLimited |= item.unit().startsWith(limit.name() + ": ");
            isLimited |= isGone && limit.name().matches(".*[.]slice|.* that is gone");
        }
        return isLimited;
    }

    private static String processes(long count) {
        return count == 1 ? "1 process" : count + " processes";
    }

    /** What grew, what is new and what is gone, the most important first. */
    public static String describe(Growth growth, Function<Growth.Item, String> detail) {
        List<Growth.Change> changes = new ArrayList<>(List.of(Growth.Change.values()));
        changes.removeIf(change -> growth.items(change).isEmpty());
        changes.sort(
                Comparator.comparing((Growth.Change change) -> change == Growth.Change.GONE)
                        .thenComparing(change -> -growth.items(change).get(0).sizeKiB()));
        String since = " in " + Units.period(growth.nanos()) + ": ";
        if (changes.isEmpty()) {
            return "grown" + since + "nothing";
        }
        StringBuilder text = new StringBuilder();
        for (Growth.Change change : changes) {
            String word = change.jsonName;
            text.append(text.length() == 0 ? word + since : "; " + word + ": ");
            text.append(
                    growth.items(change).stream()
                            .limit(Answer.NAMED)
                            .map(
                                    item ->
                                            describe(item, detail)
                                                    + (item.isSteady() ? ", steadily" : ""))
                            .collect(Collectors.joining(", ")));
        }
        return text.toString();
    }

    private static String describe(Growth.Item item, Function<Growth.Item, String> detail) {
        String size =
                switch (item.change()) {
                    case GROWN -> " +";
                    case NEW -> " ";
                    case GONE -> " had ";
                };
        String members =
                item.members().stream()
                        .limit(Answer.NAMED)
                        .map(member -> describe(member, detail))
                        .collect(Collectors.joining(", "));
        return name(item, detail)
                + size
                + Units.size(item.sizeKiB())
                + (item.isShared() ? " (shared)" : "")
                + (members.isEmpty() ? "" : " (" + members + ")");
    }

    private static String name(Growth.Item item, Function<Growth.Item, String> detail) {
        String more = detail.apply(item);
        String name = item.name() + (more.isEmpty() ? "" : " " + more);
        String unit = item.unit().isEmpty() ? "" : " in " + item.unit();
        return switch (item.level()) {
            case PROCESS -> name + " (" + item.pid() + ")" + unit;
            case GROUP -> name + " ×" + item.count() + unit;
            case UNIT -> item.unit();
            case JOB -> item.count() + " processes of " + name + leader(item);
            case USER -> item.count() + " processes of user " + name;
            case KIND -> name + unit;
        };
    }

    private static String leader(Growth.Item job) {
        return job.pid() == 0 ? "" : " (" + job.pid() + ")";
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

    /** How much of swap is in use. */
    public static String swap(MemoryKinds kinds) {
        return kinds.swapTotalKiB() == 0
                ? "no swap"
                : "swap "
                        + Units.size(kinds.swapUsedKiB())
                        + " of "
                        + Units.size(kinds.swapTotalKiB());
    }

    /** How short memory is: swap, kills, pressure. */
    public static String shortage(
            MemoryKinds kinds,
            Optional<Breach> breach,
            long swapChangeKiB,
            MemoryPressure pressure) {
        String text = swap(kinds);
        if (breach.isPresent()) {
            text += swapChangeKiB == 0 ? "" : ", " + Units.change(swapChangeKiB);
            text += "; OOM kills since memory is above the threshold: " + breach.get().oomKills();
        }
        return text + (pressure.isKnown() ? "; memory pressure " + shares(pressure) : "");
    }

    /** How the rows of the table were read. */
    public static List<String> capture(int processes, int late, long millis) {
        List<String> notes = new ArrayList<>();
        notes.add(processes + " processes, captured in " + millis + " ms");
        if (late == 1) {
            notes.add(
                    "1 command line could not be read in time: shown as it last was, or as [name]");
        } else if (late > 1) {
            notes.add(
                    late
                            + " command lines could not be read in time: shown as they last were,"
                            + " or as [name]");
        }
        return notes;
    }

    /** What could not be known, or is doubtful. */
    public static List<String> doubts(Reading reading, Optional<Breach> breach) {
        List<String> notes = new ArrayList<>();
        if (!reading.seesAll()) {
            notes.add(
                    "only these processes could be seen: those of other users (hidepid) or outside"
                            + " of this container are missing");
        }
        breach.filter(b -> b.stalledNanos() > 0)
                .ifPresent(
                        b ->
                                notes.add(
                                        "sampling was stalled for "
                                                + Units.seconds(b.stalledNanos())));
        return notes;
    }

    private static String shares(MemoryPressure pressure) {
        return Units.format(
                "some %.2f %%, full %.2f %%", pressure.somePercent(), pressure.fullPercent());
    }
}
