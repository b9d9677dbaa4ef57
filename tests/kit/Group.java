package kit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A control group, as systemd or a container runtime makes it. */
public final class Group implements AutoCloseable {
    /** The hierarchy of version 1 that systemd keeps for itself. */
    public static final String SYSTEMD = "name=systemd";

    private final List<Path> made = new ArrayList<>();
    private Path last;

    /** Skips the test where no such group can be made. */
    public Group(String controller, String name) throws IOException {
        last = root(controller);
        Assumptions.assumeTrue(last != null && Files.isWritable(last), "no cgroups to write to");
        for (Path part : Path.of(name)) {
            last = last.resolve(part);
            if (!Files.exists(last)) {
                Assumptions.assumeTrue(last.toFile().mkdir(), "cannot make the cgroup " + last);
                made.add(0, last);
            }
        }
    }

    /** Where cgroups of version 2 have a controller, else those of version 1. */
    private static Path root(String controller) throws IOException {
        Path root = null;
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = line.split(" ");
            Path mount = Path.of(fields[1]);
            if (fields[2].equals("cgroup2")
                    && (controller.equals(SYSTEMD)
                            || Files.readString(mount.resolve("cgroup.subtree_control"))
                                    .contains(controller))) {
                return mount;
            }
            if (fields[2].equals("cgroup") && List.of(fields[3].split(",")).contains(controller)) {
                root = mount;
            }
        }
        return root;
    }

    public void take(long pid) throws IOException {
        write("cgroup.procs", pid + "\n");
    }

    /** More memory than this, and the kernel kills a process of the group. */
    public void limitMemory(String limit) throws IOException {
        boolean second = Files.exists(last.resolve("memory.max"));
        write(second ? "memory.max" : "memory.limit_in_bytes", limit);
        if (Files.exists(last.resolve("memory.swap.max"))) {
            write("memory.swap.max", "0");
        }
    }

    /** No more processes and threads than it has now. */
    public void limitTasks() throws IOException {
        write("pids.max", Files.readString(last.resolve("pids.current")));
    }

    public void unlimitTasks() throws IOException {
        write("pids.max", "max");
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(last.resolve(file), text, StandardOpenOption.WRITE);
    }

    /** Its processes have ended by now; the kernel may need a moment more. */
    @Override
    public void close() {
        for (Path group : made) {
            for (int i = 0; !group.toFile().delete() && Files.exists(group) && i < 50; i++) {
                LockSupport.parkNanos(100_000_000);
            }
            assertTrue(!Files.exists(group), group + " is left behind");
        }
    }
}
