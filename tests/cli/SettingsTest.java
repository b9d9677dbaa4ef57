package cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Settings as people write them, where each comes from, and the files that they name. */
public class SettingsTest {
    @TempDir private Path folder;

    private static Setting setting(String text) {
        return new Setting("--option", text);
    }

    private static void refuses(String text, String why, Runnable use) {
        String message = assertThrows(Setting.WrongException.class, use::run).getMessage();
        assertEquals("--option: '" + text + "' " + why, message);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "80, 80",
        "' 79.5 ', 79.5",
        "100, 100",
        "100.0, 100",
        "007, 7",
        "80%, 80",
        "80 %, 80"
    })
    void shares(String text, double percent) {
        assertEquals(percent, setting(text).percent());
    }

    @ParameterizedTest
    @CsvSource({
        "''", "x", "-1", "100.1", "101", "101%", "%", "80%%", "1e1", "NaN", ".5", "5.", "+5", "0x5",
        "٣"
    })
    void sharesThatAreNone(String text) {
        refuses(text, "is not a percentage from 0 to 100", setting(text)::percent);
    }

    @ParameterizedTest
    @CsvSource({
        "500ms, 500",
        "15s, 15000",
        "2m, 120000",
        "15, 15000",
        "' 0 ', 0",
        "15 s, 15000",
        "15sec, 15000",
        "15 sec, 15000",
        "15 seconds, 15000",
        "1 minute, 60000",
        "2 min, 120000",
        "500 ms, 500",
        "999999m, 59999940000"
    })
    void lengthsOfTime(String text, long millis) {
        assertEquals(TimeUnit.MILLISECONDS.toNanos(millis), setting(text).nanos(0));
    }

    @ParameterizedTest
    @CsvSource({
        "''", "s", "1.5s", "-1s", "1h", "15  s", "15 x", "1000000", "1e3", "0x1s", "1ms2", "٣s"
    })
    void lengthsOfTimeThatAreNone(String text) {
        String why = "is not a time: write it as 500ms, 15s, 2m or plain seconds";
        refuses(text, why, () -> setting(text).nanos(0));
    }

    @Test
    void tooShort() {
        assertEquals(10_000_000, setting("10ms").nanos(10_000_000));
        String why = "is too short: at least 10 ms is needed";
        refuses("9ms", why, () -> setting("9ms").nanos(10_000_000));
        refuses("0", why, () -> setting("0").nanos(10_000_000));
    }

    @Test
    void paths() {
        assertEquals(Path.of("/x/y.log"), setting("/x/y.log").path());
        assertEquals(Path.of("").toAbsolutePath().resolve("y.log"), setting("y.log").path());
        refuses("a\0b", "is not a file name in this locale", setting("a\0b")::path);
        for (String none : new String[] {"", " ", "/", ".", "logs/.."}) {
            refuses(none, "is no file's name", setting(none)::path);
        }
    }

    @Test
    void whatIsWrongIsOneLine() {
        String message = setting("80\n 90").wrong("is wrong").getMessage();
        assertEquals("--option: '80; 90' is wrong", message);
    }

    private static Settings settings(boolean isService, String... variables) {
        Map<String, String> environment = new HashMap<>();
        for (String variable : variables) {
            String[] parts = variable.split("=", 2);
            environment.put("MEMORY_MONITOR_" + parts[0], parts[1]);
        }
        return new Settings(environment, isService);
    }

    @ParameterizedTest
    @CsvSource({
        "5, 6, --no-such 5",
        ", 6, MEMORY_MONITOR_NO_SUCH 6",
        ", '', NO_SUCH in MemoryMonitor.java 7",
        "'', 6, '--no-such '",
    })
    void theCommandLineGoesFirst(String given, String set, String expected) {
        Settings settings = settings(true, "NO_SUCH=" + set);
        Setting found = settings.value("no-such", given, "NO_SUCH", "7", it -> {}).of("no-such");
        assertEquals(expected, found.source() + " " + found.text());
        assertEquals(List.of(), settings.problems());
    }

    /** A service watches on; whoever starts it by hand sees all that is wrong. */
    @Test
    void aServiceTakesTheConstantForAWrongVariable() {
        String wrong = "MEMORY_MONITOR_THRESHOLD: '80x' is not a percentage from 0 to 100";
        String instead = wrong + "; taken instead: '75', THRESHOLD in MemoryMonitor.java";
        Settings service = settings(true, "THRESHOLD=80x");
        service.value("threshold", null, "THRESHOLD", "75", Setting::percent).require(false);
        assertEquals(75, service.of("threshold").percent());
        assertEquals(List.of(instead), service.problems());
        assertEquals(instead, wrong(service, true));
        Settings byHand = settings(false, "THRESHOLD=80x");
        byHand.value("threshold", null, "THRESHOLD", "75", Setting::percent)
                .value("d", "x", "D", "1", Setting::nanos);
        String both =
                wrong + "\n--d: 'x' is not a time: write it as 500ms, 15s, 2m or plain seconds";
        assertEquals(both, wrong(byHand, false));
        wrong(settings(true, "T=80x").value("t", "x", "T", "75", Setting::percent), false);
        wrong(settings(true).value("t", null, "T", "x", Setting::percent), false);
        wrong(settings(true, "T=80x").value("t", null, "T", "x", Setting::percent), false);
    }

    private static String wrong(Settings settings, boolean isStrict) {
        Runnable require = () -> settings.require(isStrict);
        return assertThrows(Setting.WrongException.class, require::run).getMessage();
    }

    @Test
    void noTwoSettingsNameTheSameFile() {
        Settings service = settings(true, "LOG=/x/a", "JSON=/x/../x/a").file("log", null, "L", "l");
        service.optionalFile("json", null, "JSON", "none", ".jsonl").require(false);
        assertEquals("/x/a", service.of("log").text());
        assertEquals("", service.of("json").text());
        assertEquals(
                List.of(
                        "MEMORY_MONITOR_JSON: '/x/../x/a' is the same file as that of"
                                + " MEMORY_MONITOR_LOG; taken instead: 'none', JSON in"
                                + " MemoryMonitor.java"),
                service.problems());
        Settings byHand = settings(false, "LOG=/x/a").file("log", null, "L", "l");
        wrong(byHand.optionalFile("json", "/x/./a", "JSON", "", ""), false);
    }

    /**
     * What is relative begins where the service works, but not what the command line says; what is
     * beside the log goes with it.
     */
    @ParameterizedTest
    @CsvSource({
        ", a.log, '', /logs/a.log /logs/a.jsonl",
        ", /x/a, '', /x/a /x/a.jsonl",
        ", /a, none, '/a '",
        "c, a, d, c /logs/d",
        "c.log, a, '', c.log c.jsonl",
        "/x/c.log.log, a, '', /x/c.log.log /x/c.log.jsonl",
    })
    void files(String given, String log, String json, String expected) {
        Map<String, String> environment = new HashMap<>(Map.of("SERVICE_LOGS_DIRECTORY", "/logs"));
        environment.put("MEMORY_MONITOR_JSON", json);
        Settings settings = new Settings(environment, false).file("log", given, "L", log);
        settings.optionalFile("json", null, "JSON", "", ".jsonl").require(true);
        assertEquals(expected, settings.of("log").text() + " " + settings.of("json").text());
        assertEquals(settings.of("json").isConstant(), json.isEmpty() && given == null);
    }

    /** A drop-in for the unit may give the service folders of its own, see systemd.exec(5). */
    @Test
    void foldersThatSystemdGivesAreNoPartOfAName() {
        Map<String, String> environment = Map.of("LOGS_DIRECTORY", "/var/log/a:/var/log/b");
        Settings settings = new Settings(environment, true).file("log", null, "L", "x.log");
        assertEquals(Path.of("").toAbsolutePath() + "/x.log", "" + settings.of("log").path());
    }

    /** By whatever way it is named; what stands beside a log is no other file's name. */
    @ParameterizedTest
    @CsvSource({
        "x.log, x.log, same",
        "x.log, link, same",
        "x.log, hard, same",
        "link, x.log, same",
        "new.log, dangling, same",
        "dangling, ./sub/../new.log, same",
        "new.log, other/new.log, same",
        "sub/new.log, other/sub/new.log, same",
        "x.log, x.log.history, beside",
        "x.log, x.log.history.unreadable, beside",
        "x.log, x.log.lock, beside",
        "x.log, x.log.spill, beside",
        "x.log, x.log.1a.stdin, beside",
        "x.log, .x.prom.memory_monitor, beside",
        "x.log, z.history, beside", // of another monitor
        "x.log, tohistory, beside",
        "x.log, state/history, beside",
        "x.log, other/state/history.unreadable, beside",
        "x.log, history, ''",
        "x.log, x.jsonl, ''",
        "x.log, nowhere/x.jsonl, ''",
        "x.log, loop, ''",
        "x.log, state/x.jsonl, ''",
    })
    void whatTwoWritersWouldShare(String log, String json, String expected) throws Exception {
        Files.createDirectories(folder.resolve("sub"));
        Files.createDirectories(folder.resolve("state"));
        Files.createFile(folder.resolve("x.log"));
        Files.createLink(folder.resolve("hard"), folder.resolve("x.log"));
        for (String link :
                List.of(
                        "link>x.log",
                        "dangling>sub/../new.log",
                        "other>.",
                        "loop>loop",
                        "tohistory>x.log.history")) {
            String[] parts = link.split(">");
            Files.createSymbolicLink(folder.resolve(parts[0]), Path.of(parts[1]));
        }
        Settings settings = new Settings(Map.of("STATE_DIRECTORY", folder + "/state"), false);
        settings.file("log", folder + "/" + log, "LOG_FILE", "l")
                .file("json", folder + "/" + json, "JSON", "");
        String same = "is the same file as that of --log";
        String beside = "is the name of a file that memory_monitor keeps beside another one .*";
        String why = expected.equals("same") ? same : beside;
        String said = expected.isEmpty() ? "" : wrong(settings, false);
        assertTrue(said.matches(expected.isEmpty() ? "" : "--json: '.*' " + why), said);
        assertTrue(!expected.isEmpty() || settings.require(true) == settings);
    }

    /** Behind /dev/stdout there may be a file, but what is made beside it would be in /dev. */
    @ParameterizedTest
    @ValueSource(strings = {"/dev/stdout", "/dev/x.log", "/proc/self/fd/1", "/dev/../dev/null"})
    void whatIsNoFileOnADiskIsNamed(String path) {
        Settings settings = settings(false).file("log", path, "LOG_FILE", "l");
        String why = "is no file on a disk, and others are made beside it";
        assertEquals("--log: '" + path + "' " + why, wrong(settings, false));
    }

    /** A typo in a name would have no effect, and nobody would know. */
    @Test
    void aVariableThatIsNoSettingIsTold() {
        Settings settings = settings(false, "THRESHHOLD=5", "LOG=/x/a");
        settings.value("threshold", null, "THRESHOLD", "75", Setting::percent)
                .file("log", null, "LOG_FILE", "l");
        String told =
                "MEMORY_MONITOR_THRESHHOLD is no setting; there are MEMORY_MONITOR_THRESHOLD,"
                        + " MEMORY_MONITOR_LOG";
        assertEquals(List.of(told), settings.require(false).problems());
        assertEquals(told, wrong(settings, true));
    }
}
