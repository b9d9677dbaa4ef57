package procfs;

import text.Printable;

import java.util.Arrays;

/**
 * What {@code /proc/PID/stat} says of a process, see proc(5); field numbers are those given there.
 *
 * @param comm the command's name as the kernel keeps it: any bytes, parentheses and newlines too
 * @param state {@code R}, {@code S}, {@code D}, {@code Z}, …
 * @param parentPid who started it, or has adopted it
 * @param ttyNr the controlling terminal's device number in the kernel's encoding; 0: none
 * @param foregroundGroup the terminal's foreground process group
 * @param isForked it has been forked, and has not executed a program since then
 * @param isKernelThread it has no memory and no command line, and is root's
 * @param cpuTicks user plus system time of the whole thread group, without its children
 * @param startTicks when it started, in clock ticks after boot
 */
public record Stat(
        int pid,
        byte[] comm,
        char state,
        int parentPid,
        int processGroup,
        int session,
        int ttyNr,
        int foregroundGroup,
        boolean isForked,
        boolean isKernelThread,
        long cpuTicks,
        int nice,
        int threads,
        long startTicks) {
    // Process flags, see the kernel's include/linux/sched.h

    private static final int PF_FORKNOEXEC = 0x40;
    private static final int PF_KTHREAD = 0x200000;

    private static final int LAST_FIELD = 22;

    /** The command's name, made harmless; a question mark if it is empty. */
    public String name() {
        return comm.length == 0 ? "?" : Printable.name(comm);
    }

    /** Parses the file; null if it makes no sense. */
    public static Stat parse(int pid, ProcFile file) {
        byte[] text = file.bytes();
        int open = 0;
        while (open < file.length() && text[open] != '(') {
            open++;
        }
        int close = file.length() - 1; // the last one: comm may hold parentheses itself
        while (close > open && text[close] != ')') {
            close--;
        }
        if (close <= open || close + 2 >= file.length()) {
            return null;
        }
        long[] fields = new long[LAST_FIELD + 1];
        int at = close + 3;
        for (int field = 4; field <= LAST_FIELD; field++) {
            at = file.skipBlanks(at);
            if (at >= file.length()) {
                return null;
            }
            fields[field] = file.number(at);
            at = file.skipWord(at);
        }
        return new Stat(
                pid,
                Arrays.copyOfRange(text, open + 1, close),
                (char) (text[close + 2] & 0xff),
                (int) fields[4],
                (int) fields[5],
                (int) fields[6],
                (int) fields[7],
                (int) fields[8],
                (fields[9] & PF_FORKNOEXEC) != 0,
                (fields[9] & PF_KTHREAD) != 0,
                Math.max(0, fields[14]) + Math.max(0, fields[15]),
                (int) fields[19],
                (int) Math.min(Integer.MAX_VALUE, fields[20]),
                fields[22]);
    }
}
