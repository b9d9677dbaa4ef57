package culprit;

/**
 * Processes of one name in one unit: what a server's workers have in common, however often they are
 * replaced.
 *
 * @param unit their systemd unit or container; empty: none
 * @param name the command's name
 */
record GroupKey(String unit, String name) {}
