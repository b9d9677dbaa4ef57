package cli;

import deadline.TimeLimiter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files that the program writes, by the ends of all links that lead to them: no two settings
 * name the same, and none names what a monitor, this one or another, writes beside its files.
 */
final class WrittenFiles {
    /** The names of what stands beside: who writes a log, the history, what is on its way. */
    private static final Pattern BESIDE =
            Pattern.compile(".+[.](lock|spill|stdin|history([.]unreadable)?|memory_monitor)");

    /** The same in the folder that systemd gives to the service. */
    private static final Pattern STATE = Pattern.compile("history([.]unreadable)?");

    private static final Path DEVICES = Path.of("/dev");

    /** How many links may lead to one another, see path_resolution(7). */
    private static final int MOST_LINKS = 40;

    /** How long to wait for the disk: where it hangs, the path counts as it was given. */
    private static final long DISK_MILLIS = 1000;

    private final TimeLimiter disk = new TimeLimiter("path", DISK_MILLIS);
    private final Optional<Path> stateDirectory;
    private final Map<Object, Setting> settings = new HashMap<>();

    WrittenFiles(Optional<Path> stateDirectory) {
        this.stateDirectory = stateDirectory.map(this::end);
    }

    /** Adds one, or says why it is not free. */
    void add(Setting setting) {
        Path path = setting.path();
        if (DEVICES.equals(path.normalize().getParent()) || path.startsWith("/proc")) {
            throw setting.wrong("is no file on a disk, and others are made beside it");
        }
        Path end = end(path);
        String name = end.getFileName().toString();
        boolean isInState = stateDirectory.filter(end.getParent()::equals).isPresent();
        boolean isState = isInState && STATE.matcher(name).matches();
        if (isState || BESIDE.matcher(name).matches()) {
            throw setting.wrong(
                    "is the name of a file that memory_monitor keeps beside another one (.lock,"
                            + " .history, .spill, .stdin, .memory_monitor): name another file");
        }
        Setting other = settings.putIfAbsent(end, setting);
        Object inode = inode(end); // there may be several names without any link
        other = other != null || inode == null ? other : settings.putIfAbsent(inode, setting);
        if (other != null) {
            throw setting.wrong("is the same file as that of " + other.source());
        }
    }

    /** Null: there is no such file yet, or it is not to be known in time. */
    private Object inode(Path path) {
        try {
            return disk.call(() -> Files.readAttributes(path, "unix:dev,ino"));
        } catch (IOException e) {
            return null;
        }
    }

    /** Where a path leads to, whether there is such a file or not. */
    private Path end(Path path) {
        try {
            return disk.call(() -> withoutLinks(path));
        } catch (IOException e) {
            return path.normalize(); // its folder is not there, or the disk hangs
        }
    }

    private static Path withoutLinks(Path path) throws IOException {
        Path end = path;
        for (int i = 0; i < MOST_LINKS; i++) {
            end = end.getParent().toRealPath().resolve(end.getFileName());
            if (!Files.isSymbolicLink(end)) {
                break;
            }
            end = end.resolveSibling(Files.readSymbolicLink(end));
        }
        return end;
    }
}
