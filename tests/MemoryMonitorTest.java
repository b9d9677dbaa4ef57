///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS org.junit.jupiter:junit-jupiter:5.14.4
//DEPS org.junit.platform:junit-platform-launcher:1.14.4
//DEPS com.networknt:json-schema-validator:3.0.0
//SOURCES ../MemoryMonitor.java
//SOURCES FuzzTest.java
//SOURCES kit/*.java
//SOURCES cli/*.java
//SOURCES culprit/*.java
//SOURCES output/*.java
//SOURCES procfs/*.java
//SOURCES text/*.java
//SOURCES words/*.java
//SOURCES program/*.java
//SOURCES report/*.java
//SOURCES faults/*.java
//COMPILE_OPTIONS -Xlint:all -proc:none

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Breach;
import breach.CpuTicks;
import breach.Sample;

import kit.Tests;
import kit.Values;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import output.Columns;
import output.Disk;
import output.Event;
import output.Incident;
import output.PsCells;

import procfs.ProcessInfo;
import procfs.ProcessTable;

import text.Bytes;
import text.Units;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
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
     * after its time; the verdicts as SECOND:VERDICT. The threshold is 80 %; durations are in
     * seconds.
     */
    @ParameterizedTest
    @CsvSource({
        // never above
        "15, 0, 0:50 5:60 30:79.9, ''",
        // exactly at the threshold does not count, as long as it may last
        "15, 0, 0:80 15:80 600:80, ''",
        "15, 0, 0:80 1:80.1 15:80.1 16:80.1, 16:INCIDENT",
        // just short of and just at the duration
        "15, 0, 0:81 14.999:81, ''",
        "15, 0, 0:81 15:81, 15:INCIDENT",
        "15, 0, 0:81 14.999:81 15.001:81, 15.001:INCIDENT",
        // the first sample above starts the clock, not the one before
        "15, 0, 0:79 1:81 15:81 15.999:81 16:81, 16:INCIDENT",
        // before it is an incident, one sample below starts it anew, however long recovery takes
        "15, 0, 0:81 14:81 14.5:80 15:81 29:81, ''",
        "15, 60, 0:81 14:81 14.5:80 15:81 29:81 30:81, 30:INCIDENT",
        // once per breach, however long
        "15, 15, 0:81 15:81 100:84 10000:85 20000:81, 15:INCIDENT",
        // the end, and a second breach
        "15, 0, 0:81 15:81 20:80, 15:INCIDENT 20:END",
        "15, 0, 0:81 15:81 20:10 21:10 30:81 44:81 45:81 46:5 47:5,"
                + " 15:INCIDENT 20:END 45:INCIDENT 46:END",
        // no end without an incident
        "15, 0, 0:81 10:81 11:10, ''",
        "15, 5, 0:81 10:81 11:10 16:10, ''",
        // just short of and just at the recovery time; at the threshold is not above
        "15, 5, 0:81 15:81 20:80 24.999:80, 15:INCIDENT",
        "15, 5, 0:81 15:81 20:80 25:80, 15:INCIDENT 25:END",
        "15, 5, 0:81 15:81 20:10 25.7:10 26:10, 15:INCIDENT 25.7:END",
        // a dip ends no incident, nor does it make a second one; each dip has its own time
        "15, 5, 0:81 15:81 20:10 24:10 24.999:81 30:10 34:10 35:10," + " 15:INCIDENT 35:END",
        "15, 5, 0:81 15:81 20:10 30:81 40:81 50:81, 15:INCIDENT",
        "15, 5, 0:81 15:81 20:80 25:80 26:81 40:81 41:81, 15:INCIDENT 25:END 41:INCIDENT",
        // climbing goes on behind a dip, from the last record
        "15, 5, 0:81 15:82 16:10 17:86 18:10 19:87 20:10 25:1 26:81,"
                + " 15:INCIDENT 19:CLIMBED 25:END",
        // climbing by 5 points above the last record
        "15, 0, 0:81 15:82 16:86.9 17:87 18:91.9 19:92 20:97 21:99.9,"
                + " 15:INCIDENT 17:CLIMBED 19:CLIMBED 20:CLIMBED",
        // falling and rising again below the last record is no climb
        "15, 0, 0:81 15:90 16:95 17:81 18:95 19:99.9, 15:INCIDENT 16:CLIMBED",
        // what was recorded in an earlier incident does not count in the next
        "15, 0, 0:81 15:99 16:1 20:81 35:82 36:87, 15:INCIDENT 16:END 35:INCIDENT 36:CLIMBED",
        // late samples do not break a breach
        "15, 5, 0:81 60:81+59, 60:INCIDENT",
        "15, 5, 0:81 60:79+59 61:81, ''",
        // duration 0: the first sample above is an incident
        "0, 0, 0:80 1:80.1 2:80.1 3:70 4:81, 1:INCIDENT 3:END 4:INCIDENT",
        "0, 2, 1:80.1 3:70 4:81 5:70 7:70 8:81, 1:INCIDENT 7:END 8:INCIDENT",
        // limits of the monotonic clock, which may be negative and wrap around
        "15, 5, -20:81 -6:81 -5:81 -2:9 2:9 3:9, -5:INCIDENT 3:END",
        "15, 5, 9223372030:81 9223372044:81 9223372045:81, 9223372045:INCIDENT",
        "1, 9, 9223372030:81 9223372031:81 9223372032:1 9223372040:1 9223372041:1,"
                + " 9223372031:INCIDENT 9223372041:END",
    })
    void findsIncidents(double duration, double recovery, String samples, String expected) {
        MemoryMonitor.BreachTimer timer = timer(duration, recovery);
        List<String> verdicts = new ArrayList<>();
        for (String text : samples.split(" ")) {
            var verdict = timer.next(sample(text)).orElse(null);
            if (verdict != null) {
                verdicts.add(text.split(":")[0] + ":" + verdict.type());
                boolean isOver = verdict.type() == Event.Type.END;
                assertEquals(isOver, timer.breach().isEmpty(), "an end leaves nothing behind");
            }
        }
        assertEquals(expected, String.join(" ", verdicts));
    }

    private static String verdict(MemoryMonitor.BreachTimer timer, Sample sample) {
        return timer.next(sample).map(v -> v.type().name()).orElse("NOTHING");
    }

    private static boolean isIncident(MemoryMonitor.BreachTimer timer) {
        return timer.breach().filter(Breach::isIncident).isPresent();
    }

    private static MemoryMonitor.BreachTimer timer(double duration, double recovery) {
        return new MemoryMonitor.BreachTimer(80, nanos(duration), nanos(recovery));
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1000) * 1_000_000;
    }

    private static Sample sample(String text) {
        String[] parts = text.split("[:+]");
        return sample(
                nanos(Double.parseDouble(parts[0])),
                parts.length > 2 ? nanos(Double.parseDouble(parts[2])) : 0,
                Double.parseDouble(parts[1]));
    }

    private static Sample sample(long nanos, long lateNanos, double usedPercent) {
        return new Sample(nanos, lateNanos, 0, usedPercent, 0, 0);
    }

    @Test
    void wallClockHasNoSay() {
        MemoryMonitor.BreachTimer timer = timer(15, 15);
        long[] wallSeconds = {1_000_000, 999_000, 2_000_000, 5, 3_000_000};
        for (int i = 0; i <= 32; i++) {
            long epochMillis = wallSeconds[i % wallSeconds.length] * 1000;
            Sample sample = new Sample(nanos(i), 0, epochMillis, i < 17 ? 90 : 9, 0, 0);
            String expected = i == 15 ? "INCIDENT" : i == 32 ? "END" : "NOTHING";
            assertEquals(expected, verdict(timer, sample), "at " + i);
        }
    }

    /** What is told of a breach after some samples; of the last column one is at the end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "50:81 | 0 s, 81.0 % at 50, 0 dips, stalled 0 s",
                // those before it do not count, and under a second is no stall
                "0:99+50 1:20+7 10:81 41:85.5+30 42:84+0.9 45:84+2"
                        + " | 35 s, 85.5 % at 41, 0 dips, stalled 32 s",
                // how late the first one was is part of it, as is what comes during a dip
                "3:90+2 18:90 20:10+4 | 17 s, 90.0 % at 3, 0 dips, stalled 6 s",
                // a dip counts when it is over, and its time then too
                "0:90 15:90 20:10 24:10 | 20 s, 90.0 % at 0, 0 dips, stalled 0 s",
                "0:90 15:90 20:10 24:81 | 24 s, 90.0 % at 0, 1 dips, stalled 0 s",
                "0:90 15:90 20:10 21:81 22:1 23:2 24:95 | 24 s, 95.0 % at 24, 2 dips, stalled 0 s",
                // of the one that ends: it lasted as long as use was above
                "0:90 15:91 20:10 29:81 30:10 40:10 | 30 s, 91.0 % at 15, 1 dips, stalled 0 s",
                "0:90 14:90 15:10 | none",
                "0:90 15:90 20:10 30:10 31:10 | none",
                "0:90 15:90 20:10 30:10 31:82 | 0 s, 82.0 % at 31, 0 dips, stalled 0 s",
            })
    void tellsOfTheBreach(String samples, String expected) {
        MemoryMonitor.BreachTimer timer = timer(15, 10);
        Optional<Breach> told = Optional.empty();
        for (String text : samples.split(" ")) {
            told =
                    timer.next(sample(text))
                            .map(MemoryMonitor.BreachTimer.Verdict::breach)
                            .or(timer::breach);
        }
        assertEquals(expected, told.map(MemoryMonitorTest::describe).orElse("none"));
    }

    private static String describe(Breach breach) {
        return Units.seconds(breach.elapsedNanos())
                + (", " + breach.peak().usedPercent() + " % at ")
                + (breach.peak().nanos() / nanos(1) + ", " + breach.dips())
                + (" dips, stalled " + Units.seconds(breach.stalledNanos()));
    }

    @Test
    void aBreachCountsKillsAndIsAnIncidentOnceItIsRecorded() {
        Sample first = new Sample(nanos(1), 0, 0, 80.5, 0, 7);
        Breach breach = Breach.begin(80, first).with(new Sample(nanos(2), 0, 0, 92, 0, 9));
        assertEquals(2, breach.oomKills());
        assertEquals(
                List.of(false, true), List.of(breach.isIncident(), breach.recorded().isIncident()));
    }

    /** When the sample behind some others is due that usually would be at 100. */
    @ParameterizedTest
    @CsvSource({
        "3:10, 100, false",
        "3:81 4:81, 18, false", // when the duration is over
        "3:81 4:81 18:81, 100, true",
        "3:81 18:81 20:10 21:10, 25, true", // when the recovery time is
        "3:81 18:81 20:10 21:10 22:81, 100, true",
        "3:81 18:81 20:10 25:10, 100, false",
        "97:81, 100, false", // not later than usual
        "81:81 98:81 99:10, 100, true",
    })
    void isDue(String samples, long seconds, boolean isIncident) {
        MemoryMonitor.BreachTimer timer = timer(15, 5);
        Stream.of(samples.split(" ")).forEach(text -> timer.next(sample(text)));
        assertEquals(nanos(seconds), timer.dueNanos(nanos(100)));
        assertEquals(isIncident, isIncident(timer));
    }

    /** Over how long CPU use is measured when samples come at these times; all in milliseconds. */
    @ParameterizedTest
    @CsvSource({
        "500, 500",
        "1000 2000 3000, 1000",
        "1000 1003, 1003", // one that was due just after another: not over 3 ms
        "1000 1003 1499, 1499",
        "1000 1003 1500, 500",
        "500 510 520 530 1010, 510",
        "500 1000 1500 1501, 501",
        "499, 499", // only at the start, which the rehearsal waits for
        "499 998 1497, 1497",
    })
    void cpuUseIsNeverMeasuredOverAMoment(String samples, long expected) {
        long start = Long.MAX_VALUE - 1_000_000_000; // the clock may wrap around
        CpuTicks cpu = new CpuTicks(start, new long[] {0});
        long now = 0;
        for (String millis : samples.split(" ")) {
            now = Long.parseLong(millis);
            cpu = cpu.with(start + now * 1_000_000, new long[] {now});
        }
        assertEquals(expected * 1_000_000, start + now * 1_000_000 - cpu.nanos());
        assertEquals(expected, now - cpu.ticks()[0]);
    }

    /** Busy and idle ticks (user, idle, iowait) at two moments; NaN: it cannot be so. */
    @ParameterizedTest
    @CsvSource({
        "100 100 100, 110 120 100, 33.333",
        "100 100 100, 100 100 100, 0",
        "100 100 100, 150 100 100, 100",
        "100 100 100, 150 100 99, 100", // proc(5): iowait may go back a little
        "100 100 100, 90 150 100, NaN",
        "100 100 100, 90 50 10, NaN",
        "100 100 100, 0 0 0, NaN",
        "-9223372036854775807 0 0, 9223372036854775807 0 0, NaN",
    })
    void cpuUseIsSaneOrNotKnown(String before, String now, double percent) {
        CpuTicks cpu = new CpuTicks(0, ticks(before));
        assertEquals(percent, cpu.percent(ticks(now), 1, 2), 0.001);
    }

    private static long[] ticks(String text) {
        return Stream.of(text.split(" ")).mapToLong(Long::parseLong).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, true",
        "100, 100, true",
        "-0.1, 5, false", // MemAvailable > MemTotal
        "NaN, 5, false", // 0 of 0
        "-Infinity, 5, false", // MemTotal 0
        "100.1, 5, false",
        "50, NaN, false",
    })
    void aSampleIsPossibleOrSkipped(double usedPercent, double cpuPercent, boolean isPossible) {
        assertEquals(isPossible, new Sample(0, 0, 0, usedPercent, cpuPercent, 0).isPossible());
    }

    /** Random traces, beside an oracle that looks at the whole history each time. */
    @Test
    void agreesWithBruteForceOnRandomTraces() {
        Random random = new Random(20_261_122);
        int incidents = 0;
        int dips = 0;
        for (int trace = 0; trace < 2000; trace++) {
            long duration = random.nextInt(4) == 0 ? 0 : nanos(random.nextInt(30));
            long recovery = random.nextInt(4) == 0 ? 0 : nanos(random.nextInt(15));
            var timer = new MemoryMonitor.BreachTimer(80, duration, recovery);
            Oracle oracle = new Oracle(duration, recovery);
            long now = random.nextLong() >> 2;
            for (int i = 0; i < 60; i++) {
                now += random.nextInt(8) == 0 ? nanos(random.nextInt(40)) : nanos(1);
                double[] levels = {80, 80, 79.9, 80.1, 81, 83, 85.1, 86, 90, 91, 99, 100, 10};
                int bias = random.nextInt(5) == 0 ? 0 : 3; // most samples are above
                double used = levels[bias + random.nextInt(levels.length - bias)];
                if (random.nextInt(10) > 0 && used == 10) {
                    used = 88;
                }
                String verdict = verdict(timer, sample(now, 0, used));
                assertEquals(oracle.next(now, used), verdict, "trace " + trace + " at " + i);
                assertEquals(oracle.isIncident(), isIncident(timer));
                incidents += verdict.equals("INCIDENT") ? 1 : 0;
                dips += isIncident(timer) && used <= 80 ? 1 : 0;
            }
        }
        Tests.say("%d incidents, %d samples in dips", incidents, dips);
        assertTrue(incidents > 1000 && dips > 1000, "the traces are worth something");
    }

    /** The definition, word by word, over the whole history. */
    private static final class Oracle {
        private record Seen(long nanos, double used, String verdict) {}

        private final long durationNanos;
        private final long recoveryNanos;
        private final List<Seen> history = new ArrayList<>();

        Oracle(long durationNanos, long recoveryNanos) {
            this.durationNanos = durationNanos;
            this.recoveryNanos = recoveryNanos;
        }

        boolean isIncident() {
            List<String> verdicts = history.stream().map(Seen::verdict).toList();
            return verdicts.lastIndexOf("INCIDENT") > verdicts.lastIndexOf("END");
        }

        String next(long nanos, double used) {
            long first = nanos; // of the samples on this side of the threshold
            for (int i = history.size() - 1; i >= 0; i--) {
                if (history.get(i).used > 80 != used > 80) {
                    break;
                }
                first = history.get(i).nanos;
            }
            String verdict = "NOTHING";
            if (isIncident() && used <= 80) {
                verdict = nanos - first >= recoveryNanos ? "END" : "NOTHING";
            } else if (isIncident()) {
                List<Seen> records =
                        history.stream().filter(seen -> seen.verdict.matches("IN.*|CL.*")).toList();
                double recorded = records.get(records.size() - 1).used;
                verdict = used >= recorded + 5 ? "CLIMBED" : "NOTHING";
            } else if (used > 80) {
                verdict = nanos - first >= durationNanos ? "INCIDENT" : "NOTHING";
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
        assertEquals(cell, text(out -> PsCells.percentCpu(cpuTicks, elapsedTicks, out)));
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
        assertEquals(cell, text(out -> PsCells.percentMem(rssKiB, totalKiB, out)));
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
        assertEquals(cell, text(out -> PsCells.time(cpuSeconds, out)));
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
        assertEquals(cell, text(out -> PsCells.start(started, now, out)));
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
        ProcessInfo row = Values.row(42, stat, status);
        assertEquals(cell, text(out -> PsCells.stat(row.stat(), row.status(), out)));
    }

    private static String text(Consumer<Bytes> put) {
        Bytes out = new Bytes();
        put.accept(out);
        return out.toString();
    }

    @ParameterizedTest
    @CsvSource({"0", "9", "10", "99", "100", "9223372036854775807", "-1", "-9223372036854775808"})
    void numbers(long number) {
        String filled = "x".repeat(255); // so that the array has to grow
        assertEquals(filled + number, text(out -> out.put(filled).put(number)));
    }

    @Test
    void texts() {
        for (String text :
                List.of("", "plain", "Bj\u00f6rn", "\u20ac 1", "ab\ud83d\ude00", "\u007f")) {
            assertEquals("<" + text + ">", text(out -> out.put('<').put(text).put('>')));
        }
    }

    @Test
    void columnsAreAsWideAsTheirCharacters() {
        Columns columns = new Columns(List.of("NAME", "A", "B"), Set.of("NAME"));
        columns.of(List.of("bj\u00f6rn", "", "\u20ac9")).widen();
        assertEquals("bj\u00f6rn   \u20ac9 ", columns.line().toString());
        assertEquals("NAME  A  B ", columns.of(List.of("NAME", "A", "B")).line().toString());
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
        assertEquals(cell, command(bytes(escaped), Values.STAT, ""));
    }

    @Test
    void commandOfProcessesWithoutOne() {
        String stat = Values.STAT.replace("comm", "x) (y\nz");
        assertEquals("[x) (y?z]", command(new byte[0], stat, ""));
        assertEquals("[comm] <defunct>", command(new byte[0], Values.STAT, "State:\tZ (zombie)\n"));
    }

    private static String command(byte[] commandLine, String stat, String status) {
        return Values.command(commandLine, Values.row(1, stat, status)).toString();
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

    private static final String HEADING =
            "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND\n";

    @Test
    void columnsAreAsWideAsTheyNeed() {
        ProcessInfo small = Values.row(1, Values.STAT, "");
        ProcessInfo large =
                Values.row(
                        4194304,
                        "4194304 (java) S 0 1 1 0 -1 0 0 0 0 0 36000000 500 0 0 20 -5 8 0 100 0",
                        "Uid:\t5\t6\t7\n"
                                + "VmSize:\t1283412345 kB\n"
                                + "VmRSS:\t    987654321 kB\n"
                                + "RssAnon:\t 40 kB\n"
                                + "RssShmem:\t 2 kB\n"
                                + "VmSwap:\t 7 kB\n"
                                + "Threads:\t8\n",
                        "a-very-long-user-name",
                        "pts/12345");
        Values.Formatted record =
                format(Values.NOWHERE, List.of(large, small), "java\0-jar\0\"é\0", "");
        assertEquals(
                Units.time(Values.NOW.toInstant().toEpochMilli())
                        + """
                         snapshot
                        USER                      PID %CPU %MEM        VSZ       RSS TTY       STAT START    TIME COMMAND
                        a-very-long-user-name 4194304  720 98.7 1283412345 987654321 pts/12345 S<l  00:00 6000:05 java -jar "é
                        root                        1  0.0  0.0          0         0 ?         Ss   00:00    0:00 [comm]
                        # a note
                        # 2 processes, captured in 12 ms

                        """,
                record.text());
        String json =
                """
                {'type':'process','time':'2026-11-22T13:53:21+01:00',
                'user':'a-very-long-user-name','uid':6,'pid':4194304,'cpuSeconds':360005.0,
                'ageSeconds':50000.0,'vszKiB':1283412345,'rssKiB':987654321,'ownKiB':42,'swapKiB':7,
                'tty':'pts/12345','stat':'S<l','threads':8,'name':'java','command':'java -jar ^'é'}~
                {'type':'process','time':'2026-11-22T13:53:21+01:00',
                'user':'root','uid':-1,'pid':1,'cpuSeconds':0.0,
                'ageSeconds':50000.95,'vszKiB':0,'rssKiB':0,'ownKiB':0,'swapKiB':0,
                'tty':'?','stat':'Ss','threads':1,'name':'comm','command':'[comm]'}~
                {'type':'captured','time':'2026-11-22T13:53:21+01:00',
                'processes':2,'written':2,'captureMillis':12,'captureNotes':['2 processes, captured in 12 ms']}~
                """;
        String time = time(Values.NOW.toInstant());
        json = json.replace("2026-11-22T13:53:21+01:00", time);
        json = json.replace("\n", "").replace('\'', '"').replace('^', '\\').replace('~', '\n');
        assertEquals(json, record.json().substring(record.json().indexOf('\n') + 1));
    }

    private static String time(Instant instant) {
        return instant.atZone(ZoneId.systemDefault())
                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
    }

    @Test
    void anEmptyTableHasItsHeading() {
        String text = format(Values.NOWHERE, List.of()).text();
        assertTrue(
                text.endsWith(
                        " snapshot\n" + HEADING + "# a note\n# 0 processes, captured in 12 ms\n\n"),
                text);
    }

    /** The log is large, or there is no room for the whole table: the largest come first. */
    @ParameterizedTest
    @CsvSource({
        "0, 20, 5, left out: the log has reached 0 MB",
        "100000, 10, 15, cut off: its folder does not exist",
        // only what is below the table is beyond what memory holds
        "42500, 24, 1, cut off: its folder does not exist",
    })
    void aTableThatHasToBeShort(int size, int rows, int missing, String why) {
        Disk disk = size == 0 ? Values.disk(Path.of("/nowhere/x.log"), 0) : Values.NOWHERE;
        ProcessInfo row = Values.row(1, Values.STAT, "");
        String[] lines = new String[25];
        Arrays.fill(lines, "x".repeat(1 + size));
        Values.Formatted record = format(disk, Collections.nCopies(25, row), lines);
        String text = record.text().replaceFirst(".*\n.*\n", "");
        String notes =
                "# a note\n# 25 processes, captured in 12 ms\n# and "
                        + missing
                        + " smaller ones, "
                        + why
                        + "\n\n";
        assertEquals(
                ("root   1  0.0  0.0   0   0 ?   Ss   00:00 0:00 " + lines[0] + "\n").repeat(rows)
                        + notes,
                text);
        String json = record.json();
        String captured = size == 0 ? "\"written\":20," : "\"written\":25,";
        assertTrue(json.contains("\"processes\":25," + captured), json);
        String field =
                size == 0 ? "\"shortened\":\"the log " : "\"commandBytes\":" + (1 + size) + "}";
        assertTrue(json.contains(field), json);
        for (String line : json.split("\n")) {
            assertTrue(Values.utf8(line).length < 48 << 10, "a line of " + line.length());
        }
    }

    @Test
    void noLineOfJsonIsTooLongForAShipper() {
        String line = Values.longestJson();
        int length = Values.utf8(line).length;
        assertTrue(length > 20_000 && length < 48 << 10, length + " bytes");
        assertTrue(line.endsWith("}") && line.contains("\"growth\":{\"seconds\":"), line);
        Tests.say("%d bytes, the history %s", length, line.contains("\"history\"") ? "in" : "out");
    }

    @Test
    void linesOfJsonThatDoNotFitAreCutOffAtAWholeOne() {
        ProcessInfo row = Values.row(1, Values.STAT, "");
        String[] commands = new String[60];
        Arrays.fill(commands, "é\"".repeat(10_000));
        String json = format(Values.NOWHERE, Collections.nCopies(60, row), commands).json();
        String[] lines = json.split("\n");
        String captured = "\"processes\":60,\"written\":" + (lines.length - 2) + ",";
        assertTrue(lines[lines.length - 1].contains(captured), lines[lines.length - 1]);
        assertTrue(json.endsWith(",\"cut\":\"its folder does not exist\"}\n"), json);
        assertTrue(lines.length > 20 && lines.length < 60, lines.length + " lines");
        for (String line : lines) {
            assertTrue(line.endsWith("}"), line);
        }
    }

    /** The heap is full before there is a text: there is nothing to cancel. */
    @Test
    void aRecordThatHasNoText() {
        var formatter = new MemoryMonitor.TableFormatter(null, List.of());
        Incident incident = new Incident(null, null, null, null, null, List.of());
        assertThrows(NullPointerException.class, () -> formatter.begin(incident));
        formatter.cancel();
    }

    private static Values.Formatted format(Disk disk, List<ProcessInfo> rows, String... lines) {
        ProcessTable table = Values.table(5_000_100, 1_000_000_000, rows);
        return Values.format(
                MemoryMonitor.TableFormatter::new,
                disk,
                table,
                Stream.of(lines).map(Values::utf8).toList());
    }
}
