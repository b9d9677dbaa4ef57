package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Disturbed;
import kit.Host;
import kit.Records;
import kit.Tests;
import kit.Watched;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory use that swings around the threshold. */
class FlappingTest {
    @TempDir Path folder;

    @Test
    void dipsMakeNoIncidents() throws Exception {
        Disturbed.retry(
                3,
                500,
                () -> {
                    Path log = Files.createTempDirectory(folder, "log").resolve("x.log");
                    try (Watched watched = new Watched(folder, log, "", "-r1s")) {
                        watched.begin();
                        swing(watched, 4);
                        watched.memory(10);
                        int dips = dips(watched.expect("memory back to 10.0 %.*").group());
                        if (dips != 4) {
                            throw new Disturbed("of 4 dips it saw " + dips);
                        }
                        List<Records.Entry> entries = Records.read(log);
                        assertEquals(
                                List.of("memory above", "memory back to"), Records.kinds(entries));
                        String end = entries.get(1).event();
                        assertTrue(end.contains("s, dipped 4 times, peak 90.0 % at "), end);
                    }
                });
    }

    private static void swing(Watched watched, int dips) throws Exception {
        for (int i = 0; i < dips; i++) {
            watched.memory(10);
            Thread.sleep(150);
            watched.memory(90);
            Thread.sleep(150);
        }
    }

    /**
     * A day of it, compressed: FLAPPING_MINUTES, 1 unless it is set, with a recovery time of half a
     * second in place of 15 s, and log and JSON on a small disk, which the first records fill but
     * for a few percent. What finds no room there is kept until there is some.
     */
    @Test
    @Tag(Tests.LONG)
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void aDayOfIt() throws Exception {
        long minutes = Tests.setting("FLAPPING_MINUTES", 1);
        Path disk = Files.createDirectory(folder.resolve("disk"));
        String setup = "mount -t tmpfs -o size=50m none " + disk + "\n";
        setup += Host.farm(folder.resolve("farm"), "2000 1000000 0 0 " + "x".repeat(500));
        String json = "--json=" + disk.resolve("x.jsonl");
        Random random = new Random(1);
        int incidents = 0;
        int dips = 0;
        int told = 0;
        try (Watched watched = new Watched(folder, disk.resolve("x.log"), setup, "-r500ms", json)) {
            File log = watched.inside(watched.log).toFile();
            long leastFree = Long.MAX_VALUE;
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
            while (System.nanoTime() < end) {
                incidents++;
                watched.memory(90);
                await(watched, "memory above 50 %");
                int swings = random.nextInt(4);
                swing(watched, swings);
                dips += swings;
                watched.memory(10);
                told += dips(await(watched, "memory back to 10.0 %"));
                leastFree = Math.min(leastFree, log.getUsableSpace());
            }
            Tests.say(
                    "%d incidents in %d min, %d dips, %d of them told; %d records, %d KB, and %d KB"
                            + " of JSON; never less than %d KB free",
                    incidents,
                    minutes,
                    dips,
                    told,
                    watched.read().size(),
                    log.length() >> 10,
                    json(log).length() >> 10,
                    leastFree >> 10);
            assertTrue(leastFree > 0, "the disk was full");
            assertTrue(told <= dips && told > dips * 0.9, told + " dips of " + dips);
            boolean isKept = watched.read().size() < 2 * incidents;
            watched.enter("mount", "-o", "remount,size=100m", disk.toString());
            for (int i = 0; isKept && i < 2; i++) {
                Tests.say("%s", await(watched, "the log "));
            }
            List<Records.Entry> entries = watched.read();
            long shortened = entries.stream().filter(e -> e.hasNote("and \\d+ smaller.*")).count();
            assertTrue(shortened > 0, "the disk was too large");
            assertEquals(incidents, entries.stream().filter(Records.Entry::isIncident).count());
            assertEquals(2 * incidents, entries.size());
            long lost = 0;
            long lines = 0;
            for (String line : Files.readAllLines(json(log).toPath())) {
                lines += line.matches("\\{\"type\":\"(incident|end)\",.*") ? 1 : 0;
                lost += line.contains("\"lost\"") ? Long.parseLong(line.replaceAll("\\D", "")) : 0;
            }
            assertEquals(2 * incidents, lines + lost);
            Tests.say("%d records were short, %d were dropped of JSON", shortened, lost);
            watched.stop();
        }
    }

    private static File json(File log) {
        return new File(log.getParentFile(), "x.jsonl");
    }

    /** Waits for an event; others, and records that find no room in the log, are passed over. */
    private static String await(Watched watched, String start) throws Exception {
        String line;
        do {
            line = watched.program.line();
        } while (!line.startsWith(start));
        return line;
    }

    private static int dips(String end) {
        Matcher dipped = Pattern.compile(", dipped (once|(\\d+) times),").matcher(end);
        return !dipped.find() ? 0 : dipped.group(2) == null ? 1 : Integer.parseInt(dipped.group(2));
    }
}
