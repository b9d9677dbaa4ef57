import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Names of users by way of NSS, as ps gives them. One instance per table: it remembers what it
 * found.
 *
 * <p>Java offers NSS only for the owners of files. The directory {@code /proc/PID} belongs to the
 * process's effective user, unless the process may not be dumped: then it is root's, and another
 * process of the same user or {@code /etc/passwd} gives the name.
 *
 * <p>NSS may have to ask a service that hangs, as {@code ps} then does too. It gets a moment; while
 * it does not answer, users are called what they were called last.
 */
final class UserNames {
    private static final Patience NSS = new Patience("nss", 250);

    private static final Map<Long, String> LAST_KNOWN = new HashMap<>();

    private final Map<Long, String> names = new HashMap<>();
    private Map<Long, String> passwd;

    /** Learns the name of a process's user, if its directory tells. */
    void learn(ProcessRow row) {
        Path directory = Path.of("/proc/" + row.pid);
        try {
            if (row.uid < 0) { // status could not be read
                row.uid = ownerUid(directory);
            }
            if (!names.containsKey(row.uid) && ownerUid(directory) == row.uid) {
                String name = NSS.call(() -> Files.getOwner(directory).getName());
                if (name == null) {
                    return;
                }
                boolean unknown = name.equals(Integer.toString((int) row.uid));
                names.put(row.uid, unknown ? Long.toString(row.uid) : PsCells.word(name));
                LAST_KNOWN.put(row.uid, names.get(row.uid));
            }
        } catch (IOException e) {
            return; // the process is gone: its row stands, and another one may tell
        }
    }

    private static long ownerUid(Path file) throws IOException {
        return Integer.toUnsignedLong((int) Files.getAttribute(file, "unix:uid"));
    }

    /** The user's name, in full; the number, where it has none. */
    String name(long uid) {
        String name = names.get(uid);
        if (name == null) {
            if (passwd == null) {
                passwd = readPasswd();
            }
            String number = uid < 0 ? "?" : Long.toString(uid);
            name = PsCells.word(passwd.getOrDefault(uid, LAST_KNOWN.getOrDefault(uid, number)));
            names.put(uid, name);
        }
        return name;
    }

    private static Map<Long, String> readPasswd() {
        ProcFile file = new ProcFile();
        file.read("/etc/passwd", 1 << 24);
        return parse(new String(file.bytes, 0, file.length, StandardCharsets.UTF_8));
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
