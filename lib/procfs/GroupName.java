package procfs;

import text.Bytes;
import text.Printable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a control group is called by those who run the machine: {@code ssh.service}, {@code user
 * 1000: session-3.scope}, {@code docker/0123456789ab}, {@code machine web: nginx.service}, {@code
 * lxc/101: mariadb.service}, {@code pod 1f2e3d4c: container 0123456789ab}, {@code slurmstepd.scope:
 * job_102}.
 *
 * @param text the name, made harmless
 * @param isOwned true for what somebody has for himself, and for what is in it: a unit, a user's
 *     manager, a container
 */
record GroupName(String text, boolean isOwned) {
    private static final Pattern UNIT = Pattern.compile(".+\\.(service|scope|mount|socket|swap)");
    private static final Pattern USER =
            Pattern.compile("user-([0-9]+)\\.slice|user@([0-9]+)\\.service");
    private static final Pattern MACHINE =
            Pattern.compile("machine-(.+)\\.scope|systemd-nspawn@(.+)\\.service");
    private static final Pattern POD =
            Pattern.compile("(?:kube[a-z-]*-)?pod([0-9a-f]{8})[-_0-9a-f]*(?:\\.slice)?");

    /** As Docker, Podman, containerd and CRI-O call theirs where systemd makes the groups. */
    private static final Pattern CONTAINER =
            Pattern.compile("([a-z][a-z-]*)-([0-9a-f]{64})(?:\\.scope)?");

    /** How runc calls a group that systemd was to make, when it makes it itself. */
    private static final Pattern SLICE_AND_CONTAINER =
            Pattern.compile("([^:]+\\.slice):([a-z-]+):([0-9a-f]{64})");

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{32,}");
    private static final Pattern HASH_WITHIN = Pattern.compile("([0-9a-f]{12})[0-9a-f]{20,}");
    private static final Pattern ESCAPED = Pattern.compile("\\\\x([0-9a-f]{2})");

    /** Groups that container managers make between a container and what is in it. */
    private static final Set<String> INNER =
            Set.of("payload", "supervisor", "container", "ns", "libvirt");

    /** Where a unit that makes groups keeps its own processes. */
    private static final Set<String> UNITS_OWN =
            Set.of("init", "init.scope", "daemon", "main", "supervisor", "system");

    private static final int HASH_LENGTH = 12;

    /**
     * Names a group. What is beyond the bounds has the name of what is around it.
     *
     * @param path from the root of the hierarchy on
     * @param isCharged tells whether the group with such a path has a charge of its own; it is
     *     asked about the first one below an ordinary unit
     */
    static GroupName of(String path, Predicate<String> isCharged) {
        List<String> around = new ArrayList<>(2); // users, machines, pods, containers, units
        String slice = "";
        String plain = ""; // groups that are none of systemd's, so far
        boolean isOwned = false;
        List<String> parts = parts(path);
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            String group = part.startsWith("_") ? part.substring(1) : part; // see cg_escape()
            boolean inPod = !around.isEmpty() && around.get(around.size() - 1).startsWith("pod ");
            Matcher user = USER.matcher(group);
            Matcher machine = MACHINE.matcher(group);
            Matcher pod = POD.matcher(group);
            Matcher container = CONTAINER.matcher(group);
            boolean wasOwned = isOwned;
            isOwned = true;
            slice = "";
            String name = ""; // what this group is called, if it says more than those around it
            if (user.matches()) {
                name = "user " + either(user);
            } else if (machine.matches()) {
                name = "machine " + either(machine);
            } else if (pod.matches() && (plain + group).startsWith("kube")) {
                plain = "";
                name = "pod " + pod.group(1);
            } else if (container.matches()) {
                plain = "";
                String hash = container.group(2).substring(0, HASH_LENGTH);
                name = (inPod ? "container " : manager(container.group(1)) + "/") + hash;
            } else if (HASH.matcher(group).matches()) {
                String manager = plain.isEmpty() ? "" : plain + "/";
                manager = inPod && plain.isEmpty() ? "container " : manager;
                plain = "";
                name = manager + group.substring(0, HASH_LENGTH);
            } else if (UNIT.matcher(group).matches()) {
                name = group;
            } else if (!INNER.contains(group) || around.isEmpty() && plain.isEmpty()) {
                isOwned = wasOwned;
                if (!group.endsWith(".slice")) {
                    plain += (plain.isEmpty() ? "" : "/") + lxc(group);
                    isOwned |= plain.startsWith("lxc/");
                    continue;
                }
                slice = group;
            }
            enter(plain, around);
            plain = "";
            enter(name, around);
            if (name.equals(group) && !holdsContainers(parts, i + 1)) {
                around.addAll(ofUnit(parts, i + 1, isCharged));
                break;
            }
        }
        enter(plain.isEmpty() ? slice : plain, around);
        return new GroupName(around.isEmpty() ? ControlGroup.ROOT : text(around), isOwned);
    }

    /** The names in a path, as far as the bounds go. */
    private static List<String> parts(String path) {
        List<String> parts = new ArrayList<>();
        int end = 0;
        for (String name : path.split("/")) {
            end += name.length() + 1;
            if (parts.size() >= Bounds.GROUP_DEPTH || end > Bounds.GROUP_PATH_BYTES) {
                break;
            }
            Matcher both = SLICE_AND_CONTAINER.matcher(name);
            if (both.matches()) {
                parts.addAll(List.of(both.group(1), both.group(2) + "-" + both.group(3)));
            } else if (!name.isEmpty() && !name.equals("..")) {
                parts.add(name);
            }
        }
        return parts;
    }

    /** True if a container's group is among the groups from one on: its manager is a unit. */
    private static boolean holdsContainers(List<String> parts, int from) {
        for (String part : parts.subList(from, parts.size())) {
            if (CONTAINER.matcher(part).matches()
                    || HASH.matcher(part).matches()
                    || part.startsWith("lxc.payload")) {
                return true;
            }
        }
        return false;
    }

    /**
     * The first group below a unit, if that has made groups with charges of their own: a batch
     * system's jobs. What is below these belongs to them.
     */
    private static List<String> ofUnit(List<String> parts, int from, Predicate<String> isCharged) {
        if (from == parts.size() || UNITS_OWN.contains(parts.get(from))) {
            return List.of();
        }
        String path = "/" + String.join("/", parts.subList(0, from + 1));
        return isCharged.test(path) ? List.of(parts.get(from)) : List.of();
    }

    private static void enter(String name, List<String> around) {
        boolean isKnown = !around.isEmpty() && around.get(around.size() - 1).equals(name);
        if (!name.isEmpty() && !isKnown) {
            around.add(name);
        }
    }

    private static String either(Matcher matcher) {
        return matcher.group(matcher.group(1) == null ? 2 : 1);
    }

    /** LXC calls its containers {@code lxc.payload.NAME}. */
    private static String lxc(String group) {
        return !group.startsWith("lxc.payload")
                ? group
                : "lxc" + group.substring("lxc.payload".length()).replaceFirst("^\\.", "/");
    }

    private static String manager(String prefix) {
        return prefix.equals("libpod") ? "podman" : prefix;
    }

    /** Short and harmless; what systemd has escaped, byte by byte, is as it was before. */
    private static String text(List<String> around) {
        String name = HASH_WITHIN.matcher(String.join(": ", around)).replaceAll("$1");
        Bytes bytes = new Bytes();
        int end = 0;
        for (Matcher hit = ESCAPED.matcher(name); hit.find(); end = hit.end()) {
            bytes.put(name.substring(end, hit.start()));
            bytes.write(Integer.parseInt(hit.group(1), 16));
        }
        bytes.put(name.substring(end)).trim();
        return Printable.cut(Printable.name(bytes.array()), Bounds.NAME_BYTES);
    }
}
