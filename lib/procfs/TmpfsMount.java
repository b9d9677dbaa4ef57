package procfs;

import text.Printable;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A file system that is held in memory.
 *
 * @param path where it is mounted, made harmless; of several places the one with the shortest name
 * @param usedKiB what its files take, in memory or in swap
 */
public record TmpfsMount(String path, long usedKiB) {
    /**
     * All that was read.
     *
     * @param isWhole false if there may be more, see {@link Bounds}
     */
    record Read(List<TmpfsMount> mounts, boolean isWhole) {}

    private static final Set<String> TYPES = Set.of("tmpfs", "devtmpfs");

    /** What has less is left out. */
    private static final long LEAST_KIB = 1024;

    /** What the files of all take. */
    public static long sumKiB(List<TmpfsMount> mounts) {
        long sum = 0;
        for (TmpfsMount mount : mounts) {
            sum += mount.usedKiB;
        }
        return sum;
    }

    /**
     * The system's, those of its first process, largest first. One that cannot be seen from here is
     * left out: another file system is mounted in its place, or over a folder above it, as in a
     * service's sandbox (ProtectHome= hides /run/user, for example).
     */
    static Read read() {
        List<Mount> mounts = new ArrayList<>();
        boolean isWhole = Mount.read("/proc/1/mountinfo", TYPES, mounts);
        if (mounts.isEmpty()) { // hidepid
            isWhole = Mount.read("/proc/self/mountinfo", TYPES, mounts);
        }
        mounts.sort(
                Comparator.comparingInt((Mount mount) -> mount.root().equals("/") ? 0 : 1)
                        .thenComparingInt(mount -> mount.path().length()));
        Set<String> devices = new HashSet<>();
        List<TmpfsMount> found = new ArrayList<>();
        for (Mount mount : mounts) {
            boolean isAsked = devices.size() < Bounds.MOUNTS_ASKED;
            boolean isNew = !devices.contains(mount.device());
            isWhole &= isAsked || !isNew;
            if (isAsked && isNew && isHere(mount)) {
                devices.add(mount.device());
                File place = new File(mount.path());
                long usedKiB = (place.getTotalSpace() - place.getFreeSpace()) / 1024;
                if (usedKiB >= LEAST_KIB) {
                    byte[] bytes = mount.path().getBytes(StandardCharsets.UTF_8);
                    String path = Printable.cut(Printable.name(bytes), Bounds.NAME_BYTES);
                    found.add(new TmpfsMount(path, usedKiB));
                }
            }
        }
        found.sort(Comparator.comparingLong(mount -> -mount.usedKiB));
        int most = Math.min(found.size(), Bounds.MOUNTS);
        return new Read(List.copyOf(found.subList(0, most)), isWhole && most == found.size());
    }

    /** True if its path leads to it from here, too. */
    private static boolean isHere(Mount mount) {
        try {
            long device = (long) Files.getAttribute(Path.of(mount.path()), "unix:dev");
            String number = TtyNames.major(device) + ":" + TtyNames.minor(device);
            return number.equals(mount.device());
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
