import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The command that is run for an incident: real shells, by the real program and on their own. */
class HookTest {
    @TempDir Path folder;

    // ---- The program, with memory use at will

    private ProcessBuilder program(MemoryDial memory, String command) throws Exception {
        MemoryDial.assumeNamespaces();
        String log = folder.resolve("test.log").toString();
        ProcessBuilder builder =
                Program.builder("-t70", "-d200ms", "-i100ms", "-l", log, "--on-incident", command);
        builder.environment().put("FOLDER", folder.toString());
        // among few processes: what is read here has to fit into this JVM
        return MemoryDial.inPidNamespace(memory.setup(), builder);
    }

    private static String expect(Program program, String regex) throws InterruptedException {
        String line = program.line();
        assertTrue(line.matches(regex), line + " instead of " + regex);
        return line;
    }

    private static final String INCIDENT = "memory above 70 % for .* processes recorded in .*";
    private static final String BACK = "memory back to .*";

    /** Waits for a file that a command makes in one go. */
    private String made(String name) throws Exception {
        Path file = folder.resolve(name);
        for (int i = 0; !Files.exists(file); i++) {
            assertTrue(i < 10 * Program.PATIENCE_SECONDS, name + " does not come");
            Thread.sleep(100);
        }
        return Files.readString(file);
    }

    @Test
    void runsOnceForAnIncidentAndOnceAtItsEnd() throws Exception {
        // env -0 because values may have several lines
        String command =
                "cd $FOLDER && echo $INCIDENT_EVENT >>runs && cat >in && env -0 >env"
                        + " && mv in $INCIDENT_EVENT.in && mv env $INCIDENT_EVENT.env";
        try (MemoryDial memory = new MemoryDial(folder, 50);
                Program program = Program.start(program(memory, command))) {
            expect(program, "memory_monitor .*");
            memory.set(80);
            String event = expect(program, INCIDENT);
            Map<String, String> environment = environment(made("incident.env"));
            String log = Files.readString(folder.resolve("test.log"));
            assertEquals(log, Files.readString(folder.resolve("incident.in")), "the record");
            List<String> record = log.lines().toList();
            String growth =
                    record.stream().filter(line -> line.startsWith("# ")).findFirst().orElseThrow();
            String summary = event.replaceFirst("; \\d+ processes.*", "");
            assertEquals(record.get(0).substring(0, 25), environment.get("INCIDENT_TIME"));
            assertEquals(summary, environment.get("INCIDENT_SUMMARY"));
            assertEquals(growth.substring(2), environment.get("INCIDENT_GROWTH"));
            assertEquals("80.0", environment.get("INCIDENT_RAM_PERCENT"));
            assertTrue(summary.contains("total CPU " + environment.get("INCIDENT_CPU_PERCENT")));
            assertEquals(folder + "/test.log", environment.get("INCIDENT_LOG"));

            memory.set(90); // a further record is no further incident
            expect(program, INCIDENT);
            memory.set(50);
            event = expect(program, BACK);
            environment = environment(made("end.env"));
            String end = Files.readString(folder.resolve("end.in"));
            assertTrue(Files.readString(folder.resolve("test.log")).endsWith(end), end);
            assertEquals(environment.get("INCIDENT_TIME") + " " + event + "\n\n", end);
            assertEquals(event, environment.get("INCIDENT_SUMMARY"));
            assertEquals("50.0", environment.get("INCIDENT_RAM_PERCENT"));
            assertEquals("", environment.get("INCIDENT_GROWTH"));
            assertNull(program.lineWithin(500), "event of a command that went well");
            assertEquals("incident\nend\n", Files.readString(folder.resolve("runs")));
        }
    }

    private static Map<String, String> environment(String text) {
        Map<String, String> environment = new HashMap<>();
        for (String variable : text.split("\0")) {
            int end = variable.indexOf('=');
            environment.put(variable.substring(0, end), variable.substring(end + 1));
        }
        return environment;
    }

    @Test
    void itsFailureIsAnEvent() throws Exception {
        try (MemoryDial memory = new MemoryDial(folder, 80);
                Program program = Program.start(program(memory, "no-such-command; exit 7"))) {
            expect(program, "memory_monitor .*");
            expect(program, INCIDENT);
            expect(program, "--on-incident command ended with exit status 7");
            memory.set(50);
            expect(program, BACK);
            expect(program, "--on-incident command ended with exit status 7");
        }
    }

    @Test
    void doesNotHoldUpTheWatchLoopNorTheEnd() throws Exception {
        try (MemoryDial memory = new MemoryDial(folder, 80);
                Program program =
                        Program.start(program(memory, "echo x >>$FOLDER/runs; exec sleep 600"))) {
            expect(program, "memory_monitor .*");
            expect(program, INCIDENT);
            made("runs");
            ProcessHandle sleep = MemoryDial.inner(program).children().findFirst().orElseThrow();
            try {
                memory.set(50);
                expect(program, BACK);
                memory.set(80);
                expect(program, INCIDENT);
                assertEquals("x\n", Files.readString(folder.resolve("runs")), "two at once");
                long asked = System.nanoTime();
                MemoryDial.inner(program).destroy();
                expect(program, "memory_monitor stopped with memory at .*");
                assertEquals(143, program.result().exitCode());
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - asked);
                assertTrue(seconds < 15, "SIGTERM took " + seconds + " s");
            } finally {
                sleep.destroyForcibly();
            }
        }
    }

    @Test
    void offByDefault() throws Exception {
        String log = folder.resolve("test.log").toString();
        try (Program program = Program.start(Program.builder("-t0", "-d0", "-l", log))) {
            expect(program, "memory_monitor .*");
            expect(program, "memory above .*");
            assertEquals(0, program.process.children().count());
        }
    }

    // ---- Commands on their own

    private final BlockingQueue<String> failures = new LinkedBlockingQueue<>();

    private String failure() throws InterruptedException {
        String failure = failures.poll(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertTrue(failure != null, "no failure is told");
        return failure;
    }

    private IncidentCommand command(String command, long limitSeconds) {
        return new IncidentCommand(command, limitSeconds, failures::add);
    }

    private void run(IncidentCommand command, String record) {
        ByteBuffer[] parts = {ByteBuffer.wrap(record.getBytes(StandardCharsets.UTF_8))};
        command.run(Map.of("FOLDER", folder.toString()), parts);
    }

    @Test
    void oneThatHangsIsKilledWithItsChildren() throws Exception {
        // The shell waits for one child, and has another with a child of its own
        String command =
                "echo $$ >$FOLDER/pids; sh -c 'echo $$ >>$FOLDER/pids; sleep 600; true' &"
                        + " echo $! >>$FOLDER/pids; sleep 601";
        run(command(command, 2), "");
        assertEquals("was killed after 2 s", failure());
        for (String pid : Files.readAllLines(folder.resolve("pids"))) {
            assertGone(Long.parseLong(pid));
        }
        for (ProcessHandle other : ProcessHandle.allProcesses().toList()) {
            String line = String.join(" ", other.info().arguments().orElse(new String[0]));
            assertFalse(line.matches("60[01]"), "left: sleep " + line);
        }
    }

    private static void assertGone(long pid) throws Exception {
        for (int i = 0; i < 50 && isRunning(pid); i++) {
            Thread.sleep(100);
        }
        assertFalse(isRunning(pid), pid + " is left");
    }

    private static boolean isRunning(long pid) throws IOException {
        try {
            return !Files.readString(Path.of("/proc/" + pid + "/stat")).contains(") Z ");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void neverTwoAtOnceAndInOrder() throws Exception {
        String command =
                "cd $FOLDER; mkdir lock || exit 9; read record; sleep .3; echo $record >>runs;"
                        + " rmdir lock; [ $record != 5 ] || echo >done";
        IncidentCommand runner = command(command, 30);
        for (int i = 1; i <= 5; i++) {
            run(runner, i + "\n");
        }
        made("done");
        assertEquals(List.of("1", "2", "3", "4", "5"), Files.readAllLines(folder.resolve("runs")));
        assertNull(failures.poll());
    }

    @Test
    void tooManyWaiting() throws Exception {
        IncidentCommand runner =
                command("while [ -d $FOLDER ] && ! [ -e $FOLDER/go ]; do sleep .1; done", 60);
        for (int i = 0; i < 20; i++) {
            run(runner, "");
        }
        assertEquals("was not run: too many of its runs are waiting", failure());
        Files.createFile(folder.resolve("go"));
    }

    @Test
    void needNotReadItsStandardInput() throws Exception {
        IncidentCommand runner = command("exec 0<&-; echo >$FOLDER/$$.ran; true", 30);
        run(runner, "x".repeat(1 << 20));
        run(command("echo >$FOLDER/ran", 30), "x".repeat(1 << 20));
        made("ran");
        assertNull(failures.poll(1, TimeUnit.SECONDS));
    }

    @Test
    void getsALargeRecordWhole() throws Exception {
        int size = 1_500_000; // more than a pipe takes
        run(command("wc -c >$FOLDER/new; mv $FOLDER/new $FOLDER/count", 30), "x".repeat(size));
        assertEquals(size + "\n", made("count"));
    }

    @Test
    void failures() throws Exception {
        List<String[]> cases = new ArrayList<>();
        cases.add(new String[] {"exit 3", "ended with exit status 3"});
        cases.add(new String[] {"/no/such/command", "ended with exit status 127"});
        cases.add(new String[] {"kill -9 $$", "ended with exit status 137"});
        cases.add(new String[] {"if", "ended with exit status 2"});
        for (String[] each : cases) {
            run(command(each[0], 30), "");
            assertEquals(each[1], failure(), each[0]);
        }
    }
}
