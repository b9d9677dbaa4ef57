import java.util.Arrays;

/**
 * One process as {@code /proc/PID/stat} and {@code /proc/PID/status} show it: the figures behind a
 * row of {@code ps aux}. See proc(5); field numbers are those given there.
 */
final class ProcessRow {
    /** A process flag, see the kernel's include/linux/sched.h. */
    private static final int PF_KTHREAD = 0x200000;

    final int pid;

    /** The command's name as the kernel keeps it: any bytes, parentheses and newlines included. */
    byte[] comm = {};

    /** {@code R}, {@code S}, {@code D}, {@code Z}, … */
    char state = '?';

    /** Kernel threads have no memory, no command line, and are root's. */
    boolean isKernelThread;

    int processGroup;
    int session;

    /** The controlling terminal's device number in the kernel's encoding; 0: none. */
    int ttyNr;

    /** The terminal's foreground process group. */
    int foregroundGroup;

    /** User plus system time of the whole thread group, without its children. */
    long cpuTicks;

    int nice;
    long threads;

    /** When the process started, in clock ticks after boot. */
    long startTicks;

    /** The effective user; negative: unknown. */
    long uid = -1;

    /** The effective user's name; the number where it has none. */
    String user = "?";

    /** The controlling terminal's name; a question mark: none, or unknown. */
    String tty = "?";

    long vszKiB;
    long rssKiB;
    long lockedKiB;

    /** Resident memory that is no part of a file: anonymous and shared memory, see proc(5). */
    long ownKiB;

    long swapKiB;

    /** The page tables that map all of it, see VmPTE in proc(5). */
    long pageTablesKiB;

    private ProcessRow(int pid) {
        this.pid = pid;
    }

    /**
     * Parses {@code stat}. Until {@link #parseStatus}, sizes are 0 and the user is unknown.
     *
     * @param pid the process
     * @param text the text
     * @param length how many bytes of it count
     * @return the row, or null if the text makes no sense
     */
    static ProcessRow parseStat(int pid, byte[] text, int length) {
        ProcessRow row = new ProcessRow(pid);
        return row.parseStat(text, length) ? row : null;
    }

    /**
     * What the machine would get back if the process ended: its own memory, swapped out or not, and
     * its page tables.
     */
    long sizeKiB() {
        return ownKiB + swapKiB + pageTablesKiB;
    }

    /** The command's name, fit to be printed. */
    String name() {
        return PsCells.printable(comm);
    }

    private boolean parseStat(byte[] text, int length) {
        int open = 0;
        while (open < length && text[open] != '(') {
            open++;
        }
        int close = length - 1; // the last one: comm may hold parentheses itself
        while (close > open && text[close] != ')') {
            close--;
        }
        if (close <= open || close + 2 >= length) {
            return false;
        }
        comm = Arrays.copyOfRange(text, open + 1, close);
        state = (char) (text[close + 2] & 0xff);
        int at = close + 3;
        for (int field = 4; field <= 22; field++) {
            while (at < length && text[at] == ' ') {
                at++;
            }
            if (at >= length) {
                return false;
            }
            long value = number(text, at, length);
            while (at < length && text[at] != ' ') {
                at++;
            }
            switch (field) {
                case 5 -> processGroup = (int) value;
                case 6 -> session = (int) value;
                case 7 -> ttyNr = (int) value;
                case 8 -> foregroundGroup = (int) value;
                case 9 -> isKernelThread = (value & PF_KTHREAD) != 0;
                case 14, 15 -> cpuTicks += Math.max(0, value);
                case 19 -> nice = (int) value;
                case 20 -> threads = value;
                case 22 -> startTicks = value;
                default -> {}
            }
        }
        return true;
    }

    /** Adds what {@code status} says. Its state and threads go before those of {@code stat}. */
    void parseStatus(byte[] text, int length) {
        for (int line = 0; line < length; line = nextLine(text, line, length)) {
            switch (text[line]) {
                case 'S' -> {
                    int at = valueOf("State:", text, line, length);
                    if (at >= 0 && at < length) {
                        state = (char) (text[at] & 0xff);
                    }
                }
                case 'U' -> {
                    int at = valueOf("Uid:", text, line, length);
                    if (at >= 0) { // real, effective, saved, file system
                        while (at < length && text[at] != '\t' && text[at] != '\n') {
                            at++;
                        }
                        uid = number(text, skipBlanks(text, at, length), length);
                    }
                }
                case 'R' -> {
                    ownKiB += value("RssAnon:", text, line, length, 0);
                    ownKiB += value("RssShmem:", text, line, length, 0);
                }
                case 'T' -> {
                    int at = valueOf("Threads:", text, line, length);
                    if (at >= 0) {
                        threads = Math.max(0, number(text, at, length));
                        return; // nothing that is wanted comes behind it
                    }
                }
                case 'V' -> {
                    vszKiB = value("VmSize:", text, line, length, vszKiB);
                    rssKiB = value("VmRSS:", text, line, length, rssKiB);
                    lockedKiB = value("VmLck:", text, line, length, lockedKiB);
                    swapKiB = value("VmSwap:", text, line, length, swapKiB);
                    pageTablesKiB = value("VmPTE:", text, line, length, pageTablesKiB);
                }
                default -> {}
            }
        }
    }

    private static int nextLine(byte[] text, int at, int length) {
        while (at < length && text[at] != '\n') {
            at++;
        }
        return at + 1;
    }

    private static long value(String key, byte[] text, int line, int length, long otherwise) {
        int at = valueOf(key, text, line, length);
        return at < 0 ? otherwise : Math.max(0, number(text, at, length));
    }

    /** Where the value of the line that starts with the key begins; -1: another line. */
    private static int valueOf(String key, byte[] text, int line, int length) {
        if (line + key.length() > length) {
            return -1;
        }
        for (int i = 0; i < key.length(); i++) {
            if (text[line + i] != key.charAt(i)) {
                return -1;
            }
        }
        return skipBlanks(text, line + key.length(), length);
    }

    private static int skipBlanks(byte[] text, int at, int length) {
        while (at < length && (text[at] == ' ' || text[at] == '\t')) {
            at++;
        }
        return at;
    }

    /** No figure of the kernel is larger; what is computed from them then never overflows. */
    private static final long LARGEST = 1_000_000_000_000_000L;

    /** The decimal number that begins here, with an optional minus; 0 where there is none. */
    static long number(byte[] text, int at, int length) {
        boolean negative = at < length && text[at] == '-';
        long value = 0;
        for (int i = negative ? at + 1 : at; i < length; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = Math.min(LARGEST, value * 10 + digit);
        }
        return negative ? -value : value;
    }
}
