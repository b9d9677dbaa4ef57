package procfs;

import java.util.List;

/**
 * All running processes at one moment, with the names of their users and terminals.
 *
 * @param rows the processes, largest resident memory first
 * @param memTotalKiB the machine's memory
 * @param clock when that was
 */
public record ProcessTable(List<ProcessInfo> rows, long memTotalKiB, BootClock clock) {
    /** A user's name; the number, where no process in the table is that user's. */
    public String userName(long uid) {
        for (ProcessInfo row : rows) {
            if (row.uid() == uid) {
                return row.user();
            }
        }
        return Long.toString(uid);
    }
}
