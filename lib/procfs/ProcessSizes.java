package procfs;

/**
 * What a process has, in KiB, and what tells it from others: all that blame needs.
 *
 * @param pid its number
 * @param startTicks when it started, in clock ticks after boot
 * @param parentPid who started it, or has adopted it
 * @param session its session leader
 * @param isForked true if it has executed no program of its own: it may share memory with its
 *     parent
 * @param uid the effective user; negative: unknown
 * @param name the command's name, made harmless
 * @param unit its systemd unit or container, see {@link ControlGroups}; empty: none
 * @param anonKiB RssAnon
 * @param shmemKiB RssShmem
 * @param swapKiB VmSwap
 * @param pageTablesKiB VmPTE
 */
public record ProcessSizes(
        int pid,
        long startTicks,
        int parentPid,
        int session,
        boolean isForked,
        long uid,
        String name,
        String unit,
        long anonKiB,
        long shmemKiB,
        long swapKiB,
        long pageTablesKiB) {
    /** A process's sizes from what the kernel says of it. */
    public static ProcessSizes of(Stat stat, Status status, String unit) {
        return new ProcessSizes(
                stat.pid(),
                stat.startTicks(),
                stat.parentPid(),
                stat.session(),
                stat.isForked(),
                status.uid(),
                stat.name(),
                unit,
                status.anonKiB(),
                status.shmemKiB(),
                status.swapKiB(),
                status.pageTablesKiB());
    }

    /**
     * Tells a process from all others, earlier ones with its number too. The start is counted in
     * ticks and modulo 2^32, after which (497 days at 100 ticks a second) no number comes again.
     */
    public static long key(int pid, long startTicks) {
        return (long) pid << 32 | startTicks & 0xffffffffL;
    }

    /** This process's {@link #key(int, long)}. */
    public long key() {
        return key(pid, startTicks);
    }

    /** Resident memory that is no part of a file on a disk. */
    public long ownKiB() {
        return anonKiB + shmemKiB;
    }

    /**
     * What the machine would get back if the process ended and shared nothing: its own memory,
     * swapped out or not, and its page tables.
     */
    public long sizeKiB() {
        return ownKiB() + swapKiB + pageTablesKiB;
    }
}
