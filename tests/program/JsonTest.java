import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * JSON Lines of the real program: each line is valid after {@code lib/memory_monitor.schema.json},
 * and says the same as the log.
 */
class JsonTest {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** Processes beside the program: some plain, one in the stopped state, one hard to write. */
    private static final String OTHERS =
            "for i in 1 2 3 4 5 6 7 8; do sleep 600 & done; kill -STOP $!;"
                    + " perl -e '$0 = qq(a \"b\\\\c\\t\\n\\xff\\303\\274\\e[m); sleep 600' &";

    @TempDir Path folder;
    private Path json;

    /** The program with JSON Lines; the files' mode is its own choice. */
    private Watched program() throws Exception {
        json = folder.resolve("test.json");
        String setup = "umask 0; " + OTHERS;
        return new Watched(folder, folder.resolve("test.log"), setup, "--json=" + json);
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
        List<String> types = new ArrayList<>(List.of("incident", "climbed", "end", "incident"));
        try (Watched watched = program()) {
            watched.memory(80);
            watched.expect("memory above .* processes in ");
            watched.begin();
            watched.end();
            watched.begin();
            watched.process.destroyForcibly();
            watched.program.process.waitFor();
        }
        try (Watched watched = program()) {
            types.add("unended");
            String earlier = "memory_monitor started: the incident above never ended";
            assertTrue(watched.earlier.toString().startsWith("[" + earlier), earlier);
            if (killInGroup()) {
                watched.expect(
                        "the kernel has killed 1 process (in .*, which was at its own|for lack of)"
                                + " memory.*; ");
                types.add("oomKill");
            }
            watched.begin();
            types.add("incident");
            watched.process.destroy();
            watched.expect("memory_monitor stopped with memory at ");
            types.add("end");
        }
        assertEquals("rw-r-----", Host.mode(json));
        List<String> lines = Files.readAllLines(json);
        assertTrue(Files.readString(json).endsWith("\n"), "ends within a line");
        List<Records.Entry> records = new ArrayList<>();
        Records.each(folder.resolve("test.log"), records::add);
        List<String> found = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            JsonNode line = valid(lines.get(i));
            found.add(line.get("type").asString());
            compare(records.get(i), line);
        }
        assertEquals(types, found);
        assertEquals(lines.size(), records.size(), "as many lines as records");
        Tests.say(
                "%s; %d bytes for a record of %d processes",
                found, lines.get(0).length(), valid(lines.get(0)).get("processes").size());
    }

    private static void compare(Records.Entry record, JsonNode line) {
        OffsetDateTime time = OffsetDateTime.parse(line.get("time").asString());
        assertEquals(
                record.time() + " " + record.event(),
                Records.TIME_FORMAT.format(time.truncatedTo(ChronoUnit.SECONDS))
                        + " "
                        + line.get("message").asString());
        if (!line.has("processes")) {
            assertEquals("[][]", "" + record.rows() + record.notes());
            return;
        }
        assertEquals(record.rows().size(), line.get("processes").size());
        for (int i = 0; i < record.rows().size(); i++) {
            compare(record.rows().get(i), line.get("processes").get(i));
        }
        List<String> notes = new ArrayList<>();
        for (String name : List.of("notes", "captureNotes")) {
            line.get(name).forEach(note -> notes.add("# " + note.asString()));
        }
        assertEquals(record.notes(), notes);

        long sum = 0;
        for (JsonNode kind : line.get("usedKiBByKind")) {
            sum += kind.asLong();
        }
        assertEquals(line.get("usedKiB").asLong(), sum, "the kinds add up");
    }

    private static void compare(Records.Row row, JsonNode process) {
        List<String> expected = new ArrayList<>();
        for (String name : List.of("user", "pid", "vszKiB", "rssKiB", "tty", "stat", "command")) {
            expected.add(process.get(name).asString());
        }
        assertEquals(
                String.join(" ", expected),
                row.user()
                        + (" " + row.pid() + " " + row.vszKiB() + " " + row.rssKiB())
                        + (" " + row.tty() + " " + row.stat() + " " + row.command()));
        double cpuSeconds = process.get("cpuSeconds").asDouble();
        long seconds = (long) cpuSeconds;
        String time = String.format("%d:%02d", seconds / 60, seconds % 60);
        assertEquals(time, row.time(), row::toString);
        double ageSeconds = process.get("ageSeconds").asDouble();
        double share = ageSeconds > 0 ? 100 * cpuSeconds / ageSeconds : 0;
        double tolerance = 0.11 + 0.01 * share; // both are rounded
        assertEquals(share, row.percentCpu(), Math.max(tolerance, 1), row::toString);
    }

    // ---- The file

    @Test
    void rotation() throws Exception {
        try (Watched watched = program()) {
            watched.begin();
            Path old = Files.move(json, folder.resolve("test.json.1"));
            watched.end();
            assertEquals("incident", only(old).get("type").asString());
            assertEquals("end", only(json).get("type").asString());
            assertEquals("rw-r-----", Host.mode(json));
        }
    }

    private static JsonNode only(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        assertEquals(1, lines.size(), file + " has one line");
        return valid(lines.get(0));
    }

    @Test
    void aTornLastLineIsRemovedAtTheNextStart() throws Exception {
        for (String whole : List.of("", "{\"type\":\"whole\"}\n")) {
            for (int tornBytes : new int[] {1, 100, 200_000}) {
                String torn = "{\"type\":\"incident\",\"x\":\"" + "x".repeat(tornBytes);
                Path file = folder.resolve("test.json");
                Files.writeString(file, whole + torn.substring(0, tornBytes));
                try (Watched watched = program()) {
                    assertEquals(whole, Files.readString(file));
                    watched.stop();
                }
            }
        }
    }

    @Test
    void withoutTheOptionThereIsNoFile() throws Exception {
        Path other = folder.resolve("other.log");
        try (Program program = Program.start("-t0", "-d0", "-l" + other)) {
            program.expect("memory_monitor ");
            program.expect("memory above ");
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
            program.expect("memory_monitor ");
            program.expect("memory above ");
            assertEquals("incident", only(file).get("type").asString());
        }
        Path missing = folder.resolve("missing/x.json");
        String why = Pattern.quote(missing + ": its folder does not exist");
        try (Program program =
                Program.start("--json", missing.toString(), "-l" + folder.resolve("b.log"))) {
            program.expect("--json: cannot write the log " + why + "; watching all the same");
            program.expect("memory_monitor ");
        }
    }

    // ---- An OOM kill, in a control group with little memory

    /**
     * Lets the kernel kill a process.
     *
     * @return false: that is not possible here
     */
    private static boolean killInGroup() throws Exception {
        try (Group group = new Group("memory", "memory_monitor_test");
                Eater eater = new Eater("killed")) {
            group.limitMemory("40M");
            group.take(eater.pid());
            assertThrows(IOException.class, () -> eater.run("eat 80"), "it survived");
            return true;
        } catch (TestAbortedException e) {
            Tests.say("no OOM kill: %s", e.getMessage());
            return false;
        }
    }
}
