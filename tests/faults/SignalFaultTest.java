package faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import cli.Fatal;
import cli.StopSignal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import deadline.TimeLimiter;

import kit.Host;
import kit.Program;
import kit.Records;
import kit.Tests;
import kit.Watched;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The program is killed, ended or stopped at a bad moment.
 *
 * <p>Setting the wall clock is not among them: no part of a machine has a clock of its own. {@code
 * MemoryMonitorTest.wallClockHasNoSay} passes in one that jumps.
 */
@Tag(Tests.LONG)
class SignalFaultTest {
    @TempDir Path folder;

    @Test
    void aKillTearsOneRecordAtMost() throws Exception {
        Path log = folder.resolve("x.log");
        Path json = folder.resolve("x.json");
        String longLines =
                "x=$(head -c 120000 /dev/zero | tr '\\0' x)\nfor i in 1 2 3 4 5 6 7 8; do"
                        + " sh -c 'sleep 100000; : $1' sh $x & done";
        Random random = new Random(1);
        int runs = Tests.areThorough() ? 15 : 5;
        int torn = 0;
        long before = 0;
        for (int i = 0; i < runs; i++) {
            String setup = Watched.SLEEPERS + longLines;
            try (Watched watched = new Watched(folder, log, setup, "--json=" + json)) {
                watched.incident();
                long end = System.nanoTime() + random.nextInt(100_000_000);
                for (int percent = 90; System.nanoTime() < end; percent = 100 - percent) {
                    watched.memory(percent);
                    Thread.sleep(1 + random.nextInt(30));
                }
                watched.process.destroyForcibly();
                watched.program.process.waitFor();
            }
            assertTrue(Files.size(log) > before, "it goes on");
            before = Files.size(log);
            torn += tail(log).equals("\n\n") ? 0 : 1;
        }
        try (Watched watched = new Watched(folder, log, "", "--json=" + json)) {
            watched.incident();
            watched.stop();
        }
        int[] records = new int[3];
        Records.each(
                log,
                entry -> {
                    records[0]++;
                    records[1] += entry.isCutShort() ? 1 : 0;
                    records[2] += entry.rows().size() > Watched.SLEEPERS_COUNT ? 1 : 0;
                });
        assertEquals(torn, records[1], "each torn record says so");
        int objects = objects(json);
        assertTrue(objects >= runs * 2, objects + " lines of JSON");
        Tests.say(
                "killed %d times: %d records, %d of them with tables of 1 MB, %d cut short; %d"
                        + " whole lines of JSON",
                runs, records[0], records[2], torn, objects);
    }

    /** The number of objects in JSON Lines; fails if there is anything else. */
    private static int objects(Path json) throws IOException {
        int objects = 0;
        int depth = 0;
        try (var in = Files.newInputStream(json);
                JsonParser parser = new JsonFactory().createParser(in)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                objects += depth == 0 ? 1 : 0;
            }
        }
        try (var lines = Files.lines(json)) {
            assertEquals(lines.count(), objects, "one object on each line");
        }
        return objects;
    }

    private static String tail(Path log) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] end = new byte[2];
            file.seek(file.length() - 2);
            file.readFully(end);
            return new String(end, StandardCharsets.US_ASCII);
        }
    }

    /** {@code LogFileTest} tears a record at each of its bytes. */
    @Test
    void aTornRecordIsMarkedAtTheNextStart() throws Exception {
        Path log = folder.resolve("x.log");
        Files.writeString(log, Records.INCIDENT + Records.INCIDENT.substring(0, 200));
        try (Watched watched = new Watched(folder, log, "")) {
            watched.incident();
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertTrue(entries.get(1).isCutShort());
        Tests.say("after \"%s\": \"%s\"", Records.CUT_SHORT, entries.get(2).event());
    }

    /** The record is on its way when the signal comes: reading a command line takes its time. */
    @Test
    void sigtermWaitsForTheRecord() throws Exception {
        Path log = folder.resolve("x.log");
        Path fifo = Host.fifo(folder);
        try (Watched watched = new Watched(folder, log, "sleep 100000 2>/dev/null &")) {
            watched.incident();
            for (long pid : Watched.sleepers(Records.read(log).get(0))) {
                watched.block(fifo, "/proc/" + pid + "/cmdline");
            }
            watched.memory(90);
            // It opens as soon as the command line is read, which waits then for what is in there
            try (OutputStream open = Files.newOutputStream(fifo)) {
                watched.process.destroy();
                open.flush();
            }
            watched.expect("memory above 50 %");
            watched.expect("memory_monitor stopped");
            assertEquals(143, watched.program.result().exitCode());
        }
        assertTrue(Records.read(log).get(2).isIncident());
    }

    @Test
    void aStallIsSaidAndIsNoIncident() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            // high only while nobody looked: no incident
            Host.signal(watched.process.pid(), "STOP");
            watched.memory(90);
            Thread.sleep(2500);
            watched.memory(10);
            Host.signal(watched.process.pid(), "CONT");
            watched.expect("sampling was stalled for [2-9](\\.\\d)? s$");
            watched.incident();
            watched.stop();
        }
        assertEquals(List.of("memory above", "memory back to"), Records.kinds(Records.read(log)));
    }

    /** Memory is high all the time: the record tells that it is late. */
    @Test
    void aStallDoesNotEndABreach() throws Exception {
        Path log = folder.resolve("y.log");
        try (Program program = Program.start("-t0", "-d1s", "-i50ms", "-l" + log)) {
            program.expect("memory_monitor ");
            Host.signal(program.process.pid(), "STOP");
            Thread.sleep(2500);
            Host.signal(program.process.pid(), "CONT");
            program.expect("sampling was stalled for [2-9](\\.\\d)? s$");
            program.expect("memory above 0 % for [2-9](\\.\\d)? s: ");
            Records.read(log).get(0).note("sampling was stalled for [2-9](\\.\\d)? s");
        }
    }

    /** Another program: it fails when it has begun to listen for signals. */
    static final class Failing {
        public static void main(String[] arguments) {
            StopSignal stop = new StopSignal();
            stop.listen();
            stop.exit(1);
        }
    }

    /** The signal's own wait for the end of the program must not wait for the one that ends. */
    @Test
    void anErrorEndsTheProgramAtOnce() throws Exception {
        long begin = System.nanoTime();
        ProcessBuilder builder = new ProcessBuilder(Program.java(Failing.class.getName()));
        assertEquals(1, Program.run(builder).exitCode());
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        assertTrue(seconds < 15, seconds + " s, of 30 that a record may take to be finished");
    }

    /** Another program: it fills its heap again and again, and calls something meanwhile. */
    static final class Filling {
        public static void main(String[] arguments) {
            Thread.setDefaultUncaughtExceptionHandler(Fatal::halt);
            TimeLimiter limiter = new TimeLimiter("limited", 1000);
            ThreadPoolExecutor pool =
                    new ThreadPoolExecutor(
                            2,
                            9,
                            9,
                            TimeUnit.SECONDS,
                            new SynchronousQueue<>(),
                            task -> TimeLimiter.replaceable("pooled", task));
            pool.prestartAllCoreThreads();
            call(limiter, pool); // loads all classes
            Thread filling = TimeLimiter.daemon("filling", Filling::fill);
            filling.start();
            while (filling.isAlive()) {
                call(limiter, pool);
            }
        }

        private static void call(TimeLimiter limiter, ThreadPoolExecutor pool) {
            try {
                limiter.call(() -> 1);
                pool.execute(() -> {});
            } catch (OutOfMemoryError | IOException | RejectedExecutionException e) {
                return; // that is the caller's
            }
        }

        /** For five seconds; what comes after that finds room for it. */
        private static void fill() {
            long begin = System.nanoTime();
            List<byte[]> all = new ArrayList<>();
            while (System.nanoTime() - begin < 5_000_000_000L) {
                try {
                    all.add(new byte[16]);
                } catch (OutOfMemoryError e) {
                    all.clear();
                }
            }
        }
    }

    /** What one thread takes of the heap must not end another that waits for its turn. */
    @Test
    void aFullHeapDoesNotEndWhoWaits() throws Exception {
        String name = Filling.class.getName();
        List<String> java = Program.java("-Xmx6m", "-XX:+UseSerialGC", name);
        Program.Result result = Program.run(new ProcessBuilder(java));
        assertEquals("0 ", result.exitCode() + " " + result.err());
    }
}
