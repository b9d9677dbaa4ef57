package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whose limit has killed, told from trees of control groups of version 2 in a folder. */
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
        Files.writeString(group.resolve("memory.stat"), "anon 4096\n");
    }

    private ControlGroups groups() throws IOException {
        Files.writeString(root.resolve("cgroup.controllers"), "cpu memory pids\n");
        return new ControlGroups(List.of(new Mount("0:1", "/", root.toString(), "cgroup2", "")));
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

    @Test
    void aUnitAtItsOwnLimit() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "1000000", 0, 0);
        group("system.slice/other.service", "max", 0, 0);
        ControlGroups groups = groups();
        assertEquals(List.of(), groups.limitKills());
        group("system.slice", "max", 2, 3);
        group("system.slice/leaky.service", "1000000", 2, 3);
        assertEquals(List.of(new LimitKill("leaky.service", 3)), groups.limitKills());
        assertEquals(List.of(), groups.limitKills(), "once");
    }

    /** It was killed, and was at no limit: the machine was out of memory. */
    @Test
    void noLimitWasReached() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/victim.service", "1000000", 0, 0);
        ControlGroups groups = groups();
        group("system.slice", "max", 0, 1);
        group("system.slice/victim.service", "1000000", 0, 1);
        assertEquals(List.of(), groups.limitKills());
    }

    /** The limit is that of the group around, which has nothing else to tell of. */
    @Test
    void theLimitOfASliceKillsInAUnit() throws IOException {
        group("shop.slice", "1000000", 0, 0);
        group("shop.slice/web.service", "max", 0, 0);
        ControlGroups groups = groups();
        group("shop.slice", "1000000", 1, 1);
        group("shop.slice/web.service", "max", 0, 1);
        assertEquals(List.of(new LimitKill("shop.slice", 1)), groups.limitKills());
    }

    /** The unit has gone with its counters; the group around keeps them. */
    @Test
    void aUnitThatHasGoneAtItsLimit() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/leaky.service", "1000000", 0, 0);
        group("system.slice/other.service", "max", 0, 0);
        ControlGroups groups = groups();
        group("system.slice", "max", 1, 1);
        remove(root.resolve("system.slice/leaky.service"));
        assertEquals(List.of(new LimitKill("leaky.service", 1)), groups.limitKills());
    }

    /** In a crash loop it is there at some looks only. */
    @Test
    void aUnitThatComesAndGoes() throws IOException {
        group("system.slice", "max", 0, 0);
        ControlGroups groups = groups();
        group("system.slice/leaky.service", "1000000", 0, 0);
        groups.read(false);
        remove(root.resolve("system.slice/leaky.service"));
        groups.read(false);
        group("system.slice", "max", 3, 3);
        assertEquals(List.of(new LimitKill("leaky.service", 3)), groups.limitKills());

        group("system.slice/leaky.service", "1000000", 0, 0); // has just come back
        group("system.slice", "max", 5, 5);
        assertEquals(List.of(new LimitKill("leaky.service", 2)), groups.limitKills());
    }

    /** The group around was at no limit of its own, and nobody else is blamed. */
    @Test
    void aUnitThatNobodyHasSeen() throws IOException {
        group("system.slice", "max", 0, 0);
        group("system.slice/other.service", "1000000", 0, 0);
        ControlGroups groups = groups();
        group("system.slice", "max", 1, 1);
        group("system.slice/new.service", "1000000", 0, 0);
        assertEquals(
                List.of(new LimitKill("a group in system.slice that is gone", 1)),
                groups.limitKills());
    }

    /** Of what was not looked at before, old kills are not known from new ones. */
    @Test
    void moreGroupsThanOneLookVisits() throws IOException {
        for (int i = 0; i < 1100; i++) {
            group("g" + i, "1000000", 5, 5);
        }
        ControlGroups groups = groups();
        for (int i = 0; i < 1100; i += 2) {
            remove(root.resolve("g" + i));
        }
        assertEquals(List.of(), groups.limitKills());
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
        KillCounts counts = new KillCounts(0, 0);
        for (String look : looks.split(" ")) {
            String[] numbers = look.split(":");
            counts = counts.with(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
        }
        assertEquals(expected, counts.byMachine() + " " + counts.byLimits());
    }
}
