package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import kit.Eater;
import kit.Group;
import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;
import kit.Watched;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * JSON Lines of the real program: each line is valid after {@code lib/memory_monitor.schema.json},
 * and together they say the same as the log.
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
        JsonNode record = MAPPER.readTree(line);
        long mostKiB = // there is no more that processes can have
                record.path("usedKiBByKind").path("processes").asLong(0)
                        + record.path("usedKiBByKind").path("shared").asLong(0);
        for (String owners : List.of("byUser", "byCommand")) {
            long sumKiB = 0;
            for (JsonNode owner : record.path(owners)) {
                sumKiB += owner.path("sizeKiB").asLong(0);
            }
            assertTrue(sumKiB <= mostKiB, owners + " have " + sumKiB + " of " + mostKiB + " KiB");
        }
        return record;
    }

    /** Read once: that takes longer than all lines. */
    private static Schema schema;

    private static List<Error> validate(String line) throws IOException {
        if (schema == null) {
            Path file = Program.repository().resolve("lib/memory_monitor.schema.json");
            schema =
                    SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(Files.readString(file));
        }
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
                    {"\"end\"", "\"incident\""}, // has no answer
                    {"\"end\"", "\"process\""},
                    {"{", "{\"incident\":\"host-2026\","},
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
                                + " memory.*");
                types.add("oomKill");
            }
            watched.begin();
            types.add("incident");
            watched.process.destroy();
            watched.expect("memory_monitor stopped with memory at ");
            types.add("end");
        }
        assertEquals("rw-r-----", Host.mode(json));
        assertTrue(Files.readString(json).endsWith("\n"), "ends within a line");
        List<Records.Entry> entries = new ArrayList<>();
        Records.each(folder.resolve("test.log"), entries::add);
        List<Record> records = records(json);
        assertEquals(types, records.stream().map(Record::type).toList());
        assertEquals(entries.size(), records.size(), "as many records as in the log");
        List<String> incidents = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            compare(entries.get(i), records.get(i));
            JsonNode incident = records.get(i).head.path("incident");
            if (!records.get(i).type().equals("oomKill")) {
                incidents.add(incident.asString());
            }
        }
        assertEquals(1, Set.copyOf(incidents.subList(0, 3)).size(), "an incident: " + incidents);
        assertEquals(1, Set.copyOf(incidents.subList(3, 5)).size(), "the next one: " + incidents);
        assertEquals(3, Set.copyOf(incidents).size(), "each has its own: " + incidents);
        long longest = Files.readAllLines(json).stream().mapToInt(String::length).max().orElse(0);
        Tests.say(
                "%d processes, %d bytes of them; the longest line has %d",
                records.get(0).processes.size(),
                records.get(0).processes.toString().length(),
                longest);
    }

    /**
     * Lines that belong together.
     *
     * @param captured the closing line; null for a record without a table
     */
    private record Record(JsonNode head, List<JsonNode> processes, JsonNode captured) {
        String type() {
            return head.get("type").asString();
        }
    }

    private static List<Record> records(Path json) throws IOException {
        List<Record> records = new ArrayList<>();
        JsonNode head = null;
        List<JsonNode> processes = new ArrayList<>();
        for (String text : Files.readAllLines(json)) {
            JsonNode line = valid(text);
            assertTrue(text.getBytes(StandardCharsets.UTF_8).length <= 48 << 10, text);
            String type = line.get("type").asString();
            if (type.equals("process") || type.equals("captured")) {
                assertEquals(head.get("incident"), line.get("incident"));
                assertEquals(head.get("time"), line.get("time"));
            }
            if (type.equals("process")) {
                processes.add(line);
            } else if (type.equals("captured")) {
                records.add(new Record(head, List.copyOf(processes), line));
                processes.clear();
                head = null;
            } else if (type.matches("incident|climbed")) {
                head = line;
            } else {
                records.add(new Record(line, List.of(), null));
            }
        }
        assertNull(head, "the last record is whole");
        return records;
    }

    private static void compare(Records.Entry entry, Record record) {
        OffsetDateTime time = OffsetDateTime.parse(record.head.get("time").asString());
        assertEquals(
                entry.time() + " " + entry.event(),
                Records.TIME_FORMAT.format(time.truncatedTo(ChronoUnit.SECONDS))
                        + (" " + record.head.get("message").asString())
                        + (record.head.has("lead") ? ": " : "")
                        + record.head.path("lead").asString(""));
        assertEquals(entry.rows().size(), record.processes.size());
        for (int i = 0; i < entry.rows().size(); i++) {
            compare(entry.rows().get(i), record.processes.get(i));
        }
        List<String> notes = new ArrayList<>();
        record.head.path("notes").forEach(note -> notes.add("# " + note.asString()));
        if (record.captured != null) {
            record.captured.get("captureNotes").forEach(n -> notes.add("# " + n.asString()));
            assertEquals(entry.rows().size(), record.captured.get("written").asInt());
            checkAnswer(record.head);
        }
        assertEquals(entry.notes(), notes);
    }

    /** The answer as data: it adds up, and is that of the notes. */
    private static void checkAnswer(JsonNode head) {
        long sum = 0;
        for (JsonNode kind : head.get("usedKiBByKind")) {
            sum += kind.asLong();
        }
        assertEquals(head.get("usedKiB").asLong(), sum, "the kinds add up");
        String notes = head.get("notes").toString();
        for (String owners : List.of("byUnit", "byUser", "byCommand")) {
            JsonNode first = head.get(owners).get(0);
            if (first != null && first.get("sizeKiB").asLong() >= 1024) {
                String name = first.get("name").asString();
                assertTrue(notes.contains(": " + name + " "), name + " in " + notes);
            }
        }
        for (JsonNode item : head.get("growth").get("items")) {
            String name = item.get("name").asString();
            assertTrue(item.get("sizeKiB").asLong() >= 1024, item.toString());
            assertTrue(!name.isEmpty() || item.get("level").asString().equals("job"), name);
        }
        JsonNode history = head.get("history");
        int moments = history.get("seconds").size();
        assertTrue(moments >= 2 && moments <= 80, moments + " moments");
        assertEquals(0, history.get("seconds").get(moments - 1).asDouble(), 5);
        assertEquals(
                head.get("usedKiB").asLong(), history.get("usedKiB").get(moments - 1).asLong());
        history.get("usedKiBByKind")
                .forEach(kind -> assertEquals(moments, kind.size(), "moments of a kind"));
        history.get("groups")
                .forEach(group -> assertEquals(moments, group.get("sizeKiB").size(), "of a group"));
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
            assertEquals("incident", only(old).type());
            assertEquals("end", only(json).type());
            assertEquals("rw-r-----", Host.mode(json));
        }
    }

    private static Record only(Path file) throws IOException {
        List<Record> records = records(file);
        assertEquals(1, records.size(), file + " has one record");
        return records.get(0);
    }

    @Test
    @Tag(Tests.LONG)
    void aTornLastLineIsRemovedAtTheNextStart() throws Exception {
        for (String whole : List.of("", "{\"type\":\"end\",\"whole\":1}\n")) {
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
    void itIsBesideTheLogUnlessNoneIsWanted() throws Exception {
        Path other = folder.resolve("other.log");
        try (Program program = Program.start("-t0", "-d0", "-l" + other, "--json=none")) {
            program.expect("memory_monitor ");
            program.expect("memory above ");
        }
        try (Program program = Program.start("-t0", "-d0", "-l" + folder.resolve("x.log"))) {
            program.expect("memory_monitor ");
            program.expect("memory above ");
            assertTrue(Files.size(folder.resolve("x.jsonl")) > 0);
        }
        try (var files = Files.list(folder)) {
            Path lock = folder.resolve("other.log.lock");
            Path history = folder.resolve("other.log.history");
            assertEquals(
                    List.of(other, history, lock),
                    files.filter(file -> file.toString().contains("/other")).sorted().toList());
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
            assertEquals("incident", only(file).type());
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
    /** Who ended by himself before a kill has nothing to do with it. */
    @Test
    void aKillNamesNobodyWhoHadEndedBefore() throws Exception {
        try (Eater bystander = new Eater("bystander").run("eat 300");
                Watched watched = new Watched(false, folder, folder.resolve("x.log"), "")) {
            watched.begin();
            bystander.close();
            Thread.sleep(2500); // until it has been looked at, once a second
            Assumptions.assumeTrue(killInGroup(), "no kill");
            String told =
                    watched.expect("memory above .*the kernel has killed 1 process.*").group();
            assertFalse(told.contains("bystander"), told);
        }
    }

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
