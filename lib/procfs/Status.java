package procfs;

/**
 * What {@code /proc/PID/status} says of a process, see proc(5). A size that it does not name is 0.
 *
 * @param uid the effective user; negative: unknown
 * @param vszKiB VmSize, its address space
 * @param rssKiB VmRSS, its resident memory
 * @param lockedKiB VmLck
 * @param anonKiB RssAnon, resident memory of its own, which it may share with what it has forked
 * @param shmemKiB RssShmem, resident pages of shared memory and of files in tmpfs
 * @param swapKiB VmSwap
 * @param hugeKiB HugetlbPages, its huge pages; they do not count in VmRSS, RssAnon or RssShmem
 * @param pageTablesKiB VmPTE, the page tables that map all of it
 */
public record Status(
        char state,
        long uid,
        long threads,
        long vszKiB,
        long rssKiB,
        long lockedKiB,
        long anonKiB,
        long shmemKiB,
        long swapKiB,
        long hugeKiB,
        long pageTablesKiB) {
    /** See the kernel's THREAD_SIZE. */
    private static final long STACK_KIB = Math.max(16, Zones.PAGE_KIB);

    /** What a thread takes of slab, at least: 14,000 threads took 93 MiB (Linux 6.1 and 6.18). */
    private static final long OBJECTS_KIB = 6;

    /** What the kernel holds for it: page tables, stacks, and objects. */
    public long kernelKiB() {
        return pageTablesKiB + stacksKiB() + objectsKiB(stacksKiB());
    }

    /** A stack for each of its threads but the first. */
    public long stacksKiB() {
        return Math.max(0, threads - 1) * STACK_KIB;
    }

    /** What threads with so many stacks have of slab, such as a task_struct each. */
    public static long objectsKiB(long stacksKiB) {
        return stacksKiB / STACK_KIB * OBJECTS_KIB;
    }

    /**
     * Pages of files that it has locked, about: what is locked and resident, and no other memory.
     */
    public long lockedFilesKiB() {
        return Math.max(0, Math.min(lockedKiB, rssKiB) - anonKiB - shmemKiB);
    }

    /** With what another thread tells of its memory: the first has none once it has ended. */
    Status withSizesOf(Status thread) {
        return new Status(
                state,
                uid,
                threads,
                vszKiB,
                rssKiB,
                lockedKiB,
                thread.anonKiB,
                thread.shmemKiB,
                thread.swapKiB,
                thread.hugeKiB,
                thread.pageTablesKiB);
    }

    /** False for a kernel thread, and for a process that has given back its address space. */
    boolean hasMemory() {
        return pageTablesKiB + anonKiB + shmemKiB + hugeKiB + swapKiB > 0;
    }

    /** What the machine would get back if the process ended and shared nothing. */
    public long sizeKiB() {
        return anonKiB + shmemKiB + hugeKiB + lockedFilesKiB() + swapKiB + kernelKiB();
    }

    /** Parses the file; state and threads are those of {@code stat} where it does not tell. */
    public static Status parse(ProcFile file, Stat stat) {
        char state = stat.state();
        long uid = -1;
        long threads = stat.threads();
        long vsz = 0;
        long rss = 0;
        long locked = 0;
        long anon = 0;
        long shmem = 0;
        long swap = 0;
        long huge = 0;
        long pageTables = 0;
        for (int line = 0; line < file.length(); line = file.nextLine(line)) {
            vsz = value(file, "VmSize:", line, vsz);
            rss = value(file, "VmRSS:", line, rss);
            locked = value(file, "VmLck:", line, locked);
            anon = value(file, "RssAnon:", line, anon);
            shmem = value(file, "RssShmem:", line, shmem);
            swap = value(file, "VmSwap:", line, swap);
            huge = value(file, "HugetlbPages:", line, huge);
            pageTables = value(file, "VmPTE:", line, pageTables);
            int letter = file.valueOf("State:", line);
            if (letter >= 0 && letter < file.length()) {
                state = (char) (file.bytes()[letter] & 0xff);
            }
            int uids = file.valueOf("Uid:", line);
            if (uids >= 0) { // real, effective, saved, file system
                uid = file.number(file.skipBlanks(file.skipWord(uids)));
            }
            if (file.valueOf("Threads:", line) >= 0) {
                threads = value(file, "Threads:", line, threads);
                break; // nothing that is wanted comes behind it
            }
        }
        return new Status(
                state, uid, threads, vsz, rss, locked, anon, shmem, swap, huge, pageTables);
    }

    /** What {@code statm} tells: pages in all, resident, and of these in files or shared. */
    static Status ofStatm(ProcFile file, Stat stat, long uid) {
        long[] kiB = new long[3];
        int at = 0;
        for (int i = 0; i < kiB.length; i++) {
            kiB[i] = file.number(at) * Zones.PAGE_KIB;
            at = file.skipBlanks(file.skipWord(at));
        }
        long anonKiB = Math.max(0, kiB[1] - kiB[2]);
        return new Status(
                stat.state(), uid, stat.threads(), kiB[0], kiB[1], 0, anonKiB, 0, 0, 0, 0);
    }

    /** What stands in where the file cannot be read, or is not worth it: a kernel thread's. */
    public static Status unknown(Stat stat) {
        long uid = stat.isKernelThread() ? 0 : -1;
        return new Status(stat.state(), uid, stat.threads(), 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private static long value(ProcFile file, String key, int line, long otherwise) {
        int at = file.valueOf(key, line);
        return at < 0 ? otherwise : Math.max(0, file.number(at));
    }
}
