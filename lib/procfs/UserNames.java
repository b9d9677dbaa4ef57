package procfs;

import deadline.TimeLimiter;

import text.Printable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * was called last.
 */
final class UserNames {
    private static final long NSS_MILLIS = 250;
    private static final long TABLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final TimeLimiter nss = new TimeLimiter("nss", NSS_MILLIS);
    private Map<Long, String> lastKnown = Map.of();

    /** Takes a process with its user's number and name. */
    interface Taker {
        void take(ProcessInfo process, long uid, String user);
    }

    /** Finds the users of a table's processes, and hands them on in their order. */
    void name(List<ProcessInfo> processes, Taker taker) {
        Map<Long, String> names = new HashMap<>();
        long[] uids = new long[processes.size()];
        long deadlineNanos = System.nanoTime() + TABLE_NANOS;
        for (int i = 0; i < uids.length; i++) {
            ProcessInfo process = processes.get(i);
            uids[i] = process.uid();
            if (uids[i] < 0 || !names.containsKey(uids[i])) {
                uids[i] = learn(process, names, deadlineNanos);
            }
        }
        Map<Long, String> passwd = null;
        Map<Long, String> known = new HashMap<>(lastKnown);
        known.putAll(names);
        for (int i = 0; i < uids.length; i++) {
            String name = names.get(uids[i]);
            if (name == null) { // no process's directory told
                passwd = passwd == null ? readPasswd() : passwd;
                String number = uids[i] < 0 ? "?" : Long.toString(uids[i]);
                String last = known.getOrDefault(uids[i], number);
                name = Printable.word(passwd.getOrDefault(uids[i], last));
                names.put(uids[i], name);
            }
            taker.take(processes.get(i), uids[i], name);
        }
        lastKnown = known;
    }

    /** Learns a user's name from a process's directory; returns the user's number. */
    private long learn(ProcessInfo process, Map<Long, String> names, long deadlineNanos) {
        Path directory = Path.of("/proc/" + process.pid());
        long uid = process.uid();
        try {
            long owner = Integer.toUnsignedLong((int) Files.getAttribute(directory, "unix:uid"));
            uid = uid < 0 ? owner : uid;
            boolean isInTime = System.nanoTime() - deadlineNanos < 0;
            if (owner == uid && !names.containsKey(uid) && isInTime) {
                String name = nss.call(() -> Files.getOwner(directory).getName());
                if (name != null) {
                    boolean unknown = name.equals(Integer.toString((int) uid));
                    names.put(uid, unknown ? Long.toString(uid) : Printable.word(name));
                }
            }
        } catch (IOException e) {
            return uid; // the process is gone: its row stands, and another one may tell
        }
        return uid;
    }

    private static Map<Long, String> readPasswd() {
        ProcFile file = new ProcFile();
        file.read("/etc/passwd", 1 << 24);
        return parse(new String(file.bytes(), 0, file.length(), StandardCharsets.UTF_8));
    }

    /** Parses {@code /etc/passwd}; lines that make no sense are left out. */
    static Map<Long, String> parse(String text) {
        Map<Long, String> names = new HashMap<>();
        for (String line : text.split("\n")) {
            String[] fields = line.split(":"); // name, password, uid, …
            try {
                if (fields.length > 2) {
                    names.putIfAbsent(Long.parseLong(fields[2]), fields[0]);
                }
            } catch (NumberFormatException e) {
                continue;
            }
        }
        return names;
    }
}
