package procfs;

/**
 * A process, complete: all that a row of the table is formed of, but for its command line.
 *
 * @param stat what {@code stat} says
 * @param status what {@code status} says; it is asked later, so it goes before {@code stat}
 * @param uid the effective user; negative: unknown
 * @param user the user's name; the number where it has none
 * @param tty the controlling terminal's name without {@code /dev/}; a question mark: none
 */
public record ProcessRow(Stat stat, Status status, long uid, String user, String tty) {
    /** The process's number. */
    public int pid() {
        return stat.pid();
    }

    /** The command's name, made harmless. */
    public String name() {
        return stat.name();
    }
}
