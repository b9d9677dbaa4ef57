package cli;

import deadline.TimeLimiter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * The files that the program writes, by the ends of all links that lead to them: no two settings
 * name the same, and none names what a monitor, this one or another, writes beside its files.
 */
final class WrittenFiles {
    /** The names of what stands beside: who writes a log, the history, what is on its way. */
    private static final Pattern BESIDE =
            Pattern.compile(".+[.](lock|spill|history([.](new|unreadable))?|memory_monitor)");

    /** The same in the folder that systemd gives to the service. */
    private static final Pattern STATE = Pattern.compile("history([.](new|unreadable))?");

    /** How many links may lead to one another, see path_resolution(7). */
    private static final int MOST_LINKS = 40;

    /** How long to wait for the disk: where it hangs, the path counts as it was given. */
    private static final long DISK_MILLIS = 1000;

    private final List<Path> stateFolders;
    private final Map<Object, Setting> settings = new HashMap<>();

    /**
     * @param stateFolders STATE_DIRECTORY of systemd.exec(5), with colons between several; empty:
     *     none
     */
    WrittenFiles(String stateFolders) {
        this.stateFolders =
                stateFolders.isBlank()
                        ? List.of()
                        : List.of(end(Path.of(stateFolders.split(":")[0]).toAbsolutePath()));
    }

    /**
     * Adds one.
     *
     * @throws Setting.WrongException if it is not free
     */
    void add(Setting setting) {
        Path end = end(setting.path());
        String name = end.getFileName().toString();
        boolean isState = STATE.matcher(name).matches() && stateFolders.contains(end.getParent());
        if (isState || BESIDE.matcher(name).matches()) {
            throw setting.wrong(
                    "is the name of a file that memory_monitor keeps beside another one (.lock,"
                            + " .history, .spill, .memory_monitor): name another file");
        }
        Setting other = settings.putIfAbsent(end, setting);
        Object inode = inode(end); // there may be several names without any link
        other = other != null || inode == null ? other : settings.putIfAbsent(inode, setting);
        if (other != null) {
            throw setting.wrong("is the same file as that of " + other.source());
        }
    }

    /** Null: there is no such file yet. */
    private static Object inode(Path path) {
        try {
            return inTime(() -> Files.readAttributes(path, "unix:dev,ino"));
        } catch (IOException e) {
            return null;
        }
    }

    /** Where a path leads to, whether there is such a file or not. */
    private static Path end(Path path) {
        try {
            return inTime(
                    () -> {
                        Path end = path;
                        for (int i = 0; i < MOST_LINKS; i++) {
                            end = end.getParent().toRealPath().resolve(end.getFileName());
                            if (!Files.isSymbolicLink(end)) {
                                break;
                            }
                            end = end.resolveSibling(Files.readSymbolicLink(end));
                        }
                        return end;
                    });
        } catch (IOException e) {
            return path.normalize(); // its folder is not there
        }
    }

    private static <T> T inTime(Callable<T> look) throws IOException {
        FutureTask<T> task = new FutureTask<>(look);
        TimeLimiter.daemon("path", task).start();
        try {
            return task.get(DISK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
