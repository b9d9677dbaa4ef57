package procfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import kit.Group;

import org.junit.jupiter.api.Test;

/** In which units this machine's processes are found. */
public class ProcessUnitsTest {
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

    private static String unit(Machine machine, Process process) {
        return machine.readLargest(Integer.MAX_VALUE).processes().stream()
                .filter(each -> each.pid() == process.pid())
                .findAny()
                .orElseThrow()
                .unit();
    }
}
