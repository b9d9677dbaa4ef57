package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Browser;
import kit.Eater;
import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The page of {@code report --html}, of a real run, in a real browser. With PAGE_SHOTS=FOLDER in
 * the environment its pictures are kept there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTest {
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    /** As journalctl has it. */
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssxx", Locale.ROOT);

    private static final JsonMapper MAPPER = new JsonMapper();

    /** Whatever ends a string, an attribute, a script or a comment, and turns text around. */
    private static final String HOSTILE =
            "</script><script>hacked=1</script><img src=x onerror=hacked=1>\"'`-->{{x}}${hacked=1}"
                    + "<!--\u202egnp\u2066\\u003cb>&lt;&amp;";

    @TempDir static Path folder;
    private Browser browser;
    private Path json;
    private Path page;

    /** A leak, a pool of forked processes and files in memory, twice: the first one has an end. */
    @BeforeAll
    void realRun() throws Exception {
        browser = new Browser(folder);
        json = folder.resolve("real.jsonl");
        Path files = Path.of("/dev/shm/memory_monitor_test");
        long percentMiB = Host.memInfoKiB("MemTotal") / 100 / 1024;
        double percent = usedPercent();
        String threshold = String.format(Locale.ROOT, "-t%.2f", percent + 1.2);
        String[] options = {"-d200ms", "-r300ms", "-i50ms", "-l" + folder.resolve("real.log")};
        ProcessBuilder builder = Program.builder(options);
        try (Program program = Program.start(Program.add(builder, threshold, "--json=" + json));
                Eater leak = new Eater("leak")) {
            program.expect("memory_monitor ");
            // What a CPU keeps at hand of what others gave back is taken first, and no use yet
            for (int i = 0; i < 8 || i < 40 && usedPercent() < percent + 2; i++) {
                leak.run("eat " + (percentMiB / 3));
                Thread.sleep(100);
            }
            program.expect("memory above ");
            leak.run("give_back");
            program.expect("memory back ");
            String pool =
                    String.format(
                            "$0='pool'; $x='x' x (%d << 20); for (1..4) { fork or sleep 100, exit }"
                                    + " sleep 100",
                            percentMiB / 3);
            ProcessBuilder workers = new ProcessBuilder("timeout", "60", "perl", "-e", pool);
            Process running = workers.start();
            String unseen = // a soft hyphen, a zero-width space; and longer than JSON has it
                    "exec timeout 60 perl -e '$x = q(x) x (20 << 20); sleep 60'"
                            + (" $'a\\xc2\\xad \\xe2\\x80\\x8b</script>' " + "long ".repeat(5_000));
            Process hyphen = new ProcessBuilder("bash", "-c", unseen).start();
            Host.await("the pool", () -> running.descendants().count() == 5);
            Host.await("its neighbour", () -> hyphen.descendants().count() == 1);
            byte[] part = new byte[(int) (percentMiB << 18)];
            for (int i = 0; i < 8 || i < 40 && usedPercent() < percent + 2; i++) {
                Files.write(files, part, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            program.expect("memory above ");
            Host.await("both files", this::haveTwoTables); // a slow disk: after the event
            for (Process each : List.of(running, hyphen)) {
                each.descendants().forEach(ProcessHandle::destroyForcibly);
                each.destroyForcibly();
            }
            program.process.destroy();
            program.process.waitFor();
        } finally {
            Files.deleteIfExists(files);
        }
        page = write("real.html", json);
    }

    private static double usedPercent() throws IOException {
        return 100.0 * Host.usedKiB() / Host.memInfoKiB("MemTotal");
    }

    @AfterAll
    void close() throws Exception {
        if (browser != null) {
            browser.close();
        }
    }

    private boolean haveTwoTables() throws IOException {
        List<Records.Entry> entries = Records.read(folder.resolve("real.log"));
        entries.removeIf(entry -> entry.rows().isEmpty());
        return entries.size() == 2 && lines("incident").size() == 2;
    }

    private static Path write(String name, Path json) throws Exception {
        Path page = folder.resolve(name);
        ProcessBuilder builder = Program.builder("report", "--html=" + page, json.toString());
        Program.Result result = Program.run(builder);
        assertEquals("0 ", result.exitCode() + " " + result.err());
        assertEquals("rw-------", Host.mode(page));
        return page;
    }

    private List<JsonNode> lines(String types) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(json)) {
            JsonNode node = MAPPER.readTree(line);
            if (node.get("type").asString().matches(types)) {
                lines.add(node);
            }
        }
        return lines;
    }

    /** The last record with a table: that of the incident that the page shows first. */
    private JsonNode lastTable() throws IOException {
        List<JsonNode> tables = lines("incident|climbed");
        return tables.get(tables.size() - 1);
    }

    private void checkQuiet() {
        assertEquals("[][]", "" + browser.said + browser.requests);
    }

    // ---- What it holds

    @Test
    void itHoldsWhatWasRecorded() throws Exception {
        browser.open(page);
        JsonNode head = lastTable();
        List<JsonNode> told = lines("incident|climbed|end");
        String lead = told.get(told.size() - 1).get("lead").asString();
        String name = lead.replaceFirst(" \\+.*", "");
        String headline = browser.text("#headline");
        assertTrue(headline.startsWith(name + " ate "), headline + "; " + lead);
        assertTrue(browser.text("#machine").contains(head.get("host").get("kernel").asString()));
        assertEquals(lines("incident").size(), browser.texts("#incidents li").size());

        List<String> notes = new ArrayList<>();
        head.get("notes").forEach(note -> notes.add("# " + note.asString()));
        assertEquals(notes, browser.texts("#notes li").subList(0, notes.size()));
        for (String owners : List.of("byUnit", "byUser", "byCommand")) {
            String id = "#by-" + owners.substring(2).toLowerCase(Locale.ROOT) + "-list";
            assertEquals(
                    head.get(owners).get(0).get("name").asString(),
                    browser.texts(id + " .name").get(0));
        }
        int items = browser.texts("#growth li:not(.member)").size();
        assertEquals(head.get("growth").get("items").size(), items);

        double parts =
                browser.eval(
                                "[...document.querySelectorAll('#where span')]"
                                        + ".reduce((sum, e) => sum + +e.style.flexGrow, 0)")
                        .asDouble();
        double total = head.get("totalKiB").asDouble();
        assertEquals(total, parts, total / 1e4, "the bar is all memory");
        checkChart();
        checkTable(head);
        checkQuiet();
    }

    /** What is stacked adds up to what is used, at each moment of the history. */
    private void checkChart() throws Exception {
        List<JsonNode> all = lines("incident|climbed|end");
        JsonNode history = all.get(all.size() - 1).get("history");
        browser.click("#by-kind");
        JsonNode data = browser.eval("plot.data");
        JsonNode indexes = browser.eval("charted.moments.map(moment => moment.index ?? -1)");
        int moments = 0;
        for (int i = 0; i < indexes.size(); i++) {
            int index = indexes.get(i).asInt();
            if (index >= 0) {
                moments++;
                double used = history.get("usedKiB").get(index).asDouble();
                assertEquals(used, data.get(data.size() - 2).get(i).asDouble());
                assertEquals(used, data.get(1).get(i).asDouble(), used / 50, "all kinds at " + i);
            }
        }
        assertEquals(history.get("seconds").size(), moments);
        int series = data.size() - 3; // beside the time, used memory, and what follows
        assertTrue(series >= 2, series + " series");
        assertEquals(series, browser.texts("#legend button").size());
        String kinds = browser.texts("#legend button").toString();
        assertTrue(kinds.contains("processes"), kinds);
        browser.click("#by-group");
        String groups = browser.texts("#legend button").toString();
        assertTrue(groups.contains("leak"), groups);
        assertEquals("true", browser.eval("byId('by-group').ariaPressed").asString());
    }

    private void checkTable(JsonNode head) throws Exception {
        List<JsonNode> processes = lines("process");
        processes.removeIf(process -> !process.get("time").equals(head.get("time")));
        processes.removeIf( // kernel threads
                process ->
                        process.get("vszKiB").asLong() == 0
                                && !process.get("stat").asString().startsWith("Z"));
        browser.eval("groupBy('')");
        int folded = browser.texts("#rows .group").size(); // the kernel's threads, where seen
        assertEquals(Math.min(200, processes.size() + folded), browser.texts("#rows tr").size());
        for (int i = 0; i < Math.min(50, processes.size()); i++) {
            List<String> cells = browser.texts("#rows tr:nth-child(" + (i + 1) + ") td");
            JsonNode process = processes.get(i);
            List<String> expected = new ArrayList<>();
            for (String name : List.of("user", "pid", "vszKiB", "rssKiB", "tty", "stat")) {
                expected.add(process.get(name).asString());
            }
            boolean isCut = process.has("commandBytes");
            expected.add(seen(process.get("command").asString()) + (isCut ? "…" : ""));
            List<String> shown = new ArrayList<>(cells);
            shown.subList(8, 10).clear();
            shown.subList(2, 4).clear();
            assertEquals(expected, shown);
            long permille = 1000 * process.get("rssKiB").asLong() / head.get("totalKiB").asLong();
            assertEquals(permille / 10 + "." + permille % 10, cells.get(3), "%MEM, as in the log");
        }
        // START, TIME and %CPU are those of the log
        List<Records.Entry> entries = Records.read(folder.resolve("real.log"));
        entries.removeIf(entry -> entry.rows().isEmpty());
        List<Records.Row> rows = entries.get(entries.size() - 1).rows();
        for (int i = 0; i < Math.min(20, rows.size()); i++) {
            List<String> cells = browser.texts("#rows tr:nth-child(" + (i + 1) + ") td");
            assertEquals(rows.get(i).time(), cells.get(9));
            // a table is taken a moment after the time of its record
            int apart = Math.abs(minutes(rows.get(i).start()) - minutes(cells.get(8)));
            assertTrue(apart <= 1 || apart == 1439, rows.get(i) + " " + cells);
            assertEquals(rows.get(i).percentCpu(), Double.parseDouble(cells.get(2)), 1.1);
        }
    }

    /** As the page shows a text: what is unseen, or turns its direction around, is a "?". */
    private static String seen(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
    }

    /** The minute of the day; of another day, or year, what tells them apart. */
    private static int minutes(String start) {
        boolean isToday = start.matches("\\d\\d:\\d\\d");
        return isToday
                ? 60 * Integer.parseInt(start.substring(0, 2))
                        + Integer.parseInt(start.substring(3))
                : start.hashCode();
    }

    // ---- What it does

    @Test
    void sortFilterChoiceAndKeyboard() throws Exception {
        browser.open(page);
        browser.eval("groupBy('')");
        String pids = "#rows tr:not(:has(.group)) td:nth-child(2)";
        browser.click("#columns th:nth-child(2) button");
        List<Long> down = browser.texts(pids).stream().map(Long::valueOf).toList();
        assertEquals(down.stream().sorted((a, b) -> Long.compare(b, a)).toList(), down);
        assertEquals(
                "descending",
                browser.eval("document.querySelector('th:nth-child(2)').ariaSort").asString());
        browser.click("#columns th:nth-child(2) button");
        List<Long> up = browser.texts(pids).stream().map(Long::valueOf).toList();
        assertEquals(up.stream().sorted().toList(), up);

        browser.click("#filter");
        type("POOL");
        List<String> commands = browser.texts("#rows td.command");
        assertTrue(commands.contains("pool"), commands.toString());
        assertTrue(
                commands.stream().allMatch(text -> text.matches("(?is).*pool.*")), "" + commands);
        String count = browser.text("#count");
        assertTrue(count.startsWith(commands.size() + " of "), count);
        browser.eval("chooseTable(chosen.tables[0])"); // to another record: what is asked for stays
        assertEquals("POOL", browser.eval("byId('filter').value").asString());
        assertEquals(count, browser.text("#count"));

        String first = browser.eval("location.hash").asString();
        browser.click("#incidents li:first-child button");
        browser.key("ArrowDown");
        assertFalse(browser.eval("location.hash").asString().equals(first), first);
        assertEquals("", browser.eval("byId('filter').value").asString());
        assertEquals(
                browser.texts("#incidents button").get(1),
                browser.eval("document.activeElement.textContent").asString());
        browser.key("Home");
        assertEquals(first, browser.eval("location.hash").asString());
        browser.key("ArrowLeft"); // the record before is the other incident's
        assertFalse(browser.eval("location.hash").asString().equals(first), first);
        browser.key("ArrowRight");
        assertEquals(first, browser.eval("location.hash").asString());
        checkQuiet();
    }

    private void type(String text) throws Exception {
        for (String key : text.split("")) {
            browser.key(key);
        }
    }

    @Test
    void aFilterFindsWordsInAnyForm() throws Exception {
        browser.open(page);
        String found =
                "(text => matches(Object.assign(Array(16).fill(''), {[USER]: 'www', [NAME]:"
                        + " 'python3', [COMMAND]: '/opt/Report-Builder/run.py'}),"
                        + " text.split(' ')))";
        for (String words :
                List.of("report builder", "builder report", "reportbuilder", "www run")) {
            assertTrue(browser.eval(found + "('" + words + "')").asBoolean(), words);
        }
        assertFalse(browser.eval(found + "('report eater')").asBoolean());
    }

    @Test
    void theChartZoomsAndASeriesCanBeSeenAlone() throws Exception {
        browser.open(page);
        String span = "span[1] - span[0]";
        double whole = browser.eval(span).asDouble();
        double[] box = browser.box("#chart");
        double y = box[1] + box[3] / 2;
        browser.drag(box[0] + box[2] * .4, y, box[0] + box[2] * .8, y);
        browser.eval("new Promise(done => setTimeout(done, 100))"); // it is drawn after the mouse
        double zoomed = browser.eval(span).asDouble();
        assertTrue(zoomed < whole * .6 || zoomed <= 5, whole + " s to " + zoomed);
        browser.eval("byId('chart').focus()");
        browser.key("0");
        assertTrue(browser.eval(span).asDouble() >= whole, "all of it");
        browser.key("+");
        assertTrue(browser.eval(span).asDouble() < whole || whole <= 5, "a part of it");
        browser.key("0");

        String top = "Math.max(...plot.data[1].filter(kib => kib))";
        double before = browser.eval(top).asDouble();
        browser.click("#legend li:last-child button");
        assertEquals(1, browser.eval("charted.stack.filter(each => each.isShown).length").asInt());
        assertEquals(
                "true",
                browser.eval("document.querySelector('#legend li:last-child button').ariaPressed")
                        .asString());
        browser.click("#legend li:last-child button");
        assertEquals(before, browser.eval(top).asDouble());

        String places =
                "showMoment(%s), [...byId('legend').children].map(item => item.offsetLeft).join()";
        assertEquals( // what is to be pressed does not move with the pointer
                browser.eval(String.format(places, "0")).asString(),
                browser.eval(String.format(places, "charted.moments.length - 1")).asString());
        String figure = "document.querySelectorAll('#legend b').forEach(b => b.textContent = '%s')";
        String withFigure = places.replace("showMoment(%s)", figure);
        assertEquals( // however long a figure is
                browser.eval(String.format(withFigure, "")).asString(),
                browser.eval(String.format(withFigure, "1023 MiB")).asString());
        checkQuiet();
    }

    @Test
    void itOpensOnWhatTheAnswerIsAbout() throws Exception {
        browser.open(page);
        browser.click("#incidents li:last-child button");
        String answer = "answerOf(table.head)";
        assertEquals("leak", browser.eval(answer + ".name").asString());
        assertEquals("true", browser.eval("byId('by-group').ariaPressed").asString());
        String culprits = "charted.stack.filter(each => each.paint === CULPRIT).map(e => e.name)";
        assertTrue(browser.eval(culprits).toString().contains("leak"));
        assertEquals(List.of("leak"), browser.texts("#rows .culprit td.command"));
        assertEquals(1, browser.texts("#growth .culprit").size());
        // The culprit is new: the chart begins with it, not with what it is compared with
        browser.eval("toldOf(chosen).history.seconds[0] = -9000");
        browser.eval("Object.assign(table.head.growth, {seconds: 9000})");
        browser.eval("Object.assign(table.head.culprit, {seconds: 200})");
        browser.eval("choose(chosen)");
        assertEquals(220, browser.eval("seconds(chosen.start) - span[0]").asInt());

        browser.click("#growth .culprit button"); // leads to its row, and to its series
        String pid = browser.eval(answer + ".pid").asString();
        assertEquals(pid, browser.eval("byId('filter').value").asString());
        // Others may have these digits in their command lines; nobody else is shown
        browser.eval("all = [...document.querySelectorAll('#rows tr')].map(r => r.textContent)");
        String others = "all.filter(row => !row.includes('" + pid + "')).length";
        assertEquals(0, browser.eval(others).asInt());
        String its = "found.filter(row => row[PID] === " + pid + ").map(row => row[COMMAND])";
        assertEquals("[\"leak\"]", browser.eval(its).toString());
        assertTrue(browser.texts("#rows td.command").contains("leak"));
        assertEquals("1", browser.eval("charted.stack.filter(e => e.isShown).length").asString());

        ObjectNode head = ((ObjectNode) lastTable()).deepCopy(); // another has files in memory
        ObjectNode item = (ObjectNode) head.get("growth").get("items").get(0);
        item.put("change", "grown").put("level", "kind").put("unit", "").put("pid", 0);
        item.put("name", "tmpfs and shared memory").put("sizeKiB", 9 << 20);
        head.remove("culprit"); // as version 1.0.0 writes it
        head.put("lead", "tmpfs and shared memory +9.0 GiB in 10 min");
        String line = MAPPER.writeValueAsString(head) + "\n";
        browser.open(write("files.html", Files.writeString(folder.resolve("files.jsonl"), line)));
        assertEquals(head.get("lead").asString(), browser.text("#headline"));
        assertEquals("true", browser.eval("byId('by-kind').ariaPressed").asString());
        assertEquals("[\"tmpfs and shared memory\"]", browser.eval(culprits).toString());
        checkQuiet();
    }

    /** Red is whom the record names: nobody where it is not sure, nor whoever only has more. */
    @Test
    void onlyWhomTheRecordNamesIsTheCulprit() throws Exception {
        ObjectNode head = ((ObjectNode) lines("incident").get(0)).deepCopy();
        String leak = head.get("lead").asString();
        head.remove("culprit");
        head.put("lead", "perhaps " + leak); // the kernel's figures contradict each other
        String line = MAPPER.writeValueAsString(head) + "\n";
        browser.open(write("doubt.html", Files.writeString(folder.resolve("doubt.jsonl"), line)));
        assertEquals("perhaps " + leak, browser.text("#headline"));
        assertEquals(0, browser.eval("document.querySelectorAll('.culprit').length").asInt());
        String named =
                """
                (() => {
                  const item = (change, level, name, unit, count) => ({change, level, name, unit, count, pid: 7});
                  const growth = {items: [
                    item("gone", "process", "a", "", 1), item("grown", "process", "as-before", "", 1),
                    item("grown", "process", "java", "x.service", 1), item("new", "group", "java", "y.service", 3),
                    item("new", "job", "make", "", 40), item("grown", "unit", "u", "u.service", 5),
                    item("grown", "process", "java", "", 1)]};
                  const of = (who, unit) => growth.items.indexOf(answerOf({growth, culprit: {who, unit}, lead: "as-before (7) +1 MiB in 9 s"}));
                  return [of("java app.jar (7)", "x"), of("java ×3", "y"), of("40 processes of make (7)", ""), of("u", ""),
                    of("a (7)", ""), of("jav (7)", ""), of("java (7)", ""), growth.items.indexOf(answerOf({growth, lead: "as-before (7) +1 MiB in 9 s"}))];
                })()
                """;
        assertEquals("[2,3,4,5,-1,-1,6,1]", browser.eval(named).toString());
        String names =
                "['9 processes of make (5)', '9 processes of user bob', 'shop (7) in shop'].map("
                        + "who => nameIn(who + ' +1.0 GiB in 9 s'))";
        assertEquals("[\"make\",\"bob\",\"shop\"]", browser.eval(names).toString());
        checkQuiet();
    }

    /** Kills for units' own limits, the last first; of several machines with the machine's name. */
    @Test
    void killsWithoutAnIncidentSayWhere() throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i : new int[] {2, 3, 1}) {
            ObjectNode kill = ((ObjectNode) lines("end").get(0)).deepCopy().put("type", "oomKill");
            kill.put("time", "2026-11-27T03:15:0" + i + "Z").put("message", "killed " + i);
            ((ObjectNode) kill.get("host")).put("name", i == 3 ? "db" : "web");
            kill.remove("incident");
            lines.add(MAPPER.writeValueAsString(kill));
        }
        browser.open(write("kills.html", Files.write(folder.resolve("kills.jsonl"), lines)));
        List<String> told = browser.texts("#others-list li");
        told.replaceAll(text -> text.replaceFirst(".*?([a-z]+: killed)", "$1"));
        assertEquals(List.of("db: killed 3", "web: killed 2", "web: killed 1"), told);
        checkQuiet();
    }

    /** A unit that is gone, or whose processes are hidden, has no rows: nothing leads to none. */
    @Test
    void whatHasNoProcessesLeadsToTheChart() throws Exception {
        ObjectNode head = ((ObjectNode) lines("incident").get(0)).deepCopy();
        ArrayNode units = head.putArray("byUnit");
        units.addObject().put("name", "gone.service").put("sizeKiB", 9 << 20);
        units.addObject().put("name", "seen.service").put("sizeKiB", 1 << 20);
        ObjectNode item = (ObjectNode) head.get("growth").get("items").get(0);
        item.put("change", "grown").put("level", "unit").put("unit", "gone.service").put("pid", 0);
        ((ObjectNode) head.get("culprit")).put("who", "gone").put("unit", "");
        List<String> all = new ArrayList<>(List.of(MAPPER.writeValueAsString(head)));
        for (JsonNode process : lines("process")) {
            if (process.get("incident").equals(head.get("incident"))) {
                ((ObjectNode) process).put("unit", "seen.service");
                all.add(MAPPER.writeValueAsString(process));
            }
        }
        browser.open(write("gone.html", Files.write(folder.resolve("gone.jsonl"), all)));
        assertTrue(browser.text("#headline").startsWith("gone ate "), browser.text("#headline"));
        assertEquals("true", browser.eval("byId('by-kind').ariaPressed").asString());
        assertEquals("true", browser.eval("byId('grouped-none').ariaPressed").asString());
        assertTrue(browser.text("#count").contains(", none of what ate it"));
        assertEquals(List.of("seen.service"), browser.texts("#by-unit-list button"));
        browser.click("#growth .culprit button");
        assertEquals("", browser.eval("byId('filter').value").asString());
        browser.click("#by-unit-list button");
        assertEquals("seen.service", browser.eval("byId('filter').value").asString());
        checkQuiet();
    }

    @Test
    void theFiguresAreThoseOfTheMoment() throws Exception {
        ObjectNode end = (ObjectNode) lines("end").get(0);
        List<String> lines = new ArrayList<>();
        for (JsonNode line : lines("incident|process|captured|end")) {
            if (line.get("incident").equals(end.get("incident"))) {
                JsonNode history = line.get("history");
                if (history != null) { // another incident before was higher
                    ((ArrayNode) history.get("usedKiB")).set(0, MAPPER.valueToTree(20L << 20));
                }
                lines.add(MAPPER.writeValueAsString(line));
            }
        }
        browser.open(write("higher.html", Files.write(folder.resolve("higher.jsonl"), lines)));
        String time = end.get("peakTime").asString().substring(11, 19);
        String peak = String.format(Locale.ROOT, "%.1f %%", end.get("peakPercent").asDouble());
        String text = browser.text("#chart-text");
        assertTrue(text.contains(" " + time) && text.contains("the peak"), text + time);
        assertTrue(text.contains(peak), text + peak);
        assertTrue(browser.text("#figures").contains(peak), browser.text("#figures"));

        browser.eval("byId('chart').focus()");
        browser.key("ArrowRight");
        if (browser.text("#chart-text").contains("the peak")) { // it is the last moment
            browser.key("ArrowLeft");
        }
        String next = browser.text("#chart-text");
        assertFalse(next.contains("the peak"), next);
        assertTrue(browser.eval("readout.checkVisibility()").asBoolean());
        String at =
                browser.eval("clock(iso(charted.moments[shownMoment].at, table.head.time))")
                        .asString();
        assertTrue(next.contains(at), next + at);
        assertTrue(browser.text(".readout").contains(at), browser.text(".readout"));
        checkQuiet();
    }

    /** A peak and a kill in a stall, between two looks: what the one after them saw is not told. */
    @Test
    void aFigureOfAnotherMomentSaysSo() throws Exception {
        ObjectNode end = ((ObjectNode) lines("end").get(0)).deepCopy();
        OffsetDateTime over = OffsetDateTime.parse(end.get("time").asString());
        end.put("peakTime", over.minusSeconds(6).toString()).put("peakPercent", 99.9);
        end.put("stalledSeconds", 40).put("oomKills", 1);
        String history =
                "{'seconds':[-100,-50,-2],'usedKiB':[1000,900000,50000],'swapUsedKiB':[0,0,0],"
                        + "'usedKiBByKind':{'processes':[900,800000,400]},"
                        + "'groups':[{'name':'leak','unit':'','sizeKiB':[0,512000,0]},"
                        + "{'name':'leak','unit':'b.service','sizeKiB':[0,1000,0]}]}";
        end.set("history", MAPPER.readTree(history.replace('\'', '"')));
        ObjectNode kill = end.deepCopy().put("type", "oomKill");
        kill.put("time", over.minusSeconds(4).toString())
                .put("memoryPercent", 95)
                .remove("history");
        kill.put("message", "the kernel has killed 1 process; gone: leak (7) had 500 MiB");
        List<String> all = new ArrayList<>();
        for (JsonNode line : lines("incident|process|captured")) {
            if (line.get("incident").equals(end.get("incident"))) {
                all.add(MAPPER.writeValueAsString(line));
            }
        }
        all.add(MAPPER.writeValueAsString(kill));
        all.add(MAPPER.writeValueAsString(end));
        browser.open(write("stall.html", Files.write(folder.resolve("stall.jsonl"), all)));
        String look = CLOCK.format(over.minusSeconds(50));
        String legend = "[...byId('legend').children].map(item => item.textContent).join()";
        for (String moment : List.of("peak", "kill")) {
            String text = browser.text("#chart-text");
            assertTrue(text.contains("as of " + look + ", 4"), moment + ": " + text);
            String told = browser.eval(legend).asString();
            assertTrue(told.contains("leak500 MiB"), moment + ": " + told);
            browser.eval("showMoment(shownMoment, {left: 9, top: plot.over.clientHeight - 2})");
            String pointed = browser.text(".readout");
            assertTrue(pointed.isEmpty() || pointed.contains("MiB at " + look), pointed);
            browser.eval(
                    "[...byId('marks').children].find(e => /OOM/.test(e.ariaLabel ||"
                            + " e.textContent)).click()");
        }
        assertEquals(
                CLOCK.format(over.minusSeconds(4))
                        + ": the kernel has killed 1 process; gone: leak (7) had 500 MiB.",
                browser.text("#killed"));
        String mark = browser.eval("marksOf().find(each => each.paint === 'bad').text").asString();
        assertEquals("OOM kill", mark);

        String follow =
                "(follow({level: 'process', name: 'leak', unit: 'b.service', pid: 7}), isolated)";
        assertEquals("leak in b.service", browser.eval(follow).asString()); // not its namesake

        String stamp = STAMP.format(over.minusSeconds(5));
        String kernel = stamp + " kernel: Out of memory: Killed process 7 (leak) total-vm:9kB, x";
        browser.eval("chosen.kernel = ['" + kernel + "'], choose(chosen)");
        assertEquals(
                "The kernel killed leak (7) at " + CLOCK.format(over.minusSeconds(5)) + ".",
                browser.text("#killed"));
        mark = browser.eval("marksOf().find(each => each.paint === 'bad').text").asString();
        assertEquals("OOM kill: leak (7)", mark);
        assertTrue(browser.texts("#events li").toString().contains("Killed process 7 (leak)"));
        checkQuiet();
    }

    /** What the next start knows of the time before is what was on the disk, minutes apart. */
    @Test
    void aRecordTellsMoreOfItsTimeThanTheNextStart() throws Exception {
        ObjectNode died = ((ObjectNode) lines("end").get(0)).deepCopy();
        died.put("type", "unended").put("lastSeenPercent", 9).put("peakPercent", 0);
        died.remove("stopped");
        List<JsonNode> all = new ArrayList<>(lines("incident|process|captured"));
        all.removeIf(line -> !line.get("incident").equals(died.get("incident")));
        died.set("lastSeen", died.get("aboveSince")); // of what it wrote, the last is missing
        died.put("message", "memory_monitor started: the incident above never ended");
        String history =
                "{'seconds':[-900],'totalKiB':9,'usedKiB':[1],'usedKiBByKind':{},'groups':[]}";
        died.set("history", MAPPER.readTree(history.replace('\'', '"')));
        all.add(died);
        List<String> written = all.stream().map(MAPPER::writeValueAsString).toList();
        browser.open(write("lost.html", Files.write(folder.resolve("lost.jsonl"), written)));
        String told = "chosen.lines.at(-1).type + ' ' + (toldOf(chosen).history.totalKiB !== 9)";
        assertEquals("unended true", browser.eval(told).asString());
        String text = browser.text("#chart-text");
        assertTrue(text.contains(", the peak: "), text);
        String lost = browser.text("#killed");
        assertTrue(lost.endsWith(": " + died.get("message").asString() + "."), lost);
        assertTrue(browser.eval("summary()").asString().contains(lost), lost);
    }

    /** The machine died before a record was due: there is what is known, and nothing else. */
    @Test
    void withoutARecordThereIsOnlyTheChart() throws Exception {
        ObjectNode died = ((ObjectNode) lines("end").get(0)).deepCopy();
        died.remove(List.of("stopped", "culprit"));
        died.put("type", "unended").put("incident", "died").put("lastSeenPercent", 97.5);
        OffsetDateTime peak = OffsetDateTime.parse(died.get("peakTime").asString());
        died.put("lastSeen", peak.plusNanos(20_000_000).toString()); // at no look of the history
        String line = MAPPER.writeValueAsString(died) + "\n";
        browser.open(write("died.html", Files.writeString(folder.resolve("died.jsonl"), line)));
        assertEquals(died.get("lead").asString(), browser.text("#headline"));
        String names =
                "['perl (428) in shop +1.2 GiB in 10 s', 'a b ×40 +9 MiB, c +8 MiB in 2 min',"
                    + " 'tmpfs /dev/shm in x +1.0 GiB in 2 h', 'perhaps db +9 MiB in 1 h', 'nothing"
                    + " has grown in 10 min', ''].map(nameIn).join(';')";
        assertEquals("perl;a b;tmpfs /dev/shm;;;", browser.eval(names).asString());
        assertEquals("true", browser.eval("chosen.culprit === nameIn(table.head.lead)").asString());
        String figures = browser.text("#figures");
        assertTrue(figures.contains("when last seen"), figures);
        assertFalse(figures.contains("CPU") || figures.contains("swap"), figures);
        assertTrue(figures.contains("no end"), figures);
        assertTrue(figures.contains("OOM kills, as far as seen"), figures);
        assertTrue(browser.text("#killed").endsWith(" before the monitor was gone."));
        assertTrue(browser.eval("summary()").asString().contains(", no end\n"), "the summary");
        assertEquals(
                "1",
                browser.eval(
                                "[...document.querySelectorAll('main .card')].filter(card =>"
                                        + " card.checkVisibility()).length")
                        .toString());
        String known = "charted.moments.filter(moment => !moment.isGap).at(-1)";
        assertEquals(
                "97.5", browser.eval("100 * " + known + ".used / table.head.totalKiB").toString());
        assertEquals("true", browser.eval("charted.moments.at(-1).isGap").toString());

        died.put("time", peak.minusSeconds(100).toString()); // it has no battery for its clock
        line = MAPPER.writeValueAsString(died) + "\n";
        browser.open(write("back.html", Files.writeString(folder.resolve("back.jsonl"), line)));
        String isAscending = "charted.x.every((x, i, all) => !i || x > all[i - 1])";
        assertEquals("true", browser.eval(isAscending).toString());
        assertEquals(
                "97.5",
                browser.eval("100 * charted.moments.at(-1).used / table.head.totalKiB").toString());
        checkQuiet();
    }

    /**
     * Threshold and peak can be read at the scale, and a reader elsewhere knows whose times it has.
     */
    @Test
    void theScaleAndTheTimesCanBeRead() throws Exception {
        browser.zone("Asia/Tokyo");
        browser.open(page);
        String peak = browser.eval("percent(chosen.peak.percent)").asString();
        String threshold = browser.eval("table.head.thresholdPercent + ' %'").asString();
        assertEquals(List.of(threshold, peak), browser.texts("#chart .scale"));
        String apart =
                "(([a, b]) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)"
                        + "(document.querySelectorAll('#chart .scale'))";
        assertTrue(browser.eval(apart).asDouble() >= 12, "one is over the other");
        String range = browser.text("#range");
        assertTrue(range.endsWith(" (where you are it is +09:00)"), range);
        browser.zone(""); // that of this host, as the records
        browser.open(page);
        assertFalse(browser.text("#range").contains("where you are"), browser.text("#range"));
        for (int width : new int[] {1400, 800, 700, 400}) {
            browser.size(width, 900);
            browser.open(page);
            String beyond =
                    "(e => e.scrollWidth - e.clientWidth)(document.querySelector('.scroll'))";
            assertEquals(
                    0, browser.eval(beyond).asInt(), "columns are beyond the edge at " + width);
        }
        browser.size(700, 900); // A4 is no phone: a line for each process
        browser.paper(true);
        String row = "getComputedStyle(document.querySelector('#rows tr')).display";
        assertEquals("table-row", browser.eval(row).asString());
        browser.paper(false);
        browser.size(1280, 900);
        checkQuiet();
    }

    /** A curve has no points where nothing was sampled, but for those that records tell. */
    @Test
    void whereTheSamplerStoodStillIsAGap() throws Exception {
        browser.open(page);
        String script =
                """
                (() => {
                  const at = (s) => new Date(1e12 + 1000 * s).toISOString();
                  const line = (type, s, percent, late) => ({type, time: at(s), memoryPercent: percent, stalledSeconds: late});
                  const incident = {start: at(-32), peak: {time: at(-20), percent: 99},
                    lines: [line("incident", -30, 70, 0.5), line("oomKill", -3.5, 60, 25.5), line("end", 0, 40, 25.5)]};
                  const told = {totalKiB: 1000, from: 1e9, history: {
                    seconds: [-900, -600, -300, -200, -100, -60, -50, -40, -33, -32, -31, -30, -29, -4, -3, -2, -1, 0],
                    gapSeconds: [0, 0, 250, ...Array(15).fill(0)], usedKiB: Array(18).fill(500)}};
                  return {
                    gaps: gapsOf(incident, told).map(gap => [gap[0] - 1e9, gap[1] - 1e9, gap[2]]),
                    points: momentsOf(incident, told).filter(m => m.index === undefined).map(m => [m.at - 1e9, m.used])};
                })()
                """;
        assertEquals(
                "{\"gaps\":[[-600,-300,250],[-29,-4,25]],\"points\":[[-20,990],[-3.5,600]]}",
                browser.eval(script).toString());
    }

    @Test
    void groupsAreSummedUpAndOpen() throws Exception {
        browser.open(page);
        browser.click("#grouped-command");
        String group = "document.querySelector('#rows .group')";
        String name = browser.eval(group + ".dataset.name").asString();
        JsonNode head = lastTable();
        long rss = 0;
        int count = 0;
        for (JsonNode process : lines("process")) {
            boolean isIn = process.get("name").asString().equals(name);
            if (isIn && process.get("time").equals(head.get("time"))) {
                rss += process.get("rssKiB").asLong();
                count++;
            }
        }
        assertEquals(name + " ×" + count, browser.eval(group + ".textContent").asString());
        String cells = "[..." + group + ".closest('tr').cells].map(cell => cell.textContent)";
        assertEquals(count + " ×", browser.eval(cells + "[1]").asString());
        assertEquals(rss, browser.eval(cells + "[5]").asLong());
        int before = browser.texts("#rows tr").size();
        browser.eval(group + ".click()");
        assertEquals(Math.min(200, before + count), browser.texts("#rows tr").size());
        assertEquals("true", browser.eval(group + ".ariaExpanded").asString());
        checkQuiet();
    }

    @Test
    void theAddressNamesTheIncidentAndTheSummaryIsText() throws Exception {
        browser.open(page);
        browser.click("#incidents li:last-child button");
        String headline = browser.text("#headline");
        String id = lines("incident").get(0).get("incident").asString();
        assertEquals("#" + id, browser.eval("decodeURIComponent(location.hash)").asString());
        browser.reload();
        assertEquals(headline, browser.text("#headline"));
        browser.eval("location.hash = ''");
        browser.eval("location.hash = '#' + encodeURIComponent('" + id + "')");
        assertEquals(headline, browser.text("#headline"));
        String summary = browser.eval("summary()").asString();
        String note = lines("incident").get(0).get("notes").get(0).asString();
        String record = "\nrecord of " + browser.eval("after(table.head.time)").asString();
        for (String part : List.of(headline, record + ":\n# " + note, "#" + id, "peak ")) {
            assertTrue(summary.contains(part), summary);
        }
        browser.click("#copy");
        browser.eval("new Promise(done => setTimeout(done, 200))");
        assertEquals("copied", browser.text("#copied"));
        checkQuiet();
    }

    @Test
    void theAddressNamesTheRecordIfItIsNotTheLast() throws Exception {
        ObjectNode first = (ObjectNode) lines("incident").get(0);
        OffsetDateTime time = OffsetDateTime.parse(first.get("time").asString());
        ObjectNode climbed = first.deepCopy().put("type", "climbed");
        climbed.put("time", time.plusSeconds(9).toString());
        Path two = Files.write(folder.resolve("two.jsonl"), List.of("" + first, "" + climbed));
        Path pageOfTwo = write("two.html", two);
        browser.open(pageOfTwo);
        String address = browser.eval("location.hash").asString();
        browser.click("#records button");
        assertEquals(address + ",1", browser.eval("location.hash").asString());
        browser.reload();
        assertEquals(0, browser.eval("chosen.tables.indexOf(table)").asInt());
        assertFalse(browser.text("#range").contains("link"), browser.text("#range"));
        browser.eval("location.hash = '" + address + "'");
        browser.eval("new Promise(done => setTimeout(done, 200))");
        assertEquals(1, browser.eval("chosen.tables.indexOf(table)").asInt());
        browser.eval("history.replaceState(null, '', '#elsewhere-20200101T000000.000Z')");
        browser.reload();
        String range = browser.text("#range");
        assertTrue(range.endsWith("; the incident that the link names is not here"), range);
        checkQuiet();
    }

    // ---- What it cannot be made to do

    @Test
    void hostileNamesDoNothing() throws Exception {
        Path hostile = folder.resolve("hostile.jsonl");
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(json)) {
            JsonNode node = MAPPER.readTree(line);
            poison(node);
            lines.add(MAPPER.writeValueAsString(node));
        }
        Files.write(hostile, lines);
        for (Path file : List.of(page, write("hostile.html", hostile))) {
            browser.open(file);
            String elements = "document.querySelectorAll('img,iframe,object,embed,link,a').length";
            assertEquals(0, browser.eval(elements).asInt());
            String scripts = "script:not([type])";
            assertEquals(2, browser.texts(scripts).size(), "the chart's and the page's own");
            assertTrue(browser.eval("typeof hacked === 'undefined'").asBoolean());
            boolean isPoisoned = !file.equals(page);
            String shown = seen(HOSTILE);
            browser.eval("groupBy('')");
            String command = browser.texts("#rows td.command").toString();
            assertTrue(command.contains(isPoisoned ? shown : "perl"), command);
            if (isPoisoned) {
                assertTrue(browser.text("#headline").contains(shown), "in the headline");
                assertTrue(browser.texts("#by-unit-list .name").contains(shown), "in the bars");
                assertTrue(browser.texts("#notes li").contains("# " + shown), "in the notes");
                assertTrue(browser.texts("#events li").toString().contains(shown), "in the list");
            }
            checkQuiet();
        }
        // the policy: no other script runs, even if something put one there
        browser.eval(
                "(() => { const s = document.createElement('script'); s.textContent = 'hacked=1';"
                        + " document.body.append(s);"
                        + " document.body.insertAdjacentHTML('beforeend',"
                        + " '<img src=x onerror=hacked=1><b style=color:red>x</b>');"
                        + " return new Promise(done => setTimeout(done, 100)); })()");
        assertTrue(browser.eval("typeof hacked === 'undefined'").asBoolean());
        assertTrue(browser.said.size() >= 3, "the policy says so: " + browser.said);
    }

    /** A record of another version, or of a machine that lies, hides no others. */
    @Test
    void aRecordThatLacksFieldsHidesNoOthers() throws Exception {
        browser.open(page);
        String headline = browser.text("#headline");
        String start = "{\"type\":\"incident\",\"incident\":\"%s\",\"time\":";
        start += "\"2038-01-01T00:00:00+00:00\"";
        List<String> lines = new ArrayList<>(Files.readAllLines(json));
        lines.add(String.format(start, "a") + "}");
        lines.add(String.format(start, "b") + ",\"growth\":5,\"aboveSince\":\"2038-01-01\"}");
        lines.add("\ufeff" + lines.get(0));
        String record =
                lines.stream().filter(line -> line.contains("\"aboveSince\"")).findFirst().get();
        for (String odd :
                List.of(
                        "aboveSince\":\"x+00:00",
                        "aboveSince\":\"2026-99-28T16:40:00+00:00",
                        "peakPercent\":true")) {
            String name = odd.substring(0, odd.indexOf('"'));
            String other = record.replaceFirst("(\"incident\":\")[^\"]*", "$1" + odd.hashCode());
            lines.add(other.replaceFirst(name + "\":\"?[^\",]*", odd));
        }
        String named = record.replaceFirst("(\"incident\":\")[^\"]*", "$1n");
        lines.add(named.replace("\"notes\":[", "\"notes\":5,\"others\":["));
        Path odd = Files.write(folder.resolve("odd.jsonl"), lines);
        browser.open(write("odd.html", odd));
        assertEquals(headline, browser.text("#headline"));
        String range = browser.text("#range");
        assertTrue(
                range.endsWith("; 6 incidents are left out, for their records are not whole"),
                range);
        checkQuiet();
    }

    /** Nor do the figures of one stand under the headline of another that cannot be shown. */
    @ParameterizedTest
    @ValueSource(
            strings = {"byUser\":5,\"x\":[", "byUnit\":[null,", "usedKiBByKind\":null,\"x\":{"})
    void aRecordThatCannotBeShownShowsNothing(String wrong) throws Exception {
        List<String> lines = new ArrayList<>(Files.readAllLines(json));
        String record =
                lines.stream().filter(line -> line.contains("\"aboveSince\"")).findFirst().get();
        String field = wrong.substring(0, wrong.indexOf(':')) + ":.";
        record = record.replaceFirst("(\"incident\":\")[^\"]*", "$1odd");
        lines.add(record.replaceAll("\"20\\d\\d-", "\"2037-").replaceFirst(field, wrong));
        browser.open(write("odd.html", Files.write(folder.resolve("odd.jsonl"), lines)));
        String hidden = "['broken', 'incident'].map(id => byId(id).hidden).join()";
        assertEquals("false,true", browser.eval(hidden).stringValue());
        browser.key("ArrowLeft");
        assertEquals("true,false", browser.eval(hidden).stringValue());
        checkQuiet();
    }

    /** Groups that share are more than what is in use: no series goes below nothing for that. */
    @Test
    void whatIsCountedTwiceIsTakenOffWhereItIs() throws Exception {
        browser.open(page);
        String groups =
                "{name:'old',unit:'',sizeKiB:[90,0,0]},{name:'new',unit:'',sizeKiB:[0,60,95]}";
        String series =
                "stackBy = 'group', seriesOf({usedKiB: [80, 50, 100], swapUsedKiB: [0, 0, 0],"
                        + (" groups: [" + groups + "]}, 1000)")
                        + ".map(each => each.name + ' ' + each.values).join('; ')";
        assertEquals(
                "old 80,0,0; new 0,50,95; everything else 0,0,5",
                browser.eval(series).stringValue());
    }

    /** Puts the hostile text wherever there is one, but for what has a form of its own. */
    private static void poison(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (String name : object.propertyNames().toArray(String[]::new)) {
                JsonNode value = object.get(name);
                boolean hasForm = name.matches("type|incident|.*[tT]ime|aboveSince|change|level");
                if (value.isString() && !hasForm) {
                    object.put(name, HOSTILE);
                }
                poison(value);
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i).isString()) {
                    array.set(i, HOSTILE);
                }
                poison(array.get(i));
            }
        }
    }

    // ---- Large ones

    @Test
    void manyIncidentsAndManyProcesses() throws Exception {
        Path many = folder.resolve("many.jsonl");
        JsonNode head = lastTable();
        List<JsonNode> processes = lines("process");
        OffsetDateTime start = OffsetDateTime.parse("2026-01-01T00:00:00Z");
        try (Writer out = Files.newBufferedWriter(many)) {
            for (int i = 0; i <= 200; i++) {
                String id = "pi-" + i;
                String time = start.plusHours(i).toString().replaceFirst("(:\\d\\d)Z", "$1:00Z");
                ObjectNode incident = ((ObjectNode) head).deepCopy();
                incident.put("type", "incident").put("incident", id).put("time", time);
                incident.put("aboveSince", time).put("peakPercent", 80 + i % 20);
                ((ObjectNode) incident.get("host")).put("name", "host" + i % 3);
                name((ObjectNode) incident.get("growth").get("items").get(0), i % 5);
                incident.put("lead", "culprit" + i % 5 + " ×2 +9.0 GiB in 10 min");
                incident.put("oomKills", i == 77 ? 1 : 0).remove("culprit");
                out.write(MAPPER.writeValueAsString(incident) + "\n");
                int count = i == 200 ? 20_000 : 100;
                for (int j = 0; j < count; j++) {
                    ObjectNode process = (ObjectNode) processes.get(j % processes.size());
                    process.put("incident", id).put("time", time).put("pid", j + 1);
                    out.write(MAPPER.writeValueAsString(process) + "\n");
                }
            }
        }
        long begin = System.nanoTime();
        Path large = write("many.html", many);
        double written = (System.nanoTime() - begin) / 1e9;
        double opened = browser.open(large) / 1e3;
        checkOverview();
        assertTrue(browser.text("#count").startsWith("20000 processes"), browser.text("#count"));
        double sorted = 0;
        for (int column : new int[] {11, 2, 9}) {
            String sort =
                    "(() => { const t = performance.now(); sortBy("
                            + (column - 1)
                            + ", false);"
                            + " document.body.offsetHeight; return performance.now() - t; })()";
            sorted = Math.max(sorted, browser.eval(sort).asDouble() / 1e3);
        }
        checkQuiet();
        Tests.say(
                "40,000 processes, %d MiB: written in %.1f s, opened in %.2f s, 20,000 sorted in"
                        + " %.2f s",
                Files.size(large) >> 20, written, opened, sorted);
        assertTrue(opened < 10 && sorted < 1.5, "far too slow, even for a busy machine");
        assertTrue(Files.size(large) < 8 << 20, "too large: " + Files.size(large));
    }

    /** One of five culprits. */
    private static void name(ObjectNode item, int culprit) {
        item.put("change", "grown").put("level", "group").put("name", "culprit" + culprit);
        item.put("unit", "").put("sizeKiB", 9 << 20);
    }

    /** 201 incidents of five culprits on three hosts: dots, filters, and ten in the list. */
    private void checkOverview() throws Exception {
        assertEquals(201, browser.texts("#dots path").size());
        assertEquals(10, browser.texts("#incidents li").size());
        assertEquals("1 to 10 of 201", browser.text("#page-text"));
        List<String> chips = browser.texts("#chips button");
        assertEquals(5 + 3, chips.size(), chips.toString());
        assertEquals(2 + 4, browser.texts("#dots text").size(), "percents, and times");
        assertEquals(
                1, browser.texts("#dots path[transform*=scale]").size(), "the one with a kill");
        String worst = browser.text("#worst");
        assertTrue(worst.matches("The worst of 201.* host2culprit2 .*, 1 killed, so far"), worst);
        assertEquals("culprit041 ×", chips.get(0));
        assertTrue(browser.text("#machine").startsWith("host2 "), browser.text("#machine"));
        browser.click("#chips li:nth-child(2) button");
        assertEquals("1 to 10 of 40", browser.text("#page-text"));
        assertTrue(browser.text("#headline").startsWith("culprit1 "), browser.text("#headline"));
        browser.click("#older");
        assertEquals("11 to 20 of 40", browser.text("#page-text"));
        browser.click("#chips li:nth-child(8) button");
        String host = browser.eval("byId('chips').children[7].firstChild.dataset.value").asString();
        assertTrue(browser.text("#machine").startsWith(host + " "), browser.text("#machine"));
        browser.eval("wanted.host = 'nowhere', showList()");
        assertEquals(List.of("none of both"), browser.texts("#incidents li"));
        browser.eval("wanted.host = '', showList()");
        assertTrue(browser.text("#worst").matches("The worst of 40.*peak 96.0 %.*"));
        browser.click("#chips li:nth-child(2) button");
        browser.click("#worst");
        assertEquals("#pi-77", browser.eval("location.hash").asString());
        browser.eval("choose(incidents[0])");
        assertEquals("1 to 10 of 201", browser.text("#page-text"));
        assertEquals(1, browser.eval("document.querySelectorAll('#dots .chosen').length").asInt());
        browser.size(400, 900);
        browser.eval("choose(incidents[8])"); // by its dot: the list shows where it is
        assertEquals(2 + 2, browser.texts("#dots text").size(), "no time over another");
        String below =
                "document.querySelector('[aria-current]').getBoundingClientRect().bottom"
                        + " - document.querySelector('nav').getBoundingClientRect().bottom";
        assertTrue(browser.eval(below).asDouble() <= 0, "the list hides what is chosen");
        browser.size(1280, 900);
        browser.eval("choose(incidents[0])");
    }

    // ---- What it looks like

    @Test
    @Tag(Tests.LONG)
    void looks() throws Exception {
        String kept = System.getenv("PAGE_SHOTS");
        Path shots = kept == null ? folder : Path.of(kept);
        String[][] kinds = {
            {"light", "1400"}, {"dark", "800"}, {"phone", "400"}, {"wide", "1920"},
        };
        for (String[] kind : kinds) {
            boolean isDark = kind[0].equals("dark");
            browser.size(Integer.parseInt(kind[1]), 900);
            browser.dark(isDark);
            browser.open(page);
            String overflow = "document.documentElement.scrollWidth - innerWidth";
            assertTrue(browser.eval(overflow).asDouble() <= 0, kind[0] + " is too wide");
            checkContrast(kind[0]);
            Path shot = shots.resolve(kind[0] + ".png");
            browser.picture(shot);
            assertTrue(Files.size(shot) > 20_000, "a picture of " + Files.size(shot));
        }
        browser.size(1280, 900);
        browser.dark(true);
        browser.open(page);
        browser.print(shots.resolve("print.pdf"));
        byte[] pdf = Files.readAllBytes(shots.resolve("print.pdf"));
        assertEquals("%PDF-", new String(Arrays.copyOf(pdf, 5), "US-ASCII"));
        browser.dark(false);
        checkQuiet();
    }

    /** Each text that is shown has the contrast of WCAG AA to what is behind it. */
    private void checkContrast(String kind) throws Exception {
        String script =
                """
                (() => {
                  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
                  const rgb = (color) => {
                    paint.clearRect(0, 0, 1, 1); paint.fillStyle = color; paint.fillRect(0, 0, 1, 1);
                    return [...paint.getImageData(0, 0, 1, 1).data];
                  };
                  const light = (color) => color.slice(0, 3)
                    .map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                  const behind = (e) => {
                    for (; e; e = e.parentElement) {
                      const color = rgb(getComputedStyle(e).backgroundColor);
                      if (color[3] === 255) return color;
                    }
                    return [255, 255, 255];
                  };
                  const poor = [];
                  for (const e of document.querySelectorAll("body *")) {
                    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
                    if (!own || !e.checkVisibility() || e.tagName === "SCRIPT") continue;
                    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
                    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                    if (ratio < 4.5) poor.push(`${e.tagName}.${e.className} "${e.textContent.slice(0, 20)}" ${ratio.toFixed(1)}`);
                  }
                  return poor;
                })()
                """;
        assertEquals("[]", browser.eval(script).toString(), kind);
    }

    /** For those who hear it: everything has a name, and headings have no gap. */
    @Test
    void isReadableForAScreenReader() throws Exception {
        browser.open(page);
        String nameless =
                "[...document.querySelectorAll('button, input')].filter(e => !e.textContent.trim()"
                        + " && !e.labels?.length && !e.ariaLabel).length";
        assertEquals(0, browser.eval(nameless).asInt());
        String unnamed =
                "[...document.querySelectorAll('[role=img], [role=region], [role=group], section,"
                        + " nav')].filter(e => !e.ariaLabel && !e.ariaLabelledByElements?.length)"
                        + ".length";
        assertEquals(0, browser.eval(unnamed).asInt());
        String levels =
                "[...document.querySelectorAll('h1,h2,h3,h4')].filter(e => e.checkVisibility())"
                        + ".map(e => +e.tagName[1])";
        int before = 0;
        for (JsonNode level : browser.eval(levels)) {
            assertTrue(level.asInt() <= before + 1, browser.eval(levels).toString());
            before = level.asInt();
        }
        assertEquals("en", browser.eval("document.documentElement.lang").asString());
        String heads = "[...document.querySelectorAll('th')].every(e => e.scope === 'col')";
        assertTrue(browser.eval(heads).asBoolean(), "the table has headings");
    }
}
