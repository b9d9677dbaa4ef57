package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Records;
import kit.Tests;
import kit.Watched;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
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
@Tag(Tests.LONG)
@Timeout(value = 1, unit = TimeUnit.DAYS)
class SoakTest {
    private static final long MINUTES = Tests.setting("SOAK_MINUTES", 2);
    private static final long GROWTH_KIB = 2048;

    /** Of each minute. */
    private static final int WARM_UP_SECONDS = 15;

    @TempDir Path folder;

    /** What the program holds at one moment. */
    record Held(long rssKiB, long anonKiB, int threads, int files) {
        static Held now(long pid) throws IOException {
            Path status = Host.proc(pid, "status");
            long rss = Host.figure(status, "VmRSS");
            long anon = Host.figure(status, "RssAnon");
            long threads = Host.figure(status, "Threads");
            int files = Host.proc(pid, "fd").toFile().list().length;
            return new Held(rss, anon, (int) threads, files);
        }
    }

    @Test
    void itHoldsNoMoreAfterALongTimeAndRecordsEachIncidentOnce() throws Exception {
        Path log = folder.resolve("soak.log");
        List<Held> series = new ArrayList<>();
        int incidents = 0;
        int warmedUp = 0;
        Random random = new Random(1);
        // A hundred idle processes, and 20 new ones per second, each for up to half a second. A
        // thousand more to warm up, with command lines of a kilobyte, so that the heap gets as
        // large as it may. Only what is taken from then on counts.
        long warmUpSeconds = MINUTES * WARM_UP_SECONDS;
        String setup =
                Host.farm(folder.resolve("farm"), "100 1000000 20 .5")
                        + Host.farm(
                                folder.resolve("warm-up"),
                                "1000 " + warmUpSeconds + " 0 0 " + "x".repeat(1000));
        try (Watched watched = new Watched(folder, log, setup)) {
            long begin = System.nanoTime();
            long warm = begin + TimeUnit.SECONDS.toNanos(warmUpSeconds);
            long end = begin + TimeUnit.MINUTES.toNanos(MINUTES);
            while (System.nanoTime() < end) {
                incidents++;
                watched.begin();
                Thread.sleep(random.nextInt(1000));
                watched.end();
                Thread.sleep(500 + random.nextInt(1500));
                series.add(Held.now(watched.process.pid()));
                warmedUp += System.nanoTime() < warm ? 1 : 0;
            }
            watched.stop();
        }
        print(series, warmedUp);

        List<String> expected = new ArrayList<>();
        for (int i = 0; i < incidents; i++) {
            expected.addAll(List.of("memory above", "memory back to"));
        }
        assertEquals(expected, Records.kinds(Records.read(log)), "incidents and their ends");

        List<Held> warmUp = series.subList(0, warmedUp);
        List<Held> warm = series.subList(warmedUp, series.size());
        // A leak shows most in the end, and stays: the compiler has a MiB or two for a moment
        List<Held> last = warm.subList(warm.size() * 3 / 4, warm.size());
        assertTrue(least(last, Held::rssKiB) <= most(warmUp, Held::rssKiB) + GROWTH_KIB, "RSS");
        // one may be open for a moment
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

    private static void print(List<Held> series, int warmedUp) {
        Tests.say(
                "%d incidents in %d min, the first %d to warm up",
                series.size(), MINUTES, warmedUp);
        int step = Math.max(1, series.size() / 24);
        for (int i = 0; i < series.size(); i += step) {
            Held held = series.get(i);
            Tests.say(
                    "incident %d: RSS %d KiB, anonymous %d; %d threads, %d files",
                    i + 1, held.rssKiB, held.anonKiB, held.threads, held.files);
        }
    }
}
