package procfs;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The systemd units, containers and user sessions in which processes run, what they are charged
 * with, and which of them were at their limits. The program has one; not for several threads at
 * once.
 */
public final class ControlGroups {
    /** What systemd calls the root of all groups. */
    public static final String ROOT = GroupName.ROOT;

    /** The most groups that one look visits; what is beyond that stays with the group around. */
    static final int GROUPS_LIMIT = 1000;

    /** Kills are told at most a minute late, and a look may be a minute old. */
    private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(2);

    /** What is charged to a group itself, and not to those in it, is told from this size on. */
    private static final long LEFT_BEHIND_KIB = 1024;

    /**
     * The most of {@code /proc/PID/cgroup} whose units are remembered: any user may name groups.
     */
    private static final int TEXTS_LIMIT_BYTES = 1 << 19;

    /** No text of cgroups is longer. */
    private static final int LIMIT_BYTES = 1 << 16;

    private static final Set<String> UNIT_TYPES =
            Set.of("slice", "service", "scope", "mount", "socket", "swap");

    /** What the names of a group's own files begin with; systemd's units never do. */
    private static final Set<String> CONTROLLERS =
            Set.of(
                    "blkio",
                    "cgroup",
                    "cpu",
                    "cpuacct",
                    "cpuset",
                    "debug",
                    "devices",
                    "dmem",
                    "freezer",
                    "hugetlb",
                    "io",
                    "irq",
                    "memory",
                    "misc",
                    "net_cls",
                    "net_prio",
                    "perf_event",
                    "pids",
                    "rdma");

    /** Files of version 1 without such a beginning. */
    private static final Set<String> OLD_FILES =
            Set.of("tasks", "notify_on_release", "release_agent");

    /**
     * A group.
     *
     * @param path its folder
     * @param inode of the folder, if the group has a limit; otherwise 0
     */
    private record Group(String path, GroupName name, long inode) {}

    /** A group that had a limit when it was seen last. */
    private record Limited(GroupName name, long seenNanos) {}

    /** How often a group's limit was reached, and how many of its processes have been killed. */
    private record Events(long reached, long kills) {
        static final Events NONE = new Events(0, 0);

        /** What came since then; all of it if the counters have begun again. */
        Events since(Events last) {
            boolean isSame = reached >= last.reached && kills >= last.kills;
            return isSame ? new Events(reached - last.reached, kills - last.kills) : this;
        }
    }

    private final String root;
    private final boolean isVersion2;
    private final String problem;
    private final Map<String, String> unitsOfTexts = new HashMap<>();
    private int textsBytes;
    private final ProcFile file = new ProcFile();

    /** The groups that the last look found, by their folders. */
    private Map<String, Group> groups = Map.of();

    private Map<String, Events> lastEvents = Map.of();

    /** False: some groups were beyond {@link #GROUPS_LIMIT}, and their old kills are not known. */
    private boolean knowsAllEvents;

    /**
     * Groups with a limit at earlier looks, by their folders: a unit in a crash loop comes and
     * goes.
     */
    private final Map<String, Limited> limited = new HashMap<>();

    // Of the look that is going on
    private final Map<String, Group> visited = new HashMap<>();
    private boolean usesSwap;

    /** Finds the groups, and notes how often they have been at their limits until now. */
    public ControlGroups() {
        this(Mount.read("/proc/self/mountinfo", Set.of("cgroup", "cgroup2")));
    }

    /** Takes the first hierarchy with a memory controller. */
    ControlGroups(List<Mount> mounts) {
        String found = "";
        boolean isSecond = false;
        for (Mount mount : mounts) {
            boolean is2 = mount.type().equals("cgroup2");
            String controllers =
                    is2 ? ProcFile.text(mount.path() + "/cgroup.controllers") : mount.options();
            if (found.isEmpty() && List.of(controllers.split("[ ,\n]")).contains("memory")) {
                found = mount.path();
                isSecond = is2;
            }
        }
        root = found;
        isVersion2 = isSecond;
        problem =
                !root.isEmpty()
                        ? ""
                        : "control groups do not count memory (the memory controller is off):"
                                + " what units and containers have is told by their processes"
                                + " alone, and MemoryMin= and MemoryMax= of units do nothing; to"
                                + " turn it on, add cgroup_enable=memory to the kernel's command"
                                + " line (Raspberry Pi OS: /boot/firmware/cmdline.txt) and reboot";
        limitKills();
    }

    /** What is wrong, in one line for the start; empty: nothing. */
    public String problem() {
        return problem;
    }

    // ---- Names

    /**
     * A group's name as the admin knows it: {@code ssh.service}, {@code user 1000:
     * session-3.scope}, {@code docker/0123456789ab}, {@code machine web: nginx.service}, {@code
     * lxc/101: mariadb.service}, {@code pod 1f2e3d4c: container 0123456789ab}.
     *
     * @param path its path below the hierarchy's root, one character for each byte
     */
    public static String nameOf(String path) {
        return GroupName.of(path).text();
    }

    /** The unit or the container in which a process runs; empty: neither, or unknown. */
    public String unitOf(int pid) {
        file.read("/proc/" + pid + "/cgroup", LIMIT_BYTES);
        String text = file.text();
        String unit = unitsOfTexts.get(text);
        if (unit == null) {
            unit = unitOf(text);
            textsBytes += text.length();
            if (textsBytes > TEXTS_LIMIT_BYTES) {
                unitsOfTexts.clear();
                textsBytes = text.length();
            }
            unitsOfTexts.put(text, unit);
        }
        return unit;
    }

    /**
     * Finds the unit in the text of {@code /proc/PID/cgroup}, see cgroups(7): lines of the form
     * {@code ID:CONTROLLERS:PATH}. The one of version 2 goes before systemd's own, and that before
     * the memory controller's; each counts only if it leads to more than a slice.
     */
    public static String unitOf(String text) {
        for (String wanted : new String[] {"", "name=systemd", "memory"}) {
            for (String line : text.split("\n")) {
                String[] fields = line.split(":", 3);
                if (fields.length == 3 && List.of(fields[1].split(",")).contains(wanted)) {
                    String path = fields[2].replaceFirst(" \\(deleted\\)$", "");
                    String name = path.endsWith(".slice") ? GroupName.ROOT : nameOf(path);
                    if (!name.equals(GroupName.ROOT)) {
                        return name;
                    }
                }
            }
        }
        return "";
    }

    // ---- Charges

    /**
     * What units, containers and user sessions are charged with now, and what is charged to the
     * groups around them. Groups that end meanwhile are left out.
     *
     * @param usesSwap true if the machine has something in swap
     * @return empty if there is no memory controller
     */
    public List<ControlGroup> read(boolean usesSwap) {
        if (root.isEmpty()) {
            return List.of();
        }
        this.usesSwap = usesSwap;
        visited.clear();
        List<ControlGroup> found = new ArrayList<>(groups.size());
        visit(rootGroup(), found);
        endLook();
        return found;
    }

    /**
     * Adds a group and those in it.
     *
     * @return what it has, with those in it
     */
    private ControlGroup visit(Group group, List<ControlGroup> found) {
        ControlGroup all = charge(group);
        int before = found.size();
        ControlGroup inner = visitBelow(group, found);
        if (all == null) { // it is gone, or memory is not counted here
            return inner;
        }
        ControlGroup own = found.size() == before ? all : all.beyond(inner);
        if (!own.isLeftBehind() || own.chargedKiB() >= LEFT_BEHIND_KIB) {
            found.add(own);
        }
        return all;
    }

    /** Adds the groups in a group; returns what they have. */
    private ControlGroup visitBelow(Group group, List<ControlGroup> found) {
        ControlGroup sum = ControlGroup.NONE;
        for (Group child : children(group)) {
            boolean isOne = child.name.text().equals(group.name.text());
            sum = sum.plus(isOne ? visitBelow(child, found) : visit(child, found));
        }
        return sum;
    }

    /** Reads what a group is charged with; null if that is not to be known. */
    private ControlGroup charge(Group group) {
        String name = group.name.text();
        boolean hasSwap = usesSwap && file.read(group.path + "/memory.swap.current", 64);
        long swapKiB = hasSwap ? file.number(0) / 1024 : 0;
        if (!file.read(group.path + "/memory.stat", LIMIT_BYTES)) {
            return null;
        }
        return isVersion2
                ? ControlGroup.parse(name, file, swapKiB)
                : ControlGroup.parseVersion1(name, file);
    }

    // ---- The tree

    private void endLook() {
        groups = Map.copyOf(visited);
        long now = System.nanoTime();
        for (Group group : groups.values()) {
            if (group.inode != 0) {
                limited.put(group.path, new Limited(group.name, now));
            }
        }
        limited.values().removeIf(each -> now - each.seenNanos > REMEMBERED_NANOS);
    }

    /** The groups in a group that have names of their own; none in an ordinary unit. */
    private List<Group> children(Group group) {
        List<Group> children = new ArrayList<>();
        if (!group.name.isUnit() && attribute(group.path, "unix:nlink") != 2) { // no folders in it
            String[] names = new File(group.path).list((folder, name) -> isGroup(name));
            for (String name : names == null ? new String[0] : names) {
                if (visited.size() < GROUPS_LIMIT) {
                    Group child = group(group.path + "/" + name);
                    visited.put(child.path, child);
                    children.add(child);
                }
            }
        }
        return children;
    }

    /** False for a group's own files. */
    private static boolean isGroup(String name) {
        int first = name.indexOf('.');
        return first < 0
                ? !OLD_FILES.contains(name)
                : UNIT_TYPES.contains(name.substring(name.lastIndexOf('.') + 1))
                        || !CONTROLLERS.contains(name.substring(0, first));
    }

    private Group group(String path) {
        Group known = groups.get(path);
        boolean isLimited = known == null ? hasLimit(path) : known.inode != 0;
        return known != null && !isLimited
                ? known
                : new Group(
                        path,
                        known == null ? name(path) : known.name,
                        isLimited ? attribute(path, "unix:ino") : 0);
    }

    private Group rootGroup() {
        return new Group(root, new GroupName(GroupName.ROOT, false), 0);
    }

    private GroupName name(String path) {
        byte[] below = path.substring(root.length()).getBytes(StandardCharsets.UTF_8);
        return GroupName.of(new String(below, StandardCharsets.ISO_8859_1));
    }

    private static long attribute(String path, String name) {
        try {
            return ((Number) Files.getAttribute(Path.of(path), name)).longValue();
        } catch (IOException e) {
            return -1; // it is gone
        }
    }

    // ---- Limits

    /**
     * Which groups' limits have killed processes since the last call, or since the beginning. It
     * reads every group, so it is for when the kernel has killed something. A kill that is not
     * among these was for lack of the machine's memory.
     */
    public List<LimitKill> limitKills() {
        List<LimitKill> kills = new ArrayList<>();
        if (!root.isEmpty()) {
            Map<String, Group> before = groups;
            Map<String, Events> events = new HashMap<>();
            visited.clear();
            look(rootGroup(), before, false, events, kills);
            endLook();
            lastEvents = events;
            knowsAllEvents = visited.size() < GROUPS_LIMIT;
        }
        return kills;
    }

    /**
     * Looks at a group and those in it. The counters of version 2 include those in it, gone or not;
     * so what a group has beyond those in it was its own limit, or that of one that is gone.
     *
     * @param before the groups that the last look found
     * @param isReachedAround true if the limit of a group around it was reached (version 1)
     * @param events takes the present counters
     * @param kills takes the kills
     * @return what is told of it and those in it
     */
    private Events look(
            Group group,
            Map<String, Group> before,
            boolean isReachedAround,
            Map<String, Events> events,
            List<LimitKill> kills) {
        Events total = readEvents(group.path);
        events.put(group.path, total);
        Events unknown = knowsAllEvents ? Events.NONE : total;
        Events rise = total.since(lastEvents.getOrDefault(group.path, unknown));
        boolean isReached = isReachedAround || rise.reached > 0;
        long reached = 0;
        long told = 0;
        for (Group child : children(group)) {
            Events below = look(child, before, isReached, events, kills);
            reached += below.reached;
            told += below.kills;
        }
        boolean isOwn = isVersion2 ? rise.reached > reached : isReached;
        long own = isVersion2 ? rise.kills - told : rise.kills;
        if (isOwn && own > 0) {
            kills.add(new LimitKill(limited(group, before), own));
            told += own;
        }
        return new Events(Math.max(rise.reached, reached), told);
    }

    /** The group itself, or the one in it that had a limit and has gone, or gone and come back. */
    private String limited(Group group, Map<String, Group> before) {
        if (!isVersion2 || hasLimit(group.path)) {
            return group.name.text();
        }
        List<GroupName> gone = new ArrayList<>();
        for (Map.Entry<String, Limited> each : limited.entrySet()) {
            Group last = before.get(each.getKey());
            Group now = visited.get(each.getKey());
            boolean isSame = last != null && now != null && last.inode == now.inode;
            if (each.getKey().startsWith(group.path + "/") && !isSame) {
                gone.add(each.getValue().name);
            }
        }
        return gone.size() == 1
                ? gone.get(0).text()
                : "a group in " + group.name.text() + " that is gone";
    }

    private boolean hasLimit(String path) {
        return isVersion2 && file.read(path + "/memory.max", 64) && file.valueOf("max", 0) < 0;
    }

    private Events readEvents(String path) {
        if (isVersion2) {
            file.read(path + "/memory.events", LIMIT_BYTES);
            return new Events(file.figure("oom "), file.figure("oom_kill "));
        }
        file.read(path + "/memory.failcnt", 64);
        long reached = file.number(0);
        file.read(path + "/memory.oom_control", LIMIT_BYTES);
        return new Events(reached, file.figure("oom_kill "));
    }
}
