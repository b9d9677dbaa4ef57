package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Sample;

import cli.Setting;

import kit.Host;
import kit.Namespace;
import kit.Program;
import kit.Records;
import kit.Tests;
import kit.Values;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import procfs.ProcessReader;

import text.Bytes;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What becomes of records that the log does not take, and of one that is there in part. */
class LogFileTest {
    @TempDir Path folder;

    private static final Event EVENT =
            Values.event(Event.Type.INCIDENT, new Sample(0, 0, 0, 81, 1, 0), "");

    private static LogFile file(Path path, FileFormat format) {
        return new LogFile(path, format, Disk.Limits.NONE);
    }

    // ---- What waits

    /** Another program: it has records for a log that cannot be written. */
    static final class Flood {
        /**
         * The arguments: the log, its format, how many records, a row, how often (0: above the
         * table), a command.
         */
        public static void main(String[] args) throws Exception {
            Thread.setDefaultUncaughtExceptionHandler(cli.Fatal::halt);
            LogFile file = file(Path.of(args[0]), FileFormat.valueOf(args[1]));
            Console console = new Console();
            Backlog backlog = new Backlog();
            List<RecordSink> sinks = new ArrayList<>();
            if (args.length > 5) {
                sinks.add(
                        new IncidentCommand(new Setting("", args[5]), 60, file, backlog, console));
            }
            RecordQueue queue = new RecordQueue(file, backlog, console);
            sinks.add(0, queue);
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                RecordText text = RecordText.ofTable(file.disk());
                int rows = Integer.parseInt(args[4]);
                text.put(begin(args[1], i) + (rows == 0 ? args[3] : ""));
                for (int j = 0; j < rows; j++) {
                    text.row(new Bytes().put(args[3]));
                }
                text.endRows();
                text.put("\n");
                sinks.forEach(sink -> sink.accept(EVENT, text));
                text.release();
            }
            queue.giveUp(queue.left()); // as a stop would
            console.event(Console.INFO, "ready");
            Thread.sleep(Program.PATIENCE_SECONDS * 1000);
        }

        static String begin(String format, int number) {
            return format.equals("TEXT")
                    ? "2026-11-22 03:14:07+01:00 memory record " + number + " "
                    : "{\"type\":\"" + number;
        }
    }

    /** Starts it in a heap that is as small as the program's, and waits until all is told. */
    private static Program flood(Path path, List<String> said, Object... arguments)
            throws IOException, InterruptedException {
        List<String> command = Program.java("-Xmx16m", Flood.class.getName(), path.toString());
        Stream.of(arguments).forEach(argument -> command.add(argument.toString()));
        Program flood = Program.start(new ProcessBuilder(command));
        for (String line = flood.line(); !line.equals("ready"); line = flood.line()) {
            if (!line.isEmpty() && !line.startsWith("xxx")) { // of the records themselves
                said.add(line);
            }
        }
        return flood;
    }

    private static long count(List<String> lines, String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }

    /**
     * Forty of 300 KB, beside a command that hangs or not; three of which a part is in a file, for
     * as long as they wait.
     */
    @ParameterizedTest
    @CsvSource({"40, 3000, false", "40, 3000, true", "3, 15000, false"})
    void tooManyRecordsWait(int count, int lines, boolean hook) throws Exception {
        Path path = Files.createDirectory(folder.resolve("x.log"));
        String row = "x".repeat(99) + "\n";
        List<Object> arguments = new ArrayList<>(List.of("TEXT", count, row, lines));
        Path hooked = folder.resolve("hooked");
        if (hook) {
            String waits = "while [ -d %s ] && ! [ -d %<s/go ]; do sleep .1; done; cat >>%s";
            arguments.add(String.format(waits, folder, hooked));
        }
        List<String> said = new ArrayList<>();
        try (Program flood = flood(path, said, arguments.toArray())) {
            String why = "cannot write the log " + path + ": it is not a regular file; the record";
            assertEquals(count, count(said, why + " above is kept until that works again"));
            assertEquals(2 * count, count(said, "record "), "all are printed");
            Files.delete(path);
            String works = "the log " + path + " works again: " + count + " kept records";
            String more = flood.expect(works + "(.*)").group(1);
            Tests.say("%d of %d KB wait, and then: %d%s", count, lines / 10, count, more);
            String[] records = Files.readString(path).split("\n\n");
            assertEquals(count, records.length);
            int whole = 0;
            for (int i = 0; i < count; i++) {
                whole += isWhole(records[i], i, row.repeat(lines), whole > 0) ? 1 : 0;
            }
            boolean fit = lines > 3000;
            assertTrue(fit ? whole == 3 : whole >= 12 && whole <= 13, whole + " whole");
            try (Stream<Path> files = Files.list(Host.proc(flood.process.pid(), "fd"))) {
                assertEquals(0, files.filter(LogFileTest::isSpill).count(), "files are left open");
            }
            if (hook) {
                Files.createDirectory(folder.resolve("go"));
                int runs = count - (int) count(said, "was not run: too many of its runs");
                assertTrue(runs == 8 || runs == 9, runs + " runs");
                Host.await("the last run", () -> hooked(hooked).length == runs);
                for (int i = 0; i < runs; i++) {
                    String record = Flood.begin("TEXT", i) + row.repeat(lines);
                    assertEquals(record, hooked(hooked)[i] + "\n");
                }
            }
        }
    }

    private static String[] hooked(Path file) throws IOException {
        String text = Files.exists(file) ? Files.readString(file) : "";
        return text.endsWith("\n\n") ? text.split("\n\n") : new String[0];
    }

    private static boolean isSpill(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().contains(".spill");
        } catch (IOException e) {
            return false; // it has been closed just now
        }
    }

    /** A record has its table, or says why not: the oldest go first. */
    private static boolean isWhole(String record, int number, String table, boolean isNewer) {
        String whole = Flood.begin("TEXT", number) + table;
        if (record.equals(whole.stripTrailing())) {
            return true;
        }
        String dropped =
                "# its table was dropped: too many records wait for the log to be writable";
        assertEquals(whole.replaceFirst("(?s)\n.*", "\n") + dropped, record);
        assertTrue(!isNewer, "an older one is whole");
        return false;
    }

    /** Not even their lines find room in the end: a thousand of 10 KB. */
    @ParameterizedTest
    @EnumSource(names = {"TEXT", "JSON"})
    void tooManyLinesWait(FileFormat format) throws Exception {
        boolean json = format == FileFormat.JSON;
        Path path = folder.resolve("missing/x.log");
        int count = 1000;
        List<String> said = new ArrayList<>();
        String line = "x".repeat(10_000) + (json ? "" : "\n");
        try (Program flood = flood(path, said, format, count, line, 0)) {
            assertEquals(count, count(said, "its folder does not exist; the record"));
            Files.createDirectory(path.getParent());
            String regex =
                    "the log .* works again: (\\d+) kept records; (\\d+) older ones were dropped";
            var works = flood.expect(regex);
            int kept = Integer.parseInt(works.group(1));
            int lost = Integer.parseInt(works.group(2));
            assertEquals(count, kept + lost);
            String stopped = "stopped with " + kept + " records that are not in " + path;
            assertEquals(1, count(said, stopped + "; " + lost + " older ones were dropped"));
            assertTrue(kept > 150 && kept * 10_000L <= 4 << 20, kept + " kept");
            String[] records = Files.readString(path).split(json ? "\n" : "\n\n");
            assertEquals(kept + 1, records.length);
            String note = "# " + lost + " older records were dropped: ";
            note += "too many waited for the log to be writable";
            note = json ? "{\"type\":\"lost\",\"records\":" + lost + "}" : note;
            assertEquals(note, records[0]);
            for (int i = 1; i <= kept; i++) {
                String begin = Flood.begin(format.name(), lost + i - 1);
                assertTrue(records[i].startsWith(begin), "not the newest, whole: " + i);
            }
        }
    }

    /** What is formed for practice, or for a heap that is too small, is no record. */
    @Test
    void onlyWhatIsRecordedCountsAsShort() throws Exception {
        Disk.Limits always = new Disk.Limits(0, 0, 2);
        LogFile file = new LogFile(folder.resolve("x.log"), FileFormat.TEXT, always);
        Backlog backlog = new Backlog();
        RecordQueue queue = new RecordQueue(file, backlog, new Console());
        RecordText text = RecordText.ofTable(file.disk());
        assertEquals(0, backlog.recordsShortened.get());
        queue.accept(EVENT, text);
        queue.accept(EVENT, RecordText.ofLine(file.disk()));
        assertEquals(1, backlog.recordsShortened.get());
    }

    // ---- What is in memory and what is not

    private String written(RecordText text) throws Exception {
        Path path = folder.resolve("x.log");
        Files.deleteIfExists(path);
        new RecordQueue(file(path, FileFormat.TEXT), new Backlog(), new Console())
                .accept(EVENT, text);
        Host.await("the record", () -> Files.exists(path) && Files.size(path) > 0);
        return Files.readString(path);
    }

    /** Around the size at which a part goes into a file, and beyond it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000})
    void aTextOfAnySizeIsWritten(int size) throws Exception {
        // What somebody, or a monitor that was killed, has left behind is in nobody's way
        Files.createFile(folder.resolve("x.log.spill"));
        RecordText text = RecordText.ofTable(file(folder.resolve("x.log"), FileFormat.TEXT).disk());
        String line = "0123456789é\n";
        StringBuilder all = new StringBuilder();
        while (all.length() < size) {
            String part = line.substring(0, Math.min(line.length(), size - all.length()));
            all.append(part);
            text.row(new Bytes().put(part));
        }
        text.endRows();
        assertEquals("", text.missing());
        text.put("\n").put(" ".repeat(40));
        assertEquals(all + "\n" + " ".repeat(40), written(text));
        assertTrue(text.toString().length() < (1 << 20) + 50, "the rest is not in memory");
        text.release();
        assertEquals(Set.of("x.log", "x.log.spill"), Set.of(folder.toFile().list()));
    }

    /** The rows that fit stay, and what stands above and below the table always has room. */
    @ParameterizedTest
    @ValueSource(ints = {64, 100, 70_000})
    void rowsThatFindNoRoomAreLeftOut(int rowBytes) throws Exception {
        RecordText text = RecordText.ofTable(Values.NOWHERE);
        String above = "a".repeat(20_000) + "\n";
        text.put(above);
        Bytes row = new Bytes().put("x".repeat(rowBytes - 1) + "\n");
        int all = 2_000_000 / rowBytes;
        for (int i = 0; i < all; i++) {
            text.row(row);
        }
        text.endRows();
        int rows = ((1 << 20) - above.length()) / rowBytes;
        String why = " smaller ones, cut off: its folder does not exist";
        assertEquals("and " + (all - rows) + why, text.missing());
        String below = "y".repeat(200_000) + "\n\n"; // there is room for notes of any size
        text.put(below);
        assertEquals(above + row.toString().repeat(rows) + below, written(text));
    }

    // ---- What is there in part

    /** What a power cut leaves behind: any part of a record. */
    @Test
    void tornTail() throws Exception {
        for (int length = 0; length <= Records.INCIDENT.length(); length++) {
            Path path = folder.resolve(length + ".log");
            Files.writeString(path, Records.INCIDENT + Records.INCIDENT.substring(0, length));
            file(path, FileFormat.TEXT).check();
            Files.writeString(path, Files.readString(path) + Records.INCIDENT);
            List<Records.Entry> entries = Records.read(path);
            boolean torn = length > 0 && length < Records.INCIDENT.length();
            assertEquals(torn, Files.readString(path).contains(Records.CUT_SHORT), "at " + length);
            assertEquals(length == 0 ? 2 : 3, entries.size(), "at " + length);
        }
    }

    /** chattr +a: nothing may be removed from it. */
    @Test
    void tornLineOfWhatCanOnlyBeAppendedTo() throws Exception {
        Path path = folder.resolve("x.jsonl");
        String torn = "{\"type\":\"end\",\"x";
        Files.writeString(path, torn);
        boolean isSet = new ProcessBuilder("chattr", "+a", path.toString()).start().waitFor() == 0;
        Assumptions.assumeTrue(isSet, "attributes need root and a file system that has them");
        try {
            file(path, FileFormat.JSON).check();
        } finally {
            Host.run("chattr", "-a", path.toString());
        }
        assertEquals(torn + "\n", Files.readString(path));
    }

    @Test
    void tornLineOfJson() throws Exception {
        String object = "{\"type\":\"end\",\"x\":1}\n";
        String longest = "{\"type\":\"end\",\"" + "x".repeat(200_000) + "\n";
        for (String before : List.of("", object, longest)) {
            for (int length = 0; length <= object.length(); length++) {
                Path path = folder.resolve("x.json");
                Files.writeString(path, before + object.substring(0, length));
                file(path, FileFormat.JSON).check();
                String whole = length < object.length() ? before : before + object;
                assertEquals(whole, Files.readString(path), "at " + length);
            }
        }
    }

    /** Where an admin keeps the end of a large log, that begins in the middle of a record. */
    @ParameterizedTest
    @ValueSource(ints = {0, 70})
    void whatIsLeftOfALogIsOurs(int torn) throws Exception {
        for (int start = 0; start < Records.INCIDENT.length(); start++) {
            String end = Records.INCIDENT.substring(start);
            String left = end + Records.INCIDENT + Records.INCIDENT.substring(0, torn);
            Path path = Files.writeString(folder.resolve("x.log"), left);
            file(path, FileFormat.TEXT).check();
            assertTrue(Files.readString(path).startsWith(left), "from " + start);
        }
        Path json = folder.resolve("x.jsonl");
        String left = "\"pid\":1}\n{\"type\":\"process\",\"pid\":2}\n";
        Files.writeString(json, left);
        file(json, FileFormat.JSON).check();
        assertEquals(left, Files.readString(json));
    }

    /** What is somebody else's is neither changed nor replaced. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TEXT | {\"type\":\"end\",",
                "TEXT | precious",
                "TEXT | 2026-11-22 03:14:07 memory above 80 %",
                "TEXT | 2026-11-22 03:14:07+01:00 backup begins",
                "TEXT | # notes",
                "TEXT | E\u0001LF",
                "METRICS | 2026-11-22 03:14:07+01:00 memory above 80 %",
                "METRICS | # HELP node_load1 1m load average.",
                "METRICS | precious",
            })
    void aFileOfAnotherFormatIsRefused(FileFormat format, String text) throws Exception {
        Path path = Files.writeString(folder.resolve("x"), text);
        Setting setting = new Setting("--x", path.toString());
        assertThrows(Setting.WrongException.class, () -> format.dryRun(setting));
        String ours =
                format == FileFormat.METRICS ? "# HELP memory_monitor_breach 1" : Records.INCIDENT;
        for (String whole : List.of(ours, ours.substring(0, 3), "")) {
            Files.writeString(path, whole);
            format.dryRun(setting);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                " {\"type\":\"end\"}\n",
                "{}",
                "[{\"type\":\"end\"}]",
                "{\"Type\":\"end\"}\n",
                "{\"type\":5",
                "{\"type\":\"FeatureCollection\",\"features\":[",
                "\u0000",
                "2026-11-22 03:14:07+01:00 memory above 80 %\n",
                "x"
            })
    void aForeignFileIsRefusedAndLeftAsItIs(String text) throws Exception {
        Path path = Files.writeString(folder.resolve("x.json"), text + "no end");
        LogFile file = file(path, FileFormat.JSON);
        String why = "it holds something else; name another file";
        assertEquals(why, assertThrows(IOException.class, file::check).getMessage());
        trialSays(why, path, FileFormat.JSON);
        assertEquals(text + "no end", Files.readString(path));
    }

    // ---- The last record, and how much room there is

    @Test
    void theLastHeadline() throws Exception {
        Path path = folder.resolve("x.log");
        LogFile file = file(path, FileFormat.TEXT);
        assertEquals("", file.lastHeadline());
        Files.writeString(folder.resolve("x.log.1"), Records.INCIDENT + "in FILE.1\na row\n\n");
        assertEquals("in FILE.1", file.lastHeadline());
        Files.createFile(path);
        assertEquals("in FILE.1", file.lastHeadline(), "the new one is empty");
        Files.writeString(path, "the only one\n\n");
        assertEquals("the only one", file.lastHeadline());
        Files.writeString(path, Records.INCIDENT + "torn");
        assertEquals("torn", file.lastHeadline());
    }

    /** Whoever opens a FIFO is blocked, and so would be all that is done on that disk later. */
    @Test
    void aFifoHasNoLastHeadline() throws Exception {
        Path path = folder.resolve("x.log");
        for (String name : List.of(path + ".1", path.toString())) {
            Host.run("mkfifo", name);
            LogFile file = file(path, FileFormat.TEXT);
            assertEquals("", file.lastHeadline());
            assertEquals("it works", file.disk().call(() -> "it works"));
        }
    }

    /** In a folder that is everybody's. */
    @Test
    void whatSomebodyElsePutBesideTheLogIsNotItsPast() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "files of somebody else need root");
        Path old = Files.writeString(folder.resolve("x.log.1"), Records.INCIDENT);
        LogFile file = file(folder.resolve("x.log"), FileFormat.TEXT);
        assertTrue(Records.INCIDENT.startsWith(file.lastHeadline() + "\n"));
        Files.setAttribute(old, "unix:uid", 65534);
        assertEquals("", file.lastHeadline());
    }

    /** It is looked for backwards, in blocks: it may begin anywhere in them. */
    @Test
    void theLastHeadlineOfALargeRecord() throws Exception {
        Path path = folder.resolve("x.log");
        LogFile file = file(path, FileFormat.TEXT);
        for (int blocks = 1; blocks <= 4; blocks++) {
            for (int size = (blocks << 16) - 30; size <= (blocks << 16) + 6; size++) {
                String record = "the headline\n" + "x".repeat(size - 15) + "\n\n";
                for (String before : List.of("", Records.INCIDENT)) {
                    Files.writeString(path, before + record);
                    assertEquals("the headline", file.lastHeadline(), "with " + size);
                }
            }
        }
    }

    @Test
    void shortage() throws Exception {
        Path path = Files.writeString(folder.resolve("x.log"), "x".repeat(1 << 20));
        assertEquals("", shortage(path, (1 << 20) + 1, 0));
        assertEquals("left out: the log has reached 1 MB", shortage(path, 1 << 20, 0));
        String full = "left out: less than 100 % of its disk is free";
        assertEquals(full, shortage(path, Long.MAX_VALUE, 100));
        // of a disk that is not there it is not known how much is free
        assertEquals("", shortage(Path.of("/nowhere/x.log"), Long.MAX_VALUE, 100));
    }

    private static String shortage(Path path, long limitBytes, double freePercent) {
        Disk disk = new Disk(path, new Disk.Limits(limitBytes, freePercent, 2));
        RecordText text = RecordText.ofTable(disk);
        for (int i = 0; i < 5; i++) {
            text.row(new Bytes().put("a row\n"));
        }
        text.endRows();
        String rows = text.toString();
        assertEquals(text.missing().isEmpty() ? 5 : 2, rows.lines().count());
        return text.missing().replaceFirst("and 3 smaller ones, ", "");
    }

    /** Another program, which says whether it is the only one that writes a log. */
    static final class Claim {
        /** The argument: the log. */
        public static void main(String[] args) throws Exception {
            System.out.println(file(Path.of(args[0]), FileFormat.TEXT).claim());
            Thread.sleep(Program.PATIENCE_SECONDS * 1000);
        }
    }

    @Test
    void oneMonitorHasALog() throws Exception {
        String path = folder.resolve("x.log").toString();
        ProcessBuilder builder = new ProcessBuilder(Program.java(Claim.class.getName(), path));
        try (Program first = Program.start(builder)) {
            assertEquals("true", first.line());
            Path stdin = Files.createFile(folder.resolve("x.log.1a.stdin"));
            try (Program second = Program.start(builder)) {
                assertEquals("false", second.line());
            }
            assertTrue(Files.exists(stdin), "a command of the first one is to read it");
            Path log = Files.createFile(Path.of(path));
            Path link = Files.createSymbolicLink(folder.resolve("link.log"), log);
            assertFalse(file(link, FileFormat.TEXT).claim(), "by another name");
            for (FileFormat other : List.of(FileFormat.JSON, FileFormat.METRICS)) {
                Path name = other == FileFormat.JSON ? link : log;
                IOException e =
                        assertThrows(IOException.class, () -> LogFile.refuseForeign(other, name));
                assertTrue(e.getMessage().contains("another memory_monitor"), e.getMessage());
            }
        }
        Host.await("the end", () -> file(Path.of(path), FileFormat.TEXT).claim());
        assertTrue(file(Path.of("/nowhere/x.log"), FileFormat.TEXT).claim(), "it is not known");
    }

    /** Records that were to be read by a command hold command lines, and those hold secrets. */
    @Test
    void whatAKilledMonitorHasLeftIsRemoved() throws Exception {
        Set<String> others = Set.of("x.log.stdin", "x.log.A.stdin", "y.log.1a.stdin", "x.log.1a");
        for (String name : others) {
            Files.createFile(folder.resolve(name));
        }
        Files.createFile(folder.resolve("x.log.1a.stdin"));
        Files.createFile(folder.resolve("x.log.2.stdin"));
        Files.createDirectories(folder.resolve("x.log.3.stdin/x"));
        assertTrue(file(folder.resolve("x.log"), FileFormat.TEXT).claim());
        Set<String> left = new HashSet<>(others);
        left.addAll(Set.of("x.log.3.stdin", "x.log.lock"));
        assertEquals(left, Set.of(folder.toFile().list()));
    }

    /** In a folder that is everybody's, somebody else may have put something there. */
    @Test
    void whatStandsWhereAClaimShouldHoldsNobodyUp() throws Exception {
        LogFile log = file(folder.resolve("x.log"), FileFormat.TEXT);
        Path claim = folder.resolve("x.log.lock");
        Host.run("mkfifo", claim.toString());
        assertTrue(log.claim());
        log.check();
        Files.delete(claim);
        Files.createDirectory(claim);
        assertTrue(log.claim());
        assertEquals(Set.of("x.log", "x.log.lock"), Set.of(folder.toFile().list()));
        Files.delete(claim);
        try (RandomAccessFile huge = new RandomAccessFile(claim.toFile(), "rw")) {
            huge.setLength(1L << 40);
        }
        assertTrue(log.claim());
        assertEquals(Optional.of(ProcessHandle.current().pid()), log.writer());
    }

    /** Its folder was moved away and made anew: else a second monitor would find nobody. */
    @Test
    void aClaimThatIsGoneIsMadeAnewWithTheNextRecord() throws Exception {
        LogFile log = file(folder.resolve("x.log"), FileFormat.TEXT);
        Path claim = folder.resolve("x.log.lock");
        log.check();
        assertFalse(Files.exists(claim), "who has not claimed it does not do so later");
        assertTrue(log.claim());
        Files.delete(claim);
        log.check();
        assertEquals(Optional.of(ProcessHandle.current().pid()), log.writer());
        Files.writeString(claim, ProcessReader.identity(1) + "\n");
        log.check();
        assertEquals(Optional.of(1L), log.writer(), "it is another's by now");
    }

    /** Nor may somebody else say there who writes a log that is not his: nobody would watch it. */
    @Test
    void aClaimOfSomebodyElseDoesNotCount() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "files of somebody else need root");
        Path log = folder.resolve("x.log");
        Path claim = folder.resolve("x.log.lock");
        Files.writeString(claim, ProcessReader.identity(1) + "\n");
        assertEquals(Optional.of(1L), file(log, FileFormat.TEXT).writer());
        Files.setAttribute(claim, "unix:uid", 65534);
        assertEquals(Optional.empty(), file(log, FileFormat.TEXT).writer());
        assertTrue(file(log, FileFormat.TEXT).claim());
        Files.createFile(log);
        Files.setAttribute(log, "unix:uid", 65534); // then it is his log
        Files.writeString(claim, ProcessReader.identity(1) + "\n");
        assertEquals(Optional.of(1L), file(log, FileFormat.TEXT).writer());
    }

    /** passwd(5) has a lock of that name, too. */
    @Test
    void besideSomebodysFileNothingIsMade() throws Exception {
        Path passwd =
                Files.writeString(folder.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        assertTrue(file(passwd, FileFormat.TEXT).claim());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(passwd), files.toList());
        }
    }

    // ---- Without a trace

    @Test
    void theTrialLeavesNoTrace() throws Exception {
        for (FileFormat format : FileFormat.values()) {
            format.dryRun(new Setting("--log", folder.resolve("x").toString()));
            format.dryRun(new Setting("JSON in MemoryMonitor.java", ""));
        }
        assertEquals(0, folder.toFile().list().length);
    }

    @ParameterizedTest
    @CsvSource({"missing/x, its folder does not exist", "'', it is not a regular file"})
    void theTrialSaysWhatIsWrong(String name, String why) {
        for (FileFormat format : FileFormat.values()) {
            trialSays(why, folder.resolve(name), format);
        }
    }

    private static void trialSays(String why, Path path, FileFormat format) {
        Setting setting = new Setting("--log", path.toString());
        Setting.WrongException wrong =
                assertThrows(Setting.WrongException.class, () -> format.dryRun(setting));
        assertEquals("--log: '" + path + "' cannot be written: " + why, wrong.getMessage());
    }
}
