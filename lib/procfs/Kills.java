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
}
