package breach;

/**
 * Memory was above the threshold when it was last seen: nobody has written an end.
 *
 * @param epochMillis when that was, on the wall clock
 * @param usedPercent how much of memory was in use
 * @param thresholdPercent the threshold then
 * @param isIncident true if an incident had been recorded
 * @param lead what had grown until then, in a few words; empty: that is not known
 * @param isSameBoot false if the machine was booted since
 */
public record LastSeen(
        long epochMillis,
        double usedPercent,
        double thresholdPercent,
        boolean isIncident,
        String lead,
        boolean isSameBoot) {}
