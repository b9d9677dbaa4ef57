package procfs;

import text.Printable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a control group is called by those who run the machine.
 *
 * @param text the name, made harmless
 * @param isUnit true: an ordinary unit, so that nothing below it has a name of its own
 */
record GroupName(String text, boolean isUnit) {
    /** What systemd calls the root. */
    static final String ROOT = "-.slice";

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

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{32,}");
    private static final Pattern HASH_WITHIN = Pattern.compile("([0-9a-f]{12})[0-9a-f]{20,}");
    private static final Pattern ESCAPED = Pattern.compile("\\\\x([0-9a-f]{2})");

    /** Groups that container managers make between a container and what is in it. */
    private static final Set<String> INNER =
            Set.of("payload", "supervisor", "container", "ns", "libvirt");

    private static final int HASH_LENGTH = 12;

    /**
     * Names a group.
     *
     * @param path from the root of the hierarchy on, one character for each byte
     */
    static GroupName of(String path) {
        List<String> around = new ArrayList<>(2); // users, machines, pods, containers
        String slice = "";
        String plain = ""; // groups that are none of systemd's, so far
        for (String part : path.split("/")) {
            String group = part.startsWith("_") ? part.substring(1) : part; // see cg_escape()
            if (group.isEmpty() || group.equals("..")) {
                continue;
            }
            boolean inPod = !around.isEmpty() && around.get(around.size() - 1).startsWith("pod ");
            Matcher user = USER.matcher(group);
            Matcher machine = MACHINE.matcher(group);
            Matcher pod = POD.matcher(group);
            Matcher container = CONTAINER.matcher(group);
            slice = "";
            if (user.matches()) {
                enter(plain, around);
                enter("user " + either(user), around);
                plain = "";
            } else if (machine.matches()) {
                enter(plain, around);
                enter("machine " + either(machine), around);
                plain = "";
            } else if (pod.matches() && (plain + group).startsWith("kube")) {
                enter("pod " + pod.group(1), around);
                plain = "";
            } else if (container.matches()) {
                String hash = container.group(2).substring(0, HASH_LENGTH);
                enter((inPod ? "container " : manager(container.group(1)) + "/") + hash, around);
                plain = "";
            } else if (HASH.matcher(group).matches()) {
                String hash = group.substring(0, HASH_LENGTH);
                String manager = plain.isEmpty() ? "" : plain + "/";
                enter((inPod && plain.isEmpty() ? "container " : manager) + hash, around);
                plain = "";
            } else if (group.endsWith(".slice")) {
                enter(plain, around);
                plain = "";
                slice = group;
            } else if (UNIT.matcher(group).matches()) {
                enter(plain, around);
                around.add(group);
                return new GroupName(text(around), true);
            } else if (INNER.contains(group) && !(around.isEmpty() && plain.isEmpty())) {
                enter(plain, around);
                plain = "";
            } else {
                plain += (plain.isEmpty() ? "" : "/") + lxc(group);
            }
        }
        enter(plain.isEmpty() ? slice : plain, around);
        return new GroupName(around.isEmpty() ? ROOT : text(around), false);
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

    /** Nobody reads a longer one; what is cut off is told apart by its hash. */
    private static final int MOST_LETTERS = 100;

    /** Short and harmless; what systemd has escaped is as it was before. */
    private static String text(List<String> around) {
        String name = HASH_WITHIN.matcher(String.join(": ", around)).replaceAll("$1");
        Matcher escaped = ESCAPED.matcher(name);
        if (escaped.find()) {
            name =
                    escaped.replaceAll(
                            hit ->
                                    Matcher.quoteReplacement(
                                            "" + (char) Integer.parseInt(hit.group(1), 16)));
        }
        String text = Printable.text(name.getBytes(StandardCharsets.ISO_8859_1));
        return text.length() <= MOST_LETTERS
                ? text
                : text.substring(0, MOST_LETTERS) + "…" + Integer.toHexString(text.hashCode());
    }
}
