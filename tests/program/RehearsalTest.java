package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Program;
import kit.Watched;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * After its start the program forks nothing, and an incident, with all that can be recorded of it,
 * loads no class for the first time.
 */
final class RehearsalTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "--json=", "--on-incident=cat >/dev/null; : ", "--metrics="})
    void anIncidentLoadsNoClassAndForksNothing(String option) throws Exception {
        Path classes = folder.resolve("classes");
        Path vmstat = folder.resolve("vmstat");
        Files.writeString(vmstat, "oom_kill 4\n");
        List<String> options = new ArrayList<>(List.of("-Xlog:class+load:file=" + classes));
        if (!option.isEmpty()) {
            options.add(option + folder.resolve("records"));
        }
        String setup = "mount --bind " + vmstat + " /proc/vmstat";
        Path log = folder.resolve("records.log");
        String[] all = options.toArray(String[]::new);
        try (Watched watched = new Watched(false, folder, log, setup, all)) {
            int loaded = Files.readAllLines(classes).size();
            String faults = faultsOfChildren(watched);
            assertTrue(loaded > 100, loaded + " classes");

            // A name with letters of all parts of Unicode, for which the JDK has a class each
            String perl =
                    """
                    $| = 1;
                    my $name = "\\x{e9}\\x{6f22}\\x{1f600}\\x{20000}\\x{30000}\\x{e0041}\\x{f0000}";
                    utf8::encode($name);
                    $0 = $name;
                    vec(my $x, 30 << 20, 8) = 1;
                    print "\\n";
                    sleep 1000;
                    """;
            Process gone = new ProcessBuilder("perl", "-e", perl).start();
            try {
                assertEquals('\n', gone.getInputStream().read());
                watched.memory(70);
                watched.expect("memory above 50 % for ");
            } finally {
                gone.destroy();
                gone.waitFor();
            }
            watched.memory(80);
            watched.expect("memory above 50 % for ");
            try (RandomAccessFile file = new RandomAccessFile(vmstat.toFile(), "rw")) {
                file.writeBytes("oom_kill 5\n");
            }
            watched.expect("memory above 50 % for ");
            watched.end();

            List<String> now = Files.readAllLines(classes);
            assertEquals(List.of(), now.subList(loaded, now.size()));
            if (!option.startsWith("--on-incident")) {
                assertEquals(faults, faultsOfChildren(watched));
                assertEquals(0, watched.process.children().count());
            }
        }
    }

    /** The answer is practised even where, at the start, the heap does not hold all processes. */
    @Test
    void anIncidentLoadsNoClassWhereThereWereTooManyProcesses() throws Exception {
        Path classes = folder.resolve("classes");
        Path log = folder.resolve("records.log");
        String farm = Host.farm(folder.resolve("ready"), "1900 100000");
        String[] options = {"-Xlog:class+load:file=" + classes, "-Xms1m", "-Xmn1m", "-Xmx3m"};
        try (Watched watched = new Watched(folder, log, farm, options)) {
            int loaded = Files.readAllLines(classes).size();
            watched.enter("sh", "-c", "kill $(pgrep -x perl | tail -n +2)");
            String few = "until [ $(ls -d /proc/[0-9]* | wc -l) -lt 50 ]; do sleep .1; done";
            watched.enter("sh", "-c", few);
            String event = watched.begin();
            assertFalse(event.contains("is not known"), event);
            watched.end();
            List<String> now = Files.readAllLines(classes);
            assertEquals(List.of(), now.subList(loaded, now.size()));
        }
    }

    /** The service has no arguments to parse: picocli's memory is for those who have. */
    @Test
    void withoutArgumentsPicocliIsNotLoaded() throws Exception {
        Path classes = folder.resolve("classes");
        ProcessBuilder builder = Program.builder("-Xlog:class+load:file=" + classes);
        builder.environment().put("MEMORY_MONITOR_LOG", folder.resolve("records.log").toString());
        try (Program program = Program.start(builder)) {
            program.expect("memory_monitor .*watching");
        }
        List<String> loaded = Files.readAllLines(classes);
        assertTrue(loaded.size() > 100, loaded.size() + " classes");
        assertEquals(List.of(), loaded.stream().filter(line -> line.contains("picocli")).toList());
    }

    /**
     * Page faults of all children that have ended, see proc(5), stat, cminflt: no process comes and
     * goes without some.
     */
    private static String faultsOfChildren(Watched watched) {
        return Host.stat(watched.process.pid())[8];
    }
}
