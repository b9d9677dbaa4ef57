package faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Host;
import kit.Namespace;
import kit.Records;
import kit.Tests;
import kit.Values;
import kit.Watched;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Processes that hang, come and go, or pretend to be what they are not. */
@Tag(Tests.LONG)
class ProcessFaultTest {
    private static final String LATE = "\\d+ command lines? could not be read in time.*";

    @TempDir Path folder;

    @Test
    void oneStuckCommandLineHoldsUpNothing() throws Exception {
        stuck(1);
    }

    @Test
    void eightStuckCommandLinesHoldUpNothing() throws Exception {
        stuck(8);
    }

    @Test
    void moreStuckCommandLinesThanReadersHoldUpNothing() throws Exception {
        stuck(Values.STUCK_LIMIT + 8);
    }

    /** Any user can have processes whose memory is in a file that does not answer. */
    @Test
    void oneUsersStuckCommandLinesHideNobodyElses() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "other users need root");
        Path log = folder.resolve("x.log");
        Path fifo = Host.fifo(folder);
        String others = "for i in $(seq 60); do setpriv --reuid=4321 sleep 100000 & done\n";
        try (Watched watched = new Watched(folder, log, others)) {
            watched.incident();
            for (long pid : Watched.sleepers(Records.read(log).get(0))) {
                watched.block(fifo, "/proc/" + pid + "/cmdline");
            }
            watched.incident();
            watched.enter("sh", "-c", "sleep 99999 >/dev/null 2>&1 &");
            watched.incident();
            String newest = Records.read(log).get(4).rows().toString();
            assertTrue(newest.contains("sleep 99999"), newest);
        }
    }

    private void stuck(int count) throws Exception {
        boolean allStuck = count > Values.STUCK_LIMIT;
        Path log = folder.resolve("x.log");
        Path fifo = Host.fifo(folder);
        try (Watched watched = new Watched(folder, log, Watched.SLEEPERS)) {
            watched.incident();
            List<Long> pids = Watched.sleepers(Records.read(log).get(0));
            List<Long> stuck = pids.subList(0, count);
            for (long pid : stuck) {
                watched.block(fifo, "/proc/" + pid + "/cmdline");
            }
            for (int record = 0; record < 2; record++) {
                String event = watched.begin();
                int millis = Integer.parseInt(event.replaceFirst(".* in (\\d+) ms.*", "$1"));
                watched.end();
                Records.Entry entry = Records.read(log).get(2 + 2 * record);
                String late = allStuck ? "\\d+" : "" + count;
                String note = entry.note(late + " command lines? could not be read in time.*");
                long threads = Host.figure(Host.proc(watched.process.pid(), "status"), "Threads");
                Tests.say("%s, in %d ms, with %d threads", note, millis, threads);
                assertTrue(threads < 64, threads + " threads, of 64 that the service may have");
                for (long pid : pids) {
                    // As it was in the first table, if it could not be read
                    assertEquals("sleep 100000", entry.row(pid).command());
                }
                assertTrue(millis < 3000, millis + " ms");
            }
        }
    }

    /**
     * What a reader has once hung on is read as soon as that is possible, on a busy machine too.
     */
    @Test
    void stuckCommandLinesAreReadAgain() throws Exception {
        Path log = folder.resolve("x.log");
        Path fifo = Host.fifo(folder);
        Path quiet = folder.resolve("quiet");
        String busy = "for i in $(seq $(($(nproc) * 2))); do";
        busy += " nice -n -15 sh -c 'while [ ! -e " + quiet + " ]; do :; done' & done";
        try (Watched watched = new Watched(folder, log, Watched.SLEEPERS)) {
            watched.incident();
            List<Long> pids = Watched.sleepers(Records.read(log).get(0)).stream().sorted().toList();
            List<Long> stuck = pids.subList(0, 15);
            for (long pid : stuck) {
                watched.block(fifo, "/proc/" + pid + "/cmdline");
            }
            watched.enter("sh", "-c", "(" + busy + ") >/dev/null 2>&1");
            for (int record = 0; record < 3; record++) {
                watched.incident();
            }
            Files.createFile(quiet); // a busy machine may be late for other reasons
            for (long pid : stuck) {
                watched.enter("umount", "--lazy", "/proc/" + pid + "/cmdline");
            }
            new RandomAccessFile(fifo.toFile(), "rw").close(); // wakes those who have opened it
            Records.Entry last = Records.read(log).get(6);
            Tests.say("%s", last.note(LATE));
            for (int i = 0; i < 20 && last.hasNote(LATE); i++) { // they need a moment to wake up
                watched.incident();
                List<Records.Entry> entries = Records.read(log);
                last = entries.get(entries.size() - 2);
            }
            assertEquals(pids, Watched.sleepers(last).stream().sorted().toList());
            assertFalse(last.hasNote(LATE), last.notes().toString());
            watched.stop();
        }
    }

    @Test
    void usersKeepTheirNamesWhileNssHangs() throws Exception {
        Path log = folder.resolve("x.log");
        Path fifo = Host.fifo(folder);
        String another = "setpriv --reuid=nobody --clear-groups sleep 100000 2>/dev/null &";
        try (Watched watched = new Watched(folder, log, another)) {
            watched.incident();
            watched.block(fifo, "/etc/nsswitch.conf"); // whoever asks NSS has to read this
            for (int record = 0; record < 2; record++) {
                watched.incident();
            }
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        Map<Long, String> users = usersByPid(entries.get(0));
        assertTrue(users.containsValue("nobody"), users.toString());
        for (int record = 1; record < 3; record++) {
            Records.Entry entry = entries.get(2 * record);
            assertEquals(users, usersByPid(entry));
            Tests.say("NSS hangs: %s", entry.note("\\d+ processes, captured in .*"));
        }
    }

    private static Map<Long, String> usersByPid(Records.Entry entry) {
        return entry.rows().stream().collect(Collectors.toMap(Records.Row::pid, Records.Row::user));
    }

    @Test
    void fiveHundredNewProcessesASecondSpoilNoTable() throws Exception {
        Path log = folder.resolve("x.log");
        Path started = folder.resolve("started");
        String setup = Watched.SLEEPERS + Host.farm(started, "0 0 500 0");
        Set<Long> pids = new HashSet<>();
        try (Watched watched = new Watched(folder, log, setup)) {
            long born = Files.size(started);
            long begin = System.nanoTime();
            for (int i = 0; i < 40; i++) {
                watched.incident();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            born = Files.size(started) - born;
            watched.stop();
            int records = 0;
            for (Records.Entry entry : Records.read(log)) {
                if (entry.isIncident()) {
                    records++;
                    assertEquals(Watched.SLEEPERS_COUNT, Watched.sleepers(entry).size());
                    entry.note(entry.rows().size() + " processes, captured in .*");
                    entry.rows().forEach(row -> pids.add(row.pid()));
                }
            }
            assertEquals(40, records);
            Tests.say(
                    "%.0f processes born per second: %d records with all others, %d pids seen",
                    born / seconds, records, pids.size());
        }
    }

    @Test
    void aReusedPidIsANewProcess() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "")) {
            List<String> command = Namespace.enter(watched.process, "perl", Host.perl("reuse_pid"));
            Process perl =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader answers =
                    new BufferedReader(new InputStreamReader(perl.getInputStream()));
            for (String name : List.of("first", "second")) {
                perl.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
                perl.getOutputStream().flush();
                assertEquals("5000", answers.readLine());
                watched.incident();
            }
            List<Records.Entry> entries = Records.read(log);
            assertEquals("first 1000", entries.get(0).row(5000).command());
            assertEquals("second 1000", entries.get(2).row(5000).command());
            watched.stop();
        }
    }

    @Test
    void noProcessForgesARecord() throws Exception {
        Path log = folder.resolve("x.log");
        try (Watched watched = new Watched(folder, log, "perl " + Host.perl("forged") + " &")) {
            // both may need a moment to look like that
            Host.await("forgers", () -> forged(watched, log).size() == 2);
            watched.stop();
        }
        List<Records.Entry> entries = Records.read(log);
        assertEquals(Set.of("memory above", "memory back to"), Set.copyOf(Records.kinds(entries)));
    }

    /** An incident, and its rows that look like a record. */
    private static List<String> forged(Watched watched, Path log) throws Exception {
        watched.incident();
        List<Records.Entry> entries = Records.read(log);
        return entries.get(entries.size() - 2).rows().stream()
                .map(Records.Row::command)
                .filter(command -> command.contains("# forged") || command.contains(":00 forged"))
                .toList();
    }
}
