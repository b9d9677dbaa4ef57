package breach;

/**
 * Memory was above the threshold in the last words of an earlier run: it ended, with the machine or
 * alone, before memory was back.
 *
 * @param lead what had grown until then, in a few words; empty: that is not known
 * @param isSameBoot false if the machine was booted since
 */
public record LastSeen(Breach breach, String lead, boolean isSameBoot) {}
