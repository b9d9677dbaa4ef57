import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The notes under the table, from what the kernel says to their words: values in, values out. */
class NotesTest {
    // ---- Growth

    /** What grew; snapshots are 100 seconds apart, from the 1000th after boot on. */
    private static String growth(MemoryKinds lastKinds, String... snapshots) {
        ProcessHistory history = new ProcessHistory(ProcessHistory.LIMIT);
        Set<Long> running = new HashSet<>();
        for (int i = 0; i < snapshots.length; i++) {
            ProcessTable table = Values.table(1000 + 100 * i, snapshots[i]);
            MemoryKinds kinds = i == snapshots.length - 1 ? lastKinds : Values.NO_KINDS;
            history.add(seconds(1000 + 100 * i), Long.MAX_VALUE, kinds, table);
            running = table.keys();
        }
        return Growth.describe(
                history.from(Long.MIN_VALUE / 2), running, pid -> pid >= 900 ? "u.service" : null);
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // one that leaks, and what did not change or became less
                "1/init/0/5 2/a/10/100 3/b/10/50 | 1/init/0/5 2/a/10/612 3/b/10/20"
                        + " | grown in 100 s: a (2) +0.5 GiB",
                // largest first; three are named
                "2/a/1/1 3/b/1/1 4/c/1/1 5/d/1/1 | 2/a/1/21 3/b/1/41 4/c/1/31 5/d/1/11"
                        + " | grown in 100 s: b (3) +40 MiB, c (4) +30 MiB, a (2) +20 MiB",
                // what grew less than a MiB is not worth a word
                "2/a/1/10 | 2/a/1/10.9 | grown in 100 s: nothing",
                "2/a/1/10 | 2/a/1/10 | grown in 100 s: nothing",
                // two of a name are two, three are a group; it may grow little by little
                "2/a/1/1 3/a/1/1 | 2/a/1/21 3/a/1/31"
                        + " | grown in 100 s: a (3) +30 MiB, a (2) +20 MiB",
                "2/a/1/1 3/a/1/1 4/a/1/1 | 2/a/1/1.4 3/a/1/1.4 4/a/1/1.4"
                        + " | grown in 100 s: a ×3 +1 MiB",
                // new, and new under a number that another one had
                "2/a/1/10 | 2/a/1/10 3/b/1050/200 | new in 100 s: b (3) 0.2 GiB",
                "2/a/1/50 | 2/b/1050/200 | new in 100 s: b (2) 0.2 GiB; gone: a (2) had 50 MiB",
                // not new, though it was too small to be noted before
                "2/a/1/0.1 | 2/a/1/200 | grown in 100 s: a (2) +0.2 GiB",
                // a new name in the same process is growth of the process
                "2/sh/1/10 | 2/java/1/200 | grown in 100 s: java (2) +0.2 GiB",
                // what is larger comes first, but what is gone last
                "2/a/1/10 3/c/1/900 | 2/a/1/30 4/b/1050/200"
                        + " | new in 100 s: b (4) 0.2 GiB; grown: a (2) +20 MiB;"
                        + " gone: c (3) had 0.9 GiB",
                "2/a/1/10 3/c/1/300 | 2/a/1/10 | gone in 100 s: c (3) had 0.3 GiB",
                // units
                "900/a/1/10 | 900/a/1/200 901/b/1050/20"
                        + " | grown in 100 s: a (900) +0.2 GiB in u.service;"
                        + " new: b (901) 20 MiB in u.service",
                "898/a/1/1 899/a/1/1 900/a/1/1 | 898/a/1/9 899/a/1/9 900/a/1/9"
                        + " | grown in 100 s: a ×3 +24 MiB",
                "901/a/1/1 902/a/1/1 900/a/1/1 | 901/a/1/9 902/a/1/9 900/a/1/9"
                        + " | grown in 100 s: a ×3 +24 MiB in u.service",
            })
    void growth(String first, String last, String expected) {
        assertEquals(expected, growth(Values.NO_KINDS, first, last));
    }

    @Test
    void goneIsThatAtItsLargest() {
        assertEquals(
                "gone in 6 min: b (3) had 0.3 GiB",
                growth(Values.NO_KINDS, "", "3/b/1020/20", "3/b/1020/300", "3/b/1020/100", ""));
        // one after the other: never more than 200 MiB at one moment
        assertEquals(
                "gone in 8 min: cc1 (5) had 0.2 GiB",
                growth(
                        Values.NO_KINDS,
                        "1/init/0/5",
                        "3/cc1/1050/190",
                        "4/cc1/1150/195",
                        "5/cc1/1250/205",
                        "6/cc1/1350/180",
                        "1/init/0/5"));
    }

    @Test
    void kindsOfMemoryGrow() {
        String kinds = "Shmem: 400000 kB\nSUnreclaim: 200000 kB\nPageTables: 1023 kB\n";
        assertEquals(
                "grown in 100 s: tmpfs and shared memory +0.4 GiB, a (2) +0.3 GiB, slab +0.2 GiB",
                growth(Values.kinds(kinds + "AnonPages: 9000000 kB\n"), "2/a/1/10", "2/a/1/310"));
    }

    // ---- History

    /** A history of the same processes, every ten seconds. */
    private static ProcessHistory history(int limit, int processes, int snapshots, long keepFrom) {
        List<ProcessRow> rows = new ArrayList<>();
        for (int pid = 1; pid <= processes; pid++) {
            rows.add(Values.row(pid, "p", 1, 1));
        }
        ProcessHistory history = new ProcessHistory(limit);
        for (int i = 0; i < snapshots; i++) {
            history.add(seconds(10 * i), keepFrom, Values.NO_KINDS, Values.table(10 * i, rows));
        }
        return history;
    }

    private static List<ProcessHistory.Snapshot> all(ProcessHistory history) {
        return history.from(Long.MIN_VALUE / 2);
    }

    @Test
    void keepsAnHourAndWhatABreachNeeds() {
        List<ProcessHistory.Snapshot> hour = all(history(1 << 17, 10, 1000, Long.MAX_VALUE));
        assertEquals(361, hour.size());
        assertEquals(seconds(9990 - 3600), hour.get(0).nanos);
        List<ProcessHistory.Snapshot> breach = all(history(1 << 17, 10, 1000, seconds(2000)));
        assertEquals(seconds(2000), breach.get(0).nanos);
        assertEquals(800, breach.size());
    }

    @ParameterizedTest
    @CsvSource({"300, 361", "1000, 131", "5000, 26", "20000, 6", "65536, 2"})
    void isBoundedAndThinnedEvenly(int processes, int expected) {
        int rounds = expected == 2 ? 30 : 361 * 2; // the last two are all that stays of any number
        long now = seconds(10 * (rounds - 1));
        List<ProcessHistory.Snapshot> kept =
                all(history(ProcessHistory.LIMIT, processes, rounds, Long.MAX_VALUE));
        assertEquals(expected, kept.size());
        assertTrue(kept.size() * processes <= ProcessHistory.LIMIT, kept.size() + " kept");
        assertEquals(now, kept.get(kept.size() - 1).nanos, "the last one is there");
        long age = now - kept.get(0).nanos;
        assertTrue(age >= seconds(1800) || expected == 2, "goes back " + Units.time(age));
        // with 26 in an hour, each is at most so much older than the next
        for (int i = 1; i < kept.size() && expected >= 26; i++) {
            long older = now - kept.get(i - 1).nanos;
            long newer = now - kept.get(i).nanos;
            assertTrue(
                    older <= 1.7 * newer + seconds(20),
                    "nothing from " + Units.time(older) + " to " + Units.time(newer));
        }
    }

    @Test
    void smallProcessesAreLeftOut() {
        ProcessHistory history = new ProcessHistory(ProcessHistory.LIMIT);
        history.add(
                0,
                Long.MAX_VALUE,
                Values.NO_KINDS,
                Values.table(0, "9/b/1/0.5 2/a/1/0.49 3/c/1/7"));
        ProcessHistory.Snapshot snapshot = history.at(0);
        assertEquals(List.of(3, 9), java.util.Arrays.stream(snapshot.pids).boxed().toList());
        assertEquals("c (3) 7 MiB", snapshot.largest());
        assertEquals(-1, snapshot.find(2, 100));
        assertEquals(-1, snapshot.find(3, 101), "another start is another process");
        assertEquals(0, snapshot.find(3, 100));
        history.add(1, Long.MAX_VALUE, Values.NO_KINDS, Values.table(0, ""));
        assertEquals("unknown", history.at(1).largest());
    }

    @Test
    void findsTheSnapshotOfAMoment() {
        ProcessHistory history = history(1 << 17, 1, 10, Long.MAX_VALUE);
        assertEquals(seconds(30), history.at(seconds(39)).nanos);
        assertEquals(seconds(40), history.at(seconds(40)).nanos);
        assertEquals(0, history.at(seconds(-1)).nanos, "the oldest where there is none");
        assertEquals(6, history.from(seconds(45)).size());
        assertEquals(seconds(90), history.nanos());
    }

    // ---- Kinds of memory

    private static final String MEMINFO =
            """
            MemTotal:        8000000 kB
            MemFree:         1000000 kB
            MemAvailable:    2000000 kB
            SwapTotal:       1048576 kB
            SwapFree:         524288 kB
            AnonPages:       4000000 kB
            Shmem:            600000 kB
            SUnreclaim:       300000 kB
            KernelStack:       20000 kB
            PageTables:        50000 kB
            SecPageTables:      2000 kB
            Percpu:             9000 kB
            HugePages_Total:      10
            Hugetlb:           20480 kB
            """;

    @Test
    void theAccountAddsUp() {
        MemoryKinds kinds = Values.kinds(MEMINFO, "size 4 524288000\n", 102400);
        String account = kinds.account();
        assertEquals(
                "used 5859 MiB: processes 3906, tmpfs and shared memory 585, huge pages 20,"
                        + " ZFS ARC 500, zram 100, kernel 369 (slab 292, page tables 50,"
                        + " kernel stacks 19, per-CPU 8), other 379",
                account);
        assertEquals(5859, Records.sum(account.replaceAll(".*?:| \\(.*\\)", "")), "all");
        assertEquals(369, Records.sum(account.replaceAll(".*\\((.*)\\).*", "$1")), "of the kernel");
        assertEquals(6_000_000, kinds.usedKiB);
        assertEquals("swap 0.5 GiB of 1.0 GiB", kinds.swap());
    }

    @Test
    void theAccountOfAnOldKernelAndOfOverlaps() {
        String old = "MemTotal: 4096000 kB\nMemFree: 1024000 kB\nActive(file): 512000 kB\n";
        assertEquals(
                "used 2500 MiB: processes 0, tmpfs and shared memory 0, kernel 0 (slab 0, page"
                        + " tables 0, kernel stacks 0, per-CPU 0), other 2500",
                Values.kinds(old).account());
        MemoryKinds overlap =
                Values.kinds("MemTotal: 2048 kB\nMemAvailable: 1024 kB\nShmem: 3072 kB\n");
        assertTrue(overlap.account().endsWith(", other -2"), overlap.account());
        assertEquals(-2048, overlap.otherKiB());
        assertEquals("no swap", overlap.swap());
    }

    // ---- Owners

    @Test
    void fiveOwnersWithMostMemory() {
        List<ProcessRow> rows = new ArrayList<>();
        for (int i = 1; i <= 7; i++) {
            rows.add(Values.row(i, "p" + i % 6, 1, 10 * i)); // p1 is there twice
        }
        rows.add(Values.row(8, "kthreadd", 1, 0));
        assertEquals(
                "p1 80 MiB, p0 60 MiB, p5 50 MiB, p4 40 MiB, p3 30 MiB",
                Owners.top(rows, ProcessRow::name));
        assertEquals("", Owners.top(List.of(), ProcessRow::name));
    }

    // ---- Sizes and times

    @ParameterizedTest
    @CsvSource({
        "0, 0 MiB, +0 MiB",
        "1023, 0 MiB, +0 MiB",
        "1024, 1 MiB, +1 MiB",
        "102400, 100 MiB, +100 MiB",
        "104857, 102 MiB, +102 MiB",
        "104858, 0.1 GiB, +0.1 GiB",
        "1048576, 1.0 GiB, +1.0 GiB",
        "1992294, 1.9 GiB, +1.9 GiB",
        "1099511627776, 1048576.0 GiB, +1048576.0 GiB",
        "-2048, -2 MiB, -2 MiB",
        "-2097152, -2.0 GiB, -2.0 GiB",
    })
    void sizes(long kiB, String size, String change) {
        assertEquals(size, Units.size(kiB));
        assertEquals(change, Units.change(kiB));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 s, 0 s",
        "449, 0.4 s, 0.4 s",
        "1000, 1 s, 1 s",
        "1500, 1.5 s, 1.5 s",
        "9999, 9.9 s, 9.9 s",
        "10900, 10 s, 10 s",
        "119999, 119 s, 119 s",
        "120000, 120 s, 2 min",
        "3600000, 3600 s, 60 min",
    })
    void times(long millis, String seconds, String time) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        assertEquals(seconds, Units.seconds(nanos));
        assertEquals(time, Units.time(nanos));
    }
}
