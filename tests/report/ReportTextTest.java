package report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import cli.Setting;

import kit.Host;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** What a report is made of: files in the right order, lines that may be anything, columns. */
public final class ReportTextTest {
    @TempDir private Path folder;

    // ---- Lines

    /** A line of an incident that began so many minutes after three o'clock. */
    private static String line(String type, int minute, String more) {
        String since = String.format("2026-11-22T03:%02d:00.5+01:00", minute);
        return String.format(
                        "{'type':'%s','incident':'pi-20261122T02%02d00.500Z','thresholdPercent':80,"
                                + "'time':'2026-11-22T03:%02d:15.5+01:00','aboveSince':'%s'%s}",
                        type, minute, minute, since, more)
                .replace('\'', '"');
    }

    private static String incident(int minute, String lead) {
        String figures = ",'aboveSeconds':15,'peakPercent':83.1,'oomKills':0,'lead':'%s'";
        return line("incident", minute, String.format(figures, lead));
    }

    private static String end(int minute) {
        return line("end", minute, ",'aboveSeconds':720,'peakPercent':97.25,'oomKills':2");
    }

    /** Ordinary lines, to be changed. */
    public static List<String> lines() {
        String more = ",'host':{'name':'pi','kernel':'6.1'},'totalKiB':8000000,'usedKiB':7000000,";
        more +=
                "'lead':'java (7) +1 GiB in 2"
                        + " h','aboveSeconds':15,'memoryPercent':87.5,'oomKills':2,";
        more += "'peakPercent':88,'usedKiBByKind':{'slab':900000,'x':5},'notes':['a note',7],";
        more += "'history':{'seconds':[-60,-30,0],'usedKiB':[5000000,6000000,7000000]},";
        more += "'culprit':{'who':'java (7)','unit':'a.service','sizeKiB':1000000,'seconds':7200},";
        String process =
                ",'user':'root','pid':7,'rssKiB':900000,'stat':'Ssl','command':'java -jar'";
        return List.of(
                line("incident", 1, more + "'growth':{'seconds':7200},'message':'memory above'"),
                line("process", 1, process),
                line("captured", 1, ",'processes':3,'captureNotes':['3 processes']"),
                line("climbed", 1, more + "'message':'memory above'"),
                line("oomKill", 1, ",'message':'killed','oomKills':3"),
                line("unended", 1, more + "'peakTime':'2026-11-22T03:01:05+01:00'"),
                line("end", 1, more + "'stopped':false"));
    }

    /** All that a report can say about lines, whatever they are. */
    public static String all(Path folder, byte[] lines) throws IOException {
        Path file = Files.write(folder.resolve("x.jsonl"), lines);
        RecordFiles files = new RecordFiles(List.of(file));
        IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
        files.read(false, gatherer::accept);
        List<String> out = new ArrayList<>();
        for (int width : List.of(0, 40, 120)) {
            Screen screen = new Screen(width, false);
            out.addAll(IncidentTable.lines(gatherer.numbered(), screen));
            for (IncidentSummary each : gatherer.numbered().values()) {
                IncidentText text = new IncidentText(each);
                files.read(true, text::accept);
                out.addAll(text.lines(List.of(), screen));
            }
        }
        if (lines.length % 8 == 0) { // it takes longest
            Page.write(files, Map.of(), folder.resolve("x.html"));
        }
        return String.join(" ", out);
    }

    private SortedMap<Integer, IncidentSummary> numbered(String... lines) throws IOException {
        Path file = Files.writeString(folder.resolve("x.jsonl"), String.join("\n", lines) + "\n");
        IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
        new RecordFiles(List.of(file)).read(false, gatherer::accept);
        return gatherer.numbered();
    }

    private List<IncidentSummary> summaries(String... lines) throws IOException {
        return List.copyOf(numbered(lines).values());
    }

    @Test
    void anIncidentIsALineWhateverTheOrderOfItsLines() throws Exception {
        List<String> lines =
                IncidentTable.lines(
                        numbered(
                                incident(
                                        30,
                                        "postgres ×30 in postgresql@15-main +1.1 GiB in 10 min"),
                                line("unended", 30, ""),
                                end(14),
                                incident(14, "java (812) in app +9.8 GiB in 2 days"),
                                line("climbed", 14, ",'peakPercent':88,'lead':'java (812) more'"),
                                line("oomKill", 14, ",'oomKills':1")),
                        Screen.PLAIN);
        assertEquals(
                List.of(
                        "   WHEN                         ABOVE 80 %    PEAK  KILLS  WHAT ATE IT",
                        "1  2026-11-22 03:14:00+01:00        12 min  97.3 %      2  java (812)"
                                + " more",
                        "2  2026-11-22 03:30:00+01:00  15 s, no end  83.1 %      -  postgres ×30 in"
                                + " postgresql@15-main +1.1 GiB in 10 min"),
                lines);
    }

    @Test
    void aListSaysAboveWhatMemoryWas() throws Exception {
        String other = end(2).replace("Percent\":80,", "Percent\":90.5,");
        List<String> lines = IncidentTable.lines(numbered(end(1), other), Screen.PLAIN);
        assertTrue(lines.get(0).contains("      ABOVE    PEAK"), lines.get(0));
        assertTrue(lines.get(1).contains("    12 min, 80 %  97.3 %"), lines.get(1));
        assertTrue(lines.get(2).contains("  12 min, 90.5 %  97.3 %"), lines.get(2));
        String words = IncidentTable.inWords(summaries(end(1)).get(0));
        assertEquals("2026-11-22 03:01:00+01:00, 12 min above 80 %, peak 97.3 %", words);
    }

    /** Times are the machine's own: where it is in another zone than the reader, that is said. */
    @ParameterizedTest
    @CsvSource({
        "Europe/Berlin, ''",
        "UTC, 'times are +01:00, the zone of the machine; here it is +00:00'",
    })
    void aReaderInAnotherZoneIsTold(String zone, String expected) throws Exception {
        String told = IncidentTable.zones(summaries(end(1)), ZoneId.of(zone)).orElse("");
        assertEquals(expected, told);
    }

    @Test
    void aChartSaysItsPeak() throws Exception {
        IncidentText full = new IncidentText(summaries(incident(1, "x"), end(1)).get(0));
        String record = incident(1, "x").replace("}", ",\"totalKiB\":9000}");
        for (String line : List.of(record, end(1))) {
            full.accept(RecordLine.parse(line.getBytes(StandardCharsets.UTF_8)).orElseThrow());
        }
        for (int width : new int[] {40, 60, 100}) {
            List<String> lines = full.lines(List.of(), new Screen(width, false));
            String scale =
                    lines.stream().filter(line -> line.startsWith("       2026")).findFirst().get();
            assertEquals(width > 70, scale.contains("+01:00  peak 97.3 %  "), scale);
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("  80 % ")), "" + lines);
            String of = "what follows is of the record of 2026-11-22 03:01:15+01:00";
            assertTrue(lines.contains(of), "" + lines); // not of the end
        }
    }

    /** Nobody watched between the first two of three moments, and from the last one on. */
    @Test
    void aChartHasNoLineWhereNobodyWatched() throws Exception {
        String told = ",'totalKiB':1000,'history':{'seconds':[-100,-40,0],'gapSeconds':[0,60,0]";
        String record = line("incident", 1, told + ",'usedKiB':[900,900,900]},'memoryPercent':90");
        String seen = ",'lastSeen':'2026-11-22T03:01:15.5+01:00','lastSeenPercent':90";
        String unended = line("unended", 2, seen + ",'memoryPercent':90");
        IncidentText full = new IncidentText(summaries(record, unended).get(0));
        for (String line : List.of(record, unended.replace("T020200", "T020100"))) {
            full.accept(RecordLine.parse(line.getBytes(StandardCharsets.UTF_8)).orElseThrow());
        }
        List<String> lines = full.lines(List.of(), new Screen(87, false));
        String low = lines.stream().filter(line -> line.startsWith("   0 % ")).findFirst().get();
        assertTrue(low.matches("   0 % █? {20,31}█{18,24} {25,34}█?"), low);
    }

    @ParameterizedTest
    @CsvSource({"40", "80", "109", "110", "160"})
    void aLineIsAsWideAsTheTerminal(int width) throws Exception {
        String lead = "名前 in a-unit-with-a-rather-long-name ".repeat(6) + "+1.1 GiB in 10 min";
        List<String> lines =
                IncidentTable.lines(
                        numbered(incident(1, lead), end(1), incident(2, "x"), end(2)),
                        new Screen(width, true));
        for (String line : lines) {
            String plain = line.replaceAll("\033\\[\\d*m", "");
            assertTrue(Screen.width(plain) <= Math.max(width, 59), plain);
        }
        String row = lines.get(1).replaceAll("\033\\[\\d*m", "");
        assertEquals(width >= 110, row.startsWith("1  2026-11-22 03:01:00+01:00  "), row);
        assertTrue(row.endsWith(width == 40 ? "…" : "… +1.1 GiB"), row);
        assertTrue(lines.get(1).contains("\033[31m"), "kills have a colour: " + lines.get(1));
        assertFalse(
                String.join("", IncidentTable.lines(numbered(end(1)), Screen.PLAIN))
                        .contains("\033"));
    }

    /** What ate it, where there is less and less room. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "143 | postgres ×45 in postgresql@15-main +1.1 GiB (shared) in 34 s",
                "113 | postgres ×45 +1.1 GiB (shared) in 34 s",
                "80 | postgres ×45 +1.1 GiB (shared)",
                "75 | postgres… +1.1 GiB (shared)",
            })
    void howMuchItAteIsWorthMoreThanItsUnit(int width, String expected) throws Exception {
        String lead = "postgres ×45 in postgresql@15-main +1.1 GiB (shared) in 34 s";
        List<String> lines =
                IncidentTable.lines(numbered(incident(1, lead), end(1)), new Screen(width, false));
        assertTrue(lines.get(1).endsWith("  " + expected), lines.get(1));
    }

    @Test
    void anIncidentInWhichTheMonitorWasStoppedHasNoEnd() throws Exception {
        String stopped =
                ",'aboveSeconds':9,'message':'memory_monitor stopped with memory at 90.0 %'";
        List<IncidentSummary> incidents = summaries(incident(1, "x"), line("end", 1, stopped));
        assertEquals("no end", incidents.get(0).ending());
    }

    /** A second monitor on the same file may not know it, and say that it never ended. */
    @Test
    void whatIsOverStaysOver() throws Exception {
        String[] lines = {incident(1, "x"), end(1), line("unended", 1, "")};
        assertEquals("", summaries(lines).get(0).ending());
    }

    /** What is a field goes before what the words, which may change, seem to say. */
    @ParameterizedTest
    @CsvSource({
        "true, the watch was given up, no end",
        "false, memory_monitor stopped it seems, ''",
    })
    void aStopIsAField(boolean isStopped, String message, String ending) throws Exception {
        String more = String.format(",'stopped':%b,'message':'%s'", isStopped, message);
        assertEquals(ending, summaries(incident(1, "x"), line("end", 1, more)).get(0).ending());
    }

    /** Lines of 1.0.0 have the culprit in words only. */
    @Test
    void whoAteItIsAField() throws Exception {
        String culprit =
                ",'lead':'in other words','culprit':{'who':'a in b ×3','unit':'c','sizeKiB':204800,"
                        + "'shared':true,'seconds':600.0}";
        assertEquals(
                Optional.of(new Culprit("a in b ×3", "200 MiB (shared)", "10 min")),
                summaries(line("incident", 1, culprit)).get(0).culprit());
        assertEquals(
                Optional.of(new Culprit("postgres ×45", "1.1 GiB (shared)", "34 s")),
                summaries(incident(1, "postgres ×45 in pg@15 +1.1 GiB (shared) in 34 s"))
                        .get(0)
                        .culprit());
        assertEquals(
                Optional.of(new Culprit("java (7)", "90 MiB", "2 days")),
                summaries(incident(1, "java (7) +90 MiB in 2 days")).get(0).culprit());
        String little = "little has grown in 10 min; java has most, 50.8 GiB";
        assertEquals(Optional.empty(), summaries(incident(1, little)).get(0).culprit());
    }

    /** What had grown by the peak is known at the end, or by the next start. */
    @Test
    void theEndKnowsWhatAteItByThePeak() throws Exception {
        String early = incident(1, "java (7) +300 MiB in 16 s");
        String late = ",'lead':'java (7) +5.0 GiB in 9 min','peakPercent':97";
        String culprit = ",'culprit':{'who':'java (7)','sizeKiB':5242880,'seconds':540}";
        IncidentSummary ended = summaries(early, line("end", 1, late + culprit)).get(0);
        assertEquals("java (7) +5.0 GiB in 9 min", ended.lead());
        assertEquals("5.0 GiB", ended.culprit().orElseThrow().size());
        String unended = line("unended", 1, late).replaceFirst(",\"aboveSince\":\"[^\"]*\"", "");
        assertEquals("java (7) +5.0 GiB in 9 min", summaries(early, unended).get(0).lead());
        assertEquals(0, summaries(unended).size());
        assertEquals("java (7) +300 MiB in 16 s", summaries(early, end(1)).get(0).lead());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | plain | plain",
                "5 | plain | plain",
                "4 | plain | pla…",
                "1 | plain | …",
                "4 | 漢字漢 | 漢…",
                "5 | 漢字漢 | 漢字…",
                "9 | e\u0301e\u0301e\u0301 | e\u0301e\u0301e\u0301",
                "2 | e\u0301e\u0301e\u0301 | e\u0301…",
                "9 | x\u001b[2Jx | x?[2Jx",
                "9 | a\u202eb | a?b",
                "9 | \u0085\u2028 | ???",
                "9 | 😀 | 😀",
                "1 | 😀 | …",
            })
    void textFits(int columns, String text, String expected) {
        assertEquals(expected, Screen.fit(text, columns));
    }

    /** Nor is anything else replaced by a page. */
    @Test
    void thePageIsNotWrittenOverTheRecords() throws Exception {
        Path file = Files.writeString(folder.resolve("x.jsonl"), incident(1, "x") + "\n");
        RecordFiles records = new RecordFiles(List.of(file));
        assertThrows(IOException.class, () -> Page.write(records, Map.of(), file));
        assertThrows(IOException.class, () -> Page.write(records, Map.of(), folder));
        assertThrows(IOException.class, () -> Page.write(records, Map.of(), Path.of("/dev/null")));
        assertEquals(incident(1, "x") + "\n", Files.readString(file));
        Path page = folder.resolve("page.html");
        Path link = Files.createSymbolicLink(folder.resolve("link.html"), page); // as /dev/stdout
        Files.createFile(page);
        IOException e = assertThrows(IOException.class, () -> Page.write(records, Map.of(), link));
        assertEquals("it is a link, name the file that it leads to", e.getMessage());
        assertTrue(Files.isSymbolicLink(link));
        String killed = "kernel: Killed process 7 (x</script>) total-vm:1kB";
        Map<String, List<String>> kernel = Map.of("pi-1", List.of(killed));
        for (int i = 0; i < 2; i++) {
            String said = Page.write(records, kernel, page);
            assertTrue(said.matches(page + ": 1 incident, 1 table of processes, \\d+ KiB"), said);
        }
        String seen = ",'lastSeen':'2026-11-22T03:02:00+01:00','history':{}";
        Files.writeString(file, line("unended", 2, seen) + "\n", StandardOpenOption.APPEND);
        String two = Page.write(records, kernel, page);
        assertTrue(two.startsWith(page + ": 2 incidents, 1 table of processes, "), two);
        String block = "class=\"kernel\">[\"pi-1\",\"kernel: Killed process 7 (x\\u003c/script>) ";
        assertTrue(Files.readString(page).contains(block), block);
    }

    @Test
    void whatIsNoRecordIsSkippedAndCounted() throws Exception {
        String[] foreign = {
            "",
            "not JSON",
            "[1,2]",
            "{}",
            "{\"type\":\"incident\"}",
            "{\"type\":\"other\",\"time\":\"2026-11-22T03:14:07+01:00\"}",
            "{\"type\":\"end\",\"time\":\"yesterday\"}",
            "{\"type\":\"end\",\"time\":7}",
            end(1) + end(1),
            end(1).substring(0, 40),
            "{\"type\":\"process\",\"x\":\"" + "x".repeat(100_000) + "\"}",
            "[".repeat(5000),
            "{\"type\":\"lost\",\"records\":3}",
        };
        Path file = folder.resolve("x.jsonl");
        Files.writeString(
                file,
                String.join("\n", foreign) + "\n" + incident(1, "x") + "\n" + end(1).substring(5));
        RecordFiles files = new RecordFiles(List.of(file));
        List<String> types = new ArrayList<>();
        files.read(true, line -> types.add(line.type()));
        assertEquals(List.of("incident"), types);
        assertEquals(12, files.skipped());
    }

    /** Fields of other types than they should have are nothing. */
    @Test
    void aForeignFieldIsNothing() throws Exception {
        String line =
                line(
                        "incident",
                        1,
                        ",'lead':[{}],'aboveSeconds':'x','peakPercent':null,'oomKills':{}");
        RecordLine record = RecordLine.parse(line.getBytes(StandardCharsets.UTF_8)).orElseThrow();
        IncidentText full = new IncidentText(summaries(line).get(0));
        full.accept(record);
        assertTrue(full.lines(List.of("the kernel's line"), Screen.PLAIN).size() > 10);
        assertEquals("", summaries(line).get(0).lead());
    }

    @Test
    void killsWithoutAnIncidentAreTold() {
        IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
        String kill = "{\"type\":\"oomKill\",\"time\":\"2026-11-22T03:14:07+01:00\"}";
        for (String text : new String[] {kill, line("oomKill", 1, ""), kill}) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            gatherer.accept(RecordLine.parse(utf8).orElseThrow());
        }
        assertEquals(2, gatherer.kills(OffsetDateTime.MIN).size());
        OffsetDateTime later = OffsetDateTime.parse("2026-11-22T03:14:08+01:00");
        assertEquals(0, gatherer.kills(later).size());
    }

    @Test
    void ofMoreIncidentsThanTheHeapHoldsTheLatestAreTold() {
        IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
        String text =
                "{'type':'end','incident':'a%d','time':'2026-11-22T03:14:07+01:00',"
                        + "'aboveSince':'%s','aboveSeconds':60}";
        OffsetDateTime first = OffsetDateTime.parse("2026-01-01T00:00:00Z");
        for (int time = 0; time < 2; time++) { // each is told twice
            for (int id = 0; id < 21_000; id++) {
                String line = String.format(text, id, first.plusMinutes(id)).replace('\'', '"');
                byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
                gatherer.accept(RecordLine.parse(utf8).orElseThrow());
            }
        }
        SortedMap<Integer, IncidentSummary> latest = gatherer.numbered();
        assertEquals(IncidentSummary.Gatherer.MOST, latest.size());
        assertEquals("a20999", latest.get(21_000).id());
        assertEquals(21_000 - IncidentSummary.Gatherer.MOST, gatherer.leftOut());
    }

    // ---- Files

    @Test
    void rotatedFilesComeFirstTheOldestBeforeAll() throws Exception {
        for (String name :
                new String[] {
                    "m.jsonl",
                    "m.jsonl.1",
                    "m.jsonl.2.gz",
                    "m.jsonl.10.gz",
                    "m.jsonl-20261101.gz",
                    "m.jsonl-20261108",
                    "m.jsonl.bak",
                    "m.jsonl.3.xz",
                    "m.jsonlx",
                    "other.jsonl",
                    "m.jsonl-2026-11-05.zst",
                    "m-20261106.jsonl",
                    "m.4.jsonl.bz2",
                    "m.jsonl.5.lz4",
                    "m-2.jsonl"
                }) {
            Files.writeString(folder.resolve(name), "");
        }
        Set<String> leftOut = new TreeSet<>();
        List<String> names =
                RecordFiles.withRotated(folder.resolve("m.jsonl"), leftOut).stream()
                        .map(path -> path.getFileName().toString())
                        .toList();
        assertEquals(
                "[m.jsonl.10.gz, m.4.jsonl.bz2, m.jsonl.3.xz, m.jsonl.2.gz, m.jsonl.1,"
                        + " m.jsonl-20261101.gz, m.jsonl-2026-11-05.zst, m-20261106.jsonl,"
                        + " m.jsonl-20261108, m.jsonl]",
                names.toString());
        assertEquals(
                "[m.jsonl.5.lz4, m.jsonl.bak]",
                leftOut.stream()
                        .map(line -> line.replaceAll("^.*/|, for .*", ""))
                        .toList()
                        .toString());
    }

    /** In a folder that is everybody's, anybody can make the heap full of names. */
    @ParameterizedTest
    @ValueSource(strings = {"m.jsonl.%d", "m.jsonl-%d-is-something-else"})
    void thousandsOfFilesThatBearTheName(String name) throws Exception {
        for (int i = 1; i < 2000; i++) {
            Files.createFile(folder.resolve(String.format(name, i)));
        }
        Files.createFile(folder.resolve("m.jsonl"));
        Set<String> leftOut = new TreeSet<>();
        List<Path> files = RecordFiles.withRotated(folder.resolve("m.jsonl"), leftOut);
        assertEquals(folder.resolve("m.jsonl"), files.get(files.size() - 1));
        assertTrue(files.size() <= 1001, files.size() + " files");
        assertTrue(leftOut.size() <= 21, leftOut.size() + " told");
        assertTrue(
                leftOut.contains(
                        "more files that bear the name of " + files.get(files.size() - 1)));
    }

    @Test
    void packedFilesAreReadAsFarAsTheyAreWhole() throws Exception {
        Path file = folder.resolve("m.jsonl");
        Files.writeString(file, incident(3, "c") + "\n");
        Files.write(
                folder.resolve("m.jsonl.1"),
                (incident(2, "b") + "\n").getBytes(StandardCharsets.UTF_8));
        byte[] packed = pack(incident(1, "a") + "\n" + end(1) + "\n");
        Files.write(folder.resolve("m.jsonl.2.gz"), packed);
        Files.write(folder.resolve("m.jsonl.3.gz"), pack(incident(0, "a") + "\n"));
        Files.write(folder.resolve("m.jsonl.4.gz"), Arrays.copyOf(packed, 20));
        Files.writeString(folder.resolve("m.jsonl.5.gz"), "not packed");
        RecordFiles files = new RecordFiles(List.of(file, file));
        List<String> leads = new ArrayList<>();
        files.read(true, line -> leads.add(line.type() + " " + line.text("lead")));
        assertEquals("[incident a, incident a, end , incident b, incident c]", leads.toString());
        assertEquals(2, files.skipped());
    }

    /** logrotate's compresscmd may be any; without its program the file is told, not ignored. */
    @ParameterizedTest
    @CsvSource({"xz, xz", "zstd, zst", "bzip2, bz2"})
    void otherPackersAreAsked(String tool, String ending) throws Exception {
        Path file = Files.writeString(folder.resolve("m.jsonl"), incident(3, "c") + "\n");
        Path packed = folder.resolve("m.jsonl.1." + ending);
        boolean isThere =
                Stream.of(System.getenv("PATH").split(":"))
                        .anyMatch(bin -> Files.isExecutable(Path.of(bin, tool)));
        if (isThere) {
            Path plain = Files.writeString(folder.resolve("plain"), incident(1, "a") + "\n");
            Host.run("sh", "-c", tool + " -c " + plain + " >" + packed);
        } else {
            Files.writeString(packed, "?");
        }
        RecordFiles files = new RecordFiles(List.of(file));
        List<String> leads = new ArrayList<>();
        files.read(true, line -> leads.add(line.text("lead")));
        assertEquals(isThere ? List.of("a", "c") : List.of("c"), leads);
        String missing = packed + ", for " + tool + " is not installed";
        assertEquals(isThere ? Set.of() : Set.of(missing), files.leftOut());
    }

    /** The folder is the service's, which may be somebody else's by now. */
    @Test
    void whatIsNoFileOfRecordsIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("m.jsonl"), "");
        Path link = Files.createSymbolicLink(folder.resolve("m.jsonl.1"), Path.of("/etc/passwd"));
        String isLink = "cannot read %s: it is a link, name the file that it leads to";
        RecordFiles records = new RecordFiles(List.of(file));
        records.read(true, line -> {}); // whoever put it there must not hide the others
        String why = ", for it is a link, name the file that it leads to";
        assertEquals(Set.of(link + why), records.leftOut());
        Files.delete(link);
        Files.writeString(link, incident(1, "x") + "\n");
        Consumer<RecordLine> full =
                line -> {
                    throw new UncheckedIOException(new IOException("the disk is full"));
                };
        RecordFiles both = new RecordFiles(List.of(file));
        assertThrows(UncheckedIOException.class, () -> both.read(true, full));
        assertEquals(Set.of(), both.leftOut());
        Files.delete(link);
        Path link2 = Files.createSymbolicLink(folder.resolve("n.jsonl"), Path.of("/dev/zero"));
        assertEquals(String.format(isLink, link2), refusal(link2));
        String zero = refusal(Path.of("/dev/zero"));
        assertEquals("cannot read /dev/zero: it is not a regular file", zero);
        assertEquals("cannot read /: it is not a regular file", refusal(Path.of("/")));
        String mem = refusal(Path.of("/proc/self/mem"));
        assertEquals("cannot read /proc/self/mem: Input/output error", mem);
        Files.writeString(link, incident(1, "x") + "\n");
        try (var sparse = FileChannel.open(link, StandardOpenOption.WRITE)) {
            sparse.write(ByteBuffer.allocate(1), 3L << 30);
        }
        Files.writeString(file, incident(2, "y") + "\n");
        records = new RecordFiles(List.of(file));
        List<String> leads = new ArrayList<>();
        records.read(true, line -> leads.add(line.text("lead")));
        assertEquals(List.of("x", "y"), leads);
        String large = "it is larger than any file of records, over 2 GiB";
        assertEquals(Set.of(link + ", for " + large), records.leftOut());
        assertEquals("cannot read " + link + ": " + large, refusal(link));
    }

    private static String refusal(Path file) {
        return assertThrows(
                        IOException.class,
                        () -> new RecordFiles(List.of(file)).read(true, line -> {}))
                .getMessage();
    }

    @ParameterizedTest
    @CsvSource({
        "yesterday, 2026-03-28T00:00+01:00",
        "today, 2026-03-29T00:00+01:00",
        "now, 2026-03-29T12:30+02:00",
        "2 days ago, 2026-03-27T12:30+01:00",
        "1 day ago, 2026-03-28T12:30+01:00",
        "-90min, 2026-03-29T11:00+02:00",
        "3h ago, 2026-03-29T09:30+02:00",
        "1h, 2026-03-29T11:30+02:00",
        "-2w, 2026-03-15T12:30+01:00",
        "2026-03-01, 2026-03-01T00:00+01:00",
        "2026-03-01 18:17:16, 2026-03-01T18:17:16+01:00",
        "2026-03-01T18:17, 2026-03-01T18:17+01:00",
        "03:14, 2026-03-29T03:14+02:00",
    })
    void timesAsPeopleWriteThem(String text, String expected) {
        ZonedDateTime now = ZonedDateTime.parse("2026-03-29T12:30+02:00[Europe/Berlin]");
        assertEquals(OffsetDateTime.parse(expected), Since.of(text, now).toOffsetDateTime());
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "soon",
        "2026-02-30",
        "25:00",
        "2 parsecs ago",
        "-1",
        "' '",
        "9999999 days ago",
        "T",
        "2026-03-01T",
        "T03:14",
        "2026-03-0103:14"
    })
    void timesThatAreNone(String text) {
        ZonedDateTime now = ZonedDateTime.parse("2026-03-29T12:30+02:00[Europe/Berlin]");
        Setting.WrongException e =
                assertThrows(Setting.WrongException.class, () -> Since.of(text, now));
        assertTrue(e.getMessage().startsWith("--since: '" + text + "' is no time: "));
    }

    /** The last one of a machine is the one that it wrote last: its clock may have been ahead. */
    @Test
    void aRecordWhoseClockWasAheadHidesNoNewerOne() {
        String ahead = ",'lead':'ahead','host':{'name':'%s'}";
        for (String host : List.of("a", "b")) {
            IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
            String first = line("incident", 59, String.format(ahead, "a"));
            String second =
                    line("incident", 1, String.format(ahead, host).replace("ahead'", "new'"));
            for (String text : List.of(first, second)) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                gatherer.accept(RecordLine.parse(utf8).orElseThrow());
            }
            String last = gatherer.lastOf(gatherer.numbered().values()).orElseThrow().lead();
            assertEquals(host.equals("a") ? "new" : "ahead", last);
            boolean hasHosts =
                    IncidentTable.lines(gatherer.numbered(), Screen.PLAIN).get(0).contains("HOST");
            assertEquals(host.equals("b"), hasHosts);
        }
    }

    private static byte[] pack(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    @Test
    void aFileThatIsNotThereIsSaid() {
        Path missing = folder.resolve("missing.jsonl");
        String message =
                assertThrows(IOException.class, () -> new RecordFiles(List.of(missing)))
                        .getMessage();
        assertEquals(
                "cannot read "
                        + missing
                        + ": there is no such file; the service writes one, or --json FILE",
                message);
    }

    // ---- The chart

    @Test
    void aChartHasTheThresholdAndTheShape() {
        List<Chart.Point> points = new ArrayList<>();
        for (int second = 0; second <= 100; second++) {
            points.add(new Chart.Point(second, second));
        }
        List<String> lines = Chart.lines(points, 80, 0, 100, 47, Screen.PLAIN);
        assertEquals(8, lines.size());
        assertTrue(lines.get(0).startsWith(" 100 % "), lines.get(0));
        assertTrue(lines.get(1).startsWith("  80 % ╌╌╌"), lines.get(1));
        assertTrue(lines.get(7).startsWith("   0 %  "), lines.get(7));
        for (int row = 0; row < 8; row++) {
            String line = lines.get(row);
            assertEquals(47, line.length(), line);
            assertTrue(line.endsWith(row == 0 ? "█" : "██"), line);
        }
    }
}
