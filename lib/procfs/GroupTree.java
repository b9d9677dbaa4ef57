package procfs;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The control groups for which the kernel counts memory, read from their folders, within {@link
 * Bounds}. Not for several threads at once.
 */
final class GroupTree {
    /** A group, as one look finds it. */
    final class Group {
        final Path path;

        /** Null: it is the root. */
        final Group around;

        private final int level;

        private GroupName name;

        /** One number for all groups of an owner: how many names in them may still be read. */
        private int[] namesLeft;

        /** True if there are groups in it that are beyond the bounds. */
        boolean isCut;

        /** All that is charged to it, page cache included: enough to tell which are large. */
        long usageKiB;

        /** What those in it are charged that are told; null: none is. */
        ControlGroup inner;

        private Group(Path path, Group around) {
            this.path = path;
            this.around = around;
            level = around == null ? 0 : around.level + 1;
        }

        boolean isRoot() {
            return around == null;
        }

        GroupName name() {
            if (name == null) {
                name = isRoot() ? ROOT : names.computeIfAbsent(path, GroupTree.this::nameOf);
            }
            return name;
        }

        private int[] namesLeft() {
            if (namesLeft == null) {
                boolean isFirst = !isRoot() && name().isOwned() && !around.name().isOwned();
                namesLeft =
                        isFirst
                                ? new int[] {Bounds.GROUP_NAMES_OF_ONE}
                                : isRoot() ? new int[] {Bounds.GROUP_NAMES} : around.namesLeft();
            }
            return namesLeft;
        }

        /** Reads one of its files, such as {@code memory.stat}; false if that cannot be had. */
        boolean read(String name, ProcFile file) {
            return file.read(path.resolve(name), Bounds.GROUP_FILE_BYTES);
        }
    }

    private static final GroupName ROOT = new GroupName(ControlGroup.ROOT, false);

    final boolean isVersion2;

    private final Path root;

    /** Of those that were looked at lately: to name one takes longer than to read it. */
    private final Map<Path, GroupName> names = new HashMap<>();

    private int namesLeft;

    private GroupTree(Path root, boolean isVersion2) {
        this.root = root;
        this.isVersion2 = isVersion2;
    }

    /** The first of some mounted hierarchies that has a memory controller. */
    static Optional<GroupTree> find(List<Mount> mounts) {
        List<Mount> ownFirst = new ArrayList<>(mounts);
        // One may have been handed in from outside: its root is above that of our namespace
        ownFirst.sort(Comparator.comparing(mount -> mount.root().startsWith("/..")));
        for (Mount mount : ownFirst) {
            boolean is2 = mount.type().equals("cgroup2");
            ProcFile file = new ProcFile();
            Path root = Path.of(mount.path());
            file.read(root.resolve("cgroup.controllers"), Bounds.GROUP_FILE_BYTES);
            String controllers = is2 ? file.text() : mount.options();
            if (List.of(controllers.split("[ ,\n]")).contains("memory")) {
                return Optional.of(new GroupTree(root, is2));
            }
        }
        return Optional.empty();
    }

    /** True if its root is not that of all groups: this is a container. */
    boolean isBelowOthers() {
        return isVersion2 && Files.exists(root.resolve("memory.events"));
    }

    /** Where all kills below the root are counted; in version 1 those in it alone. */
    String killsFile() {
        return root.resolve(isVersion2 ? "memory.events" : "memory.oom_control").toString();
    }

    /** Begins a look: the root of all groups. */
    Group look() {
        namesLeft = Bounds.GROUP_NAMES;
        if (names.size() > 2 * Bounds.GROUPS) {
            names.clear();
        }
        return new Group(root, null);
    }

    /**
     * Visits the groups in a group, as far as the bounds go.
     *
     * @param visitor is called for each; what is done there may visit others
     */
    void forEachIn(Group group, Consumer<Group> visitor) {
        long left = attribute(group.path, "unix:nlink") - 2; // a link for each group in it
        if (left == 0) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(group.path)) {
            for (Path file : files) {
                if (left == 0) {
                    return;
                }
                if (!Files.isDirectory(file)) { // a group may be called like one of its files
                    continue;
                }
                left--;
                int[] ofOwner = group.namesLeft();
                if (namesLeft == 0 || ofOwner[0] == 0) {
                    group.isCut = true;
                    return;
                }
                namesLeft--;
                ofOwner[0]--;
                boolean isDeep = group.level == Bounds.GROUP_LEVELS;
                if (isDeep || below(file).length() > Bounds.GROUP_PATH_BYTES) {
                    group.isCut = true;
                } else {
                    visitor.accept(new Group(file, group));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return; // it is gone
        }
    }

    /** A group's path below the hierarchy's root. */
    private String below(Path path) {
        return path.toString().substring(root.toString().length());
    }

    private GroupName nameOf(Path path) {
        return GroupName.of(below(path), this::isCharged);
    }

    /** True if the group with such a path, see {@link #below}, has a charge of its own. */
    boolean isCharged(String below) {
        return new File(root + below + "/memory.stat").exists();
    }

    /** The inode of a group's folder, which no other one ever has; -1: it is gone. */
    static long inode(Path group) {
        return attribute(group, "unix:ino");
    }

    private static long attribute(Path path, String name) {
        try {
            return ((Number) Files.getAttribute(path, name)).longValue();
        } catch (IOException e) {
            return -1; // it is gone
        }
    }
}
