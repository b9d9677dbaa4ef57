package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Disturbed;
import kit.Eater;
import kit.Group;
import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Incidents on this machine whose culprit is known: the first note under the table has to name it.
 *
 * <p>With a threshold of 0 % the breach begins when the program starts; what happens from then on
 * until the record is what grew.
 */
@Tag(Tests.LONG)
class CulpritTest {
    private static final int SECONDS = 10;

    /** The first sizes are noted right after the start: that may take so long. */
    private static final int SETTLE_MILLIS = 2000;

    /** How much a culprit takes, in MiB: more than what else goes on on a quiet machine. */
    private static final int MIB = 300;

    @TempDir Path folder;
    private int records;

    private static void undisturbed(Host.Action scenario) throws Exception {
        Assumptions.assumeTrue(
                Host.memInfoKiB("MemAvailable") > 5L * MIB << 10, "too little memory is free");
        Disturbed.retry(8, 10_000, scenario);
    }

    /** The notes of a record that is due some seconds after the start. */
    private List<String> notes(Host.Action deed) throws Exception {
        Path log = folder.resolve("record" + ++records + ".log");
        try (Program program = Program.start("-t0", "-d" + SECONDS + "s", "-i200ms", "-l" + log)) {
            program.expect("memory_monitor .*watching");
            Thread.sleep(SETTLE_MILLIS);
            long begin = System.nanoTime();
            deed.run();
            double seconds = (System.nanoTime() - begin) / 1e9;
            String line;
            do {
                line = program.line();
            } while (Program.isOfMachine(line));
            if (seconds > SECONDS - 4 || line.startsWith("sampling was stalled")) {
                throw new Disturbed("the machine is too busy: it took " + seconds + " s; " + line);
            }
            assertTrue(line.startsWith("memory above 0 % for "), line);
        }
        List<String> notes = Records.read(log).get(0).notes();
        notes.forEach(note -> Tests.say("%s", note));
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
        String in = "(?: in [\\d.]+ s)?: ";
        String size = "(?: in [^,;]+?)? (?:\\+|had )?(\\d+(?:\\.\\d)?) (MiB|GiB).*";
        String anywhere = "# (?:.*; )?" + part + in + "(?:.*, )?" + name + size;
        Matcher culprit = Pattern.compile(anywhere).matcher(note);
        assertTrue(culprit.matches(), "no " + part + " " + name + " in: " + note);
        double mib = mib(culprit.group(1), culprit.group(2));
        // what is gone does not use memory any more, and comes last
        String start = part.equals("gone") ? "# (?:.*; )?gone" : "# \\w+";
        Matcher named = Pattern.compile(start + in + "(.*?)" + size).matcher(note);
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

    // ---- Scenarios

    @Test
    void aProcessThatLeaksIsNamed() throws Exception {
        undisturbed(
                () -> {
                    try (Eater eater = new Eater("leaky").run("eat 20")) {
                        Path rollup = Host.proc(eater.pid(), "smaps_rollup");
                        long before = Host.figure(rollup, "Anonymous");
                        String slowly = "for (1 .. %d) { eat 20; select undef, undef, undef, .1 }";
                        List<String> notes = notes(() -> eater.run(slowly.formatted(MIB / 20)));
                        double mib = first(notes, "grown", "leaky \\(" + eater.pid() + "\\)");
                        about(
                                (Host.figure(rollup, "Anonymous") - before) / 1024.0,
                                mib,
                                notes.get(0));
                    }
                });
    }

    @Test
    void fortyWorkersThatGrowAreOneGroup() throws Exception {
        undisturbed(
                () -> {
                    try (Eater pool = new Eater("pool").run("workers 40, 7")) {
                        List<String> notes = notes(() -> pool.run("grow_workers 40"));
                        double mib = first(notes, "grown", "worker ×40");
                        about(40 * 7, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aTmpfsThatFillsIsNamed() throws Exception {
        undisturbed(
                () -> {
                    try (Tmpfs tmpfs = new Tmpfs();
                            Eater writer = new Eater("writer")) {
                        long before = Host.memInfoKiB("Shmem");
                        String fill = "fill '" + tmpfs.folder + "/file', " + MIB;
                        List<String> notes = notes(() -> writer.run(fill));
                        double mib = first(notes, "grown", "tmpfs (?:and shared memory|/\\S+)");
                        about((Host.memInfoKiB("Shmem") - before) / 1024.0, mib, "Shmem");
                        about(MIB, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aProcessThatExitedJustBeforeIsNamed() throws Exception {
        undisturbed(
                () -> {
                    Eater[] eater = new Eater[1];
                    // With many processes their sizes are noted less often: too seldom for this
                    int processes = Host.processes().size();
                    if (processes > 500) {
                        throw new Disturbed(processes + " processes");
                    }
                    List<String> notes =
                            notes(
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
    void pageTablesThatGrowAreNamed() throws Exception {
        String machine = System.getProperty("os.arch");
        Assumptions.assumeTrue(machine.matches("amd64|aarch64"), "mmap's number on " + machine);
        undisturbed(
                () -> {
                    try (Eater mapper = new Eater("mapper")) {
                        Path own = Host.proc(mapper.pid(), "status");
                        long anonBefore = Host.figure(own, "RssAnon");
                        long before = Host.memInfoKiB("PageTables");
                        List<String> notes = notes(() -> mapper.run("page_tables " + (MIB << 8)));
                        String process = "mapper \\(" + mapper.pid() + "\\)";
                        double mib = first(notes, "grown", process);
                        if (Host.memInfoKiB("PageTables") - before < MIB << 9) {
                            throw new Disturbed("others gave back page tables");
                        }
                        // they are the process's, and named once
                        assertFalse(notes.get(0).matches(".* page tables \\+0.*"), notes.get(0));
                        // a kernel without a page of zeros for all gives each read one of its own
                        long anon = Host.figure(own, "RssAnon") - anonBefore;
                        long all = Host.memInfoKiB("PageTables") - before + anon;
                        about(all / 1024.0, mib, "all");
                        about((Host.figure(own, "VmPTE") + anon) / 1024.0, mib, notes.get(0));
                    }
                });
    }

    @Test
    void slabThatGrowsIsNamed() throws Exception {
        undisturbed(
                () -> {
                    try (Tmpfs tmpfs = new Tmpfs();
                            Eater toucher = new Eater("toucher")) {
                        long before = Host.memInfoKiB("SUnreclaim");
                        String make = "make_files '" + tmpfs.folder + "', 400_000";
                        List<String> notes = notes(() -> toucher.run(make));
                        double mib = first(notes, "grown", "slab");
                        double grown = (Host.memInfoKiB("SUnreclaim") - before) / 1024.0;
                        about(grown, mib, notes.get(0));
                    }
                });
    }

    @Test
    void aUnitIsNamedAmongOthers() throws Exception {
        undisturbed(
                () -> {
                    try (Group unit = new Group(Group.SYSTEMD, "test.slice/leaky.service");
                            Group charged = new Group("memory", "test.slice/leaky.service");
                            Eater eater = new Eater("daemon")) {
                        unit.take(eater.pid());
                        charged.take(eater.pid());
                        List<String> notes = notes(() -> eater.run("eat " + MIB));
                        String name = "daemon (" + eater.pid() + ")";
                        double mib = first(notes, "grown", Pattern.quote(name));
                        about(MIB, mib, notes.get(0));
                        String size = " in leaky\\.service \\+[0-9.]+ [MG]iB.*";
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
    void aContainerIsNamed() throws Exception {
        undisturbed(
                () -> {
                    String id = "0123456789abcdef".repeat(4);
                    try (Group container = new Group(Group.SYSTEMD, "docker/" + id);
                            Group charged = new Group("memory", "docker/" + id);
                            Eater eater = new Eater("in container")) {
                        container.take(eater.pid());
                        charged.take(eater.pid());
                        List<String> notes = notes(() -> eater.run("eat " + MIB));
                        String name = "in container (" + eater.pid() + ")";
                        first(notes, "grown", Pattern.quote(name));
                        assertTrue(notes.get(0).contains(" in docker/0123456789ab"), notes.get(0));
                    }
                });
    }

    // ---- The account

    @Test
    void theAccountAddsUpAndAgreesWithTheKernel() throws Exception {
        long usedBefore = Host.usedKiB();
        List<String> notes = notes(() -> {});
        long usedAfter = Host.usedKiB();
        Pattern line = Pattern.compile("# used (\\d+) MiB: (.*)");
        Matcher account =
                notes.stream()
                        .map(line::matcher)
                        .filter(Matcher::matches)
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(notes));
        long used = Long.parseLong(account.group(1));
        // what is in parentheses is the kernel's share once more
        String parts = account.group(2);
        Matcher kernel = Pattern.compile("kernel (\\d+) \\((.*)\\)").matcher(parts);
        assertTrue(kernel.find(), parts);
        assertEquals(
                Long.parseLong(kernel.group(1)), Records.sum(kernel.group(2)), "kernel's parts");
        assertEquals(
                used, Records.sum(parts.replace(" (" + kernel.group(2) + ")", "")), "all parts");
        long tolerance = 200 + (Math.abs(usedAfter - usedBefore) >> 10);
        assertEquals((usedBefore + usedAfter) / 2048.0, used, tolerance, "used, as /proc/meminfo");
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
}
