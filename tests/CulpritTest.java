import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Incidents on this machine whose culprit is known: the first note under the table has to name it.
 *
 * <p>With a threshold of 0 % the breach begins when the program starts; what happens from then on
 * until the record is what grew.
 */
class CulpritTest {
    private static final int SECONDS = 10;

    /** The first sizes are noted right after the start: that may take so long. */
    private static final int SETTLE_MILLIS = 2000;

    /** How much a culprit takes, in MiB: more than what else goes on on a quiet machine. */
    private static final int MIB = 300;

    @TempDir Path folder;
    private int records;

    /** Others use this machine too: one of them grew more than the culprit. */
    private static final class Disturbed extends Exception {
        private static final long serialVersionUID = 1;

        Disturbed(String reason) {
            super(reason);
        }
    }

    /** A try at a scenario. */
    private interface Try {
        void run() throws Exception;
    }

    /** What happens between the start of the program and its record. */
    private interface Deed {
        void run() throws Exception;
    }

    private static void undisturbed(Try scenario) throws Exception {
        Assumptions.assumeTrue(
                kiB("/proc/meminfo", "MemAvailable") > 5L * MIB << 10, "too little memory is free");
        for (int attempt = 1; ; attempt++) {
            try {
                scenario.run();
                return;
            } catch (Disturbed e) {
                System.out.println("culprit: once more, " + e.getMessage());
                if (attempt == 8) {
                    Assumptions.abort("no verdict, disturbed each time: " + e.getMessage());
                }
                Thread.sleep(10_000);
            }
        }
    }

    /** The notes of a record that is due some seconds after the start. */
    private List<String> notes(String title, Deed deed) throws Exception {
        Path log = folder.resolve("record" + ++records + ".log");
        try (Program program =
                Program.start(
                        Program.builder("-t0", "-d" + SECONDS + "s", "-i200ms", "-l" + log))) {
            String line = program.line();
            assertTrue(line.contains("watching"), line);
            Thread.sleep(SETTLE_MILLIS);
            long begin = System.nanoTime();
            deed.run();
            double seconds = (System.nanoTime() - begin) / 1e9;
            do {
                line = program.line();
            } while (line.startsWith("the kernel has killed ")); // one of the others' processes
            if (seconds > SECONDS - 4 || line.startsWith("sampling was stalled")) {
                throw new Disturbed("the machine is too busy: it took " + seconds + " s; " + line);
            }
            assertTrue(line.startsWith("memory above 0 % for "), line);
        }
        List<String> notes = new ArrayList<>();
        try (var lines = Files.lines(log)) {
            lines.filter(l -> l.startsWith("# ")).forEach(notes::add);
        }
        System.out.println("culprit: " + title);
        notes.forEach(System.out::println);
        return notes;
    }

    /**
     * Checks that the first thing that the first note names is the culprit.
     *
     * @param part {@code grown}, {@code new} or {@code gone}
     * @param name a regular expression for how the culprit is named, before its size
     * @return its size in MiB, as the note gives it
     */
    private static double first(List<String> notes, String part, String name) throws Disturbed {
        String note = notes.get(0);
        String size = " (?:\\+|had )?(\\d+(?:\\.\\d)?) (MiB|GiB)";
        Matcher culprit =
                Pattern.compile(
                                "# (?:.*; )?"
                                        + part
                                        + "(?: in [\\d.]+ s)?: (?:.*, )?"
                                        + name
                                        + size
                                        + ".*")
                        .matcher(note);
        assertTrue(culprit.matches(), "no " + part + " " + name + " in: " + note);
        double mib = mib(culprit.group(1), culprit.group(2));
        // what is gone does not use memory any more, and comes last
        String start = part.equals("gone") ? "# (?:.*; )?gone" : "# \\w+";
        Matcher named =
                Pattern.compile(start + "(?: in [\\d.]+ s)?: (.*?)" + size + ".*").matcher(note);
        assertTrue(named.matches(), note);
        if (!named.group(1).matches(name)) {
            // sizes are rounded: 0.3 GiB may be a little more or less than another
            double most = mib(named.group(2), named.group(3));
            assertTrue(most >= mib, "not the largest is first: " + note);
            throw new Disturbed("another grew more: " + note);
        }
        return mib;
    }

    private static double mib(String number, String unit) {
        return Double.parseDouble(number) * (unit.equals("GiB") ? 1024 : 1);
    }

    /** A figure is right: within what rounding to a tenth of a GiB and the others may do. */
    private static void about(double expectedMib, double mib, String what) {
        assertEquals(expectedMib, mib, 52 + 0.1 * expectedMib, what);
    }

    private static long processes() throws IOException {
        try (var folders = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            return java.util.stream.StreamSupport.stream(folders.spliterator(), false).count();
        }
    }

    private static long kiB(String file, String key) throws IOException {
        for (String line : Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith(key + ":")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + key + " in " + file);
    }

    // ---- Scenarios

    @Test
    void oneProcessLeaks() throws Exception {
        undisturbed(
                () -> {
                    try (Eater eater = new Eater("leaky").run("eat 20")) {
                        String anon = "/proc/" + eater.pid() + "/smaps_rollup";
                        long before = kiB(anon, "Anonymous");
                        List<String> notes =
                                notes(
                                        "one process that leaks",
                                        () -> {
                                            for (int i = 0; i < MIB / 20; i++) {
                                                eater.run("eat 20; select undef, undef, undef, .1");
                                            }
                                        });
                        double mib = first(notes, "grown", "leaky \\(" + eater.pid() + "\\)");
                        about((kiB(anon, "Anonymous") - before) / 1024.0, mib, notes.get(0));
                    }
                });
    }

    @Test
    void fortyWorkersEachGrowALittle() throws Exception {
        undisturbed(
                () -> {
                    // A worker eats when it gets a byte, and ends with the pool
                    String start =
                            "pipe R, W; pipe A, B; pipe E, F; for (1 .. 40) { next if fork;"
                                    + " close W; close F; $0 = 'worker'; eat 1;"
                                    + " if (sysread R, $c, 1) { eat 7; syswrite B, 1 }"
                                    + " sysread E, $c, 1; kill 9, $$ }";
                    String grow = "syswrite W, 1 x 40; sysread A, $c, 1 for 1 .. 40";
                    try (Eater pool = new Eater("pool").run(start)) {
                        List<String> notes =
                                notes("forty workers that each grow", () -> pool.run(grow));
                        double mib = first(notes, "grown", "worker ×40");
                        about(40 * 7, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aTmpfsFills() throws Exception {
        undisturbed(
                () -> {
                    try (Tmpfs tmpfs = new Tmpfs();
                            Eater writer = new Eater("writer")) {
                        long before = kiB("/proc/meminfo", "Shmem");
                        String fill =
                                "open F, '>', '%s/file'; my $b = 'x' x (1 << 20);"
                                        + " syswrite F, $b for 1 .. %d; close F";
                        List<String> notes =
                                notes(
                                        "a tmpfs that fills",
                                        () -> writer.run(String.format(fill, tmpfs.folder, MIB)));
                        double mib = first(notes, "grown", "tmpfs and shared memory");
                        about((kiB("/proc/meminfo", "Shmem") - before) / 1024.0, mib, "Shmem");
                        about(MIB, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aProcessAteAndExitedJustBeforeTheTable() throws Exception {
        undisturbed(
                () -> {
                    Eater[] eater = new Eater[1];
                    // With many processes their sizes are noted less often: too seldom for this
                    if (processes() > 500) {
                        throw new Disturbed(processes() + " processes");
                    }
                    List<String> notes =
                            notes(
                                    "a process that ate and exited just before the table",
                                    () -> {
                                        try (Eater flash = new Eater("flash").run("eat " + MIB)) {
                                            eater[0] = flash;
                                            Thread.sleep((SECONDS - 5) * 1000);
                                        }
                                    });
                    double mib = first(notes, "gone", "flash \\(" + eater[0].pid() + "\\)");
                    about(MIB, mib, notes.get(0));
                });
    }

    @Test
    void pageTablesGrow() throws Exception {
        String machine = System.getProperty("os.arch");
        Assumptions.assumeTrue(machine.matches("amd64|aarch64"), "mmap's number on " + machine);
        undisturbed(
                () -> {
                    try (Eater mapper = new Eater("mapper")) {
                        // A read in each 2 MiB takes a page of page tables and no other memory:
                        // mmap(0, SIZE, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
                        String map =
                                "my $at = syscall %d, 0, %d << 21, 1, 0x4022, -1, 0;"
                                        + " unpack 'P1', pack 'J', $at + ($_ << 21) for 0 .. %d";
                        int tables = MIB << 8;
                        int mmap = machine.equals("amd64") ? 9 : 222;
                        long before = kiB("/proc/meminfo", "PageTables");
                        List<String> notes =
                                notes(
                                        "page tables",
                                        () ->
                                                mapper.run(
                                                        String.format(
                                                                map, mmap, tables, tables - 1)));
                        // the process and the kind of memory, in either order: both grew as much
                        String process = "mapper \\(" + mapper.pid() + "\\)";
                        String size = " \\+0\\.\\d GiB";
                        double mib = first(notes, "grown", "(?:" + process + "|page tables)");
                        if (kiB("/proc/meminfo", "PageTables") - before < MIB << 9) {
                            throw new Disturbed("others gave back page tables");
                        }
                        for (String name : List.of(process, "page tables")) {
                            assertTrue(
                                    notes.get(0).matches(".*" + name + size + ".*"), notes.get(0));
                        }
                        about((kiB("/proc/meminfo", "PageTables") - before) / 1024.0, mib, "all");
                        String own = "/proc/" + mapper.pid() + "/status";
                        about(kiB(own, "VmPTE") / 1024.0, mib, notes.get(0));
                    }
                });
    }

    @Test
    void slabGrows() throws Exception {
        undisturbed(
                () -> {
                    try (Tmpfs tmpfs = new Tmpfs();
                            Eater toucher = new Eater("toucher")) {
                        long before = kiB("/proc/meminfo", "SUnreclaim");
                        String touch = "for (1 .. 400_000) { open F, '>', \"%s/$_\" or die $! }";
                        List<String> notes =
                                notes(
                                        "slab (empty files in a tmpfs)",
                                        () -> toucher.run(String.format(touch, tmpfs.folder)));
                        double mib = first(notes, "grown", "slab");
                        double grown = (kiB("/proc/meminfo", "SUnreclaim") - before) / 1024.0;
                        about(grown, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aUnitAmongOthers() throws Exception {
        undisturbed(
                () -> {
                    try (Group unit = new Group("test.slice/leaky.service");
                            Eater eater = new Eater("daemon")) {
                        unit.take(eater.pid());
                        List<String> notes =
                                notes("a unit among others", () -> eater.run("eat " + MIB));
                        String name = "daemon (" + eater.pid() + ")";
                        double mib = first(notes, "grown", Pattern.quote(name));
                        about(MIB, mib, notes.get(0));
                        String size = " \\+\\d\\.\\d GiB in leaky\\.service\\b.*";
                        assertTrue(
                                notes.get(0).matches(".*" + Pattern.quote(name) + size),
                                notes.get(0));
                        Matcher byUnit =
                                Pattern.compile("# by unit: .*leaky\\.service (\\S+) (\\w+).*")
                                        .matcher(String.join(" ", notes));
                        assertTrue(byUnit.find(), "by unit: " + notes);
                        about(MIB, mib(byUnit.group(1), byUnit.group(2)), byUnit.group());
                    }
                });
    }

    @Test
    void aContainer() throws Exception {
        undisturbed(
                () -> {
                    String id = "0123456789abcdef".repeat(4);
                    try (Group container = new Group("docker/" + id);
                            Eater eater = new Eater("in container")) {
                        container.take(eater.pid());
                        List<String> notes = notes("a container", () -> eater.run("eat " + MIB));
                        String name = "in container (" + eater.pid() + ")";
                        first(notes, "grown", Pattern.quote(name));
                        assertTrue(notes.get(0).contains(" in docker/0123456789ab"), notes.get(0));
                    }
                });
    }

    // ---- The account

    @Test
    void theAccountAddsUpAndAgreesWithTheKernel() throws Exception {
        long usedBefore = usedKiB();
        List<String> notes = notes("the account", () -> {});
        long usedAfter = usedKiB();
        Matcher account = Pattern.compile("# used (\\d+) MiB: (.*)").matcher(notes.get(1));
        assertTrue(account.matches(), notes.get(1));
        long used = Long.parseLong(account.group(1));
        // what is in parentheses is the kernel's share once more
        String parts = account.group(2);
        Matcher kernel = Pattern.compile("kernel (\\d+) \\((.*)\\)").matcher(parts);
        assertTrue(kernel.find(), parts);
        assertEquals(Long.parseLong(kernel.group(1)), sum(kernel.group(2)), "kernel's parts");
        assertEquals(used, sum(parts.replace(" (" + kernel.group(2) + ")", "")), "all parts");
        long tolerance = 200 + (Math.abs(usedAfter - usedBefore) >> 10);
        assertEquals((usedBefore + usedAfter) / 2048.0, used, tolerance, "used, as /proc/meminfo");
    }

    private static long sum(String parts) {
        Matcher number = Pattern.compile(" (-?\\d+)(?=,|$)").matcher(parts);
        return number.results().mapToLong(n -> Long.parseLong(n.group(1))).sum();
    }

    private static long usedKiB() throws IOException {
        return kiB("/proc/meminfo", "MemTotal") - kiB("/proc/meminfo", "MemAvailable");
    }

    // ---- What scenarios need

    /** A folder in memory: a tmpfs of its own for root, else one in the system's. */
    private static final class Tmpfs implements AutoCloseable {
        final Path folder;
        private final boolean mounted;

        Tmpfs() throws IOException {
            Path shared = Path.of("/dev/shm");
            Assumptions.assumeTrue(Files.isWritable(shared), "no tmpfs to write to");
            folder = Files.createTempDirectory(shared, "memory_monitor_test.");
            mounted = run("mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", folder.toString());
        }

        @Override
        public void close() throws IOException {
            if (mounted) {
                assertTrue(run("umount", folder.toString()), "umount " + folder);
            }
            assertTrue(run("rm", "-rf", folder.toString()), "rm " + folder);
        }

        private static boolean run(String... command) throws IOException {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.onExit().join().exitValue() == 0;
        }
    }

    /** A control group, as systemd or a container runtime makes it. */
    private static final class Group implements AutoCloseable {
        private final List<Path> made = new ArrayList<>();
        private Path last;

        Group(String name) throws IOException {
            last = root();
            Assumptions.assumeTrue(
                    last != null && Files.isWritable(last), "no cgroups to write to");
            for (Path part : Path.of(name)) {
                last = last.resolve(part);
                if (!Files.exists(last)) {
                    try {
                        Files.createDirectory(last);
                    } catch (IOException e) {
                        Assumptions.abort("cannot make a cgroup: " + e);
                    }
                    made.add(0, last);
                }
            }
        }

        /** Where cgroups of version 2 are, else systemd's own of version 1. */
        private static Path root() throws IOException {
            Path root = null;
            for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
                String[] fields = line.split(" ");
                if (fields[2].equals("cgroup2")) {
                    return Path.of(fields[1]);
                }
                if (fields[2].equals("cgroup") && line.contains("name=systemd")) {
                    root = Path.of(fields[1]);
                }
            }
            return root;
        }

        void take(long pid) throws IOException {
            Files.writeString(last.resolve("cgroup.procs"), pid + "\n");
        }

        /** Its processes have ended by now; the kernel may need a moment more. */
        @Override
        public void close() {
            for (Path group : made) {
                for (int i = 0; Files.exists(group) && i < 50; i++) {
                    if (!group.toFile().delete()) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                    }
                }
                assertTrue(!Files.exists(group), group + " is left behind");
            }
        }
    }
}
