package culprit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Tests;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The history outlives the program: snapshots go on where an earlier run has left off. */
class PastTest {
    private static final long DAY = TimeUnit.DAYS.toSeconds(1);

    /** What an earlier run leaves: its snapshots as bytes. */
    private static byte[][] bytes(Scene scene) throws IOException {
        byte[][] all = new byte[scene.history.size()][];
        for (int i = 0; i < all.length; i++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            scene.history.write(i, new DataOutputStream(out));
            all[i] = out.toByteArray();
        }
        return all;
    }

    private static DataInputStream in(byte[] bytes) {
        return new DataInputStream(new ByteArrayInputStream(bytes));
    }

    /** Takes up what an earlier run left; seconds are those of the earlier run's clock. */
    private static Scene later(Scene earlier, boolean isSameBoot, double laterSeconds, double now)
            throws IOException {
        Scene scene = new Scene();
        byte[][] all = bytes(earlier);
        for (int i = 0; i < all.length; i++) {
            long nanos = earlier.history.nanos(i) + (long) (laterSeconds * 1e9);
            scene.history.takeUp(in(all[i]), isSameBoot, nanos, (long) (now * 1e9));
        }
        return scene;
    }

    @Test
    void aLeakGoesOnAfterTheMonitorWasStartedAgain() throws IOException {
        Scene before = new Scene();
        for (int hour = 0; hour <= 12; hour++) {
            before.at(7200 + 3600 * hour, "10/java/100/" + (1000 + 60 * hour) + ",u=app.service");
        }
        Scene scene = later(before, true, 0, 7200 + 3600 * 12.1);
        String note = scene.note(7200 + 3600 * 12.2, "10/java/100/1732,u=app.service");
        assertTrue(note.contains("java (10) in app.service +"), note);
        assertTrue(note.contains("steadily"), note);
    }

    /** A leak of 60 MiB an hour, while the monitor is edited three times and updated once. */
    @Test
    void aLeakIsToldInFullThoughTheMonitorWasStartedFourTimes() throws IOException {
        Scene scene = new Scene();
        int second = 7200;
        for (int run = 0; run < 5; run++) {
            for (int end = second + 7200; second < end; second += 300) {
                scene.at(second, leak(second));
            }
            scene = later(scene, true, 0, second + 30);
            second += 30;
        }
        String note = scene.note(second, leak(second));
        Matcher told = Pattern.compile("grown in (\\d+) h: java .* \\+(\\d+) MiB.*").matcher(note);
        assertTrue(told.matches(), note);
        double truth = 60 * Double.parseDouble(told.group(1));
        Tests.say("truth: +%.0f MiB in %s h; told: %s", truth, told.group(1), note);
        assertEquals(truth, Double.parseDouble(told.group(2)), 0.03 * truth, note);
    }

    private static String leak(int second) {
        return "10/java/100/" + (500 + second / 60) + ",u=app.service 11/db/100/3000,u=db.service";
    }

    @Test
    void acrossARebootItIsByCommandAndUnit() throws IOException {
        Scene before = new Scene();
        for (int hour = 0; hour <= 48; hour++) {
            before.at(
                    DAY + 3600 * hour,
                    "10/java/100/"
                            + (1000 + 60 * hour)
                            + ",u=app.service 20/db/90/5000,u=db.service");
        }
        // two days later by the wall clock, the machine has been up for three hours
        Scene scene = later(before, false, -DAY - 3600 * 49 + 3600, 3600);
        scene.at(3700, "7/java/10/3000,u=app.service 8/db/9/5000,u=db.service");
        String note = scene.note(3 * 3600, "7/java/10/4200,u=app.service 8/db/9/5000,u=db.service");
        assertTrue(note.startsWith("grown in 51 h: java (7) in app.service +3.1 GiB"), note);
        assertTrue(!note.contains("db"), note);
    }

    /** MemTotal is a GiB more than use: memory lasts until that GiB is used. */
    @Test
    void aLeakSaysHowLongMemoryLasts() {
        Scene leak = new Scene();
        Scene steps = new Scene();
        Scene teeth = new Scene();
        Scene noise = new Scene();
        Random random = new Random(1);
        String swap = " swap=1048576"; // all of it: what is left is RAM, 4 MiB a minute less
        for (int minute = 0; minute < 360; minute += 3) {
            double at = 20_000 + 60 * minute;
            leak.at(at, "10/java/100/" + (1000 + 4 * minute) + swap);
            steps.at(at, "10/java/100/" + (minute < 300 ? 1000 : 2400) + swap);
            teeth.at(at, "10/java/100/" + (1000 + 20 * (minute % 60)) + swap);
            noise.at(at, "10/java/100/" + (1000 + random.nextInt(300)) + swap);
        }
        String now = "10/java/100/2440" + swap;
        long left = leak.answer(20_000 + 60 * 360, now).leftNanos().orElseThrow();
        assertEquals(256, left / 60e9, 12);
        assertEquals(Optional.empty(), steps.answer(20_000 + 60 * 360, now).leftNanos(), "steps");
        assertEquals(Optional.empty(), teeth.answer(20_000 + 60 * 360, now).leftNanos(), "teeth");
        assertEquals(Optional.empty(), noise.answer(20_000 + 60 * 360, now).leftNanos(), "noise");
    }

    /** A virtual machine that was booted with less RAM has lost none: the answer is who grew. */
    @Test
    void aMachineThatWasBootedWithLessRamHasNotShrunk() throws IOException {
        Scene before = new Scene().at(7200, "5/init/0/5 total=16384");
        for (boolean isSameBoot : new boolean[] {true, false}) {
            Scene scene = later(before, isSameBoot, -3600, 7200);
            scene.at(7200, "5/init/0/5 total=2048");
            boolean hasShrunk = scene.answer(7230, "5/init/0/5 total=2048").shrunk().isPresent();
            assertEquals(isSameBoot, hasShrunk);
        }
    }

    @Test
    void whatHappenedWhileNobodyWatchedIsAGap() throws IOException {
        Scene before = new Scene();
        before.at(1000, "10/java/100/1000").at(1060, "10/java/100/1000");
        Scene scene = later(before, true, 0, 9000);
        scene.at(9000, "10/java/100/2000").at(9060, "10/java/100/2000");
        assertEquals(7940, scene.history.gapNanos(Long.MAX_VALUE) / 1_000_000_000);
        assertEquals(0, scene.history.gapNanos(50_000_000_000L));
        for (int second = 9065; second < 12_000; second += 10) { // more than a chart has
            scene.at(second, "10/java/100/2000");
        }
        long[] gaps = scene.history.series(scene.history.last().nanos()).gapNanos();
        assertTrue(gaps.length < 100, gaps.length + " moments");
        assertEquals(7940, Arrays.stream(gaps).sum() / 1_000_000_000);
        Scene again = later(scene, true, 0, 12_070);
        again.at(12_070, "10/java/100/2000");
        assertEquals(7940, again.history.gapNanos(Long.MAX_VALUE) / 1_000_000_000);
    }

    /** A day later snapshots have been dropped to save room; the gap is as long as it was. */
    @Test
    void aGapStaysThoughSnapshotsAreDropped() throws IOException {
        Scene scene = later(new Scene().at(1000, "1/a/1/9").at(1060, "1/a/1/9"), true, 0, 9000);
        for (int i = 0; i < 1000; i++) {
            scene.at(9000 + 60 * i, "1/a/1/9");
        }
        assertTrue(scene.history.size() <= 400, scene.history.size() + " snapshots");
        assertEquals(7940, scene.history.gapNanos(Long.MAX_VALUE) / 1_000_000_000);
    }

    /** Memory does not fall from what it was before a reboot to what it was after it. */
    @Test
    void aRebootIsAGapHoweverShort() throws IOException {
        for (boolean isSameBoot : new boolean[] {true, false}) {
            Scene scene = later(new Scene().at(1000, "1/a/1/900"), isSameBoot, 0, 1030);
            scene.at(1030, "1/a/1/9");
            long gapNanos = scene.history.gapNanos(Long.MAX_VALUE);
            assertEquals(isSameBoot ? 0 : 30, gapNanos / 1_000_000_000);
        }
    }

    /** The wall clock was set back in it; after a reboot there is no other. */
    @Test
    void aGapIsNoLongerThanTheTimeInWhichItIs() throws IOException {
        Scene before = later(new Scene().at(1000, "1/a/1/9"), true, 0, 9000).at(9000, "1/a/1/9");
        byte[][] all = bytes(before);
        Scene scene = new Scene();
        scene.history.takeUp(in(all[0]), false, -700_000_000_000L, 0);
        scene.history.takeUp(in(all[1]), false, -100_000_000_000L, 0);
        assertEquals(600, scene.history.gapNanos(Long.MAX_VALUE) / 1_000_000_000);
    }

    /** The clock was set back, or ahead, or is that of a Raspberry Pi that has none. */
    @ParameterizedTest
    @ValueSource(doubles = {-1e9, -1e5, 0, 1e5, 1e9})
    void aClockThatJumpedBreaksNothing(double jumpSeconds) throws IOException {
        Scene before = new Scene();
        before.at(1000, "10/java/100/1000").at(2000, "10/java/100/1100").at(3000, "10/java/1/900");
        Scene scene = later(before, false, jumpSeconds, 100);
        scene.at(200, "10/java/100/1000");
        for (int i = 1; i < scene.history.size(); i++) {
            assertTrue(scene.history.nanos(i - 1) < scene.history.nanos(i));
        }
    }

    @Test
    void whatIsDamagedIsRefusedAndNothingElseHappens() throws IOException {
        Scene before = new Scene();
        before.at(1000, "10/java/100/1000,u=a.service unit:a.service:1000:0:5 mount:/tmp:100");
        byte[] whole = bytes(before)[0];
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = whole.clone();
            for (int left = 1 + random.nextInt(4); left > 0; left--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            History history = new History();
            try {
                history.takeUp(in(damaged), true, 0, Long.MAX_VALUE / 2);
            } catch (IOException e) {
                refused++;
            }
        }
        assertTrue(refused > 0);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            History history = new History();
            assertThrows(
                    IOException.class, () -> history.takeUp(in(cut), true, 0, Long.MAX_VALUE / 2));
        }
    }

    @Test
    void itIsNotFromTheFuture() throws IOException {
        Scene before = new Scene();
        before.at(100_000, "10/java/100/1000");
        byte[] bytes = bytes(before)[0];
        assertThrows(
                IOException.class, () -> new History().takeUp(in(bytes), true, 0, 1_000_000_000L));
    }
}
