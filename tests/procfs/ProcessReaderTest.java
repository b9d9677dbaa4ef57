package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kit.Group;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What is found out of this machine's processes. */
public class ProcessReaderTest {
    @TempDir private Path folder;

    /** As pam_systemd moves a process of sshd to its session, and cgexec itself. */
    @Test
    void aProcessThatIsMovedAfterItsFirstLook() throws Exception {
        Machine machine = new Machine();
        try (Group first = new Group("memory", "memory_monitor_first.service");
                Group second = new Group("memory", "memory_monitor_second.service")) {
            Process sleep = new ProcessBuilder("sleep", "100").start();
            try {
                first.take(sleep.pid());
                assertEquals("memory_monitor_first.service", unit(machine, sleep));
                second.take(sleep.pid());
                assertEquals("memory_monitor_second.service", unit(machine, sleep));
            } finally {
                sleep.destroy();
                sleep.waitFor();
            }
        }
    }

    /** Any user may have 65,536 numbers, see subuid(5): who runs nothing any more is forgotten. */
    @Test
    void whoRunsNothingIsForgotten() {
        UserNames names = new UserNames();
        ProcessInfo first = new Machine().read().processes().get(0);
        names.of(List.of(first));
        assertEquals(Set.of(first.uid()), names.lastKnown.keySet());
        names.of(List.of());
        assertEquals(Set.of(), names.lastKnown.keySet());
    }

    private static String unit(Machine machine, Process process) {
        return machine.read().processes().stream()
                .filter(each -> each.pid() == process.pid())
                .findAny()
                .orElseThrow()
                .unit();
    }

    /** Kafka's and Hadoop's class paths take 10 KB. */
    @Test
    void theScriptBehindALongOption() throws Exception {
        Path script = Files.writeString(folder.resolve("x.pl"), "$| = 1; print \"\\n\"; sleep 100");
        String folders = "/lib:".repeat(2000);
        Process perl = new ProcessBuilder("perl", "-I" + folders, script.toString()).start();
        try {
            assertEquals('\n', perl.getInputStream().read());
            ProcessReader reader = new Machine().processes();
            assertEquals("x.pl", reader.scriptOf((int) perl.pid(), "perl"));
        } finally {
            perl.destroy();
            perl.waitFor();
        }
    }
}
