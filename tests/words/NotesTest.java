package words;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import culprit.Answer;
import culprit.Growth;
import culprit.Scene;

import kit.Values;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import procfs.Kills;
import procfs.Machine;
import procfs.MemInfo;
import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcFile;
import procfs.ProcessInfo;
import procfs.Reading;

import text.Units;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The notes under the table but for what grew: values in, words out. */
public class NotesTest {
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

    private static MemoryKinds kinds(String memInfo, long arcKiB, long zramKiB) {
        return MemoryKinds.of(MemInfo.parse(ProcFile.of(memInfo)), arcKiB, zramKiB);
    }

    /** The sum of all figures at the end of an item. */
    private static long sum(String items) {
        return Pattern.compile(" (-?\\d+)(?=,|$)")
                .matcher(items)
                .results()
                .mapToLong(number -> Long.parseLong(number.group(1)))
                .sum();
    }

    @Test
    void theAccountAddsUp() {
        MemoryKinds kinds = kinds(MEMINFO, 512_000, 102_400);
        String account = Notes.account(kinds);
        assertTrue(account.startsWith("used 5859 MiB: processes 3906, "), account);
        String parts =
                "tmpfs and shared memory 585, huge pages 20, ZFS ARC 500, zram 100, kernel 369,"
                        + " slab 292, page tables 50, kernel stacks 19, per-CPU 8";
        for (String part : parts.split(", ")) {
            assertTrue((account + ",").matches(".*\\b" + part + "[,) ].*"), part + ": " + account);
        }
        assertEquals(5859, sum(account.replaceAll(".*?:| \\(.*\\)", "")), "all");
        assertEquals(369, sum(account.replaceAll(".*\\((.*)\\).*", "$1")), "of the kernel");
        assertTrue(account.endsWith(", not accounted for 379"), account);
        assertEquals(6_000_000, kinds.usedKiB());
        assertEquals("swap 512 MiB of 1.0 GiB", Notes.swap(kinds));
    }

    @Test
    void theAccountOfOverlaps() {
        MemoryKinds overlap =
                kinds("MemTotal: 2048 kB\nMemAvailable: 1024 kB\nShmem: 3072 kB\n", 0, 0);
        assertTrue(Notes.account(overlap).endsWith(", not accounted for -2"));
        assertEquals(-2048, overlap.sizeKiB(MemoryKinds.Kind.OTHER));
        assertEquals("no swap", Notes.swap(overlap));
    }

    // ---- Owners

    /** Five of a sort, each page once, and nobody who has less than a MiB. */
    @Test
    void ownersWithMostMemory() {
        String words =
                "1/a/1/10,uid=1,u=x.service 2/b/1/20,uid=2,u=y.service 3/c/1/30,uid=3"
                        + " 4/d/1/40,uid=4 5/e/1/50,uid=5,sw=900 6/f/1/60,uid=6"
                        + " 7/a/1/70,uid=1,u=z.service 8/none/1/0,uid=7 9/g/1/0.5,uid=8"
                        + " 10/sh/1/0,sh=200,uid=3 11/sh/1/0,sh=200,uid=3 shmem=200";
        Scene scene = new Scene();
        List<String> notes = Notes.memory(scene.moment(9, words), scene.answer(9, words).owners());
        assertEquals(
                List.of(
                        "by unit: no unit 381 MiB, z.service 70 MiB, y.service 20 MiB,"
                                + " x.service 10 MiB",
                        "by user: 3 230 MiB, 1 80 MiB, 6 60 MiB, 5 50 MiB, 4 40 MiB",
                        "by command: sh 200 MiB, a 80 MiB, f 60 MiB, e 50 MiB, d 40 MiB"),
                notes.subList(1, 4));
        assertTrue(notes.get(0).startsWith("used "), notes.get(0));
        notes = Notes.memory(scene.moment(9, ""), scene.answer(9, "").owners());
        assertEquals(List.of("by unit: ", "by user: ", "by command: "), notes.subList(1, 4));
    }

    /** A user's name in a sentence holds nothing that tells items of it apart. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"a.b-c_d | a.b-c_d", "x,root | x?root", "+5 | ?5", "é | é"})
    void usersAmongWords(String name, String expected) {
        String stat = "1 (a) S 0 1 1 0 -1 4194560 9 9 9 9 5 5 0 0 20 0 1 0 5 0 0 0 17";
        ProcessInfo row = Values.row(1, stat, "Uid:\t5\t5\t5\t5\n", name, "?");
        assertEquals(expected, Values.table(0, 1, List.of(row)).userName(5));
    }

    /** Units have what they are charged; what they leave behind has no processes. */
    @Test
    void ownersThatAreCharged() {
        String words = "1/a/1/10,u=x.service unit:x.service:30:20:10 left:system.slice:0:7:0";
        List<String> notes =
                Notes.memory(new Scene().moment(9, words), new Scene().answer(9, words).owners());
        assertEquals("by unit: x.service 60 MiB, left in system.slice 7 MiB", notes.get(1));
        assertEquals("by command: a 10 MiB", notes.get(3));
    }

    /** What a process has given back by MADV_FREE is no longer its own, though RssAnon has it. */
    @Test
    void ownersDoNotHaveWhatTheyGaveBack() {
        Scene scene = new Scene();
        String words = "1/go/1/900 lazy=600";
        List<String> notes = Notes.memory(scene.moment(9, words), scene.answer(9, words).owners());
        assertEquals("by command: go 300 MiB", notes.get(3));
        words = "1/go/1/900,u=go 2/db/1/300,u=db unit:go:300:0:0:0:600 unit:db:300:0:0 lazy=600";
        notes = Notes.memory(scene.moment(9, words), scene.answer(9, words).owners());
        assertEquals("by command: db 300 MiB, go 300 MiB", notes.get(3));
        words = "1/go/1/900 left:-.slice:300:0:0:0:600 lazy=600"; // in the root group
        notes = Notes.memory(scene.moment(9, words), scene.answer(9, words).owners());
        assertEquals("by command: go 300 MiB", notes.get(3));
    }

    /** Without a memory controller, nothing tells who has given memory back by MADV_FREE. */
    @Test
    void whoGaveBackLazilyIsNotKnown() {
        String words = "1/go/1/800 2/etl/1/500 lazy=";
        assertEquals(
                List.of(
                        "who has what is doubtful: processes have given back 700 MiB (MADV_FREE),"
                                + " and nothing tells which of them: a part of it is taken off"
                                + " each"),
                Notes.doubts(new Scene().moment(9, words + "700"), Optional.empty()));
        List<String> none = List.of();
        assertEquals(none, Notes.doubts(new Scene().moment(9, words + "100"), Optional.empty()));
        words = "1/go/1/800,u=go 2/etl/1/500 unit:go:100:0:0:0:700 lazy=700";
        assertEquals(none, Notes.doubts(new Scene().moment(9, words), Optional.empty()));
    }

    // ---- The answer in short

    /** Started on a full machine: what happened to grow since then is not it. */
    @Test
    void littleHasGrown() {
        Scene scene = new Scene().at(1000, "1/java/5/52000 2/journal/5/40");
        Answer answer = scene.answer(1015, "1/java/5/52000 2/journal/5/42");
        assertEquals(
                new Lead("little has grown in 15 s; java has most, 50.8 GiB", Optional.empty()),
                Lead.of(answer, item -> ""));
        assertEquals(
                "grown in 15 s: journal (2) +2 MiB; java has most, 50.8 GiB",
                Notes.growth(answer, item -> "").get(0));
        answer = scene.answer(1030, "1/java/5/53024 2/journal/5/42");
        assertEquals("java (1) +1.0 GiB in 30 s", Lead.of(answer, item -> "").text());
    }

    /** The culprit is there as values, too: no program has to parse the sentence. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1/java/5/9,u=a.service | 1/java/5/1033,u=a.service | x.jar | java x.jar (1)"
                        + " | a | 1048576 | java x.jar (1) in a +1.0 GiB in 30 s",
                "1/a/5/9 2/a/5/9 3/b/5/9 | 1/a/5/109 2/a/5/109 3/b/5/9 | '' | a ×2 | ''"
                        + " | 204800 | a ×2 +200 MiB in 30 s",
                "2/db/5/5 slab=10 | 2/db/5/5 slab=910 | '' | slab | '' | 921600"
                        + " | slab +900 MiB in 30 s",
                "2/db/5/5 mount:/run/a.service:0 | 2/db/5/5 mount:/run/a.service:900 shmem=900"
                        + " | '' | tmpfs /run/a.service | '' | 921600"
                        + " | tmpfs /run/a.service +900 MiB in 30 s",
            })
    void whoAteItAsValues(
            String before,
            String now,
            String detail,
            String who,
            String unit,
            long sizeKiB,
            String text) {
        Answer answer = new Scene().at(1000, before).answer(1030, now);
        Lead.Culprit culprit = new Lead.Culprit(who, unit, sizeKiB, false, 30_000_000_000L);
        assertEquals(new Lead(text, Optional.of(culprit)), Lead.of(answer, item -> detail));
    }

    @Test
    void threeOfManyMembersAreNamed() {
        String web = "2/a/5/%1$d,u=web 3/b/5/%1$d,u=web 4/c/5/%1$d,u=web 5/d/5/%1$d,u=web";
        Answer answer = new Scene().at(1000, web.formatted(9)).answer(1030, web.formatted(109));
        assertEquals(
                "grown in 30 s: web +400 MiB (a (2) in web +100 MiB, b (3) in web +100 MiB,"
                        + " c (4) in web +100 MiB, 1 more)",
                Notes.growth(answer, item -> "").get(0));
    }

    @Test
    void twoThatAteNearlyAsMuchAreBothTold() {
        Answer answer =
                new Scene()
                        .at(1000, "1/orders/1/500,u=orders.service 2/mailer/1/500,u=mail.service")
                        .answer(
                                1030,
                                "1/orders/1/1100,u=orders.service 2/mailer/1/1000,u=mail.service");
        assertEquals(
                "orders (1) in orders +600 MiB, mailer (2) in mail +500 MiB in 30 s",
                Lead.of(answer, item -> "").text());
    }

    // ---- Events

    @Test
    void anIncidentInWords() {
        Sample first = new Sample(0, 0, 0, 80.5, 0, 7);
        Sample last = new Sample(75_000_000_000L, 0, 61_000, 92.25, 37.21, 9);
        Breach breach = Breach.begin(79.5, first).with(last);
        assertEquals(
                "memory above 79.5 % for 75 s: total CPU 37.2 %, total RAM 92.3 %",
                Events.use(Optional.of(breach), last));
        assertEquals(
                "snapshot: total CPU 37.2 %, total RAM 92.3 %", Events.use(Optional.empty(), last));
        Sample end = new Sample(80_000_000_000L, 0, 66_000, 12, 0, 9);
        String peak = ", peak 92.3 % at " + Units.time(61_000);
        assertEquals(
                "memory back to 12.0 %: above 79.5 % for 75 s" + peak, Events.end(breach, end));
        for (int dips = 1; dips <= 2; dips++) {
            breach = breach.with(end).with(last);
            String dipped = dips == 1 ? "once" : "2 times";
            assertEquals(
                    "memory_monitor stopped with memory at 92.3 %: above 79.5 % for 75 s, dipped "
                            + dipped
                            + peak,
                    Events.stop(breach, last));
        }
    }

    @Test
    void howThingsAreInOneLine() {
        Sample sample = new Sample(16_000_000_000L, 0, 0, 57.84, 3.1, 0);
        assertEquals(
                "RAM 57.8 %, 524 MiB of 906 MiB  CPU 3.1 %  above 80 % for 0 s  incidents 2"
                        + "  processes 123",
                Events.status(sample, 906 << 10, 80, Optional.empty(), 2, 123));
        Breach breach = Breach.begin(50, new Sample(0, 0, 0, 51, 0, 0)).with(sample);
        assertEquals(
                "RAM 57.8 %, 4.6 GiB of 8.0 GiB  CPU 3.1 %  above 50 % for 16 s  incidents 0"
                        + "  processes 7",
                Events.status(sample, 8 << 20, 50, Optional.of(breach), 0, 7));
        assertEquals(
                "RAM 57.8 % used; watching every 1 s, incident above 80 % for 15 s",
                Events.watching(sample, 1_000_000_000L, 80, 15_000_000_000L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true | | the incident above never ended, BOOTED",
                "true | true | the incident above never ended; last seen with memory at 92.3 %, at"
                        + " SEEN; the monitor was killed then, and not the machine",
                "true | false | the incident above never ended; last seen with memory at 92.3 %,"
                        + " at SEEN; BOOTED",
                "false | true | nobody saw how it went on above 79.5 %; last seen with memory at"
                        + " 92.3 %, at SEEN; the monitor was killed then, and not the machine",
            })
    void aBreachWithoutAnEndInWords(boolean isOpen, Boolean isSameBoot, String expected) {
        Breach breach = Breach.begin(79.5, new Sample(0, 0, 61_000, 92.25, 0, 0));
        LastSeen seen =
                new LastSeen(breach, "", isSameBoot == Boolean.TRUE); // before it was an incident
        assertEquals(
                "memory_monitor started: "
                        + expected.replace("SEEN", Units.time(61_000))
                                .replace("BOOTED", "the machine was booted at " + Units.time(9000)),
                Events.unended(Optional.of(seen).filter(it -> isSameBoot != null), isOpen, 9));
    }

    /** Of the log's headlines those of an incident that goes on are known again. */
    @Test
    void whichHeadlinesAreThoseOfAnOpenIncident() {
        Sample sample = new Sample(0, 0, 0, 90, 0, 0);
        Breach breach = Breach.begin(80, sample);
        Growth growth = new Growth(1, 0, 0, List.of());
        Kills kills = new Kills(1, List.of());
        String time = Units.time(0) + " ";
        List<String> open =
                List.of(
                        Events.use(Optional.of(breach), sample),
                        Events.kills(Optional.of(breach), kills, growth, item -> ""));
        List<String> others =
                List.of(
                        Events.end(breach, sample),
                        Events.stop(breach, sample),
                        Events.unended(Optional.empty(), true, 0),
                        Events.use(Optional.empty(), sample),
                        Events.kills(Optional.empty(), kills, growth, item -> ""));
        open.forEach(line -> assertTrue(Events.isOpen(time + line), line));
        others.forEach(line -> assertFalse(Events.isOpen(time + line), line));
        assertFalse(Events.isOpen(""));
    }

    // ---- Kills

    /** Whom the kernel has killed has grown and gone since; it may have been started again. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "app.service | 1 | | the kernel has killed 1 process for lack of memory;"
                        + " gone in 30 s: java (10) in app.service had 8.8 GiB;"
                        + " grown in 30 s: nginx (11) in nginx.service +4 MiB",
                "app.service | 0 | app.service | the kernel has killed 1 process in app.service,"
                        + " which was at its own memory limit;"
                        + " gone in 30 s: java (10) in app.service had 8.8 GiB",
                "pod 1f: container 0a | 0 | pod 1f | the kernel has killed 1 process in pod 1f,"
                        + " which was at its own memory limit;"
                        + " gone in 30 s: java (10) in pod 1f: container 0a had 8.8 GiB",
                "shop.service | 0 | web.slice | the kernel has killed 1 process in web.slice,"
                        + " which was at its own memory limit;"
                        + " gone in 30 s: java (10) in shop.service had 8.8 GiB",
                "shop.service | 0 | web.slice GONE | the kernel has killed 1 process in a group in"
                    + " web.slice that is gone, which was at its own memory limit; gone in 30 s:"
                    + " java (10) in shop.service had 8.8 GiB",
                "app.service | 0 | b.service GONE | the kernel has killed 1 process in a group in"
                    + " b.service that is gone, which was at its own memory limit; gone in 30 s:"
                    + " java (10) in app.service had 8.8 GiB",
                "app.service | 0 | docker/a INNER | the kernel has killed 1 process in a group in"
                        + " docker/a, which was at its own memory limit; gone in 30 s: java (10) in"
                        + " app.service had 8.8 GiB",
                "app.service | 0 | -.slice | the kernel has killed 1 process in this container,"
                        + " which was at its own memory limit; gone in 30 s: java (10) in"
                        + " app.service had 8.8 GiB",
                "app.service | 0 | b.service | the kernel has killed 1 process in b.service,"
                        + " which was at its own memory limit",
            })
    void whoWasKilled(String unit, long byMachine, String limited, String expected) {
        Scene scene = new Scene();
        String u = ",u=" + unit.replace(' ', '~');
        String nginx = "11/nginx/5/%d,u=nginx.service";
        scene.at(1000, "10/java/5/2000" + u + " " + nginx.formatted(100));
        scene.at(1020, "10/java/5/9000" + u + " " + nginx.formatted(103));
        Reading now = scene.moment(1030, "20/java/1021/300" + u + " " + nginx.formatted(104));
        Growth growth = Answer.since(scene.history, scene.history.add(now), 0);
        Kills kills = new Kills(byMachine, limited == null ? List.of() : List.of(limit(limited)));
        String told = Events.kills(Optional.empty(), kills, growth, item -> "");
        assertEquals(expected, told);
    }

    /**
     * A limit that has killed one process.
     *
     * @param text its group, and whose it is, if it is not the group's own
     */
    private static Kills.Limit limit(String text) {
        String[] words = text.split(" (?=[A-Z]+$)");
        Kills.Owner owner = Kills.Owner.valueOf(words.length > 1 ? words[1] : "ITSELF");
        return new Kills.Limit(words[0], owner, 1);
    }

    /** A container that was killed is there again at once, under another name. */
    @Test
    void whoWasKilledAndReplaced() {
        Scene scene =
                new Scene().at(1000, "10/java/5/9800,u=docker/a 11/apt/990/300,u=apt.service");
        Reading now = scene.moment(1030, "20/java/1021/60,u=docker/b");
        Growth growth = Answer.since(scene.history, scene.history.add(now), 0);
        assertEquals(
                "the kernel has killed 1 process for lack of memory; gone in 30 s: java (10) in"
                        + " docker/a had 9.6 GiB, apt (11) in apt.service had 300 MiB",
                Events.kills(Optional.empty(), new Kills(1, List.of()), growth, item -> ""));
    }

    @ParameterizedTest
    @EnumSource
    void eachProblemHasWords(Machine.Problem problem) {
        assertTrue(Notes.problem(problem).length() > 50);
    }

    /** Any user can have hundreds of groups at their limits: the line stays a line. */
    @Test
    void killsInManyUnits() {
        List<Kills.Limit> limits = new ArrayList<>();
        for (int i = 1; i <= 432; i++) {
            limits.add(limit("g" + i));
        }
        Growth none = new Growth(0, 0, 0, List.of());
        String told = Events.kills(Optional.empty(), new Kills(0, limits), none, item -> "");
        assertTrue(
                told.contains(" in g5, which was at its own memory limit; and in 427 more"), told);
        assertTrue(told.endsWith("; and in 427 more at their own limits"), told);
    }

    // ---- How short memory is, and what is doubtful

    private static Breach breach(long lateNanos, long oomKills) {
        Breach first = Breach.begin(80, new Sample(0, 0, 0, 81, 0, 3));
        return first.with(new Sample(1, lateNanos, 0, 81, 0, 3 + oomKills));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true | 0 | true | swap 512 MiB of 1.0 GiB; OOM kills since memory is above the"
                        + " threshold: 2; memory pressure some 12.30 %, full 0.05 %",
                "true | 204800 | false | swap 512 MiB of 1.0 GiB, +200 MiB; OOM kills since memory"
                        + " is above the threshold: 2",
                "true | -500 | false | swap 512 MiB of 1.0 GiB; OOM kills since memory is above the"
                        + " threshold: 2",
                "true | -2048 | false | swap 512 MiB of 1.0 GiB, -2 MiB; OOM kills since memory"
                        + " is above the threshold: 2",
                "false | 204800 | false | swap 512 MiB of 1.0 GiB",
            })
    void shortage(boolean above, long swapChangeKiB, boolean pressure, String expected) {
        Optional<Breach> breach = above ? Optional.of(breach(0, 2)) : Optional.empty();
        MemoryPressure known = new MemoryPressure(pressure, 12.3, 0.05);
        assertEquals(expected, Notes.shortage(kinds(MEMINFO, 0, 0), breach, swapChangeKiB, known));
    }

    @Test
    void howTheTableWasRead() {
        String first = "7 processes, captured in 5 ms";
        String late = " could not be read in time: shown as ";
        assertEquals(List.of(first), Notes.capture(7, 0, 5));
        assertEquals(
                List.of(first, "1 command line" + late + "it last was, or as [name]"),
                Notes.capture(7, 1, 5));
        assertEquals(
                List.of(first, "2 command lines" + late + "they last were, or as [name]"),
                Notes.capture(7, 2, 5));
    }

    @Test
    void doubts() {
        Optional<Breach> stalled = Optional.of(breach(2_500_000_000L, 0));
        assertEquals(List.of(), Notes.doubts(new Scene().moment(1, ""), Optional.of(breach(9, 0))));
        assertEquals(List.of(), Notes.doubts(new Scene().moment(1, ""), Optional.empty()));
        assertEquals(
                List.of(
                        "only these processes could be seen: those of other users (hidepid) or"
                                + " outside of this container are missing",
                        "sampling was stalled for 2.5 s"),
                Notes.doubts(Scene.partlyVisible().moment(1, ""), stalled));
    }
}
