package procfs;

import java.util.List;

/**
 * Processes that the kernel has killed, and why.
 *
 * @param byMachine how many because the machine was out of memory
 * @param byLimits those killed because a control group was at its own limit (MemoryMax=, a
 *     container's limit), which is nobody else's fault
 */
public record Kills(long byMachine, List<Limit> byLimits) {
    /**
     * Processes killed at a limit.
     *
     * @param group the name of the group with the limit, or of the one around it
     * @param owner which of them it is
     */
    public record Limit(String group, Owner owner, long kills) {
        /** True if units may have been in it, and be gone. */
        public boolean mayHoldUnits() {
            return owner != Owner.ITSELF || group.endsWith(".slice");
        }
    }

    /** Whose limit it is. */
    public enum Owner {
        /** The group's that is named. */
        ITSELF,
        /** That of a group in it. */
        INNER,
        /** That of a group in it that is gone. */
        GONE
    }

    public boolean isNone() {
        return byMachine == 0 && byLimits.isEmpty();
    }

    /**
     * How many processes the kernel has killed since the program was started, see {@link Kills}.
     */
    public record Counts(long byMachine, long byLimits) {
        /**
         * The counts now: all kills but those by limits are the machine's.
         *
         * @param all how many it has killed, read before the limits: a limit's kill between the two
         *     reads makes the difference too small, never too large
         * @param moreByLimits how many more limits have killed
         */
        Counts with(long all, long moreByLimits) {
            long limits = byLimits + moreByLimits;
            return new Counts(Math.max(byMachine, all - limits), limits);
        }
    }
}
