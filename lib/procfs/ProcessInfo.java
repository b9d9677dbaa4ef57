package procfs;

/**
 * A process at one moment, as the kernel tells it, made once by {@link ProcessReader}.
 *
 * @param stat what {@code stat} says
 * @param status what {@code status} says; it is read later, so it goes before {@code stat}
 * @param unit its systemd unit or container, see {@link ProcessUnits}; empty: none
 * @param user the user's name, the number where it has none; empty but in a {@link ProcessTable}
 * @param tty the controlling terminal's name without {@code /dev/}, a question mark: none; empty
 *     but in a {@link ProcessTable}
 */
public record ProcessInfo(Stat stat, Status status, String unit, String user, String tty) {
    /** A process without the names that only a table needs. */
    public static ProcessInfo of(Stat stat, Status status, String unit) {
        return new ProcessInfo(stat, status, unit, "", "");
    }

    /** The same process with the names that a table needs. */
    public ProcessInfo named(String user, String tty) {
        return new ProcessInfo(stat, status, unit, user, tty);
    }

    /** The effective user; negative: unknown. */
    public long uid() {
        return status.uid();
    }

    public String name() {
        return stat.name();
    }

    public int pid() {
        return stat.pid();
    }

    /**
     * Tells a process from all others, earlier ones with its number too. The start is counted in
     * ticks and modulo 2^32, after which (497 days at 100 ticks a second) no number comes again.
     */
    public static long key(int pid, long startTicks) {
        return (long) pid << 32 | startTicks & 0xffffffffL;
    }

    public long key() {
        return key(stat.pid(), stat.startTicks());
    }

    /**
     * True while the kernel takes its memory back, a second for some GiB: then it has no sizes any
     * more. The first thread may be a zombie before the last one has ended.
     */
    public boolean isEnding() {
        boolean isOver = status.state() == 'Z' && status.threads() <= 1;
        return !stat.isKernelThread() && !isOver && !status.hasMemory();
    }
}
