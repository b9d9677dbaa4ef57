///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS org.junit.jupiter:junit-jupiter:5.14.4
//DEPS org.junit.platform:junit-platform-launcher:1.14.4
//DEPS com.networknt:json-schema-validator:3.0.0
//SOURCES ../MemoryMonitor.java
//SOURCES kit/*.java
//SOURCES values/*.java
//SOURCES program/*.java
//SOURCES faults/*.java
//COMPILE_OPTIONS -Xlint:all -proc:none

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Detection of incidents, and the columns of the table. This is also the command that runs all
 * tests: those in the folders beside this file as well.
 */
final class MemoryMonitorTest {
    /** Runs the tests, see {@link Tests#main}. */
    public static void main(String[] arguments) throws Exception {
        Tests.main(arguments);
    }

    // ---- Detection ----

    /**
     * Samples are written as SECOND:PERCENT, or SECOND:PERCENT+LATE for one that comes LATE seconds
     * after its time; the verdicts as SECOND:VERDICT. Threshold 80 %, duration 15 s unless given.
     */
    @ParameterizedTest
    @CsvSource({
        // never above
        "15, 0:50 5:60 30:79.9, ''",
        // exactly at the threshold does not count, as long as it may last
        "15, 0:80 15:80 600:80, ''",
        "15, 0:80 1:80.1 15:80.1 16:80.1, 16:INCIDENT",
        // just short of and just at the duration
        "15, 0:81 14.999:81, ''",
        "15, 0:81 15:81, 15:INCIDENT",
        "15, 0:81 14.999:81 15.001:81, 15.001:INCIDENT",
        // the first sample above starts the clock, not the one before
        "15, 0:79 1:81 15:81 15.999:81 16:81, 16:INCIDENT",
        // one sample below inside a breach starts it anew
        "15, 0:81 14:81 14.5:80 15:81 29:81, ''",
        "15, 0:81 14:81 14.5:80 15:81 29:81 30:81, 30:INCIDENT",
        // once per breach, however long
        "15, 0:81 15:81 100:84 10000:85 20000:81, 15:INCIDENT",
        // the end, and a second breach
        "15, 0:81 15:81 20:80, 15:INCIDENT 20:ENDED",
        "15, 0:81 15:81 20:10 21:10 30:81 44:81 45:81 46:5 47:5,"
                + " 15:INCIDENT 20:ENDED 45:INCIDENT 46:ENDED",
        // no end without an incident
        "15, 0:81 10:81 11:10, ''",
        // climbing by 5 points above the last record
        "15, 0:81 15:82 16:86.9 17:87 18:91.9 19:92 20:97 21:99.9,"
                + " 15:INCIDENT 17:CLIMBED 19:CLIMBED 20:CLIMBED",
        // falling and rising again below the last record is no climb
        "15, 0:81 15:90 16:95 17:81 18:95 19:99.9, 15:INCIDENT 16:CLIMBED",
        // what was recorded in an earlier incident does not count in the next
        "15, 0:81 15:99 16:1 20:81 35:82 36:87, 15:INCIDENT 16:ENDED 35:INCIDENT 36:CLIMBED",
        // late samples do not break a breach
        "15, 0:81 60:81+59, 60:INCIDENT",
        "15, 0:81 60:79+59 61:81, ''",
        // duration 0: the first sample above is an incident
        "0, 0:80 1:80.1 2:80.1 3:70 4:81, 1:INCIDENT 3:ENDED 4:INCIDENT",
        // limits of the monotonic clock, which may be negative and wrap around
        "15, -20:81 -6:81 -5:81, -5:INCIDENT",
        "15, 9223372030:81 9223372044:81 9223372045:81, 9223372045:INCIDENT",
    })
    void findsIncidents(double durationSeconds, String samples, String expected) {
        MemoryMonitor.BreachTimer timer = new MemoryMonitor.BreachTimer(80, nanos(durationSeconds));
        List<String> verdicts = new ArrayList<>();
        for (String text : samples.split(" ")) {
            String[] parts = text.split("[:+]");
            MemoryMonitor.Sample sample =
                    sample(
                            nanos(Double.parseDouble(parts[0])),
                            parts.length > 2 ? nanos(Double.parseDouble(parts[2])) : 0,
                            Double.parseDouble(parts[1]));
            MemoryMonitor.BreachTimer.Verdict verdict = timer.next(sample);
            if (verdict != MemoryMonitor.BreachTimer.Verdict.NOTHING) {
                verdicts.add(parts[0] + ":" + verdict);
            }
        }
        assertEquals(expected, String.join(" ", verdicts));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1000) * 1_000_000;
    }

    private static MemoryMonitor.Sample sample(long nanos, long lateNanos, double usedPercent) {
        return new MemoryMonitor.Sample(nanos, lateNanos, 0, usedPercent, 0, 0);
    }

    @Test
    void wallClockHasNoSay() {
        MemoryMonitor.BreachTimer timer = new MemoryMonitor.BreachTimer(80, nanos(15));
        long[] wallSeconds = {1_000_000, 999_000, 2_000_000, 5, 3_000_000};
        for (int i = 0; i < 15; i++) {
            long epochMillis = wallSeconds[i % wallSeconds.length] * 1000;
            MemoryMonitor.Sample sample =
                    new MemoryMonitor.Sample(nanos(i), 0, epochMillis, 90, 0, 0);
            assertEquals(MemoryMonitor.BreachTimer.Verdict.NOTHING, timer.next(sample));
        }
        assertEquals(
                MemoryMonitor.BreachTimer.Verdict.INCIDENT,
                timer.next(new MemoryMonitor.Sample(nanos(15), 0, 0, 90, 0, 0)));
    }

    @Test
    void tellsStallsAndPeakOfTheBreachOnly() {
        MemoryMonitor.BreachTimer timer = new MemoryMonitor.BreachTimer(80, nanos(15));
        timer.next(sample(nanos(0), nanos(50), 99));
        timer.next(sample(nanos(1), nanos(7), 20));
        timer.next(sample(nanos(10), 0, 81));
        timer.next(sample(nanos(41), nanos(30), 85.5));
        timer.next(sample(nanos(42), nanos(0.9), 84)); // under a second is no stall
        timer.next(sample(nanos(45), nanos(2), 84));
        assertEquals(nanos(32), timer.stalledNanos());
        assertEquals(85.5, timer.peak().usedPercent());
        assertEquals(nanos(41), timer.peak().nanos());
    }

    @Test
    void isDueWhenTheDurationIsOver() {
        MemoryMonitor.BreachTimer timer = new MemoryMonitor.BreachTimer(80, nanos(15));
        assertEquals(Long.MAX_VALUE, timer.dueNanos());
        timer.next(sample(nanos(3), 0, 81));
        timer.next(sample(nanos(4), 0, 81));
        assertEquals(nanos(18), timer.dueNanos());
        timer.next(sample(nanos(18), 0, 81));
        assertEquals(Long.MAX_VALUE, timer.dueNanos());
    }

    /** Random traces, beside an oracle that looks at the whole history each time. */
    @Test
    void agreesWithBruteForceOnRandomTraces() {
        Random random = new Random(20_261_122);
        int incidents = 0;
        for (int trace = 0; trace < 5000; trace++) {
            long duration = random.nextInt(4) == 0 ? 0 : nanos(random.nextInt(30));
            MemoryMonitor.BreachTimer timer = new MemoryMonitor.BreachTimer(80, duration);
            Oracle oracle = new Oracle(duration);
            long now = random.nextLong() >> 2;
            for (int i = 0; i < 60; i++) {
                now += random.nextInt(8) == 0 ? nanos(random.nextInt(40)) : nanos(1);
                double[] levels = {80, 80, 79.9, 80.1, 81, 83, 85.1, 86, 90, 91, 99, 100, 10};
                int bias = random.nextInt(5) == 0 ? 0 : 3; // most samples are above
                double used = levels[bias + random.nextInt(levels.length - bias)];
                if (random.nextInt(10) > 0 && used == 10) {
                    used = 88;
                }
                MemoryMonitor.BreachTimer.Verdict verdict = timer.next(sample(now, 0, used));
                assertEquals(oracle.next(now, used), verdict.name(), "trace " + trace + " at " + i);
                incidents += verdict == MemoryMonitor.BreachTimer.Verdict.INCIDENT ? 1 : 0;
            }
        }
        assertTrue(incidents > 1000, "the traces are worth something: " + incidents);
    }

    /** The definition, word by word, over the whole history. */
    private static final class Oracle {
        private record Seen(long nanos, double used, String verdict) {}

        private final long durationNanos;
        private final List<Seen> history = new ArrayList<>();

        Oracle(long durationNanos) {
            this.durationNanos = durationNanos;
        }

        String next(long nanos, double used) {
            int begin = history.size(); // of the run of samples above, before this one
            while (begin > 0 && history.get(begin - 1).used > 80) {
                begin--;
            }
            List<Seen> run = history.subList(begin, history.size());
            List<Seen> records =
                    run.stream().filter(seen -> !seen.verdict.equals("NOTHING")).toList();
            String verdict = "NOTHING";
            if (used <= 80) {
                verdict = records.isEmpty() ? "NOTHING" : "ENDED";
            } else if (records.isEmpty()) {
                long first = run.isEmpty() ? nanos : run.get(0).nanos;
                verdict = nanos - first >= durationNanos ? "INCIDENT" : "NOTHING";
            } else if (used - records.get(records.size() - 1).used >= 5) {
                verdict = "CLIMBED";
            }
            history.add(new Seen(nanos, used, verdict));
            return verdict;
        }
    }

    // ---- Cells ----

    @ParameterizedTest
    @CsvSource({
        "0, 100, 0.0",
        "1, 1000, 0.1",
        "999, 1000, 99.9",
        "1000, 1000, 100",
        "1009, 1000, 100",
        "8000, 1000, 800", // eight busy threads
        "1, 3, 33.3",
        "2, 3, 66.6", // truncated, not rounded
        "5, 0, 0.0", // just started
        "5, -7, 0.0",
    })
    void percentCpu(long cpuTicks, long elapsedTicks, String cell) {
        assertEquals(cell, PsCells.percentCpu(cpuTicks, elapsedTicks));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1000, 0.0",
        "999, 1000, 99.9",
        "1000, 1000, 99.9",
        "155, 1000, 15.5",
        "1, 0, 0.0"
    })
    void percentMem(long rssKiB, long totalKiB, String cell) {
        assertEquals(cell, PsCells.percentMem(rssKiB, totalKiB));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0:00",
        "59, 0:59",
        "60, 1:00",
        "725, 12:05",
        "360000, 6000:00",
        "445385, 7423:05"
    })
    void time(long cpuSeconds, String cell) {
        assertEquals(cell, PsCells.time(cpuSeconds));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T03:04:00, 2026-11-22T23:59:00, 03:04",
        "2026-11-21T23:59:59, 2026-11-22T00:00:00, Nov21", // a second ago, but another day
        "2026-01-05T12:00:00, 2026-11-22T00:00:00, Jan05",
        "2025-12-31T23:59:59, 2026-01-01T00:00:00, 2025",
        "2025-11-22T03:04:00, 2026-11-22T03:04:00, 2025",
        "2027-01-01T00:00:00, 2026-12-31T23:59:59, 2027", // the clock was set back
    })
    void start(LocalDateTime started, LocalDateTime now, String cell) {
        assertEquals(cell, PsCells.start(started, now));
    }

    /** Columns: state, nice, session, process group, foreground group, threads, VmLck. */
    @ParameterizedTest
    @CsvSource({
        "S, 0, 1, 1, -1, 1, 0, S",
        "R, -5, 1, 1, -1, 1, 0, R<",
        "D, 19, 1, 1, -1, 1, 0, DN",
        "S, 0, 1, 1, -1, 1, 4, SL",
        "S, 0, 42, 1, -1, 1, 0, Ss",
        "S, 0, 1, 1, -1, 2, 0, Sl",
        "S, 0, 1, 7, 7, 1, 0, S+",
        "T, -1, 42, 42, 42, 9, 64, T<Lsl+",
        "t, 1, 42, 42, 42, 9, 64, tNLsl+",
        "Z, 0, 1, 1, -1, 1, 0, Z",
        "I, -20, 0, 0, -1, 1, 0, I<",
    })
    void stat(
            char state,
            int nice,
            int session,
            int group,
            int foreground,
            int threads,
            int lockedKiB,
            String cell) {
        String stat =
                ("42 (x) " + state + " 1 " + group + " " + session + " 0 " + foreground)
                        + (" 0 0 0 0 0 0 0 0 0 20 " + nice + " 1 0 0");
        String status =
                "State:\t"
                        + state
                        + " (x)\nVmLck:\t"
                        + lockedKiB
                        + " kB\nThreads:\t"
                        + threads
                        + "\n";
        assertEquals(cell, PsCells.stat(Values.row(42, stat, status)));
    }

    /** Escapes: those of Java, and {@code \xHH} for any byte. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sleep\\x0010\\x00 | sleep 10",
                "a\\x00\\x00b\\x00 | a  b", // an empty argument
                "a\\x00\\x00\\x00 | a",
                "\\x00 | ?", // argv[0] is empty
                "'' | [comm]",
                "one\\ntwo | one two",
                "a\\tb\\rc | a?b?c",
                "\\x1b[2J\\x1b]0;x\\x07 | ?[2J?]0;x?",
                "a\\x01b\\x00\\xff\\x01\\xc3\\xa9\\x00x\\x02 | a?b ??é x?",
                "\\x7f | ?",
                "\\xc2\\x80\\xc2\\x9f\\xc2\\xa0 | ????\u00a0", // C1 controls; no-break space stays
                "\\xe2\\x82 | ??", // cut off
                "\\xe2\\x82A | ??A",
                "\\xc0\\xaf | ??", // overlong
                "\\xe0\\x80\\xaf | ???",
                "\\xed\\xa0\\x80 | ???", // surrogate
                "\\xf4\\x90\\x80\\x80 | ?", // above U+10FFFF
                "\\xf5\\x80 | ??",
                "\\x80\\xbf | ??",
                "\\xe2\\x80\\xa8\\xe2\\x80\\xa9 | ??", // line and paragraph separator
                "\\xef\\xbf\\xbf | ?", // not a character
                "日本 \\xf0\\x9f\\x98\\x80 | 日本 😀",
                "\\xee\\x80\\x80 | \ue000", // private use
                "2026-11-22 03:14:07+01:00 memory above\\n"
                        + "USER | 2026-11-22 03:14:07+01:00 memory above USER",
            })
    void command(String escaped, String cell) {
        assertEquals(cell, Values.command(bytes(escaped), Values.row(1, Values.STAT, "")));
    }

    @Test
    void commandOfProcessesWithoutOne() {
        String stat = Values.STAT.replace("comm", "x) (y\nz");
        assertEquals("[x) (y?z]", Values.command(new byte[0], Values.row(1, stat, "")));
        ProcessRow zombie = Values.row(1, Values.STAT, "State:\tZ (zombie)\n");
        assertEquals("[comm] <defunct>", Values.command(new byte[0], zombie));
    }

    private static byte[] bytes(String escaped) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String text =
                escaped.replace("\\n", "\\x0a").replace("\\t", "\\x09").replace("\\r", "\\x0d");
        for (int at = 0; at < text.length(); ) {
            if (text.startsWith("\\x", at)) {
                out.write(Integer.parseInt(text.substring(at + 2, at + 4), 16));
                at += 4;
            } else {
                int codePoint = text.codePointAt(at);
                out.writeBytes(Values.utf8(Character.toString(codePoint)));
                at += Character.charCount(codePoint);
            }
        }
        return out.toByteArray();
    }

    // ---- Table ----

    @Test
    void columnsAreAsWideAsTheyNeed() {
        ProcessRow small = Values.row(1, Values.STAT, "", "root", "?");
        ProcessRow large =
                Values.row(
                        4194304,
                        "4194304 (java) S 0 1 1 0 -1 0 0 0 0 0 36000000 500 0 0 20 -5 8 0 100 0",
                        "VmSize:\t1283412345 kB\nVmRSS:\t    987654321 kB\nThreads:\t8\n",
                        "a-very-long-user-name",
                        "pts/12345");
        assertEquals(
                """
                USER                      PID %CPU %MEM        VSZ       RSS TTY       STAT START    TIME COMMAND
                a-very-long-user-name 4194304  720 98.7 1283412345 987654321 pts/12345 S<l  00:00 6000:05 java -jar x
                root                        1  0.0  0.0          0         0 ?         Ss   00:00    0:00 [comm]
                """,
                table(List.of(large, small), "java\0-jar\0x\0", ""));
    }

    @Test
    void anEmptyTableHasItsHeading() {
        assertEquals("USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND\n", table(List.of()));
    }

    private static String table(List<ProcessRow> rows, String... commandLines) {
        ProcessTable table = Values.table(5_000_100, 1_000_000_000, rows);
        List<byte[]> lines = Stream.of(commandLines).map(Values::utf8).toList();
        return new String(Values.format(table, lines).text(), StandardCharsets.UTF_8);
    }
}
