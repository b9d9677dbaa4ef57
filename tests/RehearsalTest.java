import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * After its start the program forks nothing, and an incident, with all that can be recorded of it,
 * loads no class for the first time.
 */
final class RehearsalTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "--json=records.json"})
    void hasDoneEverythingBeforeAnIncident(String option) throws Exception {
        MemoryDial.assumeNamespaces();
        Path classes = folder.resolve("classes");
        Path vmstat = folder.resolve("vmstat");
        Files.writeString(vmstat, "oom_kill 4\n");
        ProcessBuilder builder = Program.builder("-t50", "-d0", "-i200ms", "-lrecords.log");
        builder.command().add(1, "-Xlog:class+load:file=" + classes);
        builder.command().addAll(option.isEmpty() ? List.of() : List.of(option));
        builder.directory(folder.toFile());
        try (MemoryDial memory = new MemoryDial(folder, 10)) {
            String setup = memory.setup() + "\nmount --bind " + vmstat + " /proc/vmstat";
            try (Program program = Program.start(MemoryDial.inNamespace(setup, builder))) {
                expect("memory_monitor ", program);
                int loaded = Files.readAllLines(classes).size();
                String faults = faultsOfChildren(program);
                assertTrue(loaded > 100, loaded + " classes");

                memory.set(70);
                expect("memory above 50 % for 0", program);
                memory.set(80);
                expect("memory above 50 % for ", program);
                try (RandomAccessFile file = new RandomAccessFile(vmstat.toFile(), "rw")) {
                    file.writeBytes("oom_kill 5\n");
                }
                expect("memory above 50 % for ", program);
                memory.set(10);
                expect("memory back to 10.0 %", program);

                List<String> all = Files.readAllLines(classes);
                assertEquals(List.of(), all.subList(loaded, all.size()));
                assertEquals(faults, faultsOfChildren(program));
                assertEquals(0, program.process.children().count());
            }
        }
    }

    private static void expect(String event, Program program) throws InterruptedException {
        String line = program.line();
        while (line.startsWith("sampling was stalled for ")) { // on a busy machine
            line = program.line();
        }
        assertTrue(line.startsWith(event), line + " instead of " + event);
    }

    /**
     * Page faults of all children that have ended, see proc(5), stat, cminflt: no process comes and
     * goes without some.
     */
    private static String faultsOfChildren(Program program) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + program.process.pid() + "/stat"));
        return stat.substring(stat.lastIndexOf(')')).split(" ")[9];
    }
}
