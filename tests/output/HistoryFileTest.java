package output;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import culprit.History;
import culprit.Scene;

import deadline.TimeLimiter;

import kit.Namespace;
import kit.Program;
import kit.Tests;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import procfs.HostInfo;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** The history's file: what is damaged costs nothing else, and what is not ours is left alone. */
public final class HistoryFileTest {
    private static final long MACHINE = 1;
    private static final long BOOT = 2;
    private static final HistoryFile.Here HERE =
            new HistoryFile.Here(MACHINE, BOOT, 10_000_000_000_000L, 1_800_000_000_000L, 9_000L);

    @TempDir private Path folder;
    private Path file;
    private History three;

    @BeforeEach
    void prepare() {
        file = folder.resolve("history");
        three =
                new Scene()
                        .at(1000, "10/java/100/1000,u=app.service")
                        .at(2000, "10/java/100/2000,u=app.service")
                        .at(3000, "10/java/100/3000,u=app.service")
                        .history;
    }

    private byte[] snapshot(int index, long machine) {
        long epochMillis = HERE.epochMillis() - (HERE.nanos() - three.nanos(index)) / 1_000_000;
        return HistoryFile.form(machine, BOOT, epochMillis, false, out -> three.write(index, out));
    }

    /**
     * What a file says in which what a history and last words consist of was changed.
     *
     * @param at the present, in seconds on the clock of the history
     * @param mutate changes the content of a block, whose checksum is right then
     */
    public static History mutated(
            Path file, History history, double at, UnaryOperator<byte[]> mutate)
            throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        long nanos = (long) (at * 1e9);
        for (int i = 0; i < history.size(); i++) {
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            history.write(i, new DataOutputStream(content));
            byte[] bytes = mutate.apply(content.toByteArray());
            long epochMillis = HERE.epochMillis() - (nanos - history.nanos(i)) / 1_000_000;
            long boot = i % 3 == 0 ? BOOT + 1 : BOOT;
            blocks.write(HistoryFile.form(MACHINE, boot, epochMillis, false, o -> o.write(bytes)));
        }
        byte[] seen = mutate.apply(new byte[100]);
        blocks.write(HistoryFile.form(MACHINE, BOOT, 1, true, out -> out.write(seen)));
        Files.write(file, blocks.toByteArray());
        HistoryFile.Here here =
                new HistoryFile.Here(MACHINE, BOOT, nanos, HERE.epochMillis(), HERE.upNanos());
        return HistoryFile.read(file, here).history();
    }

    /** An hour above: 97.5 % at the peak, 90 % when it was last seen, a minute ago. */
    private static final Breach SEEN =
            Breach.begin(80, sample(61, 81, 5)).with(sample(30, 97.5, 6)).with(sample(1, 90, 7));

    private static Sample sample(int minutesAgo, double usedPercent, long kills) {
        long epochMillis = HERE.epochMillis() - TimeUnit.MINUTES.toMillis(minutesAgo);
        return new Sample(0, 0, epochMillis, usedPercent, 0, kills);
    }

    private static byte[] words(HistoryFile.State state, String lead, long boot) {
        boolean isAbove = state == HistoryFile.State.ABOVE || state == HistoryFile.State.INCIDENT;
        return HistoryFile.form(
                MACHINE,
                boot,
                HERE.epochMillis() - 60_000,
                true,
                out -> HistoryFile.write(state, Optional.of(SEEN).filter(b -> isAbove), lead, out));
    }

    private HistoryFile.Past read(byte[]... blocks) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] block : blocks) {
            out.write(block);
        }
        Files.write(file, out.toByteArray());
        return HistoryFile.read(file, HERE);
    }

    @Test
    void itIsReadAsItWasWritten() throws IOException {
        HistoryFile.Past past =
                read(snapshot(0, MACHINE), snapshot(1, MACHINE), snapshot(2, MACHINE));
        assertEquals("", past.problem());
        assertEquals(3, past.history().size());
        assertEquals(three.nanos(2), past.history().nanos(2));
    }

    @Test
    void damageCostsOnlyTheBlockThatIsDamaged() throws IOException {
        byte[] damaged = snapshot(1, MACHINE);
        damaged[damaged.length / 2] ^= 1;
        HistoryFile.Past past = read(snapshot(0, MACHINE), damaged, snapshot(2, MACHINE));
        assertEquals(2, past.history().size());
        assertEquals("1 damaged parts were left out", past.problem());
    }

    @Test
    void itMayBeCutOffAnywhere() throws IOException {
        byte[] last = snapshot(1, MACHINE);
        for (int length = 1; length < last.length; length += 7) {
            HistoryFile.Past past = read(snapshot(0, MACHINE), Arrays.copyOf(last, length));
            assertEquals(1, past.history().size(), "cut at " + length);
        }
        // what is appended later is found behind it
        assertEquals(
                2,
                read(snapshot(0, MACHINE), Arrays.copyOf(last, 99), snapshot(2, MACHINE))
                        .history()
                        .size());
    }

    @Test
    void aCopyOfAnotherMachineIsNotTakenForThisOne() throws IOException {
        HistoryFile.Past past = read(snapshot(0, 77), snapshot(1, 77));
        assertEquals(0, past.history().size());
        assertEquals("2 parts are another machine's", past.problem());
    }

    @Test
    void whatIsNoHistoryIsNotRead() throws IOException {
        HistoryFile.Past past = read("somebody's notes\n".repeat(1000).getBytes());
        assertTrue(past.isUnreadable());
        assertEquals("nothing in it can be read", past.problem());
        assertTrue(!read().isUnreadable());
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Files.createSymbolicLink(file, folder.resolve("elsewhere"));
        IOException e = assertThrows(IOException.class, () -> HistoryFile.read(file, HERE));
        assertTrue(e.getMessage().contains("no regular file"), e.getMessage());
    }

    /** In a folder that is everybody's, anybody could have the innocent blamed. */
    @Test
    void somebodyElsesIsNeitherReadNorWritten() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "files of somebody else need root");
        read(snapshot(0, MACHINE));
        byte[] before = Files.readAllBytes(file);
        Files.setAttribute(file, "unix:uid", 65534);
        IOException e = assertThrows(IOException.class, () -> HistoryFile.read(file, HERE));
        assertEquals("it belongs to somebody else; remove it", e.getMessage());
        isLeftAlone(before);
        Files.setAttribute(folder, "unix:uid", 65534); // it is his who owns the folder
        assertEquals(1, HistoryFile.read(file, HERE).history().size());
    }

    @Test
    void besideSomebodysFileIsNone() throws Exception {
        Files.writeString(folder.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        file = folder.resolve("passwd.history");
        isLeftAlone(null);
    }

    private void isLeftAlone(byte[] before) throws Exception {
        HistoryFile history = HistoryFile.open(file, true, 0, new Console());
        history.history().add(new Scene().moment(System.nanoTime() / 1e9, "10/java/1/1000"));
        history.stop(new Sample(System.nanoTime(), 0, 0, 10, 0, 0));
        assertArrayEquals(before, Files.exists(file) ? Files.readAllBytes(file) : null);
    }

    @Test
    void theLastWordsSayHowItWas() throws IOException {
        byte[] above = words(HistoryFile.State.INCIDENT, "java +5 GiB", BOOT);
        LastSeen seen = read(above).lastSeen().orElseThrow();
        assertEquals("java +5 GiB", seen.lead());
        assertTrue(seen.breach().isIncident() && seen.isSameBoot());
        assertEquals(97.5, seen.breach().peak().usedPercent());
        assertEquals(SEEN.peak().epochMillis(), seen.breach().peak().epochMillis());
        assertEquals(90, seen.breach().last().usedPercent());
        assertEquals(TimeUnit.HOURS.toNanos(1), seen.breach().elapsedNanos());
        assertEquals(2, seen.breach().oomKills());
        LastSeen booted = read(words(HistoryFile.State.ABOVE, "", 3)).lastSeen().orElseThrow();
        assertTrue(!booted.breach().isIncident() && !booted.isSameBoot());
        byte[] calm = words(HistoryFile.State.CALM, "", BOOT);
        byte[] stopped = words(HistoryFile.State.STOPPED, "", BOOT);
        assertEquals(Optional.empty(), read(above, calm).lastSeen());
        assertEquals(Optional.empty(), read(above, stopped).lastSeen());
    }

    /** A block may say of itself more than the heap holds: it is left out like any damaged one. */
    @Test
    void aBlockThatFillsTheHeapCostsOnlyItself() throws Exception {
        String name = "x".repeat(65_000);
        HistoryFile.Content names =
                out -> {
                    for (int i = 0; i < 10; i++) { // times, and what of memory there is
                        out.writeLong(1);
                    }
                    out.writeInt(0);
                    out.writeInt(1 << 17);
                    for (int i = 0; i < 1000; i++) {
                        out.writeUTF(i + name);
                        out.writeLong(1);
                    }
                };
        Path log = folder.resolve("x.log");
        byte[] block = HistoryFile.form(HostInfo.machineId(), HostInfo.bootId(), 1, false, names);
        Files.write(folder.resolve("x.log.history"), block);
        try (Program program = Program.start("-t100", "-l" + log)) {
            program.expect("the history .*: 1 damaged parts were left out; watching .*");
            program.expect("memory_monitor .*");
        }
    }

    /** What another version has written is not lost; a third file is not made for it. */
    @Test
    void whatAnotherVersionHasWrittenIsPutAside() throws Exception {
        byte[] other = snapshot(0, HostInfo.machineId());
        other[3] = '2';
        Path history = folder.resolve("x.log.history");
        Path aside = folder.resolve("x.log.history.unreadable");
        String unreadable = "the history " + history + ": nothing in it can be read, ";
        for (String what : List.of("so it is now called " + aside.getFileName(), "and there is")) {
            Files.write(history, other);
            try (Program program = Program.start("-t100", "-l" + folder.resolve("x.log"))) {
                program.expect(unreadable + what + ".*; watching all the same");
                program.expect("memory_monitor .*");
            }
            assertArrayEquals(other, Files.readAllBytes(aside));
        }
        assertArrayEquals(other, Files.readAllBytes(history));
    }

    @Test
    void whatIsNoFileIsLeftAlone() throws Exception {
        Path history = Files.createDirectory(folder.resolve("x.log.history"));
        try (Program program = Program.start("-t100", "-l" + folder.resolve("x.log"))) {
            program.expect("the history .*: it is no regular file; remove it; watching all .*");
            program.expect("memory_monitor .*");
        }
        assertTrue(Files.isDirectory(history));
    }

    /** The log on the same disk has a word to say first, so the history waits for 30 s. */
    @Test
    void aDiskThatStaysFullIsSaidInOneLine() throws Exception {
        Path said = folder.resolve("said");
        Console console = new Console(new FileOutputStream(said.toFile()));
        HistoryFile history = HistoryFile.open(file, true, 101, console); // never so much is free
        Scene scene = new Scene();
        long begin = System.nanoTime();
        for (int second = 0; second <= 60; second += 5) {
            history.history().add(scene.moment(begin / 1e9 + second, "10/java/1/1000"));
            long nanos = begin + second * 1_000_000_000L;
            Sample above = new Sample(nanos, 0, second * 1000L, 90, 0, 0);
            history.sampled(above, Optional.of(Breach.begin(80, above)));
            assertEquals(second < 30 ? 0 : 1, Files.readAllLines(said).size(), "at " + second);
        }
        assertEquals(
                "cannot write the history %s: too little space is left on the disk; watching all the same"
                        .formatted(file),
                Files.readString(said).strip());
        assertFalse(Files.exists(file));
    }

    /** Else a chart draws memory as used until the next snapshot, minutes after the end. */
    @Test
    void theEndOfAnIncidentIsKeptAsItsBeginningIs() throws Exception {
        HistoryFile written = HistoryFile.open(file, true, 0, new Console());
        Scene scene = new Scene();
        long begin = System.nanoTime();
        for (int second = 0; second <= 60; second += 10) { // above for half a minute
            long nanos = begin + second * 1_000_000_000L;
            boolean isAbove = second >= 10 && second < 40;
            written.history().add(scene.moment(nanos / 1e9, "10/java/100/" + (isAbove ? 9 : 1)));
            Sample now = new Sample(nanos, 0, System.currentTimeMillis(), isAbove ? 90 : 10, 0, 0);
            Breach breach = Breach.begin(80, now);
            written.sampled(
                    now,
                    Optional.of(second < 20 ? breach : breach.recorded()).filter(b -> isAbove));
        }
        History read = HistoryFile.read(file, HistoryFile.Here.now()).history();
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < read.size(); i++) {
            seconds.add((read.nanos(i) - begin + 500_000_000) / 1_000_000_000);
        }
        assertEquals(List.of(0L, 10L, 40L), seconds);
    }

    /** A day, on a clock that is passed in: 23 h calm with sizes that change, and 1 h above. */
    @ParameterizedTest
    @ValueSource(ints = {500, 5000})
    void aDayOnDisk(int processes) throws Exception {
        HistoryFile history = HistoryFile.open(file, true, 0, new Console());
        Scene scene = new Scene();
        Random random = new Random(1);
        double[] sizes = random.doubles(processes, 1, 200).toArray();
        long begin = System.nanoTime();
        long epoch = System.currentTimeMillis();
        long written = 0;
        long size = 0;
        long largest = 0;
        Object inode = null;
        int calm = 23 * 3600;
        for (int second = 0; second < 24 * 3600; second += second < calm ? 300 : 5) {
            if (second < calm || second % 60 == 0) {
                StringBuilder words = new StringBuilder();
                for (int i = 0; i < processes; i++) {
                    sizes[i] *= 1 + (random.nextInt(10) == 0 ? random.nextDouble() - 0.5 : 0) / 10;
                    words.append(100 + i)
                            .append("/p")
                            .append(i % 97)
                            .append("/1/")
                            .append(sizes[i]);
                    words.append(",u=u").append(i % 53).append(".service ");
                }
                history.history().add(scene.moment(begin / 1e9 + second, words.toString()));
            }
            long nanos = begin + second * 1_000_000_000L;
            Sample now =
                    new Sample(nanos, 0, epoch + second * 1000L, second < calm ? 50 : 90, 0, 0);
            Optional<Breach> breach =
                    Optional.of(Breach.begin(80, now)).filter(b -> now.usedPercent() > 80);
            history.sampled(now, breach);
            long after = Files.size(file);
            Object other = Files.getAttribute(file, "unix:ino");
            written += other.equals(inode) ? after - size : after;
            inode = other;
            size = after;
            largest = Math.max(largest, size);
        }
        Tests.say(
                "%d processes: %,d bytes a day, at most %,d in the file",
                processes, written, largest);
        assertTrue(largest <= HistoryFile.LIMIT_BYTES, largest + " bytes in the file");
        assertTrue(written <= 10 << 20, written + " bytes a day"); // an SD card takes 10 TB
    }

    /** With more processes than the heap holds there is no snapshot, but there are words. */
    @Test
    void wordsAloneDoNotMakeItLarger() throws Exception {
        HistoryFile history = openFull();
        long begin = System.nanoTime();
        for (int second = 0; second <= 60; second += 5) {
            Sample above = new Sample(begin + second * 1_000_000_000L, 0, second, 90, 0, 0);
            history.sampled(above, Optional.of(Breach.begin(80, above)));
        }
        assertTrue(Files.size(file) <= HistoryFile.LIMIT_BYTES, Files.size(file) + " bytes");
        HistoryFile.Past past = HistoryFile.read(file, HistoryFile.Here.now());
        assertEquals(1, past.history().size());
        assertEquals(60, past.lastSeen().orElseThrow().breach().last().epochMillis());
    }

    /** The last look fills it, so that all of it is written anew, and the last words follow. */
    @Test
    void aStopIsTheLastWordInAFullOneToo() throws Exception {
        HistoryFile history = openFull();
        Sample above = new Sample(System.nanoTime(), 0, 1, 90, 0, 0);
        history.sampled(above, Optional.of(Breach.begin(80, above)));
        history.history().add(new Scene().moment(System.nanoTime() / 1e9, "10/java/1/1000"));
        history.stop(new Sample(System.nanoTime(), 0, 2, 90, 0, 0));
        HistoryFile.Past past = HistoryFile.read(file, HistoryFile.Here.now());
        assertEquals(Optional.empty(), past.lastSeen());
        assertEquals(2, past.history().size());
    }

    /** One that has no room for anything. */
    private HistoryFile openFull() throws IOException {
        ByteArrayOutputStream full = new ByteArrayOutputStream();
        full.write(snapshot(0, HostInfo.machineId()));
        byte[] words = HistoryFile.form(HostInfo.machineId(), BOOT, 1, true, o -> o.writeByte(0));
        while (full.size() + words.length <= HistoryFile.LIMIT_BYTES) {
            full.write(words);
        }
        Files.write(file, full.toByteArray());
        return HistoryFile.open(file, true, 0, new Console());
    }

    /** What a thread has no room for is missed, and ends neither the thread nor the program. */
    @Test
    void aThreadOutlivesAStepForWhichTheHeapHasNoRoom() throws InterruptedException {
        AtomicInteger steps = new AtomicInteger();
        CountDownLatch next = new CountDownLatch(1);
        TimeLimiter.repeat(
                "test",
                () -> {
                    if (steps.incrementAndGet() == 1) {
                        throw new OutOfMemoryError();
                    }
                    next.countDown();
                    Thread.sleep(Long.MAX_VALUE);
                });
        assertTrue(next.await(Program.PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
}
