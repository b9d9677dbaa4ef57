package procfs;

import java.util.List;

/**
 * Processes that the kernel has killed, and why.
 *
 * @param byMachine how many because the machine was out of memory
 * @param byLimits those killed because a control group was at its own limit, which is nobody else's
 *     fault
 */
public record Kills(long byMachine, List<LimitKill> byLimits) {
    /** True if there are none. */
    public boolean isNone() {
        return byMachine == 0 && byLimits.isEmpty();
    }

    /**
     * How many processes the kernel has killed since the program was started.
     *
     * @param byMachine because the machine was out of memory
     * @param byLimits because a control group was at its own limit
     */
    public record Counts(long byMachine, long byLimits) {
        /**
         * The counts now. What is no limit's is the machine's, counted from the start: so a kill
         * between the reads of the two, which is a limit's already and not yet one of all, is never
         * mistaken for lack of memory.
         *
         * @param all how many it has killed, read first
         * @param moreByLimits how many more limits have killed, read after that
         */
        Counts with(long all, long moreByLimits) {
            long limits = byLimits + moreByLimits;
            return new Counts(Math.max(byMachine, all - limits), limits);
        }
    }
}
