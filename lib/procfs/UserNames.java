package procfs;

import deadline.TimeLimiter;

import text.Printable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Names of users by way of NSS, as ps gives them.
 *
 * <p>Java offers NSS only for the owners of files. The directory {@code /proc/PID} belongs to the
 * process's effective user, unless the process may not be dumped: then it is root's, and another
 * process of the same user or {@code /etc/passwd} gives the name.
 *
 * <p>NSS may have to ask a service that hangs or is slow, as {@code ps} then does too. It gets a
 * moment for each user and a second for all of a table; who is not told by then is called what he
 * was called in the last table. Others are forgotten: any user may have 65,536 numbers, see
 * subuid(5).
 */
final class UserNames {
    private static final long NSS_MILLIS = 250;
    private static final long TABLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final TimeLimiter nss = new TimeLimiter("nss", NSS_MILLIS);

    Map<Long, String> lastKnown = Map.of();

    UserNames() {
        readPasswd(Set.of()); // an incident links nothing for the first time
    }

    /** The names of all users of some processes, by their numbers. */
    Map<Long, String> of(List<ProcessInfo> processes) {
        Map<Long, String> names = new HashMap<>();
        long deadlineNanos = System.nanoTime() + TABLE_NANOS;
        for (ProcessInfo process : processes) {
            if (!names.containsKey(process.uid()) && System.nanoTime() - deadlineNanos < 0) {
                learn(process, names);
            }
        }
        Set<Long> untold = new HashSet<>(); // by the directory of any process
        for (ProcessInfo process : processes) {
            if (!names.containsKey(process.uid())) {
                untold.add(process.uid());
            }
        }
        Map<Long, String> passwd = untold.isEmpty() ? Map.of() : readPasswd(untold);
        for (long uid : untold) {
            String last = lastKnown.getOrDefault(uid, uid < 0 ? "?" : Long.toString(uid));
            names.put(uid, Printable.word(passwd.getOrDefault(uid, last)));
        }
        lastKnown = names;
        return names;
    }

    /** Learns a user's name from the directory of a process, if that is the user's own. */
    private void learn(ProcessInfo process, Map<Long, String> names) {
        Path directory = Path.of("/proc/" + process.pid());
        try {
            int owner = (int) Files.getAttribute(directory, "unix:uid");
            if (Integer.toUnsignedLong(owner) == process.uid()) {
                String name = nss.call(() -> Files.getOwner(directory).getName());
                boolean isUnknown = name.equals(Integer.toString(owner));
                String number = Long.toString(process.uid());
                names.put(process.uid(), isUnknown ? number : Printable.word(name));
            }
        } catch (IOException e) {
            return; // the process is gone, or NSS hangs: another one may tell
        }
    }

    /** Reads no more at once than some lines: a university's file has 50,000. */
    private static Map<Long, String> readPasswd(Set<Long> uids) {
        Map<Long, String> names = new HashMap<>();
        ProcFile.lines("/etc/passwd", lines -> parse(lines, uids, names));
        return names;
    }

    /** Finds users in lines of {@code /etc/passwd}; those that make no sense are left out. */
    static void parse(ProcFile lines, Set<Long> uids, Map<Long, String> names) {
        for (String line : lines.text().split("\n")) {
            String[] fields = line.split(":"); // name, password, uid, …
            try {
                if (fields.length > 2 && uids.contains(Long.valueOf(fields[2]))) {
                    names.putIfAbsent(Long.valueOf(fields[2]), fields[0]);
                }
            } catch (NumberFormatException e) {
                continue;
            }
        }
    }
}
