package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What groups have, and whose limit has killed: trees of control groups in a folder. */
public final class ControlGroupsTest {
    @TempDir private Path root;

    /**
     * A group and its counters, those of the groups in it included, as the kernel has them.
     *
     * @param max its limit: {@code max}, or bytes
     * @param reached how often the limit was reached
     * @param kills how many processes have been killed in it
     */
    private void group(String path, String max, long reached, long kills) throws IOException {
        Path group = Files.createDirectories(root.resolve(path));
        Files.writeString(group.resolve("memory.max"), max + "\n");
        String events = "low 0\nhigh 0\nmax 9\noom %d\noom_kill %d\noom_group_kill 0\n";
        Files.writeString(group.resolve("memory.events"), String.format(events, reached, kills));
        Files.writeString(group.resolve("memory.current"), "8192\n");
        Files.writeString(group.resolve("memory.stat"), "anon 4096\n");
    }

    /** What reads them. */
    private record Groups(Charges charges, LimitKills limits) {
        void read(boolean usesSwap) {
            charges.read(usesSwap, System.nanoTime());
        }

        List<Kills.Limit> limitKills() {
            return limits.read();
        }
    }

    private GroupTree tree() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpu memory pids\n");
        Mount mount = new Mount("0:1", "/", root.toString(), "cgroup2", "");
        return GroupTree.find(List.of(mount)).orElseThrow();
    }

    private Groups groups() throws IOException {
        GroupTree tree = tree();
        LimitKills limits = new LimitKills(tree);
        Groups groups = new Groups(new Charges(tree, limits), limits);
        groups.read(false);
        return groups;
    }

    private static Kills.Limit limit(String group, long kills) {
        return new Kills.Limit(group, Kills.Owner.ITSELF, kills);
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (Files.isDirectory(file)) {
                    remove(file);
                } else {
                    Files.delete(file);
                }
            }
        }
        Files.delete(folder);
    }

    /** A container may have the machine's groups mounted too: who is in them is not in it. */
    @Test
    void groupsFromOutsideOfTheNamespaceAreNotTaken() throws IOException {
        Path outside = Files.createDirectory(root.resolve("outside"));
        Path own = Files.createDirectory(root.resolve("own"));
        List<Mount> mounts =
                List.of(
                        new Mount("0:1", "/../..", outside.toString(), "cgroup", "rw,memory"),
                        new Mount("0:1", "/", own.toString(), "cgroup", "rw,memory"));
        String file = GroupTree.find(mounts).orElseThrow().killsFile();
        assertEquals(own.resolve("memory.oom_control").toString(), file);
    }

    @Test
    void aUnitAtItsOwnLimit() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "1000000", 0, 0);
        group("system.slice/other.service", "max", 0, 0);
        Groups groups = groups();
        assertEquals(List.of(), groups.limitKills());
        group("system.slice", "max", 2, 3);
        group("system.slice/leaky.service", "1000000", 2, 3);
        assertEquals(List.of(limit("leaky.service", 3)), groups.limitKills());
        assertEquals(List.of(), groups.limitKills(), "once");
    }

    /**
     * Groups of one name: a user can have hundreds, and each kill in a line is read by somebody.
     */
    @Test
    void manyAtTheirOwnLimits() throws IOException {
        String scope = "user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope";
        Groups groups = groups();
        for (String each : List.of("a", "b", "c")) {
            group(scope + "/many/" + each, "1000000", 1, 2);
        }
        Path path = root.resolve(scope + "/many");
        for (; !path.equals(root); path = path.getParent()) {
            group(root.relativize(path).toString(), "max", 3, 6);
        }
        assertEquals(List.of(limit("user 1000: run-1.scope: many", 6)), groups.limitKills());
    }

    /** It was killed, and was at no limit: the machine was out of memory. */
    @Test
    void noLimitWasReached() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/victim.service", "1000000", 0, 0);
        Groups groups = groups();
        group("system.slice", "max", 0, 1);
        group("system.slice/victim.service", "1000000", 0, 1);
        assertEquals(List.of(), groups.limitKills());
    }

    /** A limit that was reached is the one of which the group's own counter says so. */
    @Test
    void aGroupThatHasGoneBelowAGroupWithALimit() throws IOException {
        group("pod1", "2000000", 0, 0);
        group("pod1/a", "1000000", 0, 0);
        local("pod1", 0);
        Groups groups = groups();
        group("pod1", "2000000", 1, 1);
        local("pod1", 0);
        remove(root.resolve("pod1/a"));
        assertEquals(List.of(limit("pod1/a", 1)), groups.limitKills());
        group("pod1", "2000000", 2, 2);
        local("pod1", 1);
        assertEquals(List.of(limit("pod1", 1)), groups.limitKills());
    }

    private void local(String path, long reached) throws IOException {
        Path file = root.resolve(path).resolve("memory.events.local");
        Files.writeString(file, "max 0\noom " + reached + "\noom_kill 0\n");
    }

    /** The limit is that of the group around, which has nothing else to tell of. */
    @Test
    void theLimitOfASliceKillsInAUnit() throws IOException {
        group("shop.slice", "1000000", 0, 0);
        group("shop.slice/web.service", "max", 0, 0);
        Groups groups = groups();
        group("shop.slice", "1000000", 1, 1);
        group("shop.slice/web.service", "max", 0, 1);
        assertEquals(List.of(limit("shop.slice", 1)), groups.limitKills());
    }

    /** The unit has gone with its counters; the group around keeps them. */
    @Test
    void aUnitThatHasGoneAtItsLimit() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "1000000", 0, 0);
        group("system.slice/other.service", "max", 0, 0);
        Groups groups = groups();
        group("system.slice", "max", 1, 1);
        remove(root.resolve("system.slice/leaky.service"));
        assertEquals(List.of(limit("leaky.service", 1)), groups.limitKills());
    }

    /** In version 1, where no group around it counts with it. */
    @Test
    void aUnitWhoseCountersBeginAgain() throws IOException {
        Path unit = Files.createDirectory(root.resolve("leaky.service"));
        Files.writeString(unit.resolve("memory.failcnt"), "500\n");
        Files.writeString(unit.resolve("memory.oom_control"), "under_oom 0\noom_kill 7\n");
        Mount mount = new Mount("0:1", "/", root.toString(), "cgroup", "rw,memory");
        LimitKills limits = new LimitKills(GroupTree.find(List.of(mount)).orElseThrow());
        Files.writeString(unit.resolve("memory.failcnt"), "90\n");
        Files.writeString(unit.resolve("memory.oom_control"), "under_oom 0\noom_kill 1\n");
        assertEquals(List.of(limit("leaky.service", 1)), limits.read());
    }

    /** What has gone long before the kill is not blamed for it. */
    @Test
    void aUnitThatHasGoneBefore() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "1000000", 0, 0);
        Groups groups = groups();
        remove(root.resolve("system.slice/leaky.service"));
        groups.charges.read(false, System.nanoTime() + TimeUnit.MINUTES.toNanos(3));
        group("system.slice", "max", 1, 1);
        assertEquals(
                List.of(new Kills.Limit("system.slice", Kills.Owner.GONE, 1)), groups.limitKills());
    }

    /** In a crash loop it is there at some looks only. */
    @Test
    void aUnitThatComesAndGoes() throws IOException {
        group("system.slice", "max", 0, 0);
        Groups groups = groups();
        group("system.slice/leaky.service", "1000000", 0, 0);
        groups.read(false);
        remove(root.resolve("system.slice/leaky.service"));
        groups.read(false);
        group("system.slice", "max", 3, 3);
        assertEquals(List.of(limit("leaky.service", 3)), groups.limitKills());

        Files.createDirectory(root.resolve("y")); // takes its inode: the kernel gives none twice
        group("system.slice/leaky.service", "1000000", 0, 0); // has just come back
        group("system.slice", "max", 5, 5);
        assertEquals(List.of(limit("leaky.service", 2)), groups.limitKills());
    }

    /** As by systemctl set-property. */
    @Test
    void aLimitThatIsSetLater() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "max", 0, 0);
        Groups groups = groups();
        group("system.slice/leaky.service", "1000000", 0, 0);
        groups.read(false);
        group("system.slice", "max", 1, 1);
        remove(root.resolve("system.slice/leaky.service"));
        assertEquals(List.of(limit("leaky.service", 1)), groups.limitKills());
    }

    /** The group around was at no limit of its own, and nobody else is blamed. */
    @Test
    void aUnitThatNobodyHasSeen() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/other.service", "1000000", 0, 0);
        Groups groups = groups();
        group("system.slice", "max", 1, 1);
        group("system.slice/new.service", "1000000", 0, 0);
        assertEquals(
                List.of(new Kills.Limit("system.slice", Kills.Owner.GONE, 1)), groups.limitKills());
    }

    /** Of what was not looked at before, old kills are not known from new ones. */
    @Test
    void moreGroupsThanOneLookVisits() throws IOException {
        for (int i = 0; i < Bounds.GROUPS_REMEMBERED + 100; i++) {
            group("g" + i, "1000000", 5, 5);
        }
        Groups groups = groups();
        for (int i = 0; i < Bounds.GROUPS_REMEMBERED + 100; i += 2) {
            remove(root.resolve("g" + i));
        }
        assertEquals(List.of(), groups.limitKills());
        assertTrue(groups.limits.isCut());
    }

    // ---- More than is read

    /** A group that is charged with some MiB. */
    private void charged(String path, int mib) throws IOException {
        Path group = Files.createDirectories(root.resolve(path));
        Files.writeString(group.resolve("memory.current"), (mib << 20) + "\n");
        Files.writeString(group.resolve("memory.stat"), "anon " + (mib << 20) + "\n");
    }

    private String told(Groups groups) {
        return groups.charges.read(false, 0).stream()
                .map(group -> group.name() + " " + group.chargedKiB() / 1024)
                .sorted()
                .collect(Collectors.joining(", "));
    }

    /** The largest ones are told, wherever they are, and the rest by the group around them. */
    @Test
    void moreGroupsThanAreTold() throws IOException {
        charged("", 900);
        charged("system.slice", 320);
        charged("system.slice/db.service", 200);
        charged("system.slice/web.service", 100);
        charged("pods", 500 + Bounds.GROUPS);
        for (int i = 0; i < Bounds.GROUPS; i++) {
            charged("pods/p" + i, i == 77 ? 500 : 1);
        }
        Groups groups = groups();
        String told = told(groups).replaceAll("pods/p[0-9]+ 1, ", "");
        assertTrue(groups.charges.isCut(), "and it says that there are more");
        String large = "db.service 200, others in pods [5-9], pods/p77 500, system.slice 20, ";
        assertTrue(told.matches(large + "web.service 100"), told);
    }

    /** They are below a group that is told as the one around it: a user's, of two levels. */
    @Test
    void moreGroupsThanAreToldInAPartOfOne() throws IOException {
        String user = "user.slice/user-1000.slice";
        for (String path : List.of("", "user.slice", user, user + "/user@1000.service")) {
            charged(path, 2 * Bounds.GROUPS);
        }
        for (int i = 0; i < 2 * Bounds.GROUPS; i++) {
            charged(user + "/user@1000.service/run-" + i + ".scope", 1);
        }
        String told = told(groups()).replaceAll("user 1000: run-[0-9]+.scope 1(, )?", "");
        assertTrue(told.matches("others in user 1000 50[0-9], "), told);
    }

    /** What is in swap counts: a group that has been swapped out is as large as before. */
    @Test
    void swapCounts() throws IOException {
        for (int i = 0; i < Bounds.GROUPS + 9; i++) {
            charged(i + ".service", 1);
        }
        charged("z.service", 0);
        Files.writeString(root.resolve("z.service/memory.swap.current"), (700 << 20) + "\n");
        List<ControlGroup> swapped = groups().charges.read(true, 0);
        assertTrue(
                swapped.stream().anyMatch(group -> group.swapKiB() == 700 << 10),
                swapped.toString());
    }

    /** Version 1 has processes beside groups, in a container of Docker or LXC for example. */
    @ParameterizedTest
    @CsvSource({"'', true", "'7\n9\n', false"})
    void whatProcessesBesideGroupsHaveIsNotLeftBehind(String processes, boolean isLeftBehind)
            throws IOException {
        for (String path : List.of("", "lxc", "lxc/101", "lxc/101/system.slice")) {
            Path group = Files.createDirectories(root.resolve(path));
            int mib = path.endsWith(".slice") ? 100 : 700;
            Files.writeString(group.resolve("memory.usage_in_bytes"), (mib << 20) + "\n");
            Files.writeString(group.resolve("memory.stat"), "total_rss " + (mib << 20) + "\n");
            Files.writeString(group.resolve("cgroup.procs"), processes);
        }
        Mount mount = new Mount("0:1", "/", root.toString(), "cgroup", "rw,memory");
        GroupTree tree = GroupTree.find(List.of(mount)).orElseThrow();
        List<String> own =
                new Charges(tree, new LimitKills(tree))
                        .read(false, 0).stream()
                                .filter(group -> group.chargedKiB() == 600 << 10)
                                .map(group -> group.name() + " " + group.isLeftBehind())
                                .toList();
        assertEquals(List.of("lxc/101 " + isLeftBehind), own);
    }

    /** One who fills his own part of the tree hides nobody else's. */
    @Test
    void moreNamesThanAreRead() throws IOException {
        charged("a.service", 300);
        for (int i = 0; i < Bounds.GROUP_NAMES_OF_ONE + 50; i++) {
            Files.createDirectories(root.resolve("a.service/" + i));
        }
        charged("b.service", 100);
        Groups groups = groups();
        assertEquals("a.service 300, b.service 100", told(groups));
        assertTrue(groups.charges.isCut());
        remove(root.resolve("a.service"));
        assertEquals("b.service 100", told(groups));
        assertFalse(groups.charges.isCut());
    }

    /** However many owners there are, a look ends. */
    @Test
    void moreNamesOfManyThanAreRead() throws IOException {
        for (int i = 0; i < 3 * Bounds.GROUP_NAMES_OF_ONE; i++) {
            Files.createDirectories(root.resolve(i % 3 + ".service/" + i));
        }
        GroupTree tree = tree();
        List<Path> visited = new ArrayList<>();
        tree.forEachIn(tree.look(), unit -> tree.forEachIn(unit, group -> visited.add(group.path)));
        assertTrue(visited.size() < Bounds.GROUP_NAMES, visited.size() + " names");
    }

    /** Whoever makes groups may call them like the kernel's own files. */
    @Test
    void groupsThatAreCalledLikeFiles() throws IOException {
        charged("a.service", 700);
        charged("a.service/memory.hog", 300);
        charged("a.service/tasks", 400);
        assertEquals("a.service: memory.hog 300, a.service: tasks 400", told(groups()));
    }

    /** Any user can make them, with a limit at the end; all are read again at each start. */
    @Test
    void hundredsOfLevelsFillNoStack() throws Exception {
        Path deep = Path.of("user.slice");
        while (deep.toString().length() < 990) {
            group(deep.toString(), "max", 0, 1);
            deep = deep.resolve("d");
        }
        group(deep.toString(), "4096", 1, 1);
        FutureTask<List<Kills.Limit>> kills = new FutureTask<>(() -> groups().limitKills());
        new Thread(null, kills, "small", 256 << 10).start(); // as -Xss has it
        assertEquals(List.of(), kills.get());
    }

    @Test
    void deeperAndLongerThanIsRead() throws IOException {
        charged("a", 300);
        Path deep = Path.of("a");
        for (int depth = 2; depth < 60; depth++) {
            deep = deep.resolve("d");
            charged(deep.toString(), 200);
        }
        Path wide = Path.of("w");
        for (int length = 2; length < 2000; length += 201) {
            charged(wide.toString(), 100);
            wide = wide.resolve("w".repeat(200));
        }
        Groups groups = groups();
        String told = told(groups);
        assertTrue(groups.charges.isCut());
        assertTrue(told.matches("a 100, a/d/d[/d]+ 200, w/w+…[0-9a-f]+ 100"), told);
    }

    /** A name is bytes, and need not be text. */
    @Test
    void namesThatAreNotUtf8() throws IOException {
        for (String bytes : List.of("x%FF%FE", "%C3%A9", "%2541%20b")) {
            Path group = Files.createDirectory(Path.of(URI.create("file:" + root + "/" + bytes)));
            Files.writeString(group.resolve("memory.current"), (1 << 20) + "\n");
            Files.writeString(group.resolve("memory.stat"), "anon " + (1 << 20) + "\n");
        }
        assertEquals("%41 b 1, x\ufffd\ufffd 1, é 1", told(groups()));
    }

    /** The counts behind each look, of all kills so far and of those that a limit tells anew. */
    @ParameterizedTest
    @CsvSource({
        "1:0, 1 0", // for lack of memory
        "1:1, 0 1", // at a limit
        "3:2 3:0 4:0, 2 2",
        // a limit's kill between the two reads: it is one of all only at the next look
        "0:1 1:0, 0 1",
        "0:1 2:0, 1 1",
        // a crash loop at a limit, looked at once a minute
        "12:12 24:12 36:13 37:0, 0 37",
    })
    void whatIsNoLimitsIsTheMachines(String looks, String expected) {
        Kills.Counts counts = new Kills.Counts(0, 0);
        for (String look : looks.split(" ")) {
            String[] numbers = look.split(":");
            counts = counts.with(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
        }
        assertEquals(expected, counts.byMachine() + " " + counts.byLimits());
    }

    /** Pages given back by MADV_FREE are anonymous, but on the lists of pages of files. */
    @ParameterizedTest
    @CsvSource({
        "100, 20, 50, 30, 0, 100, 0",
        "900, 20, 50, 830, 0, 100, 800",
        "900, 20, 50, 80, 30, 820, 80"
    })
    void whatWasGivenBackLazilyIsNoCharge(
            long anon,
            long shmem,
            long active,
            long inactive,
            long swapCached,
            long charged,
            long lazy) {
        String format =
                "anon %1$d\n"
                        + "file 100\n"
                        + "shmem %2$d\n"
                        + "active_file %3$d\n"
                        + "inactive_file %4$d\n"
                        + "swapcached %5$d\n"
                        + "total_cache 100\n"
                        + "total_rss %1$d\n"
                        + "total_shmem %2$d\n"
                        + "total_active_file %3$d\n"
                        + "total_inactive_file %4$d\n"
                        + "total_swapcached %5$d\n";
        String text = String.format(format, anon, shmem, active, inactive, swapCached);
        ProcFile stat = ProcFile.of(text.replaceAll("([0-9]+)\n", "$1000000\n"));
        for (ControlGroup group :
                List.of(
                        ControlGroup.parse("x", stat, true, 0),
                        ControlGroup.parse("x", stat, false, 0))) {
            assertEquals(charged * 1000000 / 1024, group.anonKiB(), 2);
            assertEquals(lazy * 1000000 / 1024, group.lazyFreeKiB(), 2);
        }
    }
}
