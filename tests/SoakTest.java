import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * The real program for a long time: a sample every 20 ms, an incident every few seconds, processes
 * that come and go. What it takes must not grow, and each incident must be there once.
 *
 * <p>SOAK_MINUTES says for how long: 2, unless it is set. 30 minutes show slow growth as well.
 */
class SoakTest {
    private static final int MINUTES = minutes();
    private static final long GROWTH_KIB = 2048;

    /** Of each minute. */
    private static final int WARM_UP_SECONDS = 15;

    /** A hundred idle processes, and 20 new ones per second, each for up to half a second. */
    private static final String PROCESSES =
            "$SIG{CHLD} = q(IGNORE); for (1 .. 100) { fork or sleep 1 << 30 } while (1) { if"
                    + " (!fork) { select undef, undef, undef, rand .5; exit } select undef, undef,"
                    + " undef, .05 }";

    /**
     * A thousand more to warm up, with command lines of a kilobyte, so that the heap gets as large
     * as it may. Only what is taken from then on counts.
     */
    private static final String WARM_UP =
            "perl -e '$SIG{CHLD} = q(IGNORE); for (1 .. 1000) { if (!fork) { sleep "
                    + MINUTES * WARM_UP_SECONDS
                    + "; exit } } sleep 1 while 1' "
                    + "x".repeat(1000);

    @TempDir Path folder;

    private static int minutes() {
        String text = System.getenv("SOAK_MINUTES");
        return text == null || text.isEmpty() ? 2 : Integer.parseInt(text);
    }

    /** What the program holds at one moment. */
    record Held(long rssKiB, long anonKiB, int threads, int files) {
        static Held now(long pid) throws IOException {
            long rss = 0;
            long anon = 0;
            long threads = 0;
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
                String number = line.replaceAll("\\D", "");
                if (line.startsWith("VmRSS:")) {
                    rss = Long.parseLong(number);
                } else if (line.startsWith("RssAnon:")) {
                    anon = Long.parseLong(number);
                } else if (line.startsWith("Threads:")) {
                    threads = Long.parseLong(number);
                }
            }
            int files = Path.of("/proc/" + pid + "/fd").toFile().list().length;
            return new Held(rss, anon, (int) threads, files);
        }
    }

    @Test
    void holdsNoMoreAfterALongTimeAndRecordsEachIncidentOnce() throws Exception {
        MemoryDial.assumeNamespaces();
        Path log = folder.resolve("soak.log");
        List<Held> series = new ArrayList<>();
        int incidents = 0;
        int warmedUp = 0;
        Random random = new Random(1);
        try (MemoryDial memory = new MemoryDial(folder, 10);
                Program program =
                        Program.start(
                                MemoryDial.inPidNamespace(
                                        memory.setup()
                                                + "\nperl -e '"
                                                + PROCESSES
                                                + "' & "
                                                + WARM_UP
                                                + " &",
                                        Program.builder(
                                                "-t50", "-d100ms", "-i20ms", "-l" + log)))) {
            assertTrue(program.line().startsWith("memory_monitor "));
            ProcessHandle process = MemoryDial.inner(program);
            long begin = System.nanoTime();
            long warm = begin + TimeUnit.SECONDS.toNanos(MINUTES * WARM_UP_SECONDS);
            long end = begin + TimeUnit.MINUTES.toNanos(MINUTES);
            while (System.nanoTime() < end) {
                memory.set(90);
                incidents++;
                next(program, "memory above 50 % for ");
                Thread.sleep(random.nextInt(1000));
                memory.set(10);
                next(program, "memory back to 10.0 %");
                Thread.sleep(500 + random.nextInt(1500));
                series.add(Held.now(process.pid()));
                warmedUp += System.nanoTime() < warm ? 1 : 0;
            }
            process.destroy();
            assertEquals(143, program.result().exitCode());
        }
        print(series, warmedUp);

        List<String> expected = new ArrayList<>();
        for (int i = 0; i < incidents; i++) {
            expected.addAll(List.of("above", "back"));
        }
        List<String> found = new ArrayList<>();
        Records.each(log, entry -> found.add(entry.what().split(" ")[1]));
        assertEquals(expected, found, "incidents and their ends");

        List<Held> warmUp = series.subList(0, warmedUp);
        List<Held> warm = series.subList(warmedUp, series.size());
        assertTrue(most(warm, Held::rssKiB) <= most(warmUp, Held::rssKiB) + GROWTH_KIB, "RSS");
        // one may be open for a moment
        List<Held> last = warm.subList(warm.size() / 2, warm.size());
        assertTrue(least(last, Held::files) <= least(warmUp, Held::files), "open files");
        // those of the compiler come and go
        assertTrue(most(warm, Held::threads) <= most(warmUp, Held::threads), "threads");
    }

    private static long least(List<Held> series, ToLongFunction<Held> figure) {
        return series.stream().mapToLong(figure).min().orElseThrow();
    }

    private static long most(List<Held> series, ToLongFunction<Held> figure) {
        return series.stream().mapToLong(figure).max().orElseThrow();
    }

    /** Waits for an event. */
    private static void next(Program program, String event) throws InterruptedException {
        String line = program.line();
        while (Records.isOthers(line)) {
            line = program.line();
        }
        assertTrue(line.startsWith(event), line);
    }

    private static void print(List<Held> series, int warmedUp) {
        System.out.printf(
                "soak: %d incidents in %d min, the first %d to warm up%n",
                series.size(), MINUTES, warmedUp);
        int step = Math.max(1, series.size() / 24);
        for (int i = 0; i < series.size(); i += step) {
            Held held = series.get(i);
            System.out.printf(
                    "soak: incident %d: RSS %d KiB, anonymous %d; %d threads, %d files%n",
                    i + 1, held.rssKiB, held.anonKiB, held.threads, held.files);
        }
    }
}
