package procfs;

import text.Printable;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * All running processes at one moment, with the names of their users and terminals.
 *
 * @param rows the processes, largest resident memory first
 * @param users the names of their users, by their numbers
 * @param clock when that was
 */
public record ProcessTable(
        List<ProcessInfo> rows, Map<Long, String> users, long memTotalKiB, BootClock clock) {
    /**
     * A user's name, to stand among words; the number, where no process in the table is that
     * user's.
     */
    public String userName(long uid) {
        String name = users.getOrDefault(uid, Long.toString(uid));
        return Printable.name(name.getBytes(StandardCharsets.UTF_8));
    }
}
