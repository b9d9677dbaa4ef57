import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import culprit.Answer;
import culprit.Growth;
import culprit.History;
import culprit.Owners;
import culprit.Scene;

import kit.Records;
import kit.Tests;
import kit.Values;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import output.HistoryFileTest;

import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.ParserTest;
import procfs.ProcessInfo;
import procfs.Reading;

import report.ReportTextTest;

import text.Printable;

import words.Lead;
import words.Notes;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Feeds mutated texts to everything that reads what the kernel or a process has written, and looks
 * at what comes out: never an exception, never a table that is anything but its heading and one
 * line of eleven columns for each process.
 *
 * <p>Each case has a number and depends on nothing but that and FUZZ_SEED, so that it can be had
 * again. FUZZ_SECONDS says for how long all tests together go on: unless it is set, 4, or 20 with
 * --all. A failure tells the case.
 */
class FuzzTest {
    private static final long SEED = Tests.setting("FUZZ_SEED", 1);
    private static final long SECONDS = Tests.setting("FUZZ_SECONDS", Tests.areThorough() ? 20 : 4);

    private static final String FORGED =
            "\n2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 1.0 %, total RAM"
                    + " 2.0 %\nUSER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND\n"
                    + "root 1 0.0 0.0 0 0 ? Ss 00:00 0:00 forged\n# 1 processes\n\n";

    /** What gets in where it hurts. */
    private static final List<byte[]> TOKENS =
            List.of(
                    Values.utf8(FORGED),
                    Values.utf8("\n"),
                    Values.utf8("\n\n"),
                    Values.utf8("\r"),
                    Values.utf8("\t"),
                    Values.utf8("\0"),
                    Values.utf8("\0\0"),
                    Values.utf8(" "),
                    Values.utf8(")"),
                    Values.utf8(") ("),
                    Values.utf8("("),
                    Values.utf8(":"),
                    Values.utf8("-"),
                    Values.utf8("\033]0;x\007\033[2J"),
                    Values.utf8("\177"),
                    Values.utf8("\u0085\u009b1m"),
                    Values.utf8("\u2028\u2029\u202e\ufeff"),
                    Values.utf8("é漢🙂"),
                    bytes(0xff),
                    bytes(0xc0, 0x8a), // newline, encoded too long
                    bytes(0xe0, 0x80, 0x8a),
                    bytes(0xed, 0xa0, 0x80), // half of a surrogate pair
                    bytes(0xf4, 0x90, 0x80, 0x80), // just beyond Unicode
                    bytes(0xf0, 0x9f, 0x99), // cut off
                    Values.utf8("0"),
                    Values.utf8("-1"),
                    Values.utf8("2147483648"),
                    Values.utf8("9223372036854775807"),
                    Values.utf8("-9223372036854775808"),
                    Values.utf8("18446744073709551615"),
                    Values.utf8("99999999999999999999999999999999"),
                    Values.utf8("1e308"),
                    Values.utf8("NaN"),
                    Values.utf8("kB"));

    // ---- Cases

    private interface Case {
        void run(Mutator mutator) throws Exception;
    }

    /** With fewer cases a test would mean nothing, whatever else the machine does. */
    private static final int LEAST_CASES = 128;

    /** Runs cases for a share of the time, in percent. */
    private static void run(String what, int share, Case test) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS) * share / 100;
        int number = 0;
        while (number < LEAST_CASES || System.nanoTime() < end) {
            try {
                test.run(new Mutator(SEED + 1_000_003L * number));
            } catch (Exception | AssertionError e) {
                throw new AssertionError(
                        what + ": case " + number + " of FUZZ_SEED=" + SEED + ": " + e, e);
            }
            number++;
        }
        Tests.say("%,d cases: %s", number, what);
    }

    /** Makes a text that is nearly right. */
    private static final class Mutator {
        final SplittableRandom random;

        Mutator(long seed) {
            random = new SplittableRandom(seed);
        }

        <T> T any(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }

        byte[] mutate(byte[] text) {
            byte[] result = text;
            for (int i = random.nextInt(5); i > 0; i--) {
                result = mutateOnce(result);
            }
            return result;
        }

        private byte[] mutateOnce(byte[] text) {
            int from = random.nextInt(text.length + 1);
            int to = Math.min(text.length, from + random.nextInt(1, 30));
            switch (random.nextInt(7)) {
                case 0 -> { // other bits
                    byte[] result = text.clone();
                    if (from < to) {
                        result[from] ^= (byte) (1 << random.nextInt(8));
                    }
                    return result;
                }
                case 1 -> { // cut off
                    return Arrays.copyOf(text, from);
                }
                case 2 -> { // a part is missing
                    return splice(text, from, to, new byte[0]);
                }
                case 3 -> { // a part is there twice
                    return splice(text, from, from, Arrays.copyOfRange(text, from, to));
                }
                case 4 -> { // any bytes
                    byte[] noise = new byte[random.nextInt(1, 9)];
                    random.nextBytes(noise);
                    return splice(text, from, from, noise);
                }
                case 5 -> { // something that hurts, put in
                    return splice(text, from, from, any(TOKENS));
                }
                default -> { // something that hurts instead of a word
                    while (from > 0 && text[from - 1] > ' ') {
                        from--;
                    }
                    int end = from;
                    while (end < text.length && text[end] > ' ') {
                        end++;
                    }
                    return splice(text, from, end, any(TOKENS));
                }
            }
        }

        private static byte[] splice(byte[] text, int from, int to, byte[] insert) {
            byte[] result = new byte[text.length - (to - from) + insert.length];
            System.arraycopy(text, 0, result, 0, from);
            System.arraycopy(insert, 0, result, from, insert.length);
            System.arraycopy(text, to, result, from + insert.length, text.length - to);
            return result;
        }
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    // ---- What comes out

    /** Numbers that make no sense may be negative. */
    private static final Pattern ROW = Records.row("-?\\d+");

    /** Checks a whole record. */
    private static void checkText(String text, int rows) {
        assertTrue(
                text.matches("(?s).*\n# a note\n# [0-9]+ process(es)?, captured in 12 ms\n\n"),
                text);
        String[] lines = text.split("\n");
        assertEquals(rows + 4, lines.length, text);
        assertTrue(Records.HEADING.matcher(lines[1]).matches(), text);
        for (int i = 2; i < rows + 2; i++) {
            if (!ROW.matcher(lines[i]).matches()) {
                fail(lines[i]);
            }
            checkCharacters(lines[i]);
        }
    }

    private static void checkCharacters(String line) {
        for (int at = 0; at < line.length(); ) {
            int codePoint = line.codePointAt(at);
            if (!isHarmless(codePoint)) {
                fail(String.format("U+%04X in: %s", codePoint, line));
            }
            at += Character.charCount(codePoint);
        }
    }

    private static boolean isHarmless(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint >= ' ' && codePoint != 0x7f;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> codePoint != 0xfffd; // what stands for bytes that are not UTF-8
        };
    }

    /** Checks lines of JSON: what happened, all processes, how they were read. */
    private static void checkJson(String text, List<ProcessInfo> rows) throws IOException {
        String[] lines = text.split("\n");
        assertEquals(rows.size() + 2, lines.length, text);
        for (String line : lines) {
            checkCharacters(line);
            assertTrue(line.startsWith("{\"type\":\"") && line.endsWith("}"), line);
            assertTrue(Values.utf8(line).length <= 48 << 10, line);
        }
        int processes = 0;
        try (JsonParser parser = JSON.createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals("pid")) {
                    assertEquals(rows.get(processes++).pid(), parser.nextIntValue(0));
                }
            }
        }
        assertEquals(rows.size(), processes);
    }

    private static final JsonFactory JSON = new JsonFactory();

    // ---- Processes

    private static final List<byte[]> STATS =
            List.of(
                    Values.utf8(
                            "1 (systemd) S 0 1 1 0 -1 4194560 9 9 9 9 5 5 0 0 20 0 1 0 5 0 0 0 17"),
                    Values.utf8(
                            "4312 (a) S (b\n c) T 1 4312 4312 34816 4312 4194304 1 2 3 4 3600000"
                                    + " 500 7 8 20 -5 8 0 2147483648 1314199961 246741 0"));

    private static final List<byte[]> STATUSES =
            List.of(
                    Values.utf8(
                            "Name:\tkthreadd\n"
                                    + "State:\tS (sleeping)\n"
                                    + "Uid:\t0\t0\t0\t0\n"
                                    + "Threads:\t1\n"),
                    Values.utf8(
                            "Name:\ta\\nb\nUmask:\t0022\nState:\tZ (zombie)\n"
                                    + "Uid:\t4294967295\t1000\t0\t0\nVmSize:\t  12345 kB\n"
                                    + "VmLck:\t 5 kB\nVmRSS:\t 9876 kB\nRssAnon:\t 9000 kB\n"
                                    + "RssShmem:\t 8 kB\nVmSwap:\t 7 kB\nThreads:\t800\n"));

    private static final List<byte[]> COMMAND_LINES =
            List.of(
                    new byte[0],
                    Values.utf8("postgres: walwriter   "),
                    Values.utf8("java\0-jar\0é漢🙂.jar\0\0x\0"),
                    Values.utf8("x" + FORGED),
                    Values.utf8("\033[2J\033]0;title\007\u009b"));

    private static ProcessInfo row(int pid, Mutator mutator) {
        return Values.row(
                pid,
                mutator.mutate(mutator.any(STATS)),
                mutator.mutate(mutator.any(STATUSES)),
                word("a user", mutator),
                word("pts/1", mutator));
    }

    /** The name of a user or a terminal. */
    private static String word(String name, Mutator mutator) {
        byte[] mutated = mutator.mutate(Values.utf8(name));
        String word = Printable.word(Values.latin1(mutated));
        assertTrue(word.matches("\\S+"), word);
        return word;
    }

    /** Formats rows, each with a command line of its own, and checks what comes out. */
    private static void check(List<ProcessInfo> rows, Mutator mutator) throws IOException {
        List<byte[]> commands = new ArrayList<>();
        rows.forEach(row -> commands.add(mutator.mutate(mutator.any(COMMAND_LINES))));
        long bootTicks = mutator.random.nextInt(500_000_000);
        long totalKiB = mutator.random.nextInt(1 << 30);
        Values.Formatted out =
                Values.format(
                        MemoryMonitor.TableFormatter::new,
                        Values.NOWHERE,
                        Values.table(bootTicks, totalKiB, rows),
                        commands);
        checkText(out.text(), rows.size());
        checkJson(out.json(), rows);
    }

    @Test
    void aRowIsOneLineOfElevenColumns() {
        run(
                "stat, status and cmdline",
                30,
                mutator -> {
                    ProcessInfo row = row(1 + mutator.random.nextInt(1 << 22), mutator);
                    if (row != null) {
                        check(List.of(row), mutator);
                    }
                });
    }

    @Test
    void aTableIsItsHeadingAndItsRows() {
        run(
                "tables",
                15,
                mutator -> {
                    List<ProcessInfo> rows = new ArrayList<>();
                    for (int i = mutator.random.nextInt(20); i >= 0; i--) {
                        ProcessInfo row = row(i + 1, mutator);
                        if (row != null) {
                            rows.add(row);
                        }
                    }
                    check(rows, mutator);
                });
    }

    // ---- What ate it

    /** A machine at a moment, with names, numbers and sizes that are often equal. */
    private static String machine(Mutator mutator) {
        SplittableRandom random = mutator.random;
        StringBuilder words = new StringBuilder();
        int count = random.nextInt(12);
        for (int i = 0; i < count; i++) {
            String name = word("java", mutator).replaceAll("[/:,=]", "?");
            words.append(1 + random.nextInt(15)).append('/').append(name).append('/');
            words.append(random.nextInt(2000)).append('/').append(random.nextInt(3000) / 2.0);
            words.append(",p=").append(random.nextInt(15)).append(",s=").append(random.nextInt(5));
            words.append(",uid=").append(random.nextInt(-1, 3));
            words.append(random.nextBoolean() ? "" : ",u=u" + random.nextInt(3));
            words.append(",huge=").append(random.nextInt(200)).append(",lock=");
            words.append(random.nextInt(200)).append(",th=").append(random.nextInt(2000));
            words.append(",sh=").append(random.nextInt(200)).append(",pt=");
            words.append(random.nextInt(9)).append(",sw=").append(random.nextInt(900)).append(' ');
        }
        for (String kind :
                List.of(
                        "anon", "shmem", "slab", "tables", "swap", "mapped", "huge", "held",
                        "lazy")) {
            words.append(kind).append('=').append(random.nextInt(3000)).append(' ');
        }
        for (int unit = random.nextInt(4) - 1; unit >= 0; unit--) {
            words.append(random.nextInt(4) == 0 ? "left:u" : "unit:u").append(unit);
            for (int i = 0; i < 3; i++) {
                words.append(':').append(random.nextInt(900));
            }
            words.append(" mount:/m")
                    .append(unit)
                    .append(':')
                    .append(random.nextInt(900))
                    .append(' ');
        }
        return words.toString();
    }

    @Test
    void whatAteItIsALineThatMakesSense() {
        run(
                "machines over time",
                15,
                mutator -> {
                    boolean seesAll = mutator.random.nextInt(4) > 0;
                    Scene scene = seesAll ? new Scene() : Scene.partlyVisible();
                    double second = 1000;
                    boolean overlaps = false;
                    for (int i = mutator.random.nextInt(8); i > 0; i--) {
                        String before = machine(mutator);
                        scene.at(second, before);
                        overlaps |= scene.moment(second, before).kinds().sizeKiB(Kind.OTHER) < 0;
                        second += mutator.random.nextInt(20_000) / 2.0;
                    }
                    String words = machine(mutator);
                    Reading moment = scene.moment(second, words);
                    Answer answer = scene.answer(second, words);
                    List<String> notes = new ArrayList<>(Notes.growth(answer, item -> item.name()));
                    Lead lead = Lead.of(answer, item -> "");
                    notes.add(lead.text());
                    notes.addAll(Notes.memory(moment, answer.owners()));
                    notes.forEach(FuzzTest::checkCharacters);
                    notes.remove(notes.size() - 4); // kinds may overlap in the account
                    notes.forEach(
                            note -> assertTrue(!note.matches(".*-[0-9.]+ [MG]iB.*"), note + words));
                    MemoryKinds kinds = moment.kinds();
                    overlaps |= kinds.sizeKiB(Kind.OTHER) < 0;
                    for (Growth growth : growths(answer)) {
                        assertTrue(
                                overlaps || growth.namedKiB() <= growth.mostKiB(), growth + words);
                        checkNames(growth, words);
                    }
                    if (answer.growth().isDoubtful()) { // figures that contradict each other
                        assertTrue(notes.stream().anyMatch(note -> note.startsWith("doubtful: ")));
                        assertTrue(lead.culprit().isEmpty(), lead.text());
                    }
                    long most = kinds.sizeKiB(Kind.PROCESSES) + kinds.lazyFreeKiB();
                    most += kinds.sizeKiB(Kind.SHARED) + kinds.hugeInUseKiB();
                    most += kinds.sizeKiB(Kind.HELD_FILES);
                    checkSum(answer.owners().byCommand(), most, words);
                    checkSum(answer.owners().byUser(), most, words);
                    if (moment.charges().isEmpty()) {
                        checkSum(answer.owners().byUnit(), most, words);
                    }
                });
    }

    private static List<Growth> growths(Answer answer) {
        List<Growth> growths = new ArrayList<>(List.of(answer.growth()));
        answer.slower().ifPresent(growths::add);
        answer.latest().ifPresent(growths::add);
        answer.sinceBreach().ifPresent(growths::add);
        return growths;
    }

    /** No name is told twice. */
    private static void checkNames(Growth growth, String words) {
        String all = growth + " of " + words;
        Set<String> names = new HashSet<>();
        for (Growth.Item item : growth.items()) {
            assertTrue(item.sizeKiB() > 0, all);
            boolean isGone = item.change() == Growth.Change.GONE;
            assertTrue(names.add(isGone + item.level().name() + item.name() + item.unit()), all);
        }
    }

    /** Nobody is said to have what nobody has. */
    private static void checkSum(List<Owners.Owner> owners, long mostKiB, String words) {
        assertTrue(owners.stream().allMatch(owner -> owner.sizeKiB() >= 0), words);
        long sum = owners.stream().mapToLong(Owners.Owner::sizeKiB).sum();
        assertTrue(sum <= mostKiB, sum + " KiB of " + mostKiB + ": " + owners + " " + words);
    }

    // ---- Files of another time: who wrote them is not known

    @Test
    void aHistoryIsReadAsFarAsItMakesSense(@TempDir Path folder) {
        run(
                "histories",
                7,
                mutator -> {
                    Scene scene = new Scene();
                    for (int i = 1; i < 5; i++) {
                        scene.at(1000 * i, machine(mutator));
                    }
                    History read =
                            HistoryFileTest.mutated(
                                    folder.resolve("h"), scene.history, 9000, mutator::mutate);
                    Reading now = scene.moment(9000, machine(mutator));
                    long nanos = now.nanos();
                    Answer answer =
                            Answer.of(read, now, read.add(now), nanos, nanos, Long::toString);
                    List<String> notes = new ArrayList<>(Notes.growth(answer, Growth.Item::name));
                    notes.add(Lead.of(answer, Growth.Item::name).text());
                    notes.forEach(FuzzTest::checkCharacters);
                    read.series(nanos);
                });
    }

    @Test
    void aReportIsMadeOfAnyLines(@TempDir Path folder) {
        run(
                "lines of a report",
                8,
                mutator -> {
                    ByteArrayOutputStream lines = new ByteArrayOutputStream();
                    lines.write(Values.utf8("{}\n")); // or it could begin as a log does
                    for (String line : ReportTextTest.lines()) {
                        lines.write(mutator.mutate(Values.utf8(line)));
                        lines.write('\n');
                    }
                    checkCharacters(ReportTextTest.all(folder, lines.toByteArray()));
                });
    }

    // ---- Texts for the whole machine: nothing may come out but a value

    private static final byte[] MEM_INFO =
            Values.utf8(
                    "MemTotal:       24684092 kB\nMemFree:        18206312 kB\n"
                            + "MemAvailable:   23518776 kB\nBuffers:          302096 kB\n"
                            + "Active(file):    2133940 kB\nInactive(file):  2765488 kB\n"
                            + "SReclaimable:     411996 kB\nSwapTotal:             0 kB\n"
                            + "HugePages_Total:       0\nHugetlb:               0 kB\n");
    private static final byte[] OLD_MEM_INFO =
            Values.utf8(
                    "MemTotal:        8000000 kB\nMemFree:         1000000 kB\n"
                            + "Active(file):     500000 kB\nInactive(file):   400000 kB\n"
                            + "SReclaimable:     300000 kB\n");

    private static final List<byte[]> MEM_INFOS = List.of(MEM_INFO, OLD_MEM_INFO);

    @Test
    void memInfoNeverThrowsInOshi() throws Exception {
        Class<?> reader = Class.forName("oshi.hardware.common.platform.linux.LinuxGlobalMemory");
        Method parse = reader.getDeclaredMethod("parseMemInfo", List.class);
        parse.setAccessible(true);
        run(
                "/proc/meminfo, by OSHI",
                8,
                mutator -> {
                    byte[] text = mutator.mutate(mutator.any(MEM_INFOS));
                    parse.invoke(null, Values.latin1(text).lines().toList());
                });
    }

    private static final List<byte[]> TEXTS =
            List.of(
                    MEM_INFO,
                    OLD_MEM_INFO,
                    Values.utf8(
                            "MemTotal: 0 kB\nMemAvailable: 18446744073709551488 kB\nSwapTotal: 0"
                                    + " kB\nSwapFree: 18446744073709551488 kB\n"),
                    Values.utf8(
                            "36 35 0:33 / /mnt/a\\040b rw shared:1 - tmpfs none rw,size=9k\n"
                                    + "37 35 0:34 /x /run rw - cgroup2 cgroup2 rw\n"),
                    Values.utf8("anon 4096\nkernel 8192\nshmem 1\nzswap 9\ntotal_rss 4096\n"),
                    Values.utf8("0::/a.scope/job_1" + "/d".repeat(900) + "\n"),
                    Values.utf8("name   type data\nhits   4   1\nsize   4   1048576\n"),
                    Values.utf8("0::/system.slice/postgresql@15-main.service\n"),
                    Values.utf8("12:memory:/x\n1:name=systemd:/docker/" + "0123abcd".repeat(8)),
                    Values.utf8(
                            "some avg10=0.12 avg60=0.00 avg300=0.00 total=5\n"
                                    + "full avg10=1.00 avg60=0.00 avg300=0.00 total=4\n"),
                    Values.utf8(
                            """
                            /dev/tty             /dev/tty        5       0 system:/dev/tty
                            pty_slave            /dev/pts      136 0-1048575 pty:slave
                            serial               /dev/ttyS       4 64-95 serial
                            """),
                    Values.utf8("root:x:0:0:root:/root:/bin/sh\nsync:*:4:65534::/bin:\n"),
                    Values.utf8("java\0-cp\0a.jar\0-jar\0/srv/é/app.jar\0--port\0"),
                    Values.utf8("python3\0-u\0/opt/a b/worker.py\0"));

    /** Any text may stand where another one is expected. */
    @Test
    void allOtherTextsGiveValues() {
        run(
                "all other texts",
                17,
                mutator -> {
                    String text = Values.latin1(mutator.mutate(mutator.any(TEXTS)));
                    checkCharacters(ParserTest.parseAll(text));
                    String account = Notes.account(Values.kinds(text));
                    checkCharacters(account + Notes.swap(Values.kinds(text)));
                });
    }
}
