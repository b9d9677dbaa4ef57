package culprit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Sample;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.ProcessInfo;
import procfs.Reading;

import words.Lead;
import words.Notes;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What ate it: values in, values and words out, with time passed in. */
public class AnswerTest {
    private static final double HOUR = 3600;
    private static final double DAY = 24 * HOUR;

    // ---- Each page once

    private static String workers(int from, int count, String suffix) {
        return IntStream.range(from, from + count)
                .mapToObj(pid -> pid + suffix)
                .collect(Collectors.joining(" "));
    }

    /** The example of the design: nine that share, beside five that do not. */
    @Test
    void sharedAfterFork() {
        String family = "100/pool/1/200 " + workers(101, 8, "/pool/1/200,p=100,s=100");
        String others = workers(200, 5, "/alone/1/200");
        Map<String, Long> parts =
                new Scene().partsMib(family + " " + others + " anon=1200", ProcessInfo::name);
        assertEquals(Map.of("pool", 200L, "alone", 1000L), parts);
    }

    @Test
    void whatIsNotSharedIsNotTakenOff() {
        String all = "100/pool/1/200 " + workers(101, 8, "/pool/1/200,p=100,s=100");
        assertEquals(Map.of("pool", 1800L), new Scene().partsMib(all, ProcessInfo::name));
    }

    /** A JVM that systemd has started shares at most what systemd has. */
    @Test
    void aParentThatIsSmallSharesLittle() {
        String pool = "100/pool/1/200 " + workers(101, 8, "/pool/1/200,p=100,s=100");
        String all = "1/systemd/0/8,p=0 50/java/1/900 60/java/1/900 " + pool + " anon=2008";
        long java = new Scene().partsMib(all, ProcessInfo::name).get("java");
        assertTrue(java >= 1784, "java has " + java);
    }

    /** What has executed a program of its own shares nothing with the one that started it. */
    @Test
    void aProgramThatWasExecuted() {
        String pool = "70/apache2/1/100 " + workers(71, 30, "/apache2/1/100,p=70,s=70");
        String all = "60/node/1/2000 61/java/1/2000,p=60,s=60,exec=yes " + pool + " anon=4400";
        Map<String, Long> expected = Map.of("apache2", 400L, "node", 2000L, "java", 2000L);
        assertEquals(expected, new Scene().partsMib(all, ProcessInfo::name));
    }

    /** The parent has gone: systemd has adopted its workers. */
    @Test
    void siblingsStandInForAParentThatHasGone() {
        String all = workers(101, 9, "/pool/1/200,s=100") + " 50/java/1/900 anon=1100";
        assertEquals(
                Map.of("pool", 200L, "java", 900L), new Scene().partsMib(all, ProcessInfo::name));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // systemd has adopted the workers: they share with each other, not with it
                "1/systemd/0/8,p=0 101/pool/1/200,s=99 102/pool/1/200,s=99 103/pool/1/200,s=99"
                        + " 50/shell/1/400,p=40 anon=608 | pool=200 shell=400 systemd=8",
                // in a container the program that shares is process 1
                "1/pool/1/200,p=0 101/pool/1/200,s=1 102/pool/1/200,s=1 50/shell/1/400,p=40"
                        + " anon=600 | pool=200 shell=400",
                // workers that lead sessions of their own
                "99/pool/1/200 101/pool/1/200,p=99 102/pool/1/200,p=99 50/shell/1/400,p=40"
                        + " anon=600 | pool=200 shell=400",
                // what a unit is charged tells the pool from what a small parent has forked
                "99/pool/1/200,u=a 101/pool/1/200,p=99,u=a 102/pool/1/200,p=99,u=a"
                        + " 40/sh/1/4,u=a 50/task/1/400,p=40,u=a unit:a:604:0:0 anon=604"
                        + " | pool=204 sh=4 task=396",
                // what sessions that are gone have left to their user is not his processes' limit
                "1/systemd/0/8,p=0 40/sh/1/100,u=user~1000,exec=yes left:user~1000:1:50:0"
                        + " anon=108 shmem=50 | systemd=8 sh=100",
                // who was forked in a unit shares before who has executed a program
                "101/w1/1/200,p=9,u=a 102/w2/1/200,p=9,u=a 103/etl/1/600,u=a,exec=yes"
                        + " unit:a:800:0:0 anon=800 | w1=100 w2=100 etl=600",
                // the kernel has merged the pages of two guests, and of nobody else
                "100/qemu/1/260,exec=yes,u=vm 101/qemu/1/260,exec=yes,u=vm unit:vm:280:0:0"
                        + " 200/etl/1/500,exec=yes anon=780 | qemu=280 etl=500",
                // a server that has forked and one that has not are both swapped out
                "99/pool/1/4,sw=200,exec=yes 101/pool/1/4,p=99,sw=200 102/pool/1/4,p=99,sw=200"
                        + " 50/java/1/4,sw=400,exec=yes swap=600 | pool=212 java=404",
                // … in a unit, beside files in swap
                "99/pool/1/4,sw=200,exec=yes,u=a 101/pool/1/4,p=99,sw=200,u=a"
                        + " 102/pool/1/4,p=99,sw=200,u=a unit:a:12:0:0:0:0:200 swap=900 | pool=212",
                // shared memory is charged to the unit that was the first to write to it
                "100/db/1/0,sh=1000,u=db unit:db:0:1000:0 200/web/1/0,sh=1000,u=web"
                        + " unit:web:0:0:0 shmem=1000 mapped=1000 | db=1000 web=0",
            })
    void whoSharesWithWhom(String words, String expected) {
        Map<String, Long> parts = new Scene().partsMib(words, ProcessInfo::name);
        Map<String, Long> whole = new java.util.HashMap<>();
        for (String part : expected.split(" ")) {
            whole.put(part.split("=")[0], Long.parseLong(part.split("=")[1]));
        }
        assertEquals(whole, parts);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // 30 backends that have mapped the same buffers
                "30 | 10,sh=1000 | shmem=1000 | 1300",
                // more than there is cannot be
                "3 | 0,sh=1000 | shmem=600 | 600",
                // each backend has read another part of them: they must be somebody's
                "4 | 0,sh=250,u=db unit:db:0:1000:0 | shmem=1000 mapped=1000 | 1000",
                "40 | 0,sh=250,u=db unit:db:0:1000:0 | shmem=1200 mapped=1000 | 1000",
                // a unit's file in memory that nobody maps is not its processes'
                "2 | 0,sh=100,u=db unit:db:0:1000:0 | shmem=1000 mapped=200 | 200",
                "9 | 0,sh=100,u=db unit:db:0:1000:0 | shmem=1000 mapped=100 | 100",
                // without a memory controller: somebody maps them, and they are in no tmpfs
                "40 | 0,sh=250 | shmem=1000 mapped=1100 | 1000",
                "40 | 0,sh=250 | shmem=1000 mapped=1100 mount:/tmp:600 | 400",
                "40 | 0,sh=250 | shmem=1000 mapped=300 | 300",
                "40 | 0,sh=250 | shmem=1000 mapped=0 | 250",
            })
    void sharedMemory(int count, String each, String kinds, long expected) {
        String all = workers(100, count, "/postgres/1/" + each) + " " + kinds;
        assertEquals(expected, new Scene().partsMib(all, ProcessInfo::name).get("postgres"));
    }

    /** What a unit is charged bounds what its processes are said to have. */
    @Test
    void aUnitsChargeIsTheTruth() {
        String web = "100/web/1/300,u=web.service ";
        web += workers(101, 4, "/web/1/300,p=100,s=100,u=web.service") + " ";
        String db = "200/db/1/500,u=db.service ";
        String groups = "unit:web.service:320:0:0 unit:db.service:500:0:0 anon=820";
        assertEquals(
                Map.of("web", 320L, "db", 500L),
                new Scene().partsMib(web + db + groups, ProcessInfo::name));
    }

    /** Outside of this container there are processes that have memory, too. */
    @Test
    void whatCannotBeSeenIsTakenToStay() {
        Scene scene = Scene.partlyVisible().at(990, "100/pool/1/200 anon=3200");
        String pool = "100/pool/1/200 " + workers(101, 8, "/pool/1/200,p=100,s=100");
        assertEquals(Map.of("pool", 200L), scene.partsMib(pool + " anon=3200", ProcessInfo::name));
    }

    /** What others give back by MADV_FREE stays in AnonPages: nobody unseen has given it back. */
    @Test
    void whatCannotBeSeenStaysWhereOthersGiveBack() {
        String seen = "2/go/1/1000,exec=yes 100/pool/1/200 ";
        Scene scene = Scene.partlyVisible().at(990, seen + "anon=4200");
        String words = seen + workers(101, 8, "/pool/1/200,p=100,s=100") + " anon=4200 lazy=600";
        Map<String, Long> parts = scene.partsMib(words, ProcessInfo::name);
        assertEquals(Map.of("pool", 200L, "go", 1000L), parts);
    }

    /** What those that can be seen do not share, nobody else has. */
    @Test
    void whatCannotBeSeenMayHaveGivenBack() {
        Scene scene =
                Scene.partlyVisible().at(900, "2/db/1/1000,exec=yes 3/a/1/9,exec=yes anon=1809");
        String note = scene.note(1000, "2/db/1/1000,exec=yes 3/a/1/609,exec=yes anon=2009");
        assertEquals("grown in 100 s: a (3) +600 MiB", note);
    }

    /** No figure is larger than what exists, whatever the kernel says. */
    @Test
    void neverMoreThanThereIs() {
        Random random = new Random(20_261_124);
        for (int round = 0; round < 2000; round++) {
            StringBuilder words = new StringBuilder();
            int count = 1 + random.nextInt(12);
            for (int pid = 1; pid <= count; pid++) {
                int mib = random.nextInt(300);
                words.append(pid).append("/n").append(random.nextInt(3)).append("/1/").append(mib);
                words.append(",p=").append(random.nextInt(count + 1));
                words.append(",s=").append(1 + random.nextInt(3));
                words.append(",u=u").append(random.nextInt(3));
                for (String kind : List.of("sh", "sw", "huge", "lock")) {
                    words.append(',').append(kind).append('=').append(random.nextInt(200));
                }
                words.append(' ');
            }
            for (String kind : List.of("shmem", "swap", "huge", "held")) {
                words.append(kind).append('=').append(random.nextInt(400)).append(' ');
            }
            words.append("anon=").append(random.nextInt(1000));
            boolean charged = random.nextBoolean();
            for (int unit = 0; unit < 3 && charged; unit++) {
                words.append(" unit:u").append(unit).append(':').append(random.nextInt(500));
                words.append(':').append(random.nextInt(300)).append(":0");
            }
            Reading moment = new Scene().moment(1000, words.toString());
            List<Share> shares = Sharing.of(moment, 0);
            for (Share share : shares) {
                assertTrue(share.anonKiB >= 0 && share.shmemKiB >= 0, words::toString);
                assertTrue(share.anonKiB <= share.process.status().anonKiB(), words::toString);
            }
            MemoryKinds kinds = moment.kinds();
            Map<ToLongFunction<Share>, Long> most =
                    Map.of(
                            share -> share.anonKiB, kinds.sizeKiB(Kind.PROCESSES),
                            share -> share.shmemKiB, kinds.sizeKiB(Kind.SHARED),
                            share -> share.swapKiB, kinds.swapUsedKiB(),
                            share -> share.hugeKiB, kinds.hugeInUseKiB(),
                            share -> share.lockedKiB, kinds.sizeKiB(Kind.HELD_FILES));
            most.forEach(
                    (size, mostKiB) -> {
                        long sumKiB = shares.stream().mapToLong(size).sum();
                        assertTrue(sumKiB <= mostKiB, words::toString);
                    });
        }
    }

    // ---- What grew

    /** The first note, of two moments 100 seconds apart. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // one that leaks, and what did not change or became less
                "1/init/0/5 2/a/10/100 3/b/10/50 | 1/init/0/5 2/a/10/612 3/b/10/20"
                        + " | grown in 100 s: a (2) +512 MiB",
                // largest first; three are named
                "2/a/1/1 3/b/1/1 4/c/1/1 5/d/1/1 | 2/a/1/21 3/b/1/61 4/c/1/31 5/d/1/11"
                        + " | grown in 100 s: b (3) +60 MiB, c (4) +30 MiB, a (2) +20 MiB",
                // no letters and no user are numbers
                "10/perl/1/500,u=db.service | 11/perl/1050/800,u=cafe.service"
                        + " | new in 100 s: perl (11) in cafe.service 800 MiB;"
                        + " gone: perl (10) in db.service had 500 MiB",
                "10/sh/1/500,u=user~1000:~session-3.scope |"
                    + " 11/sh/1050/800,u=user~1001:~session-7.scope | new in 100 s: sh (11) in user"
                    + " 1001: session-7.scope 800 MiB; gone: sh (10) in user 1000: session-3.scope"
                    + " had 500 MiB",
                "10/sh/1/500,u=user~1000:~session-3.scope |"
                    + " 11/sh/1050/800,u=user~1000:~session-7.scope | grown in 100 s: sh (11) in"
                    + " user 1000: session-7.scope +300 MiB",
                // what grew less than a MiB is not worth a word
                "2/a/1/10 | 2/a/1/10.9 | grown in 100 s: nothing; a has most, 11 MiB",
                // a group, of which each grows a little
                "2/a/1/1 3/a/1/1 4/a/1/1 | 2/a/1/1.4 3/a/1/1.4 4/a/1/1.4"
                        + " | grown in 100 s: a ×3 +1 MiB",
                // a group, of which one grows
                "2/a/1/9 3/a/1/9 4/a/1/9 | 2/a/1/9 3/a/1/409 4/a/1/10"
                        + " | grown in 100 s: a (3) +400 MiB",
                // … of which one grows and takes what another one gives back
                "2/node/1/500 3/node/1/100 5/db/1/9 | 2/node/1/50 3/node/1/600 5/db/1/109"
                        + " | grown in 100 s: node (3) +500 MiB, db (5) +100 MiB",
                // new, and new under a number that another one had
                "2/a/1/10 | 2/a/1/10 3/b/1050/199,pt=1 tables=1 | new in 100 s: b (3) 200 MiB",
                "2/a/1/50 | 2/b/1050/200 | new in 100 s: b (2) 200 MiB; gone: a (2) had 50 MiB",
                // started anew: what counts is by how much it is larger now
                "2/a/1/400 | 3/a/1050/600 | grown in 100 s: a (3) +200 MiB",
                // a new name in the same process is growth of the process
                "2/sh/1/10 | 2/java/1/80 | grown in 100 s: java (2) +70 MiB",
                "2/ray/1/900,sh=300 3/ray/1/900,sh=300 5/db/1/9 shmem=300 mapped=300 |"
                    + " 2/ray::x/1/930,sh=300 3/ray::x/1/920,sh=300 5/db/1/109 shmem=300 mapped=300"
                    + " | grown in 100 s: db (5) +100 MiB, ray::x ×2 +50 MiB (shared)",
                // … also where others had that name before
                "1/tab/1/200 2/tab/1/200 3/spare/1/150 5/db/1/9 |"
                        + " 1/tab/1/200 2/tab/1/200 3/tab/1/150 5/db/1/109"
                        + " | grown in 100 s: db (5) +100 MiB",
                // … and another one has taken its old name
                "1/tab/1/200 2/tab/1/200 3/spare/1/150 5/db/1/9 |"
                        + " 1/tab/1/200 2/tab/1/200 3/tab/1/150 4/spare/1050/150 5/db/1/109"
                        + " | grown in 100 s: spare (4) +150 MiB, db (5) +100 MiB",
                // not new, though it was too small to be noted before
                "2/a/1/0.1 | 2/a/1/200 | grown in 100 s: a (2) +200 MiB",
                // what is larger comes first, but what is gone last
                "2/a/1/10 3/c/1/900 | 2/a/1/30 4/b/1050/200"
                        + " | new in 100 s: b (4) 200 MiB; grown: a (2) +20 MiB;"
                        + " gone: c (3) had 900 MiB",
                // units tell equal names apart
                "2/java/1/9,u=a.service 3/java/1/9,u=b.service |"
                        + " 2/java/1/9,u=a.service 3/java/1/999,u=b.service"
                        + " | grown in 100 s: java (3) in b.service +990 MiB",
                // swapped out is not given back
                "2/a/1/500 | 2/a/1/100,sw=900 swap=900 | grown in 100 s: a (2) +500 MiB",
                // … also where units are charged no swap
                "2/db/1/1000,u=db 3/etl/1/10,u=etl unit:db:1000:0:0 unit:etl:10:0:0"
                        + " | 2/db/1/100,sw=900,u=db 3/etl/1/910,u=etl unit:db:100:0:0"
                        + " unit:etl:910:0:0 swap=900 | grown in 100 s: etl (3) in etl +900 MiB",
                // a pool that shares, beside one that really ate
                "9/pool/1/400 10/pool/1/400,p=9 11/pool/1/400,p=9 5/eater/1/1 anon=401 |"
                    + " 9/pool/1/410 10/pool/1/410,p=9 11/pool/1/410,p=9 5/eater/1/801 anon=1211 |"
                    + " grown in 100 s: eater (5) +800 MiB, pool ×3 +10 MiB (shared)",
                // a pool that shares, and is swapped out for one that eats: VmSwap counts for each
                "9/pool/1/400 10/pool/1/400,p=9 11/pool/1/400,p=9 5/eater/1/1 anon=401 |"
                        + " 9/pool/1/40,sw=380 10/pool/1/40,sw=380,p=9 11/pool/1/40,sw=380,p=9"
                        + " 5/eater/1/801 anon=841 swap=380 |"
                        + " grown in 100 s: eater (5) +800 MiB, pool ×3 +20 MiB (shared)",
                // … beside files in swap: whose swap is whose is a guess
                "9/pool/1/300 10/pool/1/300,p=9 11/pool/1/300,p=9 5/etl/1/10 anon=310 swap=2000"
                        + " | 9/pool/1/20,sw=280 10/pool/1/20,sw=280,p=9 11/pool/1/20,sw=280,p=9"
                        + " 5/etl/1/510 anon=530 swap=2280 | grown in 100 s: etl (5) +500 MiB",
                // … which comes back beside them, once
                "9/pool/1/20,sw=280 10/pool/1/20,sw=280,p=9 11/pool/1/20,sw=280,p=9"
                        + " 5/etl/1/10 anon=30 swap=2280 | 9/pool/1/300 10/pool/1/300,p=9"
                        + " 11/pool/1/300,p=9 5/etl/1/210 anon=510 swap=2000 |"
                        + " grown in 100 s: etl (5) +200 MiB",
                "9/pool/1/20,sw=280 10/pool/1/20,sw=280,p=9 11/pool/1/20,sw=280,p=9"
                        + " 5/etl/1/10 anon=30 swap=2280 | 9/pool/1/600 10/pool/1/300,p=9"
                        + " 11/pool/1/300,p=9 5/etl/1/10 anon=610 swap=2000 |"
                        + " grown in 100 s: pool (9) +300 MiB",
                // … for files in a mount, of which a part is swapped out, too
                "9/pool/1/300 10/pool/1/300,p=9 11/pool/1/300,p=9 anon=300 shmem=10 mount:/x:10 |"
                        + " 9/pool/1/20,sw=280 10/pool/1/20,sw=280,p=9 11/pool/1/20,sw=280,p=9"
                        + " anon=20 swap=880 shmem=410 mount:/x:1010 |"
                        + " grown in 100 s: tmpfs /x +1000 MiB",
                // one of a group fills shared buffers, and has little of its own
                "8/db/1/9,sh=200 9/db/1/4,sh=150 5/node/1/400 shmem=300 mapped=300 |"
                        + " 8/db/1/9,sh=200 9/db/1/6,sh=8192 5/node/1/460 shmem=8292 mapped=8292 |"
                        + " grown in 100 s: db ×2 +7.8 GiB, node (5) +60 MiB",
                // containers are replaced: what counts is by how much they are larger now
                "1/java/1/3000,u=docker/a 2/java/1/2500,u=docker/b 7/mysqld/1/100 |"
                    + " 3/java/1050/2501,u=docker/d 4/java/1050/3020,u=docker/c 7/mysqld/1/2100 |"
                    + " grown in 100 s: mysqld (7) +2.0 GiB, java (4) in docker/c +20 MiB, java (3)"
                    + " in docker/d +1 MiB",
                // … and a job that was not there before is new, though it is the larger one
                "1/java/1/3000,u=docker/a | 3/java/1050/3010,u=docker/c 4/java/1050/3500,u=docker/d"
                        + " | new in 100 s: java (4) in docker/d 3.4 GiB;"
                        + " grown: java (3) in docker/c +10 MiB",
                // … but a service is no other service, though both run perl
                "1/perl/1/996,u=importer.service | 3/perl/1050/1177,u=hog.service"
                        + " | new in 100 s: perl (3) in hog.service 1.1 GiB;"
                        + " gone: perl (1) in importer.service had 996 MiB",
                // … and what a timer or a user starts again has another number
                "1/perl/1/996,u=run-u7.service 2/sh/1/50,u=session-3.scope"
                        + " | 3/perl/1050/1177,u=run-u12.service 4/sh/1050/90,u=session-10.scope"
                        + " | grown in 100 s: perl (3) in run-u12.service +181 MiB,"
                        + " sh (4) in session-10.scope +40 MiB",
                // … with two programs in it, which stand for those that it had before
                "1/nginx/1/100,u=docker/a 2/php/1/300,u=docker/a unit:docker/a:400:0:0"
                        + " | 3/nginx/1050/120,u=docker/b 4/php/1050/380,u=docker/b"
                        + " unit:docker/b:500:0:0"
                        + " | grown in 100 s: php (4) in docker/b +80 MiB, nginx (3) in docker/b"
                        + " +20 MiB",
                // … and a service whose programs have the same name is gone
                "1/java/1/300,u=docker/a 2/java/1/900,u=app | 3/java/1050/310,u=docker/b"
                        + " | grown in 100 s: java (3) in docker/b +10 MiB;"
                        + " gone: java (2) in app had 900 MiB",
                // one of a group has gone, and others of it are still there
                "2/web/1/20 3/web/1/900 | 2/web/1/20 4/web/1050/20 5/node/1/90"
                        + " | grown in 100 s: node (5) +90 MiB; gone: web (3) had 900 MiB",
                // a server that is nearly all of its unit is named itself
                "2/java/1/99,u=app 3/log/1/5,u=app 4/a/1/5,u=x 5/b/1/5,u=y 6/c/1/5,u=z"
                        + " | 2/java/1/549,u=app 3/log/1/65,u=app 4/a/1/175,u=x 5/b/1/170,u=y"
                        + " 6/c/1/160,u=z | grown in 100 s: java (2) in app +450 MiB,"
                        + " a (4) in x +170 MiB, b (5) in y +165 MiB, 2 more +215 MiB",
                // the kernel has killed it, and its first thread is still listed
                "2/a/1/10 3/b/1/900 | 2/a/1/210 3/b/1/0"
                        + " | grown in 100 s: a (2) +200 MiB; gone: b (3) had 900 MiB",
                // units are read after the machine, and have grown meanwhile
                "2/a/1/5,u=a 3/b/1/5,u=b unit:a:5:0:0 unit:b:5:0:0 | 2/a/1/505,u=a 3/b/1/505,u=b"
                        + " unit:a:505:0:0 unit:b:505:0:0 anon=810"
                        + " | grown in 100 s: a (2) in a +400 MiB, b (3) in b +400 MiB",
                "2/a/1/5,u=a 3/b/1/5,u=b unit:a:5:0:0 unit:b:5:0:0 | 2/a/1/5,u=a,sh=500"
                        + " 3/b/1/5,u=b,sh=500 unit:a:5:500:0 unit:b:5:500:0 shmem=800"
                        + " | grown in 100 s: a (2) in a +400 MiB, b (3) in b +400 MiB",
                // a unit runs one program, and another one since
                "2/node/1/900,u=app 5/etl/1/9 | 3/MainThread/1050/920,u=app 5/etl/1/109"
                        + " | grown in 100 s: etl (5) +100 MiB, MainThread (3) in app +20 MiB",
                // what sessions that are gone have left to their user is no limit
                "1/init/0/8 40/sh/1/100,u=user~1000 left:user~1000:1:50:0 shmem=50"
                        + " | 1/init/0/8 40/sh/1/400,u=user~1000 left:user~1000:1:50:0 shmem=50"
                        + " | grown in 100 s: sh (40) in user 1000 +300 MiB",
                // the processes of a unit cannot be seen
                "2/cron/1/4 unit:db.service:99:0:0 anon=103"
                        + " | 2/cron/1/6 unit:db.service:1123:0:0 anon=1129"
                        + " | grown in 100 s: db.service +1.0 GiB, cron (2) +2 MiB",
            })
    void whatGrew(String first, String last, String expected) {
        assertEquals(expected, new Scene().at(1000, first).note(1100, last));
    }

    @Test
    void goneIsThatAtItsLargest() {
        Scene scene = new Scene().at(1000, "1/init/0/5").at(1100, "1/init/0/5 3/b/1020/20");
        scene.at(1200, "1/init/0/5 3/b/1020/300").at(1300, "1/init/0/5 3/b/1020/100");
        String most = "; init has most, 5 MiB";
        assertEquals("gone in 7 min: b (3) had 300 MiB" + most, scene.note(1400, "1/init/0/5"));
        // one after the other: never more than 200 MiB at one moment
        scene = new Scene().at(1000, "1/init/0/5").at(1100, "3/cc1/1050/190");
        scene.at(1200, "4/cc1/1150/205").at(1300, "5/cc1/1250/180");
        assertEquals("gone in 7 min: cc1 (4) had 205 MiB" + most, scene.note(1400, "1/init/0/5"));
        // in a unit of another kind it was not a container's predecessor
        scene = new Scene().at(1000, "1/perl/1/100,u=docker/1");
        scene.at(1100, "1/perl/1/100,u=docker/1 2/perl/1050/400,u=batch.service");
        assertEquals(
                "grown in 200 s: perl (3) in docker/2 +200 MiB;"
                        + " gone: perl (2) in batch.service had 400 MiB",
                scene.note(1200, "3/perl/1150/300,u=docker/2"));
        // what the other one maps was none of it
        scene = new Scene().at(1000, "5/pg/1/1000 6/pg/1/10,sh=800 shmem=800 mapped=800");
        String note = scene.note(1100, "6/pg/1/10,sh=800 shmem=1600 mapped=800 mount:/x:800");
        assertEquals("grown in 100 s: tmpfs /x +800 MiB; gone: pg (5) had 1000 MiB", note);
    }

    // ---- Memory that no process has

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shmem=10 | shmem=910 | grown in 100 s: tmpfs and shared memory +900 MiB",
                // a part of it is in swap, which is no process's
                "shmem=10 mount:/tmp:5 2/a/1/10 | shmem=810 mount:/tmp:4005 swap=3200 2/a/1/510"
                        + " | grown in 100 s: tmpfs /tmp +3.9 GiB, a (2) +500 MiB",
                // what comes back from swap is no growth
                "2/a/1/10,sh=100 shmem=100 swap=500 mapped=120 | 2/a/1/10,sh=600 shmem=600"
                        + " mapped=620 | grown in 100 s: nothing; a has most, 610 MiB",
                // a segment that nobody maps: all that it grew by went into swap
                "2/a/1/10 shmem=100 | 2/a/1/10 shmem=100 swap=500"
                        + " | grown in 100 s: tmpfs and shared memory +500 MiB",
                // a file system is full of what a segment, or a JVM, has given back
                "2/a/1/10 shmem=800 mount:/tmp:0 | 2/a/1/110 shmem=500 mount:/tmp:500"
                        + " | grown in 100 s: tmpfs /tmp +500 MiB, a (2) +100 MiB",
                "2/java/1/30,sh=1800 shmem=600 mapped=650 mount:/tmp:0 | 2/java/1/30,sh=600"
                        + " shmem=1100 mapped=250 mount:/tmp:900"
                        + " | grown in 100 s: tmpfs /tmp +900 MiB",
                "2/a/1/10 swap=500 shmem=100 mount:/tmp:0 | 2/a/1/10 shmem=1000 mount:/tmp:900"
                        + " | grown in 100 s: tmpfs /tmp +900 MiB",
                // a segment goes into swap, as does what two others share
                "2/a/1/10 5/db/1/30,sh=800 6/pool/1/200 7/pool/2/200,p=6 shmem=800 mapped=850"
                        + " anon=240 | 2/a/1/910 5/db/1/30,sh=100 6/pool/1/20,sw=180"
                        + " 7/pool/2/20,sw=180,p=6 shmem=100 mapped=150 anon=960 swap=880"
                        + " | grown in 100 s: a (2) +900 MiB",
                // … also of a unit, which is charged for files in swap
                "2/db/1/900,u=db 3/etl/1/5,u=etl unit:db:900:0:0 unit:etl:5:0:0"
                        + " unit:app:0:0:0:0:0:500 mount:/tmp:500 swap=500"
                        + " | 2/db/1/400,u=db 3/etl/1/505,u=etl unit:db:400:0:0 unit:etl:505:0:0"
                        + " unit:app:0:500:0 mount:/tmp:500 shmem=500"
                        + " | grown in 100 s: etl (3) in etl +500 MiB",
                // named by its mount
                "shmem=10 mount:/tmp:5 mount:/run:5 | shmem=910 mount:/tmp:905 mount:/run:5"
                        + " | grown in 100 s: tmpfs /tmp +900 MiB",
                // a database's buffers are the database's alone
                "2/db/1/5,sh=10 shmem=10 | 2/db/1/5,sh=910 shmem=910"
                        + " | grown in 100 s: db (2) +900 MiB",
                // and those of all its new processes, not of the one that has mapped the most
                "9/init/1/5 | 9/init/1/5 4/db/1050/5,sh=300 5/db/1050/5,sh=310 6/db/1050/5,sh=300"
                        + " shmem=500 mapped=500 | new in 100 s: db ×3 515 MiB (shared)",
                // … and those of all its workers, which have a segment of their own each
                "9/init/1/5 | 9/init/1/5 4/worker/1050/1,u=w,sh=140 5/worker/1050/1,u=w,sh=140"
                        + " 6/worker/1050/1,u=w,sh=141 shmem=421 mapped=421"
                        + " | new in 100 s: worker ×3 in w 424 MiB",
                // … and the huge pages, or the locked files, that all of them map
                "9/init/1/5 | 9/init/1/5 4/db/1050/5,huge=900 5/db/1050/5,huge=900 huge=900"
                        + " | new in 100 s: db ×2 910 MiB (shared)",
                "9/init/1/5 | 9/init/1/5 4/db/1050/5,lock=900 5/db/1050/5,lock=900 held=900"
                        + " | new in 100 s: db ×2 910 MiB (shared)",
                // … of which each has mapped a part, or has some of its own
                "9/init/1/5 | 9/init/1/5 4/db/1050/5,huge=300 5/db/1050/5,huge=400"
                        + " 6/db/1050/5,huge=500 huge=900 | new in 100 s: db ×3 915 MiB (shared)",
                "9/init/1/5 | 9/init/1/5 4/qemu/1050/5,huge=700 5/qemu/1050/5,huge=800 huge=1500"
                        + " | new in 100 s: qemu ×2 1.5 GiB",
                "9/init/1/5 | 9/init/1/5 4/vmtouch/1050/5,lock=300 5/vmtouch/1050/5,lock=200"
                        + " held=500 | new in 100 s: vmtouch ×2 510 MiB",
                // … and others that share huge pages, as they did before, have not grown
                "2/qemu/1/5 3/qemu/1/5 4/db/1/5,huge=900 5/db/1/5,huge=900 huge=900 |"
                    + " 2/qemu/1/5,huge=700 3/qemu/1/5,huge=800 4/db/1/5,huge=900 5/db/1/5,huge=900"
                    + " huge=2400 | grown in 100 s: qemu ×2 +1.5 GiB (shared)",
                // what a JVM maps three times (ZGC) is given back once
                "2/java/1/5,u=a,sh=1800 3/java/1/5,u=b,sh=2100 shmem=1300 mapped=1350"
                        + " | 2/java/1/5,u=a,sh=900 3/java/1/5,u=b,sh=3600 shmem=1500 mapped=1550"
                        + " | grown in 100 s: java (3) in b +500 MiB",
                // … also where programs that were mapped have been dropped from memory meanwhile
                "2/db/1/5,sh=10,u=db unit:db:5:10:0 shmem=10 mapped=900"
                        + " | 2/db/1/5,sh=910,u=db unit:db:5:910:0 shmem=910 mapped=1000"
                        + " | grown in 100 s: db (2) in db +900 MiB",
                // … or another one has given its buffers back
                "2/old/1/5,sh=900 3/new/1/5 shmem=900 mapped=900"
                        + " | 2/old/1/5 3/new/1/5,sh=900 shmem=900 mapped=900"
                        + " | grown in 100 s: new (3) +900 MiB",
                "2/old/1/5,huge=900 3/new/1/5 huge=900 | 2/old/1/5 3/new/1/5,huge=900 huge=900"
                        + " | grown in 100 s: new (3) +900 MiB",
                // … or one process of a group has mapped what others of it have had for long
                "2/db/1/5,sh=250 3/db/1/5,sh=250 4/etl/1/5 shmem=500 mapped=500"
                        + " | 2/db/1/5,sh=500 3/db/1/5,sh=250 4/etl/1/5,sh=400 shmem=900 mapped=900"
                        + " | grown in 100 s: etl (4) +400 MiB",
                // … also if others of its group, which had mapped them, have ended meanwhile
                "2/db/1/5,sh=500 3/db/1/0,sh=500 4/db/1/0,sh=500 shmem=500 mapped=500"
                        + " | 2/db/1/5,sh=900 shmem=900 mapped=900"
                        + " | grown in 100 s: db (2) +400 MiB",
                // page tables are the process's that has them
                "2/m/1/5,pt=1 tables=1 | 2/m/1/5,pt=901 tables=901"
                        + " | grown in 100 s: m (2) +900 MiB",
                "slab=10 | slab=910 | grown in 100 s: slab +900 MiB",
                "other=10 | other=910 | grown in 100 s: not accounted for +900 MiB",
                // pipes are in no line of meminfo, but charged to a unit
                "unit:a.service:5:0:1 | unit:a.service:5:0:901 other=900"
                        + " | grown in 100 s: kernel memory in a.service +900 MiB",
                // … or are in slab, as inodes are
                "unit:a.service:5:0:1 | unit:a.service:5:0:901 slab=900"
                        + " | grown in 100 s: kernel memory in a.service +900 MiB",
                // … or are in each processor or in vmalloc, as eBPF's maps are
                "unit:a.service:5:0:1 | unit:a.service:5:0:901 percpu=900"
                        + " | grown in 100 s: kernel memory in a.service +900 MiB",
                "unit:a.service:5:0:1 | unit:a.service:5:0:901 vmalloc=900"
                        + " | grown in 100 s: kernel memory in a.service +900 MiB",
                // … but no more than there is: its stacks are those of its processes
                "unit:a.service:5:0:1 2/a/1/5 stacks=0 | unit:a.service:5:0:101 stacks=100"
                        + " 2/a/1/5,th=6401 | grown in 100 s: a (2) +100 MiB",
                // sockets are charged apart from the rest of the kernel's memory
                "unit:a.service:5:0:1:0 | unit:a.service:5:0:1:900 other=900"
                        + " | grown in 100 s: sockets in a.service +900 MiB",
                "unit:a:5:0:1:500 other=500 2/etl/1/5 | unit:a:5:0:1:0 2/etl/1/705"
                        + " | grown in 100 s: etl (2) +700 MiB",
                "unit:a.service:5:0:1 | unit:a.service:5:900:1 shmem=900"
                        + " | grown in 100 s: files in memory in a.service +900 MiB",
                "unit:a.service:5:0:1 mount:/tmp:0 | unit:a.service:5:900:1 shmem=900"
                        + " mount:/tmp:900 | grown in 100 s: tmpfs /tmp in a.service +900 MiB",
                // … and not a process's that has mapped more of what others have had for long
                "2/db/1/5,u=db,sh=100 3/db/1/5,u=db,sh=20 unit:db:10:100:0 mount:/tmp:0 shmem=100"
                        + " | 2/db/1/5,u=db,sh=100 3/db/1/5,u=db,sh=100 unit:db:10:800:0"
                        + " mount:/tmp:700 shmem=800 | grown in 100 s: tmpfs /tmp in db +700 MiB",
                // the largest rise of a mount is that of the largest rise of a unit's files
                "2/a/1/10 unit:app:0:3900:0 unit:db:0:0:0 mount:/dev/shm:3900 mount:/tmp:0"
                    + " shmem=3900 | 2/a/1/10 unit:app:0:4000:0 unit:db:0:2000:0"
                    + " mount:/dev/shm:4000 mount:/tmp:2000 shmem=6000 | grown in 100 s: tmpfs /tmp"
                    + " in db +2.0 GiB, tmpfs /dev/shm in app +100 MiB",
                // charges of one moment only cannot be compared, as after they were switched on
                "2/a/1/10,u=x shmem=50 | 2/a/1/40,u=x shmem=50 unit:x:40:50:30"
                        + " | grown in 100 s: a (2) in x +30 MiB",
                // most of what fills it is not the unit's
                "unit:a.service:5:0:1 mount:/tmp:0 | unit:a.service:5:100:1 shmem=900"
                        + " mount:/tmp:900 | grown in 100 s: tmpfs /tmp +900 MiB",
                // others have given back as much as is missing: units, files of units, mounts
                "unit:a.service:5:0:500 unit:b.service:5:0:0 other=500"
                        + " | unit:a.service:5:0:0 unit:b.service:5:0:900 other=900"
                        + " | grown in 100 s: kernel memory in b.service +900 MiB",
                "2/a/1/5,u=b unit:a:0:500:0 unit:b:5:0:0 shmem=500"
                        + " | 2/a/1/5,u=b,sh=900 unit:a:0:0:0 unit:b:5:900:0 shmem=900"
                        + " | grown in 100 s: a (2) in b +900 MiB",
                "unit:a:0:500:0 unit:b:0:0:0 shmem=500 | unit:b:0:900:0 shmem=900"
                        + " | grown in 100 s: files in memory in b +900 MiB",
                "mount:/tmp:500 mount:/dev/shm:0 shmem=500"
                        + " | mount:/tmp:0 mount:/dev/shm:900 shmem=900"
                        + " | grown in 100 s: tmpfs /dev/shm +900 MiB",
                "2/a/1/5 mount:/tmp:500 shmem=500 mapped=5"
                        + " | 2/a/1/5,sh=900 mount:/tmp:0 shmem=900 mapped=905"
                        + " | grown in 100 s: a (2) +900 MiB",
                // … but what a unit that is gone has left behind is still there
                "unit:a:0:500:0 unit:b:0:0:0 left:s:0:0:0 shmem=500"
                        + " | unit:b:0:400:0 left:s:0:500:0 shmem=900"
                        + " | grown in 100 s: files in memory in b +400 MiB",
                // a process cannot hide behind a kind of that name
                "2/slab/1/5 slab=5 | 2/slab/1/505 slab=205"
                        + " | grown in 100 s: slab (2) +500 MiB, slab +200 MiB",
                // the kernel's own reserve is nobody's
                "reserve=64 2/a/1/5 | reserve=264 2/a/1/305 | grown in 100 s: a (2) +300 MiB",
                // of a unit that is gone
                "left:system.slice:0:0:0 | left:system.slice:0:900:0 shmem=900"
                        + " | grown in 100 s: files in memory in system.slice +900 MiB",
            })
    void memoryThatNoProcessHas(String first, String last, String expected) {
        assertEquals(expected, new Scene().at(1000, first).note(1100, last));
    }

    // ---- The three laws, on states of real machines

    private static String family(int pid, String name, String sizes, int count) {
        String parent = pid + "/" + name + "/700/" + sizes + ",s=" + pid + ",exec=yes ";
        return parent + workers(pid + 1, count, "/" + name + "/701/" + sizes + ",p=" + pid);
    }

    private static void assertFirst(String expected, String first, String last) {
        assertEquals("grown in 32 s: " + expected, new Scene().at(900, first).note(932, last));
    }

    /** A JVM whose collector is ZGC maps its heap three times; another process fills /dev/shm. */
    @Test
    void sharingTurnsNoOldMemoryIntoGrowth() {
        String java = "17/java/733/35,exec=yes,sh=1827,pt=4 tables=4 ";
        assertFirst(
                "tmpfs /dev/shm +700 MiB",
                java + "mount:/dev/shm:0 shmem=622 mapped=645",
                java + "mount:/dev/shm:700 shmem=1322 mapped=648");
    }

    /** A store's child, which shared all with it, has saved and ends: others share no less. */
    @ParameterizedTest
    @CsvSource({"2000, 200, 3818, 4118, 0", "'200,sw=1800', '20,sw=180', 398, 698, 3420"})
    void whatAChildSharedIsNobodysGrowth(
            String store, String worker, int before, int after, int swap) {
        String both = "1/init/0/8 50/store/1/%s,s=50,exec=yes ".formatted(store);
        String child = "51/store/800/%s,p=50,s=50 ".formatted(store);
        String pool = family(100, "gunicorn", worker, 8) + " swap=" + swap;
        assertFirst(
                "etl (9) +300 MiB",
                both + child + pool + " 9/etl/1/10,exec=yes anon=" + before,
                both + pool + " 9/etl/1/310,exec=yes anon=" + after);
    }

    /** Workers are restarted, or a store saves once more: all is shared again, and etl grows. */
    @Test
    void whatIsSharedAgainWasGivenBack() {
        assertFirst(
                "etl (9) +1.2 GiB; gone: gunicorn (100) had 200 MiB",
                family(100, "gunicorn", "200", 8) + " 9/etl/1/10,exec=yes anon=1010",
                family(120, "gunicorn", "200", 8).replace("/1/", "/910/")
                        + " 9/etl/1/1210,exec=yes anon=1410");
        String store = "50/store/1/2000,exec=yes,s=50 ";
        assertFirst(
                "etl (9) +900 MiB",
                store + "51/store/800/2000,p=50,s=50 9/etl/1/10,exec=yes anon=2610",
                store + "52/store/910/2000,p=50,s=50 9/etl/1/910,exec=yes anon=2910");
    }

    /** One of two that share huge pages, or locked files, ends: the other one has them still. */
    @ParameterizedTest
    @CsvSource({
        "huge=4096, huge=4096, etl (9) +200 MiB; gone: switch (6) had 2.0 GiB",
        "lock=800, held=800, etl (9) +200 MiB; gone: switch (6) had 405 MiB"
    })
    void whatTwoHaveMappedStaysWithTheOther(String each, String all, String expected) {
        String guest = "5/qemu/1/5,exec=yes," + each + " " + all;
        assertFirst(
                expected,
                guest + " 6/switch/1/5,exec=yes," + each + " 9/etl/1/10,exec=yes",
                guest + " 9/etl/1/210,exec=yes");
    }

    /** Both grow: the JVM can have no more than has been mapped. */
    @ParameterizedTest
    @CsvSource({"true, tmpfs /dev/shm", "false, tmpfs and shared memory"})
    void noMoreSharedMemoryThanHasBeenMapped(boolean isMounted, String name) {
        String java = "17/java/733/35,exec=yes,sh=%d shmem=%d mapped=%d";
        String mount = isMounted ? " mount:/dev/shm:" : " other=";
        assertFirst(
                name + " +400 MiB, java (17) +300 MiB",
                java.formatted(1800, 600, 640) + mount + 0,
                java.formatted(2700, 1300, 940) + mount + (isMounted ? 400 : 0));
    }

    /** Four guests whose pages the kernel has merged (KSM), beside one that really ate. */
    @Test
    void rawGrowthExplainsFirst() {
        String guests = workers(100, 4, "/qemu/700/260,exec=yes");
        assertEquals(
                "new in 32 s: importer (200) 260 MiB",
                new Scene()
                        .at(900, guests + " anon=280")
                        .note(932, guests + " 200/importer/925/260,exec=yes anon=540"));
    }

    /** Workers write to what they have shared since their fork: RssAnon stays. */
    @Test
    void whatIsNoMoreShared() {
        String pool = family(100, "gunicorn", "200", 8);
        assertFirst("gunicorn ×9 +800 MiB (shared)", pool + " anon=300", pool + " anon=1100");
        String both = pool + " " + family(300, "php-fpm", "500", 8);
        assertFirst("gunicorn or php-fpm +400 MiB", both + " anon=800", both + " anon=1200");
    }

    /** Guests write to pages that were merged; AnonPages has 5 MiB more, since it is read later. */
    @Test
    void figuresReadOneAfterTheOtherDrift() {
        String guests = workers(100, 4, "/qemu/700/260,exec=yes");
        assertFirst("qemu ×4 +760 MiB", guests + " anon=280", guests + " anon=1045");
    }

    /** Of a pool, one worker grows by itself, long after its fork. */
    @Test
    void aWorkerThatGrowsIsNamedItself() {
        String pool = family(100, "gunicorn", "200", 8);
        String grown = pool.replace("105/gunicorn/701/200", "105/gunicorn/701/600");
        assertFirst("gunicorn (105) +400 MiB", pool + " anon=300", grown + " anon=700");
    }

    /** … or two, while a third one ends: it had shared all that it had. */
    @Test
    void aWorkerThatEndsTakesNoGrowthAlong() {
        String pools = family(100, "gunicorn", "200", 8) + " " + family(300, "php-fpm", "500", 8);
        String grown = pools.replace(" 108/gunicorn/701/200,p=100", "");
        grown = grown.replaceAll("(10[56]/gunicorn/701/)200", "$1400");
        assertFirst("gunicorn ×8 +397 MiB (shared)", pools + " anon=800", grown + " anon=1200");
    }

    /** Redis forks to save itself: its child only sits there. */
    @Test
    void aChildThatSharesIsNoCulprit() {
        String redis = "100/redis/700/2000,s=100,exec=yes";
        String child = redis + " 101/redis/920/2000,p=100,s=100";
        assertFirst("redis ×2 +600 MiB (shared)", redis, child + " anon=2600");
    }

    /** While Redis saves, a pool writes to what it has shared, or a third one grows. */
    @Test
    void whatAChildInheritsIsNoGrowth() {
        String pool = family(100, "gunicorn", "200", 8) + " 400/etl/700/9,exec=yes ";
        String redis = "300/redis/700/2000,s=300,exec=yes anon=";
        String child = "301/redis/920/2000,p=300,s=300 ";
        assertFirst("gunicorn or redis +800 MiB", pool + redis + 2309, pool + child + redis + 3109);
        String grown = pool.replace("700/9,", "700/409,");
        assertFirst("etl (400) +400 MiB", pool + redis + 2309, grown + child + redis + 2709);
    }

    /** A child inherits what its parent has in swap, too: VmSwap counts that once more. */
    @Test
    void whatAChildInheritsOfSwapIsNoGrowth() {
        String pool = family(100, "gunicorn", "200", 8) + " ";
        String java = "300/java/700/100,sw=800,s=300,exec=yes swap=800 anon=";
        String child = "301/java/920/100,sw=800,p=300,s=300 ";
        assertFirst("gunicorn or java +400 MiB", pool + java + 300, pool + child + java + 700);
    }

    /** Its child has another name: which of both has written to what they share is not known. */
    @ParameterizedTest
    @CsvSource({"'', db or db-save", "',u=db unit:db:2600:0:0', db"})
    void aChildOfAnotherNameIsNoCulprit(String unit, String expected) {
        String options = unit.split(" ")[0];
        String parent = "100/db/700/2000,s=100,exec=yes" + options;
        String child = " 101/db-save/920/2000,p=100,s=100" + unit + " anon=2600";
        String before = parent + unit.replace(options, "").replace("2600", "2000");
        assertFirst(expected + " +600 MiB", before, parent + child);
    }

    /** They have executed no program, their parent has gone, and they have led sessions since. */
    @Test
    void whoWasForkedSharesBeforeWhoWasExecuted() {
        String orphans =
                IntStream.range(0, 20)
                        .mapToObj(i -> (100 + i) + "/w" + i + "/920/215")
                        .collect(Collectors.joining(" "));
        String note =
                new Scene()
                        .at(900, "5/init/0/5")
                        .note(932, "5/init/0/5 " + orphans + " 200/etl/925/605,exec=yes anon=910");
        assertTrue(note.startsWith("new in 32 s: etl (200) 605 MiB, w0 (100) 15 MiB"), note);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // each of both can have it
                "2/reader/5/5 3/writer/5/5 shmem=300 mapped=300 | 2/reader/5/5,sh=300"
                        + " 3/writer/5/5,sh=300 shmem=600 mapped=600 | reader or writer +300 MiB",
                // four that map one file in /dev/shm, of a unit: of no mount alone
                "5/init/0/5 mount:/dev/shm:0 | 5/init/0/5 2/loader/921/5,u=app,exec=yes,sh=600"
                    + " 3/search/921/5,u=app,exec=yes,sh=600 4/rank/921/5,u=app,exec=yes,sh=600"
                    + " shmem=600 mapped=600 mount:/dev/shm:600 | app +615 MiB (loader (2) in app 5"
                    + " MiB, rank (4) in app 5 MiB, search (3) in app 5 MiB; the rest cannot be"
                    + " told apart)",
                // both have one name, beside a third of that name
                "2/java/5/5,u=a 3/java/5/5,u=b 4/java/5/5 shmem=300 mapped=300 |"
                        + " 2/java/5/5,u=a,sh=300 3/java/5/5,u=b,sh=300 4/java/5/405 shmem=600"
                        + " mapped=600 | java (4) +400 MiB, java +300 MiB",
                // in one unit: that is certain
                "5/init/0/5 | 5/init/0/5 2/pool/921/0,u=web,sh=300 3/pool/921/0,u=web,sh=300"
                        + " 4/worker/921/0,u=web,sh=200 6/worker/921/0,u=web,sh=200"
                        + " 7/worker/921/0,u=web,sh=200 shmem=800 mapped=800"
                        + " | web +800 MiB (pool ×2 in web 300 MiB (shared),"
                        + " worker ×3 in web 200 MiB (shared); the rest cannot be told apart)",
                // what one has given back by MADV_FREE, and a third can have next to nothing of it
                "5/init/0/5 | 5/init/0/5 2/go/921/900 3/etl/921/500 4/sshd/930/9 lazy=900"
                        + " | go or etl +509 MiB",
            })
    void whereNothingTellsThemApart(String first, String last, String expected) {
        assertFirst(expected, first, last);
    }

    /** A new process that takes another name again and again is no other one, and has not gone. */
    @Test
    void whoTakesAnotherNameHasNotGone() {
        Scene scene = new Scene().at(1000, "5/init/0/5").at(1010, "5/init/0/5 7/job-1/1005/500");
        scene.at(1020, "5/init/0/5 7/job-2/1005/900");
        assertEquals(
                "new in 30 s: job-3 (7) 1000 MiB",
                scene.note(1030, "5/init/0/5 7/job-3/1005/1000"));
        // another process with its number
        assertEquals(
                "new in 40 s: etl (7) 50 MiB; gone: job-3 (7) had 1000 MiB",
                scene.note(1040, "5/init/0/5 7/etl/1035/50"));
        // what it had under its old name was not given back
        scene = new Scene().at(1000, "7/sh/900/500");
        assertEquals(0, scene.answer(1100, "7/java/900/500 8/x/1050/9").growth().givenBackKiB());
    }

    /** Hours later only groups are known: the same processes, under another name or in a unit. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",u=app.scope"})
    void whatTookAnotherNameHoursAgoHasNotGrown(String unit) {
        DoubleFunction<String> machine =
                hour -> {
                    String name = "train-" + (int) hour / 8;
                    String where = hour < 30 ? "" : unit;
                    String trainer = "50/%s/0/2000,exec=yes%s 51/%1$s/0/900,p=50%2$s";
                    String leak = " 5/leak/0/" + (200 + 25 * hour);
                    return trainer.formatted(name, where) + leak;
                };
        String note = note(40, machine);
        assertEquals("grown in 39 h: leak (5) +975 MiB, steadily", note.split(";")[0]);
    }

    /** A large process that was killed needs a second until its pages are free: nobody has them. */
    @ParameterizedTest
    @ValueSource(strings = {"", " unit:x:740:0:0"})
    void whatAKilledProcessHasNotGivenBackYetIsNobodys(String charge) {
        String others = "5/init/0/5 40/bash/100/100,u=x 41/bash/120/100,u=x,p=40 anon=745" + charge;
        String half = others.replace("745", "425").replace("740", "420");
        String had = " s: leak (30) in x had 640 MiB; bash has most, ";
        Scene scene = new Scene().at(1000, others + " 30/leak/100/640,u=x");
        String ending = " 30/leak/100/0,u=x";
        String note = scene.note(1010, others + ending);
        assertTrue(note.startsWith("gone in 10" + had), note);
        note =
                scene.note(
                        1015, others.replace("74", "77") + ending); // it grew before it was killed
        assertTrue(note.startsWith("gone in 15" + had), note);
        note = scene.note(1020, half + ending);
        assertTrue(note.startsWith("gone in 20" + had), note);
        note = scene.note(1030, others.replace("740", "420") + ending + " 50/etl/1025/320");
        assertTrue(note.startsWith("new in 30 s: etl (50) 320 MiB; gone: leak (30) in x "), note);
    }

    /** A host takes memory back from a virtual machine (balloon), or it is unplugged. */
    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    16384, 4096, 2500, RAM shrank from 16.0 GiB to 4.0 GiB in 32 s, RAM shrank
                    16384, 8192, 5000, RAM shrank from 16.0 GiB to 8.0 GiB in 32 s, RAM shrank
                    16384, 15000, 9000, RAM shrank from 16.0 GiB to 14.6 GiB in 32 s, db (2) +6.3 GiB
                    16384, 16000, 9000, '', db (2) +6.3 GiB
                    4096, 16384, 2500, '', nothing
                    """)
    void nobodyIsBlamedForRamThatTheMachineHasLost(
            int before, int now, int sizeMib, String note, String lead) {
        Scene scene = new Scene().at(900, "2/db/5/2500 total=" + before);
        Answer answer = scene.answer(932, "2/db/5/" + sizeMib + " total=" + now);
        String first = Notes.growth(answer, item -> "").get(0);
        assertEquals(note, first.startsWith("RAM") ? first : "");
        String said = Lead.of(answer, item -> "").text();
        assertTrue(said.startsWith(lead), said);
    }

    /** Days ago that was no answer to what grows now; a little each hour may be. */
    @ParameterizedTest
    @CsvSource({
        "10, 0, 3000, etl (3) +",
        "39.5, 0, 800, etl (3) +",
        "39.5, 0, 0, RAM shrank from 16.0 GiB to 8.0 GiB in",
        "99, 250, 0, RAM shrank from",
        "99, 250, 3000, etl (3) +",
    })
    void ramThatWasLostLongBefore(double hourLost, int mibAnHour, int etlMib, String lead) {
        DoubleFunction<String> machine =
                hour -> {
                    int etl = hour < 39.9 ? 100 : 100 + etlMib;
                    int total = hour < hourLost ? 16384 - (int) (mibAnHour * hour) : 8192;
                    return "2/db/0/3000 3/etl/0/" + etl + " total=" + total;
                };
        String said = lead(40, machine);
        assertTrue(said.startsWith(lead), said);
    }

    /** While an importer grows, a server gives back by MADV_FREE what it has had for long. */
    @Test
    void whatWasGivenBackLazilyIsTakenByWhoGrew() {
        String server = "2/go/5/900 3/db/5/100 ";
        String importer = "4/etl/921/244,exec=yes ";
        assertEquals(
                "new in 32 s: etl (4) 244 MiB",
                new Scene().at(900, server).note(932, server + importer + "lazy=160"));
        // an innocent that gives back what it has just taken, beside files in memory
        assertFirst(
                "tmpfs and shared memory +500 MiB",
                server,
                "2/go/5/1700 3/db/5/100 lazy=800 shmem=500");
    }

    /** With a memory controller, that is known by unit. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // just taken and given back, beside one that takes
                "9/init/0/5,u=i unit:i:5:0:0 | 9/init/0/5,u=i 2/go/921/905,u=g,exec=yes"
                        + " 3/etl/921/505,u=e,exec=yes unit:i:5:0:0 unit:g:5:0:0:0:900"
                        + " unit:e:505:0:0 lazy=900"
                        + " | new in 32 s: etl (3) in e 505 MiB, go (2) in g 5 MiB",
                // long there and given back, beside two that take
                "2/go/5/905,u=g 3/a/5/5,u=a 4/b/5/5,u=b unit:g:905:0:0 unit:a:5:0:0 unit:b:5:0:0"
                        + " | 2/go/5/905,u=g 3/a/5/1205,u=a 4/b/5/605,u=b"
                        + " unit:g:105:0:0:0:800 unit:a:1205:0:0 unit:b:605:0:0 lazy=800"
                        + " | grown in 32 s: a (3) in a +1.2 GiB, b (4) in b +600 MiB",
                // given back, and taken again
                "2/go/5/905,u=g 9/init/0/5 unit:g:5:0:0:0:900 lazy=900 | 2/go/5/905,u=g 9/init/0/5"
                        + " unit:g:905:0:0 | grown in 32 s: go (2) in g +900 MiB",
                // … without a controller, by one that has had as much
                "2/go/5/905 9/init/0/5 lazy=900 | 2/go/5/905 9/init/0/5"
                        + " | grown in 32 s: go (2) +895 MiB, init (9) +5 MiB",
                "2/go/5/905 3/jvm/5/1000 lazy=900 | 2/go/5/905 3/jvm/5/1000"
                        + " | grown in 32 s: go or jvm +900 MiB",
                // given back before it ends: that frees next to nothing
                "2/go/5/905,u=g 9/init/0/5 unit:g:5:0:0:0:900 lazy=900"
                        + " | 9/init/0/5 3/etl/921/505,u=e,exec=yes unit:e:505:0:0"
                        + " | new in 32 s: etl (3) in e 505 MiB; gone: go (2) in g had 905 MiB",
                "2/go/5/905 9/init/0/5 lazy=900 | 9/init/0/5 3/etl/921/505,exec=yes"
                        + " | new in 32 s: etl (3) 505 MiB; gone: go (2) had 905 MiB",
            })
    void whatWasGivenBackLazilyIsKnownByUnit(String first, String last, String expected) {
        assertEquals(expected, new Scene().at(900, first).note(932, last));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2/sshd/0/10 | 2/sshd/0/10 anon=610"
                        + " | memory of processes that cannot be seen +600 MiB",
                "2/ora/5/5 | 2/ora/5/5,huge=700 huge=700 | ora (2) +700 MiB",
                "huge=0 2/a/5/5 | huge=700 2/a/5/5 | huge pages +700 MiB",
                "2/vmtouch/5/7 held=20 | 2/vmtouch/5/7,lock=800 held=820 | vmtouch (2) +800 MiB",
                "2/chatd/5/9 stacks=0 | 2/chatd/5/9,th=6401 stacks=100 | chatd (2) +100 MiB",
                // each thread takes something of slab, too, but no more than slab has grown by
                "2/chatd/5/9 stacks=0 | 2/chatd/5/9,th=6401 stacks=100 slab=45"
                        + " | chatd (2) +138 MiB, slab +8 MiB",
                // a container's figures tell of no stacks
                "2/chatd/5/9 other=5 | 2/chatd/5/9,th=6401 other=105 | chatd (2) +100 MiB",
                // more than there is
                "2/chatd/5/9 3/a/5/5 | 2/chatd/5/9,th=64001 3/a/5/605 | a (3) +600 MiB",
                // a small part of what a unit is charged is that of none of its processes
                "2/db/1/100,u=db unit:db:100:0:0 | 2/db/1/950,u=db unit:db:1100:0:0 anon=1100"
                        + " | db (2) in db +850 MiB, unknown processes in db +150 MiB",
                "vmalloc=5 | vmalloc=505 | vmalloc +500 MiB",
                "swapcache=5 | swapcache=505 | swap cache +500 MiB",
            })
    void nothingThatGrewStaysUnnamed(String first, String last, String expected) {
        assertFirst(expected, first, last);
    }

    /** It had mapped the file, which is still there. */
    @Test
    void whatIsGoneAndStillThereIsToldOnce() {
        Scene scene = new Scene().at(900, "5/init/0/5 mount:/dev/shm:0");
        scene.at(910, "5/init/0/5 50/loader/905/5,sh=700 shmem=700 mount:/dev/shm:700");
        String note = scene.note(932, "5/init/0/5 shmem=700 mount:/dev/shm:700");
        assertEquals("grown in 32 s: tmpfs /dev/shm +700 MiB; gone: loader (50) had 5 MiB", note);
    }

    /** A container under another name each hour, larger each time. */
    @Test
    void aContainerThatIsReplacedOften() {
        DoubleFunction<String> shop =
                hour -> {
                    int n = (int) hour;
                    String start = "/" + n * 3600 + "/";
                    return (100 + n) + "/shop" + start + (600 + 170 * n) + ",u=docker/" + n;
                };
        String note = past(20, shop).note(20 * HOUR, shop.apply(20));
        assertEquals(
                "grown in 19 h: shop (120) in docker/20 +3.3 GiB, steadily, replaced 20 times",
                note);
    }

    // ---- The right level

    /** Twelve names, each with 80 MiB. */
    private static String build(int count, String options) {
        return IntStream.range(0, count)
                .mapToObj(i -> (4712 + i) + "/cc" + (char) ('a' + i) + "/1050/80" + options)
                .collect(Collectors.joining(" "));
    }

    @Test
    void aJobOfManyNames() {
        String note =
                new Scene()
                        .at(1000, "4711/make/900/3")
                        .note(1100, "4711/make/900/3 " + build(12, ",s=4711,p=4711"));
        assertTrue(
                note.startsWith(
                        "grown in 100 s: 13 processes of make (4711) +960 MiB (cca (4712) 80 MiB,"
                                + " "),
                note);
    }

    /** Two builds have the same names: processes of the smaller one stay named. */
    @Test
    void twoJobsOfTheSameNames() {
        String makes = "4711/make/900/3 5711/make/900/3 ";
        String large = build(12, ",s=4711,p=4711");
        String small = build(12, ",s=5711,p=5711").replaceAll("47(\\d\\d/cc./\\d+/)80", "57$120");
        String note = new Scene().at(1000, makes).note(1100, makes + large + " " + small);
        String job = "grown in 100 s: 13 processes of make (4711) +960 MiB (cca (4712) 80 MiB, ";
        assertTrue(note.startsWith(job), note);
        assertTrue(note.contains("; new: cca (5712) 20 MiB, ccb (5713) 20 MiB, "), note);
    }

    /** Hours later it is known what groups have grown by, and not which of their processes. */
    @Test
    void whatIsKnownByGroupMakesNoProcessAndNoUserTheCulprit() {
        DoubleFunction<String> machine =
                hour -> {
                    String old = build(12, ",uid=1").replace("/1050/80", "/50/3000");
                    String other = build(12, ",uid=2").replaceAll("47(../cc./)1050/80", "57$150/");
                    return old + " " + other.replace("/50/,", "/50/" + (10 + 20 * hour) + ",");
                };
        String note = note(10, machine);
        assertTrue(note.startsWith("grown in 9 h: cca ×2 +180 MiB, steadily, ccb ×2"), note);
    }

    @Test
    void aUnitOfManyNames() {
        String note =
                new Scene()
                        .at(1000, "4711/make/900/3")
                        .note(1100, "4711/make/900/3 " + build(12, ",u=build.service"));
        assertTrue(note.startsWith("grown in 100 s: build.service +960 MiB (cca (4712) in"), note);
    }

    /** The largest of three, none of which explains half. */
    @Test
    void aUnitOfManyNamesBesideOthers() {
        String others = " 8/etl/1050/600,exec=yes,s=8 9/sort/1050/550,exec=yes,s=9 ";
        String note =
                new Scene()
                        .at(1000, "1/init/900/3")
                        .note(1100, "1/init/900/3" + others + build(12, ",u=ci"));
        assertTrue(note.startsWith("grown in 100 s: ci +960 MiB (cca (4712) in ci 80 MiB,"), note);
    }

    /** A desktop's programs have units of their own; its shell is the leader of their session. */
    @Test
    void aProgramOfManyNamesOnADesktop() {
        String shell = "20/gnome-shell/5/300,u=user~1000 ";
        String app = build(12, ",s=20,u=user~1000:~app-x.scope");
        String note = new Scene().at(1000, shell).note(1100, shell + app);
        String first = "user 1000: app-x.scope +960 MiB (cca (4712) in";
        assertTrue(note.startsWith("grown in 100 s: " + first), note);
    }

    /** It leaks, is killed, is started again, and leaks: use was as high ten minutes ago. */
    @Test
    void aServiceThatLeaksAgainAfterItsRestart() {
        String others = "5/db/1/500 ";
        Scene scene = new Scene();
        for (int start = 90000; start < 91200; start += 300) {
            String app = others + start + "/app/" + start + "/1000,u=app.service";
            scene.at(start + 270, app).at(start + 290, others);
        }
        String note = scene.note(91470, others + "91200/app/91200/1000,u=app.service");
        assertEquals("new in 280 s: app (91200) in app.service 1000 MiB", note);
    }

    /** What rose since use was lowest is too little to have a name. */
    @Test
    void aFallIsNoReasonToNameNobody() {
        String risen = " slab=0.9 tables=0.9 vmalloc=0.9 percpu=0.9 other=0.9";
        String note =
                new Scene()
                        .at(1000, "1/a/1/500 2/b/1/10")
                        .at(1010, "1/a/1/470 2/b/1/12")
                        .note(1011, "1/a/1/470 2/b/1/12" + risen);
        assertTrue(note.startsWith("grown in 11 s: b (2) +2 MiB"), note);
    }

    /** With a memory controller: ten containers are replaced, and each is a little larger. */
    @Test
    void manyContainersAreReplaced() {
        String before = "";
        String after = "";
        for (int i = 0; i < 10; i++) {
            String container = " %d/java/%d/%d,u=docker/%s unit:docker/%<s:%3$d:0:0";
            before += container.formatted(10 + i, 5, 1000 + 20 * i, "a" + i);
            after += container.formatted(50 + i, 1050, 1100 + 20 * i, "b" + i);
        }
        String note = new Scene().at(1000, before).note(1100, after);
        assertTrue(
                note.matches(".*: java ×10 \\+1000 MiB \\((java .5\\d. in .{9} \\+100 MiB,? ?)+.*"),
                note);
    }

    /** The unit has gone; its files were charged to it, and are now to the group around. */
    @Test
    void whatAUnitLeavesBehindIsNoGrowth() {
        String others = " 1/a/1/%1$d 2/b/1/%1$d 3/c/1/%1$d shmem=2000";
        String backup = "unit:backup.service:1:2000:0" + others.formatted(100);
        String note =
                new Scene()
                        .at(1000, backup)
                        .note(1100, "left:system.slice:0:2000:0" + others.formatted(500));
        String all = "a (1) +400 MiB, b (2) +400 MiB, c (3) +400 MiB";
        assertEquals("grown in 100 s: " + all, note);
    }

    /**
     * A unit is named, and its user has more: the unit is not named again as a part of the user.
     */
    @Test
    void aUnitThatIsNamedIsNotToldOnceMoreAsItsUser() {
        String web = " 2/pool/921/0,sh=300 3/pool/921/0,sh=300 4/worker/921/0,sh=200";
        web += " 6/worker/921/0,sh=200 7/worker/921/0,sh=200";
        web = web.replace("/0,sh", "/0,u=web,uid=33,sh") + " shmem=800 mapped=800 ";
        String user = build(12, ",uid=33").replace("/1050/", "/921/");
        String note = new Scene().at(900, "5/init/0/5").note(932, "5/init/0/5" + web + user);
        assertTrue(note.startsWith("grown in 32 s: web +800 MiB (pool ×2"), note);
        assertTrue(note.contains("; new: cca (4712) 80 MiB, "), note);
    }

    @Test
    void aJobWhoseLeaderHasGone() {
        Scene scene = new Scene().at(1000, "1/init/0/3");
        String note = scene.note(1100, "1/init/0/3 " + build(12, ",s=4711"));
        assertTrue(note.startsWith("grown in 100 s: 12 processes of session 4711 +960 MiB"), note);
        assertEquals(0, firstPid(scene));
    }

    /** The item of a user has no PID: no script is looked up for it. */
    @Test
    void aUserOfManySessions() {
        Scene scene = new Scene().at(1000, "1/init/0/3");
        String note = scene.note(1100, "1/init/0/3 " + build(12, ",uid=4294967294"));
        String user = "12 processes of user 4294967294 +960 MiB";
        assertTrue(note.startsWith("grown in 100 s: " + user), note);
        assertEquals(0, firstPid(scene));
    }

    /** What a database or the kernel gave back, a build has taken: next to nothing has risen. */
    @ParameterizedTest
    @ValueSource(strings = {"5/db/1/40", "5/db/1/100", "5/db/1/1000 slab=60"})
    void whatWasGivenBackIsToBeExplainedToo(String others) {
        String before = "4711/make/900/3 5/db/1/1000 slab=1060";
        String after = "4711/make/900/3 " + build(12, ",s=4711,p=4711") + " " + others;
        after += others.contains("slab") ? "" : " slab=1060";
        String note = new Scene().at(1000, before).note(1100, after);
        assertTrue(note.startsWith("grown in 100 s: 13 processes of make (4711) +960 MiB"), note);
        String ended = "4711/make/900/3 " + build(12, ",s=4711,p=4711");
        note = new Scene().at(1000, before).note(1100, ended);
        assertTrue(note.startsWith("grown in 100 s: 13 processes of make (4711) +960 MiB"), note);
    }

    /** One gives back what another one takes, of whatever kind. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2/old/1/%d 3/new/1/%d",
                "2/old/1/5,sh=%d 3/new/1/5,sh=%d shmem=905 mapped=905",
                "2/old/1/5,huge=%d 3/new/1/5,huge=%d huge=905",
                "2/old/1/5,lock=%d 3/new/1/5,lock=%d held=905",
                "2/old/1/5,pt=%d 3/new/1/5,pt=%d tables=905",
            })
    void whatWasGivenBackCountsOnce(String machine) {
        Scene scene = new Scene().at(1000, machine.formatted(900, 5));
        Growth growth = scene.answer(1100, machine.formatted(5, 900)).growth();
        assertEquals(895 * 1024, growth.givenBackKiB());
        assertEquals(895 * 1024, growth.namedKiB());
    }

    /** No unit, no job and no user has most of it. */
    @Test
    void aCommandInManyUnits() {
        String before = "";
        String after = "";
        for (int i = 1; i <= 40; i++) {
            String celery = " " + (100 + i) + "/celery/5/%d,u=worker@" + i + ".service";
            before += celery.formatted(100);
            after += celery.formatted(300 + i / 40);
        }
        String note = new Scene().at(1000, before + " 9/db/5/90").note(1100, after + " 9/db/5/590");
        String first = "celery ×40 +7.8 GiB (celery (140) in worker@40.service +201 MiB, ";
        assertTrue(note.startsWith("grown in 100 s: " + first), note);
    }

    /** A command runs in units and in none, and all of it counts. */
    @Test
    void aCommandInUnitsAndInNone() {
        String celery = "1/celery/5/%1$d 2/celery/5/%1$d 3/celery/5/%1$d,u=a";
        celery += " 4/celery/5/%1$d,u=b 9/db/5/%1$d";
        String note = new Scene().at(1000, celery.formatted(100)).note(1100, celery.formatted(300));
        String members =
                " (celery ×2 +400 MiB, celery (3) in a +200 MiB, celery (4) in b +200 MiB)";
        assertEquals("grown in 100 s: celery ×4 +800 MiB" + members + ", db (9) +200 MiB", note);
    }

    /** What its group has beyond its processes is no process of the user. */
    @Test
    void aUserWithAPartOfAGroup() {
        String before = "10/pg/1/100,sh=100,uid=70 11/pg/1/100,uid=70 mapped=100 shmem=100";
        String after = "10/pg/1/400,sh=500,uid=70 11/pg/1/400,uid=70 mapped=500 shmem=500";
        for (int i = 1; i <= 4; i++) {
            before += " %d/a%<d/1/10,uid=70".formatted(i);
            after += " %d/a%<d/1/175,uid=70".formatted(i);
        }
        for (int i = 5; i <= 9; i++) {
            before += " %d/x%<d/1/10".formatted(i);
            after += " %d/x%<d/1/178".formatted(i);
        }
        String note = new Scene().at(1000, before).note(1100, after);
        assertTrue(note.startsWith("grown in 100 s: 6 processes of user 70 +1.2 GiB"), note);
        assertTrue(note.contains("), pg ×2 +400 MiB, "), note);
    }

    private static int firstPid(Scene scene) {
        Answer answer = scene.answer(1100, "1/init/0/3 " + build(12, ",uid=33,s=4711"));
        return answer.growth().items().get(0).pid();
    }

    /** A history has sizes of 32 bits; what a hundred share of 32 GiB is more. */
    @Test
    void whatIsSharedIsMoreThanTwoTebibytes() {
        String backends = workers(100, 100, "/postgres/1050/1,sh=32768,u=db");
        String note =
                new Scene()
                        .at(1000, "1/init/0/3")
                        .note(1100, "1/init/0/3 " + backends + " shmem=32768 mapped=32768");
        assertEquals("new in 100 s: postgres ×100 in db 32.1 GiB (shared)", note);
        java.util.function.IntFunction<String> machine =
                mib -> {
                    String pool = workers(100, 220, "/pg/1/1,sh=" + mib);
                    return pool + " shmem=%d mapped=%<d".formatted(mib);
                };
        note = new Scene().at(1000, machine.apply(11264)).note(1100, machine.apply(16384));
        assertEquals("grown in 100 s: pg ×220 +5.0 GiB (shared)", note);
    }

    // ---- The right window

    /** Each ten minutes, what a function of the hour says. */
    private static Scene past(double hours, DoubleFunction<String> words) {
        Scene scene = new Scene();
        for (double hour = 0; hour < hours; hour += 1 / 6.0) {
            scene.at(hour * HOUR, words.apply(hour));
        }
        return scene;
    }

    /** The answer for such a machine at an hour. */
    private static Answer answer(double hour, DoubleFunction<String> machine) {
        return past(hour, machine).answer(hour * HOUR, machine.apply(hour));
    }

    private static String note(double hour, DoubleFunction<String> machine) {
        return Notes.growth(answer(hour, machine), item -> "").get(0);
    }

    private static String lead(double hour, DoubleFunction<String> machine) {
        return Lead.of(answer(hour, machine), item -> "").text();
    }

    @Test
    void aFastLeak() {
        Scene scene = past(30, hour -> "2/a/0/500 3/b/0/100");
        scene.at(30 * HOUR, "2/a/0/500 3/b/0/100");
        assertEquals(
                "grown in 10 min: a (2) +1.5 GiB",
                scene.note(30 * HOUR + 600, "2/a/0/2036 3/b/0/100"));
    }

    @Test
    void aSlowLeakBesideADailyBackup() {
        Scene scene =
                past(
                        60,
                        hour ->
                                "2/java/0/"
                                        + (500 + 160 * hour)
                                        + ",u=app.service"
                                        + (hour % 24 < 2 ? " 3/backup/9/4000" : ""));
        String note = scene.note(60 * HOUR, "2/java/0/10100,u=app.service");
        assertTrue(
                note.matches(
                        "grown in 59 h: java [(]2[)] in app.service [+]9.\\d GiB," + " steadily.*"),
                note);
    }

    /** A cache that swings by day, and is no larger than on each day before. */
    @Test
    void aLeakBesideADailyCurve() {
        DoubleFunction<String> machine =
                hour -> {
                    double cache = 2000 - 1200 * Math.cos(2 * Math.PI * hour / 24);
                    return "2/cached/0/" + cache + " 3/leaky/0/" + (300 + 700 * hour / 156);
                };
        String note = note(156, machine);
        assertTrue(note.matches("grown in [67] days: .*leaky [(]3[)] [+]\\d+ MiB, .*"), note);
    }

    /** The item that explains most of the climb comes first, then what grew in the last minutes. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3/backup/108100/500,exec=yes | java (2) +5.7 GiB in 29 h, then backup (3) +500 MiB"
                        + " in 8 min",
                "3/backup/108100/50,exec=yes | java (2) +5.7 GiB in 29 h",
                "3/backup/108100/500,exec=yes slab=700"
                        + " | java (2) +4.7 GiB in 24 h, then slab +700 MiB in 20 min",
            })
    void aLeakAndTheLastDrop(String drop, String expected) {
        Scene scene = past(30, hour -> "2/java/0/" + (1000 + 200 * hour));
        Answer answer = scene.answer(30 * HOUR + 600, "2/java/0/7000 " + drop);
        assertEquals(expected, Lead.of(answer, item -> "").text());
    }

    /** In which time something grew, however long ago the moment is that it is compared with. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2/db/0/500 3/etl/8660/900,exec=yes | etl (3) +900 MiB in 40 s",
                "2/db/0/500 3/w/8600/400,exec=yes 4/w/8660/500,exec=yes | w ×2 +900 MiB in 100 s",
                "2/db/0/1400 | db (2) +900 MiB in 75 min",
                "2/db/0/1400 3/etl/8660/600,exec=yes"
                        + " | db (2) +900 MiB, etl (3) +600 MiB in 75 min",
            })
    void whatIsNewGrewSinceItWasStarted(String now, String expected) {
        Answer answer = new Scene().at(4200, "2/db/0/500").answer(8700, now);
        assertEquals(expected, Lead.of(answer, item -> "").text());
    }

    /** A cache that goes up and down each hour, as ever; a backup at each night. */
    @Test
    void whatWasAsLargeBeforeIsNoNews() {
        DoubleFunction<String> machine =
                hour -> {
                    double cache = 1100 - 600 * Math.cos(2 * Math.PI * hour);
                    return "2/cached/0/" + cache + " 3/leaky/0/" + (300 + 60 * hour);
                };
        Answer answer = past(30, machine).answer(30 * HOUR, "2/cached/0/1700 3/leaky/0/2100");
        assertEquals("leaky (3) +1.7 GiB in 29 h", Lead.of(answer, item -> "").text());
        String note = Notes.growth(answer, item -> "").get(0);
        assertTrue(note.contains("cached (2) +1.2 GiB, as large before"), note);
    }

    /** A build, an import into /tmp or a scan of all files, each night; and a leak beside. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ",u=ci",
                ",uid=33",
                ",s=77",
                "mount:/tmp:%1$d shmem=%1$d",
                "slab=%d",
                "shmem=%d"
            })
    void whatIsThereEachNightIsNoNews(String what) {
        DoubleFunction<String> machine =
                hour -> {
                    boolean isNight = hour % 24 < 1;
                    String start = "/" + (int) hour / 24 * 86_400 + "/";
                    String build = isNight ? build(12, what).replace("/1050/", start) : "";
                    String night = what.startsWith(",") ? build : what.formatted(isNight ? 990 : 9);
                    return "3/leaky/0/" + (300 + 20 * hour) + " 4/db/0/900 " + night;
                };
        assertEquals("leaky (3) +1.4 GiB in 72 h", lead(72.5, machine));
    }

    /** A backup that is much larger than the leak beside it, in a new container each night. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",u=docker/%1$d5ae", ",u=session-%d.scope"})
    void aBackupEachNightIsNoNews(String unit) {
        DoubleFunction<String> machine =
                hour -> {
                    int day = (int) hour / 24;
                    String start = "7%d/restic/%d/".formatted(day, day * 86_400);
                    String backup = start + 6000 + unit.formatted(day);
                    return "3/leaky/0/" + (300 + 15 * hour) + (hour % 24 < 1 ? " " + backup : "");
                };
        assertEquals("leaky (3) +1.0 GiB in 72 h", lead(72.5, machine));
    }

    /** It takes ten minutes, with a look each minute; a day later, there are some for each hour. */
    @ParameterizedTest
    @ValueSource(doubles = {26.1, 50.1, 74.1, 98.1})
    void aShortBackupEachNightIsNoNews(double now) {
        DoubleFunction<String> machine =
                hour ->
                        "3/leaky/0/%s total=16384 ".formatted(300 + 15 * hour)
                                + (hour % 24 > 2 && hour % 24 < 2.17 ? "9/restic/0/4000" : "");
        Scene scene = new Scene();
        for (double hour = 1; hour < now; hour += 1 / 60.0) {
            scene.at(hour * HOUR, machine.apply(hour));
        }
        Answer answer = scene.answer(now * HOUR, machine.apply(now));
        String lead = Lead.of(answer, item -> "").text();
        assertTrue(lead.matches("leaky .3. .* in \\d+ h"), lead);
    }

    /** Twenty units leak alike: three are named, and how much the others took. */
    @Test
    void manyThatGrowAlikeAreCounted() {
        DoubleFunction<String> machine =
                hour -> {
                    StringBuilder words = new StringBuilder("1/init/0/10 ");
                    for (int i = 10; i < 30; i++) {
                        words.append(
                                "%1$d/app%1$d/0/%2$s,u=app%1$d ".formatted(i, 100 + 10 * hour));
                    }
                    return words.toString();
                };
        Answer answer = answer(24, machine);
        String note = Notes.growth(answer, item -> "").get(0);
        assertTrue(note.matches("grown in 23 h: .*, app12 .*steadily, 17 more [+]3.8 GiB"), note);
        String lead = Lead.of(answer, item -> "").text();
        assertTrue(lead.matches("app10 .* and 18 more [+]4.0 GiB in 23 h"), lead);
    }

    /** A backup that is as large each night is no headline, if a leak began just then. */
    @Test
    void whatWasAsLargeBeforeIsNoHeadline() {
        DoubleFunction<String> machine =
                hour ->
                        "2/leak/0/"
                                + (100 + Math.max(0, hour - 96.35) * 400)
                                + (hour % 24 > 2 && hour % 24 < 4 ? " 9/restic/0/4000" : "");
        String lead = lead(98.35, machine);
        assertTrue(lead.matches("leak .2. .800 MiB in \\d+ h"), lead);
    }

    /** Another one of the same name was larger, and has ended. */
    @Test
    void whatAnotherOneHadIsNoPast() {
        DoubleFunction<String> machine =
                hour ->
                        "22/node/5/%s,u=pm2 3/redis/5/%s,u=redis "
                                        .formatted(100 + 80 * hour, 100 + 25 * hour)
                                + (hour < 10 ? "21/node/5/2000,u=pm2" : "");
        Answer answer = answer(40, machine);
        String note = Notes.growth(answer, item -> "").get(0);
        String expected = "grown in \\d+ h: node .22. in pm2 .*, steadily, redis .*, steadily";
        assertTrue(note.matches(expected), note);
        String lead = Lead.of(answer, item -> "").text();
        assertTrue(lead.matches("node .22. in pm2 .*"), lead);
    }

    /** A deploy, an hour and a half ago; most snapshots are younger. */
    @Test
    void aStepIsNoTrend() {
        DoubleFunction<String> machine =
                hour ->
                        "2/app/0/%d 3/etl/0/%d"
                                .formatted(hour < 28.55 ? 1000 : 4000, hour < 29.87 ? 100 : 1500);
        Scene scene = past(29, machine);
        for (double hour = 29; hour < 30; hour += hour < 29.83 ? 1 / 60.0 : 1 / 360.0) {
            scene.at(hour * HOUR, machine.apply(hour));
        }
        String note = scene.note(30 * HOUR, machine.apply(30));
        assertEquals("grown in 10 min: etl (3) +1.4 GiB; grown in 6 h: app (2) +2.9 GiB", note);
    }

    /** What fills a mount or the kernel's memory hour by hour is a leak, too. */
    @ParameterizedTest
    @CsvSource({
        "slab=%d, slab",
        "mount:/var/log:%1$d shmem=%1$d, tmpfs /var/log",
        "shmem=%d, tmpfs and shared memory",
        "'2/a/0/%1$d,u=b 3/b/0/%1$d,u=b 4/c/0/%1$d,u=b', b"
    })
    void aLeakOfManyPartsOrNone(String what, String name) {
        DoubleFunction<String> machine = hour -> what.formatted((int) (20 * hour)) + " 9/db/0/900";
        Answer answer = answer(40, machine);
        Growth.Item first = answer.growth().items().get(0);
        assertEquals(name, first.name());
        assertTrue(first.course().isSteady(), name);
    }

    /** Figures of forked processes that share are not sure at each look. */
    @Test
    void whatWasAsLargeForAMomentIsNews() {
        Scene scene = past(3, hour -> "2/store/0/" + (hour > 1 && hour < 1.3 ? 1200 : 600));
        String note = scene.note(3 * HOUR, "2/store/0/1200");
        assertTrue(note.endsWith(": store (2) +600 MiB"), note);
        scene = past(3, hour -> "2/store/0/" + (hour > 2.1 && hour < 2.8 ? 1200 : 600));
        note = scene.note(3 * HOUR, "2/store/0/1200");
        assertTrue(note.endsWith(": store (2) +600 MiB"), note);
    }

    /** More page tables than RAM, for instance: such figures are those of no machine. */
    @Test
    void figuresThatContradictEachOtherAreDoubtful() {
        Scene scene = new Scene().at(900, "2/a/1/5 other=0");
        Answer answer = scene.answer(932, "2/a/1/905 other=-500");
        Lead lead = Lead.of(answer, item -> "");
        assertEquals("perhaps a (2) +900 MiB in 32 s", lead.text());
        assertTrue(lead.culprit().isEmpty());
        assertEquals(
                "doubtful: the kernel's figures contradict each other: all that is named is 900"
                        + " MiB, but it can be no more than 400 MiB",
                Notes.growth(answer, item -> "").get(1));
    }

    @Test
    void workersThatAreReplacedEachHour() {
        Scene scene =
                past(
                        24,
                        hour -> {
                            int start = (int) hour;
                            return IntStream.range(0, 4)
                                    .mapToObj(
                                            i ->
                                                    (100 + 10 * start + i)
                                                            + "/worker/"
                                                            + start * 3600
                                                            + "/"
                                                            + (100 + 50 * hour)
                                                            + ",u=web.service")
                                    .collect(Collectors.joining(" "));
                        });
        String note = scene.note(24 * HOUR, workers(900, 4, "/worker/86000/1300,u=web.service"));
        assertTrue(
                note.matches(
                        "grown in 2[2-4] h: worker ×4 in web.service [+]4.\\d GiB, steadily.*"),
                note);
    }

    @Test
    void aDeployThatDoubledEverythingYesterday() {
        Scene scene = past(48, hour -> "2/app/0/" + (hour < 24 ? 2000 : 4000) + " 3/b/0/100");
        String note = scene.note(48 * HOUR, "2/app/0/4100 3/b/0/100");
        assertTrue(note.matches("grown in .*: app [(]2[)] [+]2.\\d GiB"), note);
    }

    /** A server that filled three hours ago: use is flat since then, and crosses by a hair. */
    @Test
    void whatGrewHoursAgoAndIsFlatSince() {
        Scene scene = past(10, hour -> "2/app/0/" + (hour < 7 ? 100 : 4100) + " 3/b/0/50");
        String note = scene.note(10 * HOUR, "2/app/0/4100 3/b/0/50");
        assertEquals("grown in 6 h: app (2) +3.9 GiB", note);
    }

    /** Nothing is larger than ever before: the item that swings is named, also after its peak. */
    @ParameterizedTest
    @ValueSource(ints = {204, 205})
    void aDailyCurveAlone(int now) {
        DoubleFunction<String> machine =
                hour -> "2/cached/0/" + (2000 - 1200 * Math.cos(2 * Math.PI * hour / 24));
        String note = note(now, machine);
        assertTrue(note.startsWith("grown in 6 h: cached (2) +"), note);
    }

    /** A job has no past, even if a process has its name. */
    @Test
    void aJobIsNoGroup() {
        Scene scene = new Scene();
        for (int second : new int[] {4000, 6000, 8000, 10000, 11500, 11950}) {
            scene.at(second, "4711/make/900/3");
        }
        String build = build(12, ",s=4711,p=4711").replace("/1050/", "/11960/");
        String note = scene.note(12000, "4711/make/900/3 " + build);
        assertTrue(note.startsWith("grown in 33 min: 13 processes of make (4711) +960 MiB"), note);
    }

    /** Two points are always on a straight line. */
    @Test
    void fewSnapshotsAreNoTrend() {
        Scene scene = new Scene().at(10 * HOUR, "2/a/0/100").at(11 * HOUR, "2/a/0/600");
        assertEquals("grown in 120 min: a (2) +900 MiB", scene.note(12 * HOUR, "2/a/0/1000"));
    }

    @Test
    void aFastLeakOnTopOfASlowOne() {
        String old = " 4/old/0/6000"; // gone since yesterday
        Scene scene =
                past(
                        48,
                        hour ->
                                "2/slow/0/"
                                        + (500 + 100 * hour)
                                        + " 3/fast/0/10"
                                        + (hour < 24 ? old : ""));
        scene.at(48 * HOUR, "2/slow/0/5300 3/fast/0/10");
        String note = scene.note(48 * HOUR + 600, "2/slow/0/5310 3/fast/0/8010");
        assertTrue(note.startsWith("grown in 10 min: fast (3) +7.8 GiB"), note);
        assertTrue(note.matches(".*; grown in (47 h|2 days): slow [(]2[)] [+]4.\\d GiB.*"), note);
        assertTrue(!note.contains("old"), note);
    }

    /** What explains more comes first: here the slow one, which still grows. */
    @Test
    void aSlowLeakBelowAFastOne() {
        Scene scene = past(48, hour -> "2/slow/0/" + (500 + 100 * hour) + " 3/fast/0/10");
        String note = scene.note(48 * HOUR + 600, "2/slow/0/5310 3/fast/0/1010");
        String both = "slow [(]2[)] [+]4.\\d GiB, steadily, fast [(]3[)] [+]1000 MiB";
        assertTrue(note.matches("grown in (47 h|2 days): " + both), note);
    }

    /** Servers that filled when they were started, days ago, and are as they were since then. */
    @ParameterizedTest
    @CsvSource({"0, 9216", "0, 1300", "40, 9216"})
    void aFastLeakBesideServersThatAreWarm(double startHour, int leakMib) {
        Scene scene = new Scene().at(4, "1/init/0/8");
        String servers = "1/init/0/8 2/db/5/%.0f 3/java/5/%.0f 4/redis/5/%.0f 5/etl/5/";
        for (double hour = 0; hour < 72; hour += hour < startHour + 2 ? 1 / 60.0 : 1 / 6.0) {
            double warm = Math.min(1, Math.max(0, 2 * (hour - startHour)));
            scene.at(hour * HOUR, servers.formatted(20000 * warm, 9000 * warm, 8000 * warm) + 300);
        }
        String now = servers.formatted(20000.0, 9000.0, 8000.0);
        for (int second = 0; second < 300; second += 10) {
            scene.at(72 * HOUR + second, now + (300 + leakMib * second / 300));
        }
        String note = scene.note(72 * HOUR + 300, now + (300 + leakMib));
        assertTrue(note.startsWith("grown in 14 min: etl (5) +"), note);
    }

    /** A database that filled its cache for a day, and has it since some hours. */
    @ParameterizedTest
    @ValueSource(ints = {4, 6, 8, 10, 12})
    void aFastLeakBesideACacheThatIsFull(int fullHours) {
        String database = "2/db/0/%.0f 3/etl/0/";
        Scene scene =
                past(
                        96,
                        hour -> {
                            double filled = (hour - 96 + fullHours + 24) / 24;
                            double share = Math.max(0, Math.min(1, filled));
                            return database.formatted(200 + 7800 * share) + 100;
                        });
        String note = scene.note(96 * HOUR, database.formatted(8000.0) + 2148);
        assertTrue(note.matches("grown in (1.|20) min: etl [(]3[)] [+]2.0 GiB.*"), note);
    }

    /** What its servers took when it was booted is no growth, an hour later. */
    @ParameterizedTest
    @ValueSource(ints = {15, 40, 62, 75, 150})
    void aFastLeakSoonAfterTheBoot(int minute) {
        Scene scene = new Scene().at(4, "1/init/0/8 3/etl/10/100");
        for (double second = 20; second < minute * 60; second += 20) {
            double db = Math.min(6000, 20 * second);
            double etl = 100 + Math.max(0, 2800 * (1 - (minute * 60 - second) / 300));
            scene.at(second, "1/init/0/8 2/db/5/" + db + " 3/etl/10/" + etl);
        }
        String note = scene.note(minute * 60, "1/init/0/8 2/db/5/6000 3/etl/10/2900");
        assertTrue(note.matches("grown in \\d+ (min|s): etl [(]3[)] [+]2.7 GiB"), note);
    }

    /** The machine has been looked at twice before. */
    @Test
    void aFastLeakRightAfterTheBoot() {
        Scene scene = new Scene().at(20, "2/db/5/300 3/etl/10/100");
        assertTrue(
                scene.note(45, "2/db/5/310 3/etl/10/900")
                        .startsWith("grown in 25 s: etl (3) +800 M"));
        scene.at(81, "2/db/5/310 3/etl/10/6000");
        String note = scene.note(141, "2/db/5/310 3/etl/10/6000");
        assertTrue(note.startsWith("grown in 96 s: etl (3) +5.0 GiB"), note);
    }

    /** Together they are a straight line. */
    @Test
    void aSlowLeakInManyUnits() {
        DoubleFunction<String> workers =
                hour ->
                        IntStream.range(0, 40)
                                .mapToObj(i -> (100 + i) + "/celery/5/%.1f,u=w@" + i + ".service")
                                .collect(Collectors.joining(" "))
                                .replace("%.1f", "" + (100 + 5 * hour));
        String note = past(48, workers).note(48 * HOUR, workers.apply(48));
        assertTrue(note.matches("grown in .*: celery ×40 [+]9.\\d GiB [(].*[)], steadily"), note);
    }

    /** Windows that are older than processes are kept know the group only: it is named once. */
    @Test
    void aBuildInALoginSession() {
        String shell = "4711/bash/900/3,s=4711,u=session-3.scope 5/db/1/2000";
        Scene scene = past(10, hour -> shell);
        String compilers = build(12, ",s=4711,p=4711,u=session-3.scope");
        String note = scene.note(10 * HOUR, shell + " " + compilers.replace("/1050/", "/35900/"));
        String job = "grown in 10 min: 13 processes of bash (4711) +960 MiB (cca (4712) in ";
        assertTrue(note.startsWith(job) && !note.contains("; "), note);
    }

    /** An incident of 20 hours, and a second eater in its last minutes. */
    @Test
    void useClimbsFurther() {
        Scene scene = past(1, hour -> "2/java/0/" + (2000 + 4000 * hour) + " 3/etl/0/200");
        for (double hour = 1; hour < 21; hour += 1 / 60.0) {
            double java = Math.min(12000, 6000 + 18000 * (hour - 1));
            scene.at(hour * HOUR, "2/java/0/" + java + " 3/etl/0/200");
        }
        Reading now = scene.moment(21 * HOUR + 120, "2/java/0/12000 3/etl/0/5200");
        Answer answer =
                Answer.of(
                        scene.history,
                        now,
                        scene.history.add(now),
                        (long) (HOUR * 1e9),
                        now.nanos(),
                        Long::toString);
        List<String> notes = Notes.growth(answer, item -> "");
        assertTrue(notes.get(0).startsWith("grown in 10 min: etl (3) +4.9 GiB"), notes.get(0));
        String since =
                "since shortly before memory was above the threshold, grown in 20 h: java (2) +5.9"
                        + " GiB, etl";
        assertTrue(notes.get(1).startsWith(since), notes.get(1));
    }

    /**
     * While an incident goes on soon after the boot, what had grown before it does not wear off.
     */
    @Test
    void aLongIncidentSoonAfterTheBoot() {
        Scene scene = new Scene().at(20, "1/init/0/8 3/etl/10/50");
        for (int second = 30; second < 300; second += 10) {
            scene.at(
                    second, "1/init/0/8 3/etl/10/" + Math.max(50, Math.min(650, 5 * second - 450)));
        }
        Reading now = scene.moment(300, "1/init/0/8 3/etl/10/650");
        long above = 200_000_000_000L;
        Answer answer =
                Answer.of(scene.history, now, scene.history.add(now), above, above, Long::toString);
        String note = Notes.growth(answer, item -> "").get(0);
        assertEquals("grown in 200 s: etl (3) +600 MiB", note);
    }

    /** From 248 days on, clock ticks do not fit into an int; from 497 on, not into 32 bits. */
    @ParameterizedTest
    @ValueSource(ints = {249, 498})
    void aMachineThatWasBootedLongAgo(int days) {
        long now = days * (long) DAY;
        String old = "1/init/0/3 2/old/" + (now - 900) + "/";
        Scene scene = new Scene().at(now - 600, old + 100);
        String fresh = " 3/fresh/" + (now - 60) + "/500";
        String note = scene.note(now, old + 900 + fresh);
        assertEquals("grown in 10 min: old (2) +800 MiB; new: fresh (3) 500 MiB", note);
    }

    @Test
    void aMachineThatHasJustBeenBooted() {
        assertEquals(
                "grown in 20 s: a (2) +800 MiB",
                new Scene().at(30, "2/a/10/100").note(50, "2/a/10/900"));
    }

    // ---- History

    @Test
    void findsTheSnapshotOfAMoment() {
        Scene scene = new Scene();
        for (int i = 0; i < 10; i++) {
            scene.at(10 * i, "9/b/1/0.5 2/a/1/0.49 3/c/1/" + i + " swap=" + i);
        }
        History history = scene.history;
        assertEquals(9 * 1024, history.swapChangeKiB(-1), "the oldest where there is none");
        assertEquals(6 * 1024, history.swapChangeKiB(39_999_999_999L));
        assertEquals(5 * 1024, history.swapChangeKiB(40_000_000_000L));
        assertEquals(6, history.from(45_000_000_000L).size());
        Snapshot last = history.last();
        assertEquals(9 * 1024, last.privateKiB(ProcessInfo.key(3, 100)));
        assertEquals(0, last.privateKiB(ProcessInfo.key(3, 101)), "another start is another one");
        assertEquals(512, last.privateKiB(ProcessInfo.key(9, 100)));
        assertEquals(0, last.privateKiB(ProcessInfo.key(2, 100)), "small ones are left out");
    }

    @ParameterizedTest
    @CsvSource({
        "59.9, 50, false, 0, false",
        "60, 50, false, 0, true",
        // use has moved, down or up
        "9.9, 49.5, false, 0, false",
        "10, 49.5, false, 0, true",
        "10, 50.5, false, 0, true",
        "10, 50.4, false, 0, false",
        "0.9, 50, true, 0, false",
        "1, 50, true, 0, true",
        // use has moved so far that the next look may come after a kill
        "0.9, 60, false, 0, false",
        "1, 60, false, 0, true",
        "1, 40, false, 0, true",
        "1, 59.9, false, 0, false",
        "5, 60, false, 0.5, true",
        "4.9, 60, false, 0.5, false",
        // what takes long is done rarely
        "99.9, 50, false, 1, false",
        "100, 50, false, 1, true",
        "4.9, 90, true, 0.5, false",
        "5, 90, true, 0.5, true",
    })
    void looksNowAndThen(
            double second, double usedPercent, boolean above, double cost, boolean isDue) {
        History history = new History();
        assertTrue(history.isDue(sample(0, 50), above));
        history.looked(sample(0, 50), (long) (cost * 1e9));
        assertEquals(isDue, history.isDue(sample(second, usedPercent), above));
    }

    private static Sample sample(double second, double usedPercent) {
        return new Sample((long) (second * 1e9), 0, 0, usedPercent, 0, 0);
    }

    @Test
    @Tag("long") // of a run of all, see Tests
    void staysSmallForAWeek() {
        Scene scene = new Scene();
        String words = workers(1, 100, "/p/0/30") + " " + workers(200, 100, "/q/0/30,u=q.service");
        for (int i = 0; i < 8 * 24 * 60; i += 1) { // each minute for eight days
            scene.at(60.0 * i, words);
        }
        List<Snapshot> all = scene.history.all();
        assertTrue(all.size() > 200 && all.size() <= 400, all.size() + " snapshots");
        double now = all.get(all.size() - 1).nanos() / 1e9;
        assertTrue(now - all.get(0).nanos() / 1e9 > 7 * DAY, "goes back a week");
        for (int i = 1; i < all.size() - 1; i++) {
            double older = now - all.get(i - 1).nanos() / 1e9;
            double newer = now - all.get(i).nanos() / 1e9;
            assertTrue(older <= 1.12 * newer + 130, "nothing from " + older + " to " + newer);
        }
        long bytes = all.stream().mapToLong(Snapshot::heapBytes).sum();
        assertTrue(bytes <= History.LIMIT_BYTES, bytes + " bytes");
    }

    @ParameterizedTest
    @CsvSource({"300", "5000", "40000"})
    void isBoundedWithManyProcesses(int processes) {
        Scene scene = new Scene();
        String words = workers(1, processes, "/p/0/1");
        for (int i = 0; i < 40; i++) {
            scene.at(10 * i, words);
        }
        long bytes = scene.history.all().stream().mapToLong(Snapshot::heapBytes).sum();
        assertTrue(bytes <= History.LIMIT_BYTES || scene.history.all().size() == 2, bytes + " B");
    }
}
