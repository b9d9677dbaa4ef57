package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What is understood of the kernel's texts, and of what processes write into them. */
public class ParserTest {
    /** Feeds a text to all parsers; what comes out of it in words is returned. */
    public static String parseAll(String text) {
        ProcFile file = ProcFile.of(text);
        TtyNames.parseDrivers(text);
        MemoryPressure pressure = MemoryPressure.parse(text);
        assertTrue(pressure.somePercent() >= 0 && pressure.fullPercent() < 1000, "" + pressure);
        MemoryKinds kinds =
                MemoryKinds.of(
                        MemInfo.parse(file), MemoryKinds.parseArcKiB(file), file.figure("x"));
        long sum = 0;
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            sum += kinds.sizeKiB(kind);
        }
        assertEquals(kinds.usedKiB(), sum);
        UserNames.parse(file, Set.of(0L), new HashMap<>());
        List<Mount> mounts = new ArrayList<>();
        Mount.parse(file, Set.of("tmpfs", "cgroup2"), mounts);
        mounts.forEach(mount -> mount.path().length());
        assertTrue(Zones.parse(file, 64).presentKiB() >= 0);
        for (ControlGroup group :
                List.of(
                        ControlGroup.parse("x", file, true, 0),
                        ControlGroup.parse("x", file, false, 0))) {
            assertTrue(group.chargedKiB() >= 0, group.toString());
        }
        MemInfo memory = MemInfo.parse(file);
        long total = memory.kiB("MemTotal");
        assertTrue(memory.usedKiB() >= 0 && memory.usedKiB() <= total, "" + memory);
        assertTrue(memory.swapUsedKiB() >= 0, "" + memory);
        String script = ScriptName.of("sh", text) + ScriptName.of("perl", text);
        return script + ProcessUnits.of(text, false, path -> true);
    }

    // ---- Processes

    private static Stat stat(String text) {
        return Stat.parse(7, ProcFile.of(text));
    }

    @Test
    void statFromTheLastParenthesis() {
        String text = "7 (a) S (b\n) R 1 2 3 34816 5 6 7 8 9 10 11 12 13 14 15 -16 17 18 19 20 21";
        Stat stat = stat(text);
        assertEquals("a) S (b\n", new String(stat.comm(), StandardCharsets.US_ASCII));
        assertEquals(
                new Stat(7, stat.comm(), 'R', 1, 2, 3, 34816, 5, false, false, 23, -16, 17, 19),
                stat);
        assertEquals(new Status('R', -1, 17, 0, 0, 0, 0, 0, 0, 0, 0), Status.unknown(stat));
        assertTrue(stat(text.replace(" 6 7 ", " 2097216 7 ")).isKernelThread());
        assertTrue(stat(text.replace(" 6 7 ", " 4194368 7 ")).isForked());
        // counters that have wrapped, and numbers beyond any
        String odd = text.replace(" 11 12 ", " -11 12 ").replace(" 19 ", " 99999999999999999999 ");
        assertEquals(12, stat(odd).cpuTicks());
        assertEquals(1_000_000_000_000_000L, stat(odd).startTicks());
    }

    @Test
    void statusOverridesStat() {
        Status status =
                Status.parse(
                        ProcFile.of(
                                """
                                Name:	x
                                State:	D (disk sleep)
                                Uid:	1000	4294967290	0	0
                                VmPeak:	  99 kB
                                VmSize:	   12345 kB
                                VmLck:	 8 kB
                                VmRSS:	 678 kB
                                VmRSSX:	 1 kB
                                RssAnon:	 9 kB
                                RssFile:	 1 kB
                                RssShmem:	 10 kB
                                VmPTE:	 11 kB
                                VmSwap:	 12 kB
                                HugetlbPages:	 13 kB
                                Threads:	31
                                """),
                        stat("1 (x) S" + " 0".repeat(19)));
        // the effective user, unsigned
        assertEquals(new Status('D', 4294967290L, 31, 12345, 678, 8, 9, 10, 12, 13, 11), status);
    }

    @ParameterizedTest
    @CsvSource({"''", "1", "1 (", "1 (x)", "1 (x) S", "1 (x) S 1 2 3", "')('"})
    void leavesOutWhatMakesNoSense(String stat) {
        assertNull(stat(stat));
    }

    @Test
    void ageAndStartByTheClock() {
        ZonedDateTime now = ZonedDateTime.parse("2026-03-29T12:00:00+02:00[Europe/Berlin]");
        long boot = now.minusHours(11).toEpochSecond(); // the clock is set forward at two
        BootClock clock = new BootClock(1100, boot, now);
        Stat stat = stat("7 (x) S" + " 0".repeat(18) + " 360012");
        assertEquals(LocalDateTime.parse("2026-03-29T01:00:00"), clock.started(stat).minusHours(0));
        assertEquals(1100 - 360_012, clock.elapsedTicks(stat)); // it has started since
        assertEquals(3600.12, clock.seconds(360_012));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "java -Xmx1g -cp a.jar:b.jar -jar /srv/shop.jar --port 1 | shop.jar",
                "java -cp a.jar org.example.Main x | org.example.Main",
                "java -p mods -m shop/org.example.Main x | org.example.Main",
                "java --class-path=a.jar -Dpassword=x -ea --add-opens a/b=ALL Main x | Main",
                "java -javaagent:a.jar -XX:+UseG1GC --enable-preview Main | Main",
                "python3 -m http.server 80 | http.server",
                "python3 -Im http.server 80 | http.server",
                "python3 -W ignore -u /opt/a/worker.py | worker.py",
                "python3 -uWignore -X dev worker.py | worker.py",
                "python3 -E x.py | x.py",
                "perl -w -I /usr/lib x.pl | x.pl",
                "perl -Mstrict -0777 -i.bak -p x.pl | x.pl",
                "ruby -r a -Ilib -W:no-deprecated x.rb | x.rb",
                "ruby -rbundler/setup --yjit x.rb | x.rb",
                "node -r a x.js | x.js",
                "node --max-old-space-size=4096 --enable-source-maps --import a.mjs x.js | x.js",
                "php -d memory_limit=1G -f x.php y | x.php",
                "php artisan queue:work | artisan",
                "sh /etc/cron.daily/backup | backup",
                "bash -eux /etc/cron.daily/backup | backup",
                "bash --norc -euo pipefail +x x.sh | x.sh",
                "node | ''",
                "java -jar | ''",
                "'' | ''",
                // the program itself, in which there may be a password
                "sh -c mysqldump~-phunter2 | ''",
                "sh -ec mysqldump~-phunter2 | ''",
                "bash -lc mysqldump~-phunter2 | ''",
                "bash -c -e mysqldump~-phunter2 | ''",
                "dash -e -uc mysqldump~-phunter2 | ''",
                "bash -oc pipefail mysqldump~-phunter2 | ''",
                "python3 -c import~os | ''",
                "python3 -Ic import~os | ''",
                "python3 -Wignore -Bc import~os | ''",
                "perl -e sleep~1 | ''",
                "perl -ne print x | ''",
                "perl -eprint~1^ x | ''",
                "perl -wlE say x | ''",
                "perl -pie s/a/b/ x | ''",
                "perl -0777ne print x | ''",
                "ruby -ne puts x | ''",
                "ruby -W0e puts x | ''",
                "node -e secret() | ''",
                "node -pe secret() | ''",
                "node --print secret() | ''",
                "node --eval=1 hunter2 | ''",
                "php -r secret(); | ''",
                "php -B secret(); x.php | ''",
                // the program comes from the input, or from somewhere else, and these are its words
                "bash -s hunter2 | ''",
                "python3 - hunter2 | ''",
                "php -- hunter2 | ''",
                "java @options hunter2 | ''",
                "java --module=a/b.Main hunter2 | ''",
                "java -version hunter2 | ''",
                // an option of which it is not known whether it takes the next one
                "java --new-option hunter2 | ''",
                "python3 --new-option hunter2 | ''",
                "perl -Y hunter2 | ''",
                "node --new-option hunter2 | ''",
                "sh -y hunter2 | ''",
                // hostile ones
                "sh /x/\033[2J^root | ?[2J?root",
                "sh /x/a~b c | a?b",
                "sh /x/ | ?",
                "sh /x/\u0085 | ??",
                "sh /aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
                        + " | aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd…",
                // a character of two halves is never parted
                "sh /aaaaaaaaaabbbbbbbbbbccccccccccdddddddd🙂🙂e"
                        + " | aaaaaaaaaabbbbbbbbbbccccccccccdddddddd…",
                "sh /aaaaaaaaaabbbbbbbbbbccccccccccdddddd🙂"
                        + " | aaaaaaaaaabbbbbbbbbbccccccccccdddddd🙂",
            })
    void whatAnInterpreterRuns(String commandLine, String expected) {
        String kernels = commandLine.replace(' ', '\0').replace('~', ' ').replace('^', '\n');
        String name = commandLine.split(" ")[0];
        assertEquals(expected, ScriptName.of(name, kernels + "\0"));
    }

    @ParameterizedTest
    @CsvSource({
        "java, true",
        "python3.11, true",
        "sh, true",
        "bash, true",
        "php8.2, true",
        "node, true",
        "javac, false",
        "ssh, false",
        "fish, false",
        "pythonx, false",
        "'', false"
    })
    void whoIsAnInterpreter(String name, boolean expected) {
        assertEquals(expected, ScriptName.isInterpreter(name));
    }

    // ---- Terminals and users

    @Test
    void ttyDrivers() {
        String text =
                """
                /dev/tty             /dev/tty        5       0 system:/dev/tty
                nonsense
                bad /dev/bad x y z
                serial               /dev/ttyS       4 64-111 serial
                unknown /dev/tty 4 1-63 console
                """;
        assertEquals(
                List.of(
                        new TtyNames.Driver("tty", 4, 1, 63),
                        new TtyNames.Driver("ttyS", 4, 64, 111),
                        new TtyNames.Driver("tty", 5, 0, 0)),
                TtyNames.parseDrivers(text));
        assertEquals(136, TtyNames.major(0x8800));
        assertEquals(3, TtyNames.minor(0x8803));
        assertEquals(256 + 5, TtyNames.minor(0x108805));
    }

    @Test
    void passwd() {
        String text = "root:x:0:0::/:\nnonsense\ntoor:x:0:0::\na:x\nb:*:x:\nc:*:65534:::\n:::\n";
        Map<Long, String> names = new HashMap<>();
        UserNames.parse(ProcFile.of(text + "d:x:7:"), Set.of(0L, 65534L, 5L), names);
        assertEquals(Map.of(0L, "root", 65534L, "c"), names);
    }

    // ---- Memory

    @Test
    void memInfo() {
        String text = "MemTotal:  8000 kB\nHugePages_Total:  3\nx\n: 5\nBad: x\nNo colon\nLast: -7";
        text += "\nMemTotal: 7"; // a line that comes again is not the kernel's
        MemInfo info = MemInfo.parse(ProcFile.of(text));
        assertEquals(
                Map.of("MemTotal", 8000L, "HugePages_Total", 3L, "Bad", 0L, "Last", -7L),
                info.sizesKiB());
        assertEquals(0, info.kiB("Shmem"));
        assertEquals(Map.of(), MemInfo.parse(ProcFile.of("")).sizesKiB());
    }

    /** Figures that cannot be are not believed: lxcfs 5 lets SwapFree wrap. */
    @ParameterizedTest
    @CsvSource({
        "MemTotal: 8000~MemAvailable: 9000, 0, 0",
        "MemTotal: 0~MemAvailable: 9000, 0, 0",
        "MemTotal: 8000~MemAvailable: -5, 8000, 0",
        "SwapTotal: 0~SwapFree: 18446744073709551488, 0, 0",
        "SwapTotal: 100~SwapFree: 101, 0, 0",
        "SwapTotal: 100~SwapFree: -1, 0, 100",
        "MemTotal: 9999999999999999999999999999999999999999~MemAvailable: 1, 999999999999999, 0",
    })
    void figuresThatCannotBe(String lines, long usedKiB, long swapUsedKiB) {
        MemInfo info = MemInfo.parse(ProcFile.of(lines.replace('~', '\n')));
        assertEquals(usedKiB, info.usedKiB());
        assertEquals(swapUsedKiB, info.swapUsedKiB());
        MemoryKinds kinds = MemoryKinds.of(info, 0, 0);
        assertEquals(swapUsedKiB, kinds.swapUsedKiB());
    }

    /** What lxcfs passes on is the host's, and no part of the container's sum. */
    @Test
    void onlyFiguresOfOneScope() {
        String text = "MemTotal: 8\nAnonPages: 5\nHugetlb: 900\nPercpu: 7\nKReclaimable: 77\n";
        MemInfo memory = MemInfo.parse(ProcFile.of(text));
        assertEquals(Map.of("MemTotal", 8L, "AnonPages", 5L), Scope.ofContainer(memory).sizesKiB());
    }

    /** Of a file of any size, each whole line is taken once; one that is too long is not. */
    @Test
    void aLongFileIsReadLineByLine(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("mountinfo");
        try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (int i = 0; i < 12_000; i++) {
                String options = "x".repeat(i % 3000 == 7 ? Bounds.LINE_BYTES + 9000 : i % 1900);
                String type = i % 4000 == 9 ? "tmpfs" : "overlay";
                out.write(
                        "36 35 0:" + i + " / /mnt/\u00e9 rw - " + type + " none " + options + "\n");
            }
        }
        assertTrue(Files.size(file) > 10_000_000);
        List<String> devices = new ArrayList<>();
        for (Mount mount : Mount.read(file.toString(), Set.of("tmpfs"))) {
            assertEquals("/mnt/\u00e9", mount.path());
            devices.add(mount.device());
        }
        assertEquals(List.of("0:9", "0:4009", "0:8009"), devices);
    }

    /** Where its driver has not taken it off MemTotal, with a reserve of 100 KiB and more. */
    @ParameterizedTest
    @CsvSource({
        "'', 300, 8200, 300", // as /proc/vmstat tells it
        "Balloon: 400, 300, 8200, 400",
        "Balloon: 400, 0, 8399, 400",
        "Balloon: 400, 0, 8400, 0", // it is
        "'', 300, 8300, 0",
        "'', 0, 8200, 0"
    })
    void aBalloonIsUsedIfItIsPartOfTheMachine(
            String line, long balloonKiB, long presentKiB, long usedKiB) {
        MemInfo info = MemInfo.parse(ProcFile.of("MemTotal: 8000\nMemAvailable: 7000\n" + line));
        MemoryKinds kinds =
                MemoryKinds.of(
                        info, new MemoryKinds.Elsewhere(0, 0, 0, balloonKiB, presentKiB, 50));
        assertEquals(usedKiB, kinds.sizeKiB(MemoryKinds.Kind.BALLOON));
        assertEquals(50, kinds.sizeKiB(MemoryKinds.Kind.PER_CPU_FREE));
        assertEquals(950 - usedKiB, kinds.sizeKiB(MemoryKinds.Kind.OTHER));
    }

    @Test
    void socketPages() {
        String text =
                "sockets: used 297\n"
                        + "TCP: inuse 9 orphan 0 tw 2 alloc 14 mem 3\n"
                        + "UDP: inuse 4 mem 20\n"
                        + "FRAG: inuse 0 memory 0\n";
        assertEquals(23, MemoryKinds.parseSocketPages(ProcFile.of(text)));
        MemInfo info = MemInfo.parse(ProcFile.of("MemTotal: 8000\nMemAvailable: 7000\n"));
        MemoryKinds kinds = MemoryKinds.of(info, new MemoryKinds.Elsewhere(0, 0, 92, 0, 0, 0));
        assertEquals(92, kinds.sizeKiB(MemoryKinds.Kind.SOCKETS));
    }

    @Test
    void zfs() {
        String text = "name   type data\nhits   4   1\nsizes  4 5\nsize   4   1048576\n";
        assertEquals(1024, MemoryKinds.parseArcKiB(ProcFile.of(text)));
        assertEquals(0, MemoryKinds.parseArcKiB(ProcFile.of("")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "some avg10=0.12 avg60=1.00 avg300=2.00 total=5~full avg10=0.05 avg60=0 total=1~"
                        + " | true | 0.12 | 0.05",
                "some avg10=99.99 avg60=1.00~ | true | 99.99 | 0",
                "'' | false | 0 | 0",
                "nonsense | false | 0 | 0",
                "some avg10=x | false | 0 | 0",
                "some avg10=1e2 | false | 0 | 0",
            })
    void pressure(String text, boolean isKnown, double some, double full) {
        assertEquals(
                new MemoryPressure(isKnown, some, full),
                MemoryPressure.parse(text.replace('~', '\n')));
    }

    // ---- Control groups

    private static final String ID =
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // version 2
                "0::/system.slice/nginx.service | nginx.service",
                "0::/system.slice/system-getty.slice/getty@tty1.service | getty@tty1.service",
                "0::/user.slice/user-1000.slice/session-3.scope | user 1000: session-3.scope",
                "0::/init.scope | init.scope",
                "0::/system.slice/_cpuset.service | cpuset.service", // see cg_escape()
                "0::/system.slice/run-rID.scope | run-r0123456789ab.scope", // of systemd-run
                "0::/system.slice/gone.service (deleted) | gone.service",
                "0::/ | ''",
                "0::/user.slice | ''",
                // what a user has started
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service"
                        + " | user 1000: app-x.service",
                "0::/user.slice/user-1000.slice/user@1000.service/init.scope"
                        + " | user 1000: init.scope",
                "0::/system.slice/php-fpm.service/pool/www | php-fpm.service",
                // containers
                "0::/system.slice/docker-ID.scope | docker/0123456789ab",
                "0::/docker/ID | docker/0123456789ab",
                "0::/docker/ID/init | docker/0123456789ab: init",
                "0::/machine.slice/libpod-ID.scope/container | podman/0123456789ab",
                "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope"
                        + " | user 1000: podman/0123456789ab",
                "0::/kubepods/burstable/pod1f2e3d4c-56-78/ID"
                        + " | pod 1f2e3d4c: container 0123456789ab",
                "0::/lxc/101/ns/system.slice/mariadb.service | lxc/101: mariadb.service",
                "0::/lxc.payload.web/system.slice/x.service | lxc/web: x.service",
                "0::/machine.slice/machine-a\\x2db.scope | machine a-b",
                "0::/system.slice/gr\\xc3\\xb6\\xc3\\x9fe ü.service | größe ü.service",
                "0::/machine.slice/systemd-nspawn@web.service/payload/system.slice/x.service"
                        + " | machine web: x.service",
                "0::/kubepods.slice/kubepods-pod1f2e3d4c_5.slice/cri-containerd-ID.scope"
                        + " | pod 1f2e3d4c: container 0123456789ab",
                // version 1 and both together: systemd's own hierarchy, or the one of version 2
                "4:memory:/system.slice/a.service~1:name=systemd:/system.slice/b.service"
                        + " | b.service",
                "4:memory:/docker/ID~1:name=systemd:/docker/ID | docker/0123456789ab",
                "9:name=systemd:/~0::/test.slice/leaky.service | leaky.service",
                "4:memory:/system.slice/a.service~3:cpu,cpuacct:/system.slice/a.service |"
                        + " a.service",
                // names with colons, hostile ones, and what is none of the kernel's texts
                "0::/system.slice/a:b.service | a:b.service",
                "0::/x/\u001b[2Ja.service | x: ?[2Ja.service",
                "0::/x/.service | x/.service",
                "0::/x/service | x/service",
                "0::/x/a.services | x/a.services",
                "0::/podfeedface/x | podfeedface/x", // no pod of Kubernetes
                "0::/supervisor | supervisor", // in no container
                "0::/../../system.slice/a.service | a.service", // outside of this namespace
                "nonsense | ''",
                "0: | ''",
                "'' | ''",
            })
    void unitOfATextOfCgroups(String text, String expected) {
        String kernels = text.replace("ID", ID).replace('~', '\n');
        assertEquals(expected, unitOf(kernels));
        assertEquals(expected, unitOf(kernels + "\n"));
    }

    /** What has groups with charges of their own; other units keep all they have to themselves. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/slurmstepd.scope/job_102 | slurmstepd.scope: job_102",
                "/system.slice/slurmstepd.scope/job_102/step_0/user/task_0"
                        + " | slurmstepd.scope: job_102",
                "/system.slice/slurmstepd.scope/system | slurmstepd.scope",
                "/system.slice/slurmstepd.scope | slurmstepd.scope",
                "/system.slice/docker.service/init | docker.service",
                "/system.slice/docker.service/docker/ID | docker.service: docker/0123456789ab",
                "/system.slice/docker.service/docker/buildkit/ID"
                        + " | docker.service: docker/buildkit/0123456789ab",
                "/system.slice/k3s.service/kubepods/burstable/pod1f2e3d4c-56-78/ID"
                        + " | k3s.service: pod 1f2e3d4c: container 0123456789ab",
                "/system.slice/containerd.service/"
                        + "kubepods-burstable-pod1f2e3d4c_5.slice:cri-containerd:ID"
                        + " | containerd.service: pod 1f2e3d4c: container 0123456789ab",
                "/system.slice/lxd.service/lxc.payload.web/system.slice/x.service"
                        + " | lxd.service: lxc/web: x.service",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/docker.service/docker/ID"
                        + " | user 1000: docker.service: docker/0123456789ab",
                "/system.slice/docker-ID.scope/system.slice/x.service/job"
                        + " | docker/0123456789ab: x.service: job",
            })
    void groupsBelowAUnitThatDelegates(String path, String expected) {
        String kernels = path.replace("ID", ID);
        assertEquals(expected, GroupName.of(kernels, group -> true).text());
        assertEquals(expected, ProcessUnits.of("0::" + kernels, false, group -> true));
        // the hierarchy that counts memory goes before the others
        String first = "1:name=systemd:/system.slice/a.service\n2:cpu,memory:" + kernels;
        assertEquals(expected, ProcessUnits.of(first, true, group -> true));
        assertEquals("a.service", ProcessUnits.of(first, false, group -> true));
    }

    /** What one who has a group for himself may make in it is bounded: so are LXC's containers. */
    @ParameterizedTest
    @CsvSource({"/lxc.payload.web/x, true", "/lxc/101/x, true", "/batch/101/x, false"})
    void whoHasAGroupForHimself(String path, boolean expected) {
        assertEquals(expected, GroupName.of(path, group -> false).isOwned());
    }

    private static String unitOf(String text) {
        return ProcessUnits.of(text, false, path -> false);
    }

    @Test
    void theUnitOfALongHostilePathIsFoundInTime() {
        String path = "0::" + "/a.service/b.scope".repeat(200) + "/" + "0".repeat(300);
        long begin = System.nanoTime();
        assertEquals("a.service", unitOf(path)); // nothing below it has a name
        unitOf("0::/" + "a".repeat(60_000)); // by the square of its length it would take a minute
        String longest = unitOf("0::" + "/a.servic".repeat(Bounds.GROUP_DEPTH));
        assertTrue(longest.matches("a.servic/.{91}…[0-9a-f]{7,8}"), longest);
        String other = unitOf("0::" + "/a.servic".repeat(Bounds.GROUP_DEPTH - 1));
        assertTrue(!other.equals(longest), "two are not one");
        // what is deeper, or longer, belongs to what is around it
        assertEquals(longest, unitOf("0::" + "/a.servic".repeat(400)));
        String wide = "0::/x/" + "y".repeat(255);
        assertEquals(
                unitOf(wide + ("/" + "z".repeat(255)).repeat(2)),
                unitOf(wide + ("/" + "z".repeat(255)).repeat(14)));
        assertTrue(System.nanoTime() - begin < 5_000_000_000L);
    }

    /** Half a letter in JSON makes shippers drop the whole line. */
    @Test
    void aNameIsNotCutWithinALetter() {
        assertTrue(unitOf("0::/" + "x".repeat(99) + "🙂" + "/y").matches("x{99}…[0-9a-f]{7,8}"));
    }

    /** What the kernel counts in pages: they have 16 KB on a Raspberry Pi 5, 64 elsewhere. */
    @ParameterizedTest
    @ValueSource(longs = {4, 16, 64})
    void pagesOfAnySize(long pageKiB) {
        String text =
                """
                Node 0, zone      DMA
                  pages free     2840
                        min      67
                        present  3998
                        managed  3840
                    cpu: 0
                              count: 5
                              high:  0
                Node 0, zone    DMA32
                        present  500000
                    cpu: 0
                              count: 300
                    cpu: 1
                              count: 12
                """;
        Zones zones = Zones.parse(ProcFile.of(text), pageKiB);
        assertEquals(new Zones(503_998 * pageKiB, 317 * pageKiB), zones);
    }

    @Test
    void thePageSizeOfThisMachine() throws Exception {
        Process getconf = new ProcessBuilder("getconf", "PAGE_SIZE").start();
        String bytes =
                new String(getconf.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                        .strip();
        assertEquals(bytes, Long.toString(Zones.PAGE_KIB * 1024));
    }
}
