package words;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import culprit.Growth;

import procfs.ControlGroup;
import procfs.Kills;

import text.Units;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What happened, in a sentence: the headline of a record, which follows its time. The log's format
 * is how these sentences begin.
 */
public final class Events {
    private static final String ABOVE = "memory above ";
    private static final String KILLED = "the kernel has killed ";
    private static final String NEVER_ENDED = "the incident above never ended";

    /** This many units at their limits are named. */
    private static final int MOST_LIMITS = 5;

    private Events() {}

    /** An incident begins, or use has climbed further in it; without a breach, a snapshot. */
    public static String use(Optional<Breach> breach, Sample sample) {
        return breach.map(Events::above).orElse("snapshot")
                + Units.format(
                        ": total CPU %.1f %%, total RAM %.1f %%",
                        sample.cpuPercent(), sample.usedPercent());
    }

    /** How things are, for the line that a terminal keeps current. */
    public static String status(
            Sample sample,
            long totalKiB,
            double thresholdPercent,
            Optional<Breach> breach,
            int incidents,
            int processes) {
        long usedKiB = Math.round(totalKiB * sample.usedPercent() / 100);
        long aboveNanos = breach.isPresent() ? breach.get().elapsedNanos() : 0;
        return Units.format("RAM %.1f %%, ", sample.usedPercent())
                + (Units.size(usedKiB) + " of " + Units.size(totalKiB))
                + Units.format("  CPU %.1f %%", sample.cpuPercent())
                + ("  above " + Units.percent(thresholdPercent))
                + (" for " + Units.seconds(aboveNanos))
                + ("  incidents " + incidents + "  processes " + processes);
    }

    /** The watch begins: how often it looks, and for what. */
    public static String watching(
            Sample sample, long intervalNanos, double thresholdPercent, long durationNanos) {
        return Units.format("RAM %.1f %% used; watching every ", sample.usedPercent())
                + Units.seconds(intervalNanos)
                + (", incident above " + Units.percent(thresholdPercent))
                + (" for " + Units.seconds(durationNanos));
    }

    public static String stall(long lateNanos) {
        return "sampling was stalled for " + Units.seconds(lateNanos);
    }

    /**
     * Notes about a sample that came late or cannot be true.
     *
     * @param skipped how many samples could not be true, with this one
     */
    public static List<String> doubts(Sample sample, long skipped) {
        List<String> doubts = new ArrayList<>();
        if (sample.isStalled()) {
            doubts.add(stall(sample.lateNanos()));
        }
        if (!sample.isPossible() && Long.bitCount(skipped) == 1) { // the 1st, 2nd, 4th, 8th, …
            doubts.add(skipped(sample, skipped));
        }
        return doubts;
    }

    /** A sample is skipped because it cannot be true. */
    public static String skipped(Sample sample, long count) {
        return Units.format(
                "/proc/meminfo or /proc/stat contradicts itself: %.1f %% of memory used, %.1f %% of"
                        + " CPU; samples skipped so far: %d",
                sample.usedPercent(), sample.cpuPercent(), count);
    }

    private static String above(Breach breach) {
        String threshold = Units.percent(breach.thresholdPercent());
        return ABOVE + threshold + " for " + Units.seconds(breach.elapsedNanos());
    }

    public static String end(Breach breach, Sample sample) {
        return Units.format("memory back to %.1f %%: ", sample.usedPercent()) + course(breach);
    }

    public static String stop(Breach breach, Sample sample) {
        String how = "memory_monitor stopped with memory at %.1f %%: ";
        return Units.format(how, sample.usedPercent()) + course(breach);
    }

    /** How long it was, how often use dipped, and its peak. */
    private static String course(Breach breach) {
        String times = breach.dips() == 1 ? "once" : breach.dips() + " times";
        return ("above " + Units.percent(breach.thresholdPercent()))
                + (" for " + Units.seconds(breach.elapsedNanos()))
                + (breach.dips() == 0 ? "" : ", dipped " + times)
                + Units.format(", peak %.1f %% at ", breach.peak().usedPercent())
                + Units.time(breach.peak().epochMillis());
    }

    /**
     * The last incident in the log has no end, or memory was above the threshold when it was last
     * seen, and no event says that it fell.
     *
     * @param seen how things were when the monitor was last alive, if that is known
     * @param isOpen the log has a record of the incident; the history may be older than that
     */
    public static String unended(Optional<LastSeen> seen, boolean isOpen, long bootEpochSeconds) {
        String booted = "the machine was booted at " + Units.time(1000 * bootEpochSeconds);
        return "memory_monitor started: "
                + seen.map(known -> unended(known, isOpen, booted))
                        .orElse(NEVER_ENDED + ", " + booted);
    }

    private static String unended(LastSeen seen, boolean isOpen, String booted) {
        Breach breach = seen.breach();
        String above = Units.percent(breach.thresholdPercent());
        return (isOpen ? NEVER_ENDED : "nobody saw how it went on above " + above)
                + Units.format("; last seen with memory at %.1f %%", breach.last().usedPercent())
                + (", at " + Units.time(breach.last().epochMillis()) + "; ")
                + (seen.isSameBoot() ? "the monitor was killed then, and not the machine" : booted);
    }

    /**
     * True if a record is of an incident that goes on.
     *
     * @param line the first line of the last record in the log
     */
    public static boolean isOpen(String line) {
        return line.startsWith(" " + ABOVE, Units.time(0).length());
    }

    /**
     * Whom the kernel has killed, and why: the machine was out of memory, or a unit or container
     * was at its own limit.
     */
    public static String kills(
            Optional<Breach> incident,
            Kills kills,
            Growth growth,
            Function<Growth.Item, String> detail) {
        List<String> parts = new ArrayList<>();
        List<Kills.Limit> limits = kills.byLimits();
        for (Kills.Limit limit : limits.subList(0, Math.min(MOST_LIMITS, limits.size()))) {
            String where = atLimit(limit) + ", which was at its own memory limit";
            parts.add(KILLED + processes(limit.kills()) + " in " + where);
        }
        if (limits.size() > MOST_LIMITS) { // any user can have hundreds
            parts.add("and in " + (limits.size() - MOST_LIMITS) + " more at their own limits");
        }
        boolean isMachine = kills.byMachine() > 0;
        if (isMachine) {
            parts.add(KILLED + processes(kills.byMachine()) + " for lack of memory");
        }
        Growth where = growth.some(item -> isMachine || isLimited(item, kills));
        Growth gone = where.some(item -> item.change() == Growth.Change.GONE);
        Growth others = where.some(item -> item.change() != Growth.Change.GONE);
        for (Growth each : List.of(gone, others)) { // what has been killed is gone
            if (!each.items().isEmpty()) {
                parts.add(Grown.text(each, detail));
            }
        }
        return incident.map(breach -> above(breach) + ": ").orElse("") + String.join("; ", parts);
    }

    private static String atLimit(Kills.Limit limit) {
        String group = limit.group().equals(ControlGroup.ROOT) ? "this container" : limit.group();
        return switch (limit.owner()) {
            case ITSELF -> group;
            case INNER -> "a group in " + group;
            case GONE -> "a group in " + group + " that is gone";
        };
    }

    /** True if an item may have been in a group at its limit. */
    private static boolean isLimited(Growth.Item item, Kills kills) {
        boolean isGone = item.change() == Growth.Change.GONE;
        boolean isLimited = false;
        for (Kills.Limit limit : kills.byLimits()) {
            isLimited |= item.unit().equals(limit.group());
            isLimited |= item.unit().startsWith(limit.group() + ": ");
            isLimited |= isGone && limit.mayHoldUnits();
        }
        return isLimited;
    }

    private static String processes(long count) {
        return count == 1 ? "1 process" : count + " processes";
    }
}
