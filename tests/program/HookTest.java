package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Sample;

import cli.Setting;

import kit.Group;
import kit.Host;
import kit.Program;
import kit.Records;
import kit.Values;
import kit.Watched;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import output.Backlog;
import output.Console;
import output.Disk;
import output.Event;
import output.FileFormat;
import output.IncidentCommand;
import output.LogFile;
import output.RecordSink;
import output.RecordText;

import text.Bytes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command that is run for an incident: real shells, by the real program and on their own. */
class HookTest {
    @TempDir Path folder;

    // ---- The program, with memory use at will

    private Watched program(String command) throws Exception {
        // among few processes: the record has to be read by the command
        String setup = "export FOLDER=" + folder;
        return new Watched(folder, folder.resolve("test.log"), setup, "--on-incident=" + command);
    }

    /** Waits for a file that a command makes in one go. */
    private String made(String name) throws Exception {
        Path file = folder.resolve(name);
        Host.await(name, () -> Files.exists(file));
        return Files.readString(file);
    }

    @Test
    void runsOnceForAnIncidentAndOnceAtItsEnd() throws Exception {
        // env -0 because values may have several lines
        String command =
                "cd $FOLDER && echo $INCIDENT_EVENT >>runs && cat >in && env -0 >env"
                        + " && mv in $INCIDENT_EVENT.in && mv env $INCIDENT_EVENT.env";
        try (Watched watched = program(command)) {
            watched.memory(80);
            String event = watched.expect("memory above 50 % for .* processes in .*").group();
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
            String id = environment.get("INCIDENT_ID");
            assertTrue(id.matches(".+-\\d{8}T\\d{6}[.]\\d{3}Z"), id);

            watched.begin(); // a further record is no further incident
            watched.memory(10);
            event = watched.expect("memory back to .*").group();
            environment = environment(made("end.env"));
            String end = Files.readString(folder.resolve("end.in"));
            assertTrue(Files.readString(folder.resolve("test.log")).endsWith(end), end);
            assertEquals(environment.get("INCIDENT_TIME") + " " + event + "\n\n", end);
            assertEquals(event, environment.get("INCIDENT_SUMMARY"));
            assertEquals("10.0", environment.get("INCIDENT_RAM_PERCENT"));
            assertEquals("", environment.get("INCIDENT_GROWTH"));
            assertEquals(id, environment.get("INCIDENT_ID"));
            assertNull(watched.program.eventWithin(500), "event of a command that went well");
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
        String failure = "--on-incident command ended with exit status 7$";
        try (Watched watched = program("no-such-command; exit 7")) {
            watched.begin();
            watched.expect(failure);
            watched.end();
            watched.expect(failure);
        }
    }

    @Test
    void doesNotHoldUpTheWatchLoopNorTheEnd() throws Exception {
        try (Watched watched = program("echo x >>$FOLDER/runs; exec sleep 600")) {
            watched.begin();
            made("runs");
            ProcessHandle sleep = watched.process.children().findFirst().orElseThrow();
            try {
                watched.end();
                watched.begin();
                assertEquals("x\n", Files.readString(folder.resolve("runs")), "two at once");
                long asked = System.nanoTime();
                watched.process.destroy();
                watched.expect("memory_monitor stopped with memory at ");
                assertEquals(143, watched.program.result().exitCode());
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - asked);
                assertTrue(seconds < 15, "SIGTERM took " + seconds + " s");
            } finally {
                sleep.destroyForcibly();
            }
        }
    }

    /** A stop in an incident waits a moment for the run at its end, which gets its record. */
    @Test
    void theEndOfAStopIsWaitedFor() throws Exception {
        String command =
                "n=$(wc -c); sleep 0.2; [ $n -gt 0 ] && echo $INCIDENT_EVENT >>$FOLDER/runs";
        try (Watched watched = program(command)) {
            watched.begin();
            watched.process.destroy();
            assertEquals(143, watched.program.result().exitCode());
            assertEquals("incident\nend\n", Files.readString(folder.resolve("runs")));
        }
    }

    @Test
    void runsThatAStopDoesNotWaitForAreTold() throws Exception {
        try (Watched watched = program("echo x >>$FOLDER/runs; sleep 2")) {
            watched.begin();
            made("runs");
            watched.process.destroy();
            watched.expect("memory_monitor stopped with memory at ");
            watched.expect("--on-incident command was not waited for, or not run: .* runs: 2$");
            assertEquals(143, watched.program.result().exitCode());
        }
    }

    /** The JDK's helper does so too once the JDK has been updated while the program runs. */
    @Test
    void runsThoughTheHelperOfTheJdkCannotBeUsed() throws Exception {
        Path helper = Path.of(System.getProperty("java.home"), "lib/jspawnhelper");
        Assumptions.assumeTrue(Files.exists(helper), "this JDK has none");
        String setup = "mount --bind /bin/false " + helper + "\nexport FOLDER=" + folder;
        String command = "--on-incident=echo >$FOLDER/$INCIDENT_EVENT";
        try (Watched watched = new Watched(folder, folder.resolve("x.log"), setup, command)) {
            watched.begin();
            made("incident");
            watched.end();
            made("end");
        }
    }

    /** The monitor has all the threads that it needs, and the command fails in one line. */
    @Test
    void noPidIsLeft() throws Exception {
        try (Group group = new Group("pids", "memory_monitor_test");
                Watched watched = program("echo >$FOLDER/$INCIDENT_EVENT")) {
            group.take(watched.process.pid());
            group.limitTasks();
            for (int i = 0; i < 3; i++) {
                watched.memory(90);
                fails(watched, "memory above 50 %");
                watched.memory(10);
                fails(watched, "memory back to 10.0 %");
            }
            group.unlimitTasks();
            watched.begin();
            made("incident");
            watched.end();
            made("end");
            watched.stop();
            assertEquals(8, Records.read(watched.log).size());
        }
    }

    /** An event, and that the command failed, in either order. */
    private static void fails(Watched watched, String event) throws Exception {
        List<String> lines = List.of(watched.program.event(), watched.program.event());
        String failure = "--on-incident command cannot be run: ";
        for (String start : List.of(event, failure)) {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), lines.toString());
        }
    }

    @Test
    void offByDefault() throws Exception {
        try (Program program = Program.start("-t0", "-d0", "-l" + folder.resolve("test.log"))) {
            program.expect("memory_monitor ");
            program.expect("memory above ");
            assertEquals(0, program.process.children().count());
        }
    }

    // ---- Commands on their own

    /** Another program, which has a command run for some records. */
    static final class Runs {
        /** The arguments: the command, its limit in seconds, and records as COUNT*TEXT. */
        public static void main(String[] args) throws Exception {
            Path path = Path.of(System.getenv("LOGS"), "x.log");
            LogFile log = new LogFile(path, FileFormat.TEXT, Disk.Limits.NONE);
            long limitSeconds = Long.parseLong(args[1]);
            RecordSink hook =
                    new IncidentCommand(
                            new Setting("", args[0]),
                            limitSeconds,
                            log,
                            new Backlog(),
                            new Console());
            Sample sample = new Sample(0, 0, 0, 81, 1, 0);
            Event event = Values.event(Event.Type.INCIDENT, sample, System.getenv("SUMMARY"));
            for (String record : List.of(args).subList(2, args.length)) {
                String[] parts = record.split("[*]", 2);
                RecordText text = RecordText.ofTable(log.disk());
                text.row(new Bytes().put(parts[1].repeat(Integer.parseInt(parts[0]))));
                text.endRows();
                hook.accept(event, text);
                text.release();
            }
            Thread.sleep(Program.PATIENCE_SECONDS * 1000);
        }
    }

    private Program runs(String command, long limitSeconds, String... records) throws Exception {
        return Program.start(runsBuilder(command, limitSeconds, records));
    }

    private ProcessBuilder runsBuilder(String command, long limitSeconds, String... records) {
        List<String> java = Program.java(Runs.class.getName(), command, "" + limitSeconds);
        java.addAll(List.of(records));
        ProcessBuilder builder = new ProcessBuilder(java);
        builder.environment().put("FOLDER", folder.toString());
        builder.environment().put("LOGS", folder.toString());
        builder.environment().put("SUMMARY", "x");
        return builder;
    }

    private static void expectFailure(Program runs, String failure) throws InterruptedException {
        assertEquals("--on-incident command " + failure, runs.line());
    }

    @Test
    void oneThatHangsIsKilledWithItsChildren() throws Exception {
        // The shell waits for one child, and has another with a child of its own
        String command =
                "echo $$ >$FOLDER/pids; sh -c 'echo $$ >>$FOLDER/pids; sleep 600; true' &"
                        + " echo $! >>$FOLDER/pids; sleep 601";
        try (Program runs = runs(command, 2, "0*x")) {
            expectFailure(runs, "was killed after 2 s");
        }
        for (String pid : Files.readAllLines(folder.resolve("pids"))) {
            Host.await("the end of " + pid, () -> hasEnded(Long.parseLong(pid)));
        }
        for (ProcessHandle other : ProcessHandle.allProcesses().toList()) {
            String line = String.join(" ", other.info().arguments().orElse(new String[0]));
            assertFalse(line.matches("60[01]"), "left: sleep " + line);
        }
    }

    private static boolean hasEnded(long pid) {
        String[] stat = Host.stat(pid);
        return stat == null || stat[0].equals("Z");
    }

    @Test
    void neverTwoAtOnceAndInOrder() throws Exception {
        String command =
                "cd $FOLDER; mkdir lock || exit 9; read record; sleep .3; echo $record >>runs;"
                        + " rmdir lock; [ $record != 5 ] || echo >done";
        try (Program runs = runs(command, 30, "1*1\n", "1*2\n", "1*3\n", "1*4\n", "1*5\n")) {
            made("done");
            List<String> expected = List.of("1", "2", "3", "4", "5");
            assertEquals(expected, Files.readAllLines(folder.resolve("runs")));
            assertNull(runs.lineWithin(300));
        }
    }

    @Test
    void tooManyWaiting() throws Exception {
        String command = "while [ -d $FOLDER ] && ! [ -e $FOLDER/go ]; do sleep .1; done";
        String[] records = new String[20];
        Arrays.fill(records, "0*x");
        try (Program runs = runs(command, 60, records)) {
            expectFailure(runs, "was not run: too many of its runs are waiting");
            Files.createFile(folder.resolve("go"));
        }
    }

    @Test
    void needNotReadItsStandardInput() throws Exception {
        String record = (1 << 20) + "*x";
        try (Program unread = runs("exec 0<&-; echo >$FOLDER/$$.ran; true", 30, record);
                Program runs = runs("echo >$FOLDER/ran", 30, record)) {
            made("ran");
            assertNull(unread.lineWithin(500));
            assertNull(runs.lineWithin(500));
        }
    }

    @Test
    void getsALargeRecordWhole() throws Exception {
        int size = 1_500_000; // more than a pipe takes
        String command = "wc -c >$FOLDER/new; mv $FOLDER/new $FOLDER/count";
        try (Program runs = runs(command, 30, size + "*x")) {
            assertEquals(size + "\n", made("count"));
            assertNull(runs.lineWithin(300));
        }
    }

    /** Its input is a file; where none can be written, it gets what a pipe takes at once. */
    @Test
    void whereNoFileCanBeWrittenItGetsTheBeginning() throws Exception {
        String command = "cat >$FOLDER/new; mv $FOLDER/new $FOLDER/read; exit 1";
        ProcessBuilder builder = runsBuilder(command, 30, "100000*row\n");
        builder.environment().put("LOGS", folder.resolve("missing").toString());
        try (Program runs = Program.start(builder)) {
            String read = made("read");
            assertTrue(read.startsWith("row\nrow\n"), read);
            assertTrue(read.endsWith("\n# the rest is missing: its folder does not exist\n"), read);
            assertTrue(read.length() > 3500 && read.length() <= 4096, read.length() + " bytes");
            expectFailure(runs, "ended with exit status 1");
        }
    }

    /** Nothing in it drives a terminal, and nothing fills an environment. */
    @Test
    void itsVariablesAreHarmlessLines() throws Exception {
        String command =
                "printf '%s\\n' \"$INCIDENT_SUMMARY\" >$FOLDER/new; mv $FOLDER/new $FOLDER/said";
        ProcessBuilder builder = runsBuilder(command, 30, "0*x");
        builder.environment().put("SUMMARY", "a\033[2Jb\n<0>" + "é".repeat(20_000));
        try (Program runs = Program.start(builder)) {
            String said = made("said");
            assertTrue(said.startsWith("a?[2Jb <0>éé"), said.substring(0, 20));
            assertTrue(said.endsWith("é…\n"), said.substring(said.length() - 20));
            assertTrue(Values.utf8(said).length <= 16 << 10, "longer than a line");
            assertNull(runs.lineWithin(300));
        }
    }

    @ParameterizedTest
    @CsvSource({"exit 3, 3", "/no/such/command, 127", "kill -9 $$, 137", "if, 2"})
    void failures(String command, String status) throws Exception {
        try (Program runs = runs(command, 30, "0*x")) {
            expectFailure(runs, "ended with exit status " + status);
        }
    }
}
