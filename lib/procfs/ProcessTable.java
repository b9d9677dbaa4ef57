package procfs;

import text.Printable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * All running processes at one moment, with the names of their users and terminals.
 *
 * @param rows the processes, largest resident memory first
 * @param clock when that was
 */
public record ProcessTable(List<ProcessInfo> rows, long memTotalKiB, BootClock clock) {
    /**
     * A user's name, to stand among words; the number, where no process in the table is that
     * user's.
     */
    public String userName(long uid) {
        for (ProcessInfo row : rows) {
            if (row.uid() == uid) {
                return Printable.name(row.user().getBytes(StandardCharsets.UTF_8));
            }
        }
        return Long.toString(uid);
    }
}
