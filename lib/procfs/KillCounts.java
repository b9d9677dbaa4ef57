package procfs;

/**
 * How many processes the kernel has killed since the program was started.
 *
 * @param byMachine because the machine was out of memory
 * @param byLimits because a control group was at its own limit
 */
public record KillCounts(long byMachine, long byLimits) {
    /**
     * The counts now. What is no limit's is the machine's, counted from the start: so a kill
     * between the reads of the two, which is a limit's already and not yet one of all, is never
     * mistaken for lack of memory.
     *
     * @param all how many it has killed, read first
     * @param moreByLimits how many more limits have killed, read after that
     */
    KillCounts with(long all, long moreByLimits) {
        long limits = byLimits + moreByLimits;
        return new KillCounts(Math.max(byMachine, all - limits), limits);
    }
}
