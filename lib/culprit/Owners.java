package culprit;

import procfs.ControlGroup;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * Who has memory now, each page counted once, the largest first. What users and commands have is
 * resident; what units are charged is resident or in swap.
 *
 * @param byUnit units and containers: what they are charged, or, without a memory controller, what
 *     their processes have
 * @param byUser users: what their processes have
 * @param byCommand commands: what processes of that name have
 */
public record Owners(List<Owner> byUnit, List<Owner> byUser, List<Owner> byCommand) {
    /** What is in no unit. */
    static final String NO_UNIT = "no unit";

    /** An owner, and what it has. */
    public record Owner(String name, long sizeKiB) {}

    /**
     * Sums up what processes have.
     *
     * @param userName gives a user's name
     */
    static Owners of(Reading moment, List<Share> shares, LongFunction<String> userName) {
        Map<String, Double> lazy = lazyParts(moment);
        Map<String, Long> units = new HashMap<>();
        for (ControlGroup group : moment.charges()) {
            String name = group.isLeftBehind() ? "left in " + group.name() : group.name();
            units.merge(
                    group.name().equals(ControlGroup.ROOT) ? NO_UNIT : name,
                    group.chargedKiB(),
                    Long::sum);
        }
        if (moment.charges().isEmpty()) {
            sum(
                    shares,
                    process -> process.unit().isEmpty() ? NO_UNIT : process.unit(),
                    lazy,
                    units);
        }
        Map<String, Long> users = new HashMap<>();
        sum(shares, process -> userName.apply(process.uid()), lazy, users);
        Map<String, Long> commands = new HashMap<>();
        sum(shares, ProcessInfo::name, lazy, commands);
        return new Owners(largestFirst(units), largestFirst(users), largestFirst(commands));
    }

    /**
     * By unit, which part of RssAnon was given back by MADV_FREE; for all that is in no unit, it is
     * under {@link #NO_UNIT}. Which process did so cannot be seen: each is said to have that part
     * less.
     */
    private static Map<String, Double> lazyParts(Reading moment) {
        Map<String, Double> parts = new HashMap<>();
        double anonKiB = moment.kinds().sizeKiB(Kind.PROCESSES);
        double lazyKiB = moment.kinds().lazyFreeKiB();
        for (ControlGroup group : moment.charges()) {
            if (!group.name().equals(ControlGroup.ROOT)) {
                parts.put(group.name(), part(group.anonKiB(), group.lazyFreeKiB()));
                anonKiB -= group.anonKiB();
                lazyKiB -= group.lazyFreeKiB();
            }
        }
        parts.put(NO_UNIT, part(anonKiB, lazyKiB));
        return parts;
    }

    private static double part(double anonKiB, double lazyKiB) {
        return lazyKiB <= 0 ? 0 : lazyKiB / (Math.max(0, anonKiB) + lazyKiB);
    }

    private static void sum(
            List<Share> shares,
            Function<ProcessInfo, String> owner,
            Map<String, Double> lazy,
            Map<String, Long> sums) {
        for (Share share : shares) {
            double givenBack = lazy.getOrDefault(share.process.unit(), lazy.get(NO_UNIT));
            long inUseKiB = share.residentKiB() - (long) (givenBack * share.anonKiB);
            sums.merge(owner.apply(share.process), inUseKiB, Long::sum);
        }
    }

    private static List<Owner> largestFirst(Map<String, Long> sums) {
        List<Owner> owners = new ArrayList<>();
        sums.forEach((name, sizeKiB) -> owners.add(new Owner(name, sizeKiB)));
        owners.sort(
                Comparator.<Owner>comparingLong(owner -> -owner.sizeKiB)
                        .thenComparing(Owner::name));
        return List.copyOf(owners);
    }
}
