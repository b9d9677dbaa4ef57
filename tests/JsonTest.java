import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON Lines of the real program: each line is valid after {@code lib/memory_monitor.schema.json},
 * and says the same as the log.
 */
class JsonTest {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Pattern ROW =
            Pattern.compile(
                    "(\\S+) +(\\d+) +(\\d+(?:\\.\\d)?) +\\d+\\.\\d +(\\d+) +(\\d+) (\\S+) +(\\S+)"
                            + " +\\S+ +(\\d+):(\\d\\d) (.*)");

    /** Processes beside the program: some plain, one in the stopped state, one hard to write. */
    private static final String OTHERS =
            "for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; kill -STOP $!;"
                    + " perl -e '$0 = qq(a \"b\\\\c\\t\\n\\xff\\303\\274\\e[m); sleep 600' & ";

    @TempDir Path folder;
    private Path log;
    private Path json;

    /** The program above 70 %, with memory use at will. */
    private ProcessBuilder program(MemoryDial memory) throws Exception {
        log = folder.resolve("test.log");
        json = folder.resolve("test.json");
        String[] arguments = {"-t70", "-d200ms", "-i100ms", "-l" + log, "--json", json.toString()};
        // The files' mode is the program's own choice
        String setup = "umask 0; " + OTHERS + memory.setup();
        return MemoryDial.inPidNamespace(setup, Program.builder(arguments));
    }

    private static void expect(Program program, String regex) throws InterruptedException {
        String line = program.line();
        assertTrue(line.matches(regex), line + " instead of " + regex);
    }

    // ---- The schema

    /** What a line is, after the schema; fails where it is not valid. */
    private static JsonNode valid(String line) throws IOException {
        List<Error> errors = validate(line);
        String start = line.substring(0, Math.min(300, line.length()));
        assertEquals(List.of(), errors, () -> "line: " + start);
        return MAPPER.readTree(line);
    }

    private static List<Error> validate(String line) throws IOException {
        Path file = Program.repository().resolve("lib/memory_monitor.schema.json");
        Schema schema =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(Files.readString(file));
        return schema.validate(
                line,
                InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    @Test
    void theSchemaIsStrict() throws Exception {
        String line =
                "{'type':'end','time':'2026-11-22T03:14:07.123+01:00','thresholdPercent':80.0,"
                        + "'memoryPercent':61.2,'cpuPercent':3.0,'message':'memory back'}";
        line = line.replace('\'', '"');
        valid(line);
        for (String[] change :
                new String[][] {
                    {"\"end\"", "\"other\""},
                    {"\"end\"", "\"incident\""}, // has no table
                    {"2026-11-22T", "2026-11-22 at "},
                    {"61.2", "\"61.2\""},
                    {"61.2", "161.2"},
                    {"memory back", ""},
                    {"cpuPercent", "cpu"},
                    {"}", ",\"more\":1}"},
                }) {
            String wrong = line.replace(change[0], change[1]);
            assertFalse(validate(wrong).isEmpty(), "is valid: " + wrong);
        }
    }

    // ---- Real output

    @Test
    void eachLineIsValidAndSaysTheSameAsTheLog() throws Exception {
        MemoryDial.assumeNamespaces();
        List<String> types = new ArrayList<>(List.of("incident", "climbed", "end", "incident"));
        try (MemoryDial memory = new MemoryDial(folder, 50)) {
            try (Program program = Program.start(program(memory))) {
                expect(program, "memory_monitor .*");
                memory.set(80);
                expect(program, "memory above .* processes recorded in .*");
                memory.set(90);
                expect(program, "memory above .* processes recorded in .*");
                memory.set(50);
                expect(program, "memory back to .*");
                memory.set(80);
                expect(program, "memory above .*");
                MemoryDial.inner(program).destroyForcibly();
                program.process.waitFor();
            }
            memory.set(50);
            try (Program program = Program.start(program(memory))) {
                expect(program, "memory_monitor started: the incident above never ended.*");
                types.add("unended");
                expect(program, "memory_monitor .*");
                if (killInGroup()) {
                    expect(program, "the kernel has killed 1 process for lack of memory; .*");
                    types.add("oomKill");
                }
                memory.set(80);
                expect(program, "memory above .*");
                types.add("incident");
                MemoryDial.inner(program).destroy();
                expect(program, "memory_monitor stopped with memory at .*");
                types.add("end");
            }
        }
        assertEquals("rw-r-----", mode(json));
        List<String> lines = Files.readAllLines(json);
        assertTrue(Files.readString(json).endsWith("\n"), "ends within a line");
        List<List<String>> records = records();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            JsonNode line = valid(lines.get(i));
            found.add(line.get("type").asString());
            compare(records.get(i), line);
        }
        assertEquals(types, found);
        assertEquals(lines.size(), records.size(), "as many lines as records");
        System.out.printf(
                "JSON: %s; %d bytes for a record of %d processes%n",
                found, lines.get(0).length(), valid(lines.get(0)).get("processes").size());
    }

    /** The records of the log, each without its empty line. */
    private List<List<String>> records() throws IOException {
        List<List<String>> records = new ArrayList<>(List.of(new ArrayList<>()));
        for (String line : Files.readAllLines(log)) {
            if (line.isEmpty()) {
                records.add(new ArrayList<>());
            } else {
                records.get(records.size() - 1).add(line);
            }
        }
        assertEquals(List.of(), records.remove(records.size() - 1), "the log ends in a record");
        return records;
    }

    private static void compare(List<String> record, JsonNode line) {
        DateTimeFormatter format =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx", Locale.ROOT);
        OffsetDateTime time = OffsetDateTime.parse(line.get("time").asString());
        assertEquals(
                record.get(0),
                format.format(time.truncatedTo(ChronoUnit.SECONDS))
                        + " "
                        + line.get("message").asString());
        if (!line.has("processes")) {
            assertEquals(1, record.size(), "lines of " + record.get(0));
            return;
        }
        List<String> rest = new ArrayList<>(record.subList(2, record.size()));
        for (JsonNode process : line.get("processes")) {
            compare(rest.remove(0), process);
        }
        for (JsonNode note : line.get("notes")) {
            assertEquals(rest.remove(0), "# " + note.asString());
        }
        assertEquals(List.of(), rest, "in the log only");

        long sum = 0;
        for (JsonNode kind : line.get("usedKiBByKind")) {
            sum += kind.asLong();
        }
        assertEquals(line.get("usedKiB").asLong(), sum, "the kinds add up");
    }

    private static void compare(String text, JsonNode process) {
        Matcher row = ROW.matcher(text);
        assertTrue(row.matches(), () -> "no row: " + text);
        List<String> expected = new ArrayList<>();
        for (String name : List.of("user", "pid", "vszKiB", "rssKiB", "tty", "stat", "command")) {
            expected.add(process.get(name).asString());
        }
        List<String> cells = new ArrayList<>();
        for (int group : new int[] {1, 2, 4, 5, 6, 7, 10}) {
            cells.add(row.group(group));
        }
        assertEquals(expected, cells);
        double cpuSeconds = process.get("cpuSeconds").asDouble();
        long seconds = 60 * Long.parseLong(row.group(8)) + Long.parseLong(row.group(9));
        assertEquals((long) cpuSeconds, seconds, () -> "TIME: " + text);
        double ageSeconds = process.get("ageSeconds").asDouble();
        double share = ageSeconds > 0 ? 100 * cpuSeconds / ageSeconds : 0;
        double tolerance = 0.11 + 0.01 * share; // both are rounded
        assertEquals(share, Double.parseDouble(row.group(3)), Math.max(tolerance, 1), text);
    }

    // ---- The file

    @Test
    void rotation() throws Exception {
        MemoryDial.assumeNamespaces();
        try (MemoryDial memory = new MemoryDial(folder, 80);
                Program program = Program.start(program(memory))) {
            expect(program, "memory_monitor .*");
            expect(program, "memory above .*");
            Path old = Files.move(json, folder.resolve("test.json.1"));
            memory.set(50);
            expect(program, "memory back to .*");
            assertEquals("incident", only(old).get("type").asString());
            assertEquals("end", only(json).get("type").asString());
            assertEquals("rw-r-----", mode(json));
        }
    }

    private static JsonNode only(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        assertEquals(1, lines.size(), file + " has one line");
        return valid(lines.get(0));
    }

    @Test
    void aTornLastLineIsRemovedAtTheNextStart() throws Exception {
        MemoryDial.assumeNamespaces();
        try (MemoryDial memory = new MemoryDial(folder, 50)) {
            for (String whole : List.of("", "{\"type\":\"whole\"}\n")) {
                for (int tornBytes : new int[] {1, 100, 200_000}) {
                    ProcessBuilder builder = program(memory);
                    String torn = "{\"type\":\"incident\",\"x\":\"" + "x".repeat(tornBytes);
                    Files.writeString(json, whole + torn.substring(0, tornBytes));
                    try (Program program = Program.start(builder)) {
                        expect(program, "memory_monitor .*");
                        assertEquals(whole, Files.readString(json));
                    }
                }
            }
        }
    }

    @Test
    void withoutTheOptionThereIsNoFile() throws Exception {
        Path other = folder.resolve("other.log");
        try (Program program = Program.start(Program.builder("-t0", "-d0", "-l" + other))) {
            expect(program, "memory_monitor .*");
            expect(program, "memory above .*");
        }
        try (var files = Files.list(folder)) {
            assertEquals(List.of(other), files.toList());
        }
    }

    @Test
    void settingsAndMistakes() throws Exception {
        Path file = folder.resolve("variable.json");
        ProcessBuilder builder = Program.builder("-t0", "-d0", "-l" + folder.resolve("a.log"));
        builder.environment().put("MEMORY_MONITOR_JSON", file.toString());
        try (Program program = Program.start(builder)) {
            expect(program, "memory_monitor .*");
            expect(program, "memory above .*");
            assertEquals("incident", only(file).get("type").asString());
        }
        Path missing = folder.resolve("missing/x.json");
        Program.Result result =
                Program.run("--json", missing.toString(), "-l" + folder.resolve("b.log"));
        assertEquals(1, result.exitCode());
        assertTrue(result.err().matches("memory_monitor: --json: cannot write .*\n"), result.err());
        assertTrue(result.err().contains(missing + ": its folder does not exist"), result.err());
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    // ---- An OOM kill, in a control group with little memory

    /**
     * Lets the kernel kill a process.
     *
     * @return false: that is not possible here
     */
    private static boolean killInGroup() throws Exception {
        Path group = memoryGroup();
        if (group == null) {
            System.out.println("JSON: no OOM kill, there is no memory cgroup to write to");
            return false;
        }
        try (Eater eater = new Eater("killed")) {
            Path limit = group.resolve("memory.max");
            limit = Files.exists(limit) ? limit : group.resolve("memory.limit_in_bytes");
            Files.writeString(limit, "40M", StandardOpenOption.WRITE);
            Path swap = group.resolve("memory.swap.max");
            if (Files.exists(swap)) {
                Files.writeString(swap, "0", StandardOpenOption.WRITE);
            }
            Files.writeString(
                    group.resolve("cgroup.procs"), eater.pid() + "\n", StandardOpenOption.WRITE);
            boolean survived = true;
            try {
                eater.run("eat 80");
            } catch (IOException e) {
                survived = false;
            }
            Assumptions.assumeFalse(survived, "the kernel does not kill in " + group);
        } finally {
            for (int i = 0; i < 50 && !group.toFile().delete() && Files.exists(group); i++) {
                Thread.sleep(100);
            }
        }
        return true;
    }

    /** A new control group whose memory can be limited; null: none can be made. */
    private static Path memoryGroup() throws IOException {
        for (String mount : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = mount.split(" ");
            boolean v1 =
                    fields[2].equals("cgroup") && List.of(fields[3].split(",")).contains("memory");
            if (v1 || fields[2].equals("cgroup2")) {
                Path group = Path.of(fields[1], "memory_monitor_test");
                if (group.toFile().mkdir()) {
                    if (Files.exists(group.resolve(v1 ? "memory.limit_in_bytes" : "memory.max"))) {
                        return group;
                    }
                    Files.delete(group);
                }
            }
        }
        return null;
    }
}
