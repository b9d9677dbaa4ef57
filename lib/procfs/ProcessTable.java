package procfs;

import java.util.List;

/**
 * All running processes at one moment.
 *
 * @param rows the processes, largest resident memory first
 * @param memTotalKiB the machine's memory
 * @param clock when that was
 */
public record ProcessTable(List<ProcessRow> rows, long memTotalKiB, BootClock clock) {
    /** A user's name; the number, where no process in the table is that user's. */
    public String userName(long uid) {
        for (ProcessRow row : rows) {
            if (row.uid() == uid) {
                return row.user();
            }
        }
        return Long.toString(uid);
    }
}
