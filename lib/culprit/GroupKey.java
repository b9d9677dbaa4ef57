package culprit;

/**
 * Processes of one name in one unit: what a server's workers have in common, however often they are
 * replaced.
 *
 * @param unit their systemd unit or container; empty: none
 * @param name the command's name
 */
record GroupKey(String unit, String name) {
    // By hand: what a record has of itself makes 40 hidden classes when it is first asked

    @Override
    public int hashCode() {
        return 31 * unit.hashCode() + name.hashCode();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupKey key && name.equals(key.name) && unit.equals(key.unit);
    }
}
