package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Group;
import kit.Host;
import kit.Namespace;
import kit.Values;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What is found out of this machine's processes. */
public class ProcessReaderTest {
    @TempDir private Path folder;

    /** As pam_systemd moves a process of sshd to its session, and cgexec itself. */
    @Test
    void aProcessThatIsMovedAfterItsFirstLook() throws Exception {
        Machine machine = new Machine();
        try (Group first = new Group("memory", "memory_monitor_first.service");
                Group second = new Group("memory", "memory_monitor_second.service")) {
            Process sleep = new ProcessBuilder("sleep", "100").start();
            try {
                first.take(sleep.pid());
                assertEquals("memory_monitor_first.service", unit(machine, sleep));
                second.take(sleep.pid());
                assertEquals("memory_monitor_second.service", unit(machine, sleep));
            } finally {
                sleep.destroy();
                sleep.waitFor();
            }
        }
    }

    /** The heap is full while a command line is read: the process is not stuck, nor is a reader. */
    @Test
    void aCommandLineThatFillsTheHeapIsReadTheNextTime() {
        int self = (int) ProcessHandle.current().pid();
        List<ProcessInfo> rows = new ArrayList<>(new Machine().read().processes());
        rows.removeIf(row -> row.pid() != self);
        boolean[] isFull = {true};
        List<ProcessInfo> filling =
                new AbstractList<>() {
                    @Override
                    public ProcessInfo get(int index) {
                        if (isFull[0]) {
                            isFull[0] = false;
                            throw new OutOfMemoryError("of a test");
                        }
                        return rows.get(index);
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        CommandLines lines =
                new CommandLines(
                        task -> {
                            task.run();
                            return true;
                        });
        long deadlineNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        try (CommandLines.Reading first = lines.read(filling, deadlineNanos)) {
            assertThrows(OutOfMemoryError.class, first::next);
        }
        try (CommandLines.Reading second = lines.read(filling, deadlineNanos)) {
            assertEquals(CommandLines.Outcome.READ, second.next().outcome());
        }
    }

    /** Two read on any machine; more where there are processors, and processes, for them. */
    @ParameterizedTest
    @CsvSource({
        "100, 4, 1",
        "1499, 4, 1",
        "1500, 4, 2",
        "2000, 4, 3",
        "20000, 4, 3",
        "20000, 64, 3",
        "20000, 3, 2",
        "20000, 2, 1",
        "20000, 1, 1",
        "0, 64, 1"
    })
    void asManyReadersAsHelp(int processes, int processors, int helpers) {
        assertEquals(helpers, ProcessReader.helpers(processes, processors));
    }

    /** Any user may have 65,536 numbers, see subuid(5): who runs nothing any more is forgotten. */
    @Test
    void whoRunsNothingIsForgotten() {
        UserNames names = new UserNames();
        ProcessInfo first = new Machine().read().processes().get(0);
        names.of(List.of(first));
        assertEquals(Set.of(first.uid()), names.lastKnown.keySet());
        names.of(List.of());
        assertEquals(Set.of(), names.lastKnown.keySet());
    }

    /** For each process it is asked: with 30,000 users, by the square of that, it took 12 s. */
    @Test
    void aUserForEachProcess() {
        List<ProcessInfo> rows = new ArrayList<>();
        for (int i = 1; i <= 60_000; i++) {
            rows.add(Values.row(i, Values.STAT, "Uid:\t" + i + "\t" + i + "\n", "u" + i, "?"));
        }
        ProcessTable table = Values.table(100, 1000, rows);
        long begin = System.nanoTime();
        rows.forEach(row -> assertEquals(row.user(), table.userName(row.uid())));
        assertTrue(System.nanoTime() - begin < 5_000_000_000L);
    }

    /** Who may map group numbers, see subgid(5), has processes whose status is half a megabyte. */
    @Test
    void processesInThousandsOfGroupsHoldUpNobody() throws Exception {
        holdUpNobody("print \"\\n\"; sleep 100");
    }

    /** Then a living thread's status is read, which is as long. */
    @Test
    void norIfTheirFirstThreadsHaveEnded() throws Exception {
        Process threads = new ProcessBuilder("perl", "-Mthreads", "-e", "1").start();
        Assumptions.assumeTrue(threads.waitFor() == 0, "perl-base has no threads");
        String exit = System.getProperty("os.arch").equals("aarch64") ? "93" : "60";
        holdUpNobody(
                "use threads; async { sleep 1; print \"\\n\"; sleep 100 }; syscall "
                        + exit
                        + ", 0");
    }

    private static void holdUpNobody(String command) throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "groups of one's own need root");
        List<Process> all = new ArrayList<>();
        String groups = "$| = 1; $) = join ' ', 0, 0, 100000 .. 165000; $> = 4321; " + command;
        for (int i = 0; i < 12; i++) {
            all.add(new ProcessBuilder("perl", "-e", groups).start());
        }
        try {
            for (Process process : all) {
                assertEquals('\n', process.getInputStream().read());
            }
            ProcessReader reader = new Machine().processes();
            for (int look = 0; look < 6; look++) {
                reader.read(BootClock.read());
            }
            long begin = System.nanoTime();
            List<ProcessInfo> processes = reader.read(BootClock.read());
            long looked = System.nanoTime();
            for (Process process : all) {
                Files.readAllBytes(status(process));
            }
            long readNanos = System.nanoTime() - looked;
            assertTrue(looked - begin < readNanos / 2, (looked - begin) + " of " + readNanos);
            for (Process process : all) {
                ProcessInfo found =
                        processes.stream()
                                .filter(each -> each.pid() == process.pid())
                                .findAny()
                                .orElseThrow();
                boolean hasEnded = found.status().state() == 'Z';
                long vszKiB = hasEnded ? 0 : Host.figure(status(process), "VmSize"); // as in ps
                assertEquals(vszKiB, found.status().vszKiB());
                assertEquals(
                        Host.figure(status(process), "RssAnon"), found.status().anonKiB(), 300);
                assertEquals(4321, found.uid());
            }
        } finally {
            all.forEach(Process::destroyForcibly);
        }
    }

    /** Of its last thread. */
    private static Path status(Process process) throws IOException {
        Path threads = Path.of("/proc/" + process.pid() + "/task");
        try (Stream<Path> all = Files.list(threads)) {
            return all.max(Comparator.naturalOrder()).orElseThrow().resolve("status");
        }
    }

    private static String unit(Machine machine, Process process) {
        return machine.read().processes().stream()
                .filter(each -> each.pid() == process.pid())
                .findAny()
                .orElseThrow()
                .unit();
    }

    /** Kafka's and Hadoop's class paths take 10 KB. */
    @Test
    void theScriptBehindALongOption() throws Exception {
        Path script = Files.writeString(folder.resolve("x.pl"), "$| = 1; print \"\\n\"; sleep 100");
        String folders = "/lib:".repeat(2000);
        Process perl = new ProcessBuilder("perl", "-I" + folders, script.toString()).start();
        try {
            assertEquals('\n', perl.getInputStream().read());
            ProcessReader reader = new Machine().processes();
            assertEquals("x.pl", reader.scriptOf((int) perl.pid(), "perl"));
        } finally {
            perl.destroy();
            perl.waitFor();
        }
    }
}
