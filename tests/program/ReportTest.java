package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Namespace;
import kit.Program;
import kit.Records;
import kit.Watched;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command {@code report} of the real program, over records of the real program. */
class ReportTest {
    @TempDir Path folder;

    /** Records of two incidents; the first has climbed and has an end. */
    private Path records() throws Exception {
        Path json = folder.resolve("x.jsonl");
        Path log = folder.resolve("x.log");
        String others = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 600 & done";
        try (Watched watched = new Watched(folder, log, others, "--json=" + json)) {
            watched.memory(70);
            watched.expect("memory above .* processes in ");
            watched.begin();
            watched.end();
            watched.begin();
            watched.process.destroyForcibly();
            watched.program.process.waitFor();
        }
        return json;
    }

    private static Program.Result report(String... arguments) throws Exception {
        ProcessBuilder builder = Program.builder("report");
        builder.command().addAll(List.of(arguments));
        Program.Result result = Program.run(builder);
        assertEquals("0 ", result.exitCode() + " " + result.err());
        return result;
    }

    /** Who wrote a file is not known: what is in it need not fit into the heap. */
    @Test
    void recordsOfAnySizeFitTheHeap() throws Exception {
        String time = ",\"time\":\"2026-11-22T03:14:07+01:00\"";
        String since = ",\"aboveSince\":\"2026-11-22T03:14:07+01:00\"";
        String name = "漢".repeat(3000);
        Path json = folder.resolve("hostile.jsonl");
        Files.createFile(folder.resolve("hostile.jsonl-\033[2J"));
        try (BufferedWriter out = Files.newBufferedWriter(json)) {
            for (int i = 0; i < 5000; i++) {
                String host = ",\"host\":{\"name\":\"" + i + name + "\"}";
                out.write("{\"type\":\"oomKill\"" + time + host);
                out.write(",\"message\":\"" + i + name + "\"}\n");
                out.write("{\"type\":\"incident\",\"incident\":\"i" + i + "\"" + time + since);
                out.write(",\"history\":0,\"culprit\":{\"who\":\"" + i + name + "\"}}\n");
            }
            String last = ",\"incident\":\"last\"" + time;
            out.write("{\"type\":\"incident\"" + last + since + ",\"peakPercent\":1e308}\n");
            for (int i = 0; i < 60; i++) {
                out.write("{\"type\":\"oomKill\"" + last + ",\"x\":[" + "[0],".repeat(15_000));
                out.write("[]]}\n");
            }
            for (int i = 0; i < 60_000; i++) {
                out.write("{\"type\":\"process\"" + last + ",\"pid\":" + i + ",\"user\":\"u" + i);
                out.write("\",\"name\":\"n" + i + "\",\"command\":\"c" + i + "\"}\n");
            }
        }
        List<String> lines = report(json.toString()).out().lines().toList();
        List<String> left = lines.stream().filter(line -> line.startsWith("left out: ")).toList();
        assertTrue(left.get(0).contains("hostile.jsonl-?[2J, "), left.toString());
        assertTrue(lines.stream().anyMatch(line -> line.matches("and \\d+ times before")));
        assertTrue(lines.stream().allMatch(line -> line.length() < 1500));
        assertTrue(report("--last", json.toString()).out().contains("c19\n"));
        report("--html", folder.resolve("page.html").toString(), json.toString());
    }

    /** Killed above the threshold, before an incident was due: the next start makes a record. */
    @Test
    void whoeverDiesWithinTheDurationIsListed() throws Exception {
        String log = "-l" + folder.resolve("died.log");
        Path json = folder.resolve("died.jsonl");
        Path history = folder.resolve("died.log.history");
        try (Program program = Program.start("-t0.1", "-d60s", log, "--json=" + json)) {
            program.expect("memory_monitor .*");
            Host.await("a snapshot, and the last words", () -> blocks(history) > 1);
            program.process.destroyForcibly();
            program.process.waitFor();
        }
        try (Program program = Program.start("-t100", log, "--json=" + json)) {
            program.expect("memory_monitor started: nobody saw how it went on above 0\\.1 %.*");
            program.expect("memory_monitor .*");
        }
        List<String> lines = report(json.toString()).out().lines().toList();
        assertEquals(2, lines.size(), lines.toString());
        assertTrue(lines.get(1).contains(", no end"), lines.get(1));
        String whole = report("1", json.toString()).out();
        assertTrue(whole.contains("\n# no table: "), whole);
        assertTrue(whole.contains("\n   0 % "), "no chart: " + whole);
    }

    private static int blocks(Path history) throws IOException {
        boolean isThere = Files.exists(history);
        String text = isThere ? Files.readString(history, StandardCharsets.ISO_8859_1) : "";
        return text.split("MMH1", -1).length - 1;
    }

    @Test
    void aPipeGetsPlainAndWholeLines() throws Exception {
        Path json = records();
        List<String> lines = report(json.toString()).out().lines().toList();
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(
                lines.get(0).matches(" +WHEN +ABOVE 50 % +PEAK +KILLS +WHAT ATE IT"), lines.get(0));
        String figures =
                "\\d  " + Records.TIME + " +[0-9.]+ m?s(, no end|, so far)? +90\\.0 % +- +\\S.*";
        assertTrue(lines.get(1).matches(figures), lines.get(1));
        assertFalse(lines.get(1).contains("no end"), lines.get(1));
        assertTrue(lines.get(2).matches(figures), lines.get(2));
        assertTrue(lines.get(2).contains(", so far"), lines.get(2));
        assertFalse(String.join("", lines).contains("\033"), "no colours");
        ProcessBuilder status = Program.builder("status");
        status.environment().put("MEMORY_MONITOR_JSON", json.toString());
        String said = Program.run(status).out();
        String incident =
                ": " + Records.TIME + ", .* above 50 %.*, peak 90\\.0 %.* .report [12].\n";
        assertTrue(
                said.matches("(?s).*\nlast incident" + incident + "highest of 2" + incident + ".*"),
                said);

        Path old = Files.move(json, folder.resolve("x.jsonl.1"));
        Host.run("gzip", old.toString());
        Files.writeString(json, "{\"type\":\"incident\",\"inc");
        List<String> rotated = report(json.toString()).out().lines().toList();
        assertEquals(lines, rotated.subList(0, 3));
        assertEquals("1 line was skipped: cut off, or no record", rotated.get(3));
    }

    @Test
    void lastSaysWhatTheLogSays() throws Exception {
        Path json = records();
        String text = report("--last", json.toString()).out();
        List<Records.Entry> log = Records.read(folder.resolve("x.log"));
        Records.Entry last = log.get(log.size() - 1);
        assertTrue(text.contains(last.time() + " " + last.event() + "\n"), text);
        last.notes().forEach(note -> assertTrue(text.contains("\n" + note + "\n"), note));
        for (int i = 0; i < Math.min(20, last.rows().size()); i++) {
            Records.Row row = last.rows().get(i);
            String regex = "(?s).*\n\\S+ +" + row.pid() + " .* " + row.rssKiB() + " .*";
            assertTrue(text.matches(regex), row + " in " + text);
        }
        assertTrue(text.contains("█"), "a chart");
        assertTrue(text.contains("available "), text);
    }

    /** Of two machines' records: the list says which, and it can be narrowed to one of them. */
    @Test
    void aListCanBeNarrowedAndANumberIsShownInFull() throws Exception {
        Path json = records();
        String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        String other = Files.readString(json).replace(name, "another");
        Path theirs = Files.writeString(folder.resolve("y.jsonl"), other);
        String[] both = {json.toString(), theirs.toString()};
        List<String> lines = report(both).out().lines().toList();
        assertTrue(lines.get(0).matches(" +WHEN +HOST +ABOVE 50 % .*"), lines.toString());
        assertEquals(5, lines.size(), lines.toString());
        List<String> ours = report("--host", "another", both[0], both[1]).out().lines().toList();
        assertEquals(3, ours.size(), ours.toString());
        String number = ours.get(2).replaceFirst(" .*", "");
        assertEquals(
                lines.get(Integer.parseInt(number)).split("  ")[1], ours.get(2).split("  ")[1]);
        String full = report(number, both[0], both[1]).out();
        assertTrue(full.startsWith("another, Linux "), full);
        check("there is no incident 9, see memory_monitor report", "9", both[0], both[1]);
        Path page = folder.resolve("one.html");
        report(number, "--html=" + page, both[0], both[1]);
        assertEquals(2, Files.readString(page).split("\"type\":\"incident\"").length, "one");
        String[] nobody = {"--last", "--host", "nobody", "--html=" + page, both[0]};
        assertEquals("no incident was recorded on nobody\n", report(nobody).out());
        assertEquals(2, Files.readString(page).split("\"type\":\"incident\"").length, "kept");
        String much =
                "memory_monitor: report: '1 2' is too much at once: give one number or --last\n";
        assertEquals(much, Program.run("report", "1", "2", both[0]).err());
        String none = report("--since", "now", both[0], both[1]).out();
        assertTrue(none.matches("no incident was recorded since " + Records.TIME + "\n"), none);
        assertEquals(lines, report("--since", "1h", both[0], both[1]).out().lines().toList());
    }

    @Test
    void killsWithoutAnIncidentSayOnWhichMachine() throws Exception {
        StringBuilder kills = new StringBuilder();
        for (String host : List.of("one", "another")) {
            String line =
                    "{'type':'oomKill','time':'2026-11-22T03:14:07+01:00','host':{'name':'%s'},"
                            + "'message':'killed on %s'}\n";
            kills.append(line.replace('\'', '"').replace("%s", host));
        }
        Path json = Files.writeString(folder.resolve("x.jsonl"), kills);
        String none = "no incident was recorded%s\nkilled without an incident:\n";
        String time = "2026-11-22 03:14:07+01:00  ";
        assertEquals(
                none.replace("%s", "")
                        + (time + "one  killed on one\n")
                        + (time + "another  killed on another\n"),
                report(json.toString()).out());
        assertEquals(
                none.replace("%s", " on another") + time + "killed on another\n",
                report("--host", "another", json.toString()).out());
        String page = folder.resolve("page.html").toString();
        report("--html", page, "--host", "another", json.toString());
        String written = Files.readString(Path.of(page));
        assertTrue(written.contains("killed on another"), "the page leaves out what the list has");
        assertFalse(written.contains("killed on one"), "the page has what the list leaves out");
        report("--html", page, "--since", "now", json.toString());
        assertFalse(Files.readString(Path.of(page)).contains("killed on another"));
    }

    /** A file whose name is a number is ./3. */
    @Test
    void aNumberIsAnIncidentsWhateverIsInTheFolder() throws Exception {
        Files.writeString(folder.resolve("3"), "");
        Path json = Files.writeString(folder.resolve("x.jsonl"), "");
        ProcessBuilder builder = Program.builder("report", "3", json.toString());
        Program.Result result = Program.run(builder.directory(folder.toFile()));
        assertEquals(
                "memory_monitor: there is no incident 3, see memory_monitor report\n",
                result.err());
        ProcessBuilder file = Program.builder("report", "./3");
        Program.Result none = Program.run(file.directory(folder.toFile()));
        assertEquals("no incident was recorded\n", none.out());
    }

    /** As systemctl does it. */
    @Test
    void onATerminalAPagerGetsIt() throws Exception {
        Path json = Files.writeString(folder.resolve("x.jsonl"), "");
        String said = "no incident was recorded";
        String paged = onTerminal(80, "1", "sed s/^/paged:/", json.toString());
        assertEquals("paged:" + said, paged.strip());
        assertEquals(said, onTerminal(80, "1", "false", "--no-pager", json.toString()).strip());
        assertEquals("", onTerminal(80, "1", "true", json.toString()).strip()); // it was left
        assertTrue(onTerminal(80, "1", "no-such-pager", json.toString()).strip().endsWith(said));
    }

    /** Whom sudo lets run this command only gets no further by it, and can open his page. */
    @Test
    void bySudo() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "only root can give away a file");
        Path json = Files.writeString(folder.resolve("x.jsonl"), "");
        Map<String, String> sudo = Map.of("SUDO_UID", "65534");
        String pager = "sed s/^/paged:/";
        String said = onTerminal(sudo, 80, "1", pager, json.toString());
        assertTrue(said.contains("no incident was recorded"), said);
        assertFalse(said.contains("paged:"), said);
        Path secret = Files.writeString(folder.resolve("secret"), "root:x/y:hash\n");
        Program.Result asked = Program.run(Program.builder("report", "@" + secret));
        assertFalse(asked.err().contains("hash"), asked.err());
        // where he could make a file himself, and where not
        for (String mode : List.of("rwxrwxrwx", "rwxr-xr-x")) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(mode));
            Path page = folder.resolve(mode + ".html");
            ProcessBuilder builder = Program.builder("report", "--html=" + page, json.toString());
            builder.environment().putAll(sudo);
            assertEquals("", Program.run(builder).err());
            int owner = mode.endsWith("wx") ? 65534 : 0;
            assertEquals(owner, Files.getAttribute(page, "unix:uid"));
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(page)));
        }
        Files.setAttribute(folder, "unix:uid", 65534);
        Path his = folder.resolve("his.html");
        ProcessBuilder builder = Program.builder("report", "--html=" + his, json.toString());
        builder.environment().putAll(sudo);
        assertEquals("", Program.run(builder).err());
        assertEquals(65534, Files.getAttribute(his, "unix:uid"));
    }

    /** Without the service, whoever writes the log is the one who watches. */
    @Test
    void statusKnowsWhoeverWatches() throws Exception {
        Path log = folder.resolve("x.log");
        ProcessBuilder status = Program.builder("status");
        status.environment().put("MEMORY_MONITOR_LOG", log.toString());
        status.environment().put("MEMORY_MONITOR_DURATION", "7x");
        try (Program watching = Program.start("-t100", "-l" + log)) {
            watching.expect("memory_monitor .*watching every");
            Program.Result result = Program.run(status);
            String said = result.out();
            String first = "(?s)memory_monitor \\S+ watches since .* \\(.*\\), PID [0-9]+\n.*";
            assertTrue(said.matches(first), said);
            assertTrue(said.contains("\nMEMORY_MONITOR_DURATION: '7x' is not a time"), said);
            assertTrue(
                    said.matches("(?s).*\nMEMORY_MONITOR_LOG=" + log + " +environment\n.*"), said);
            assertTrue(said.contains("  RECOVERY in MemoryMonitor.java\n"), said);
            assertEquals("0 ", result.exitCode() + " " + result.err());
        }
        Program.Result result = Program.run(status);
        assertTrue(result.out().contains(" does not watch: nobody writes " + log), result.out());
        assertEquals("3 ", result.exitCode() + " " + result.err());
    }

    /** On a terminal lines fit, and have colours unless NO_COLOR is set. */
    @ParameterizedTest
    @CsvSource({"80, ''", "160, ''", "80, 1", "60, ''"})
    void aTerminalGetsColoursAndCutLines(int columns, String noColor) throws Exception {
        Path json = records();
        for (String option : new String[] {"", "--last"}) {
            // nobody is there to leave a pager
            String text = onTerminal(columns, noColor, "cat", option, json.toString());
            assertEquals(noColor.isEmpty(), text.contains("\033["), text);
            List<String> lines = new ArrayList<>();
            for (String line : text.replaceAll("\033\\[\\d*m", "").split("\r?\n")) {
                lines.add(line);
                assertTrue(line.codePointCount(0, line.length()) <= columns, line);
            }
            assertTrue(lines.size() >= 3, text);
            if (option.isEmpty()) {
                String start =
                        columns < 110
                                ? "\\d  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  .*"
                                : "\\d  " + Records.TIME + "  .*";
                assertTrue(lines.get(1).matches(start), lines.get(1));
            }
        }
    }

    private static String onTerminal(int columns, String noColor, String pager, String... arguments)
            throws Exception {
        return onTerminal(Map.of(), columns, noColor, pager, arguments);
    }

    private static String onTerminal(
            Map<String, String> more,
            int columns,
            String noColor,
            String pager,
            String... arguments)
            throws Exception {
        ProcessBuilder builder = Program.builder("report");
        StringBuilder command = new StringBuilder("stty cols " + columns + "; exec");
        for (String argument : arguments) {
            builder.command().addAll(argument.isEmpty() ? List.of() : List.of(argument));
        }
        builder.command().forEach(word -> command.append(" '").append(word).append("'"));
        builder.command(List.of("script", "-qec", command.toString(), "/dev/null"));
        builder.environment().putAll(Map.of("SHELL", "/bin/sh", "TERM", "xterm"));
        builder.environment().put("SYSTEMD_PAGER", pager);
        builder.environment().keySet().remove("SUDO_UID");
        builder.environment().remove("COLUMNS");
        builder.environment().put("NO_COLOR", noColor);
        builder.environment().putAll(more);
        Process process = builder.redirectErrorStream(true).start();
        process.getOutputStream().close();
        byte[] said = process.getInputStream().readAllBytes();
        String text = new String(said, StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), text);
        return text;
    }

    @Test
    void withoutRecordsALineSaysWhatToDo() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.jsonl"), "");
        assertEquals("no incident was recorded\n", report(empty.toString()).out());
        Program.Result word = Program.run("report", "word", empty.toString());
        assertEquals(
                "memory_monitor: report: 'word' is neither a file nor an incident's number; report"
                        + " takes N, --last, and files of JSON Lines\n",
                word.err());
        assertEquals("2 ", word.exitCode() + " " + word.out());
        Path missing = folder.resolve("missing.jsonl");
        check(
                "cannot read "
                        + missing
                        + ": there is no such file; the service writes one, or --json FILE",
                missing.toString());
        if (Files.notExists(Path.of("/var/log/memory_monitor/memory_monitor.jsonl"))) {
            ProcessBuilder builder = Program.builder("report");
            builder.directory(folder.toFile()); // nobody has watched from there
            Program.Result result = Program.run(builder);
            String said = result.err();
            assertTrue(said.contains("there is no such file; the service writes one"), said);
            assertEquals(1, result.exitCode());
        }
        Path page = folder.resolve("missing/page.html");
        check(page + ": its folder does not exist", "--html", page.toString(), empty.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "x.jsonl, 750, 644, ', or become a member of group adm'",
        "x.jsonl.gz, 755, 640, ', or become a member of group adm'",
        "x.jsonl, 755, 600, ''"
    })
    void aLineSaysWhatItTakesToReadTheRecords(
            String name, String folderMode, String fileMode, String more) throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "only root can give away a file");
        Path secret = Files.createDirectory(Path.of("/tmp/memory_monitor_test"));
        try {
            Path json = Files.writeString(secret.resolve(name), "");
            Host.run("chown", "-R", "65534:adm", secret.toString());
            Host.run("chmod", fileMode, json.toString());
            Host.run("chmod", folderMode, secret.toString());
            ProcessBuilder builder = Program.builder("report", json.toString());
            String noRights = "--bounding-set=-dac_override,-dac_read_search";
            builder.command().addAll(0, List.of("setpriv", noRights));
            Program.Result result = Program.run(builder);
            assertEquals(
                    "memory_monitor: cannot read "
                            + json
                            + ": permission denied; use sudo"
                            + more
                            + "\n",
                    result.err());
            assertEquals(1, result.exitCode());
        } finally {
            Host.run("rm", "-r", secret.toString());
        }
    }

    /** As {@code report | head -1}, {@code grep -q} and a pager that is left do. */
    @Test
    void aPipeThatClosesIsNoError() throws Exception {
        Path json = Files.writeString(folder.resolve("x.jsonl"), "");
        ProcessBuilder builder = Program.builder("report", json.toString());
        String closed = "(sleep 1; exec \"$@\") | true; exit ${PIPESTATUS[0]}";
        builder.command().addAll(0, List.of("bash", "-c", closed, "bash"));
        Program.Result result = Program.run(builder);
        assertEquals("0 ", result.exitCode() + " " + result.err());
    }

    private static void check(String error, String... arguments)
            throws IOException, InterruptedException {
        ProcessBuilder builder = Program.builder("report");
        builder.command().addAll(List.of(arguments));
        Program.Result result = Program.run(builder);
        assertEquals("memory_monitor: " + error + "\n", result.err());
        assertEquals("1 ", result.exitCode() + " " + result.out());
    }
}
