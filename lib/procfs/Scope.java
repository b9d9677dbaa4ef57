package procfs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Of what the figures in {@code /proc} tell. In a container with lxcfs, as LXC and Proxmox have it,
 * some files are the container's own: {@code /proc/meminfo} is one, but lines of it, like all other
 * files, are the host's. Added up they would be of nobody: then only the container's are taken.
 */
final class Scope {
    private static final List<Mount> OF_LXCFS =
            Mount.read("/proc/self/mountinfo", Set.of("fuse.lxcfs"));

    /** True if {@code /proc/meminfo} tells of a container. */
    static final boolean IS_CONTAINER = isOfContainer("/proc/meminfo");

    /** The lines that lxcfs writes itself, see proc_meminfo_read() in its proc_fuse.c. */
    private static final Set<String> OF_CONTAINER =
            Set.of(
                    ("MemTotal MemFree MemAvailable Buffers Cached SwapTotal SwapFree SwapCached"
                                    + " Active Inactive Active(anon) Inactive(anon) Active(file)"
                                    + " Inactive(file) Unevictable AnonPages Mapped Shmem Slab"
                                    + " SReclaimable SUnreclaim")
                            .split(" "));

    private Scope() {}

    /** True if such a file tells of a container. */
    static boolean isOfContainer(String path) {
        return OF_LXCFS.stream().anyMatch(mount -> mount.path().equals(path));
    }

    /** The lines of {@code /proc/meminfo} that tell of the container, if they are a container's. */
    static MemInfo ofContainer(MemInfo memory) {
        Map<String, Long> sizes = new HashMap<>(memory.sizesKiB());
        sizes.keySet().retainAll(OF_CONTAINER);
        return new MemInfo(Map.copyOf(sizes));
    }
}
