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
 * Who has memory now, each page counted once, the largest first.
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
        // Who has given memory back by MADV_FREE cannot be seen: each counts for a bit less
        double processesKiB = moment.kinds().sizeKiB(Kind.PROCESSES);
        double lazyFreeKiB = moment.kinds().lazyFreeKiB();
        double given = lazyFreeKiB == 0 ? 0 : lazyFreeKiB / (processesKiB + lazyFreeKiB);
        Map<String, Long> units = new HashMap<>();
        for (ControlGroup group : moment.charges()) {
            String name = group.isLeftBehind() ? "left in " + group.name() : group.name();
            units.merge(
                    group.name().equals(ControlGroup.ROOT) ? NO_UNIT : name,
                    group.chargedKiB() - (long) (given * group.anonKiB()),
                    Long::sum);
        }
        if (moment.charges().isEmpty()) {
            sum(
                    shares,
                    process -> process.unit().isEmpty() ? NO_UNIT : process.unit(),
                    given,
                    units);
        }
        Map<String, Long> users = new HashMap<>();
        sum(shares, process -> userName.apply(process.uid()), given, users);
        Map<String, Long> commands = new HashMap<>();
        sum(shares, ProcessInfo::name, given, commands);
        return new Owners(largestFirst(units), largestFirst(users), largestFirst(commands));
    }

    private static void sum(
            List<Share> shares,
            Function<ProcessInfo, String> owner,
            double given,
            Map<String, Long> sums) {
        for (Share share : shares) {
            long inUseKiB = share.residentKiB() - (long) (given * share.anonKiB());
            if (inUseKiB > 0) {
                sums.merge(owner.apply(share.process()), inUseKiB, Long::sum);
            }
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
