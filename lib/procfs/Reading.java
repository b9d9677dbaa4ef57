package procfs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * All that the kernel says of the machine's memory at one moment.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param clock the same in local time and since the machine was started
 * @param kinds all memory in use, by kind
 * @param pressure how much time is lost waiting for memory
 * @param processes all processes
 * @param seesAll false: there are processes that cannot be seen, of other users (hidepid) or
 *     outside of this container
 * @param charges what units and containers are charged; empty without a memory controller
 * @param mounts the file systems in memory
 */
public record Reading(
        long nanos,
        BootClock clock,
        MemoryKinds kinds,
        MemoryPressure pressure,
        List<ProcessInfo> processes,
        boolean seesAll,
        List<ControlGroup> charges,
        List<TmpfsMount> mounts) {
    /** The same with the processes only that have most resident memory. */
    public Reading largest(int most) {
        List<ProcessInfo> largest = new ArrayList<>();
        for (ProcessInfo process : processes) {
            addLargest(process, most, largest);
        }
        return with(largest);
    }

    /** The same with other values of its processes. */
    public Reading with(List<ProcessInfo> others) {
        return new Reading(nanos, clock, kinds, pressure, others, seesAll, charges, mounts);
    }

    /** Adds a process to a list of so many that have most resident memory. */
    static void addLargest(ProcessInfo process, int most, List<ProcessInfo> largest) {
        largest.add(process);
        if (largest.size() > most) {
            largest.remove(Collections.min(largest, BY_RSS));
        }
    }

    private static final long GONE_KIB = 1 << 10;

    private static final Comparator<ProcessInfo> BY_RSS =
            Comparator.comparingLong(process -> process.status().rssKiB());

    /**
     * The same machine with more RAM, before all of this ran on it, and when another process did:
     * compared with that, all there is has grown, something is gone, and RAM has shrunk.
     */
    public Reading before() {
        long totalKiB = kinds.totalKiB() / 8 * 9;
        Map<String, Long> before = Map.of("MemTotal", totalKiB, "MemAvailable", totalKiB);
        int pid = Integer.MAX_VALUE;
        byte[] comm = {'g', 'o', 'n', 'e'};
        Stat stat = new Stat(pid, comm, 'S', 1, pid, pid, 0, -1, false, false, 0, 0, 1, 0);
        Status status = new Status('S', 0, 1, GONE_KIB, GONE_KIB, 0, GONE_KIB, 0, 0, 0, 0);
        return new Reading(
                nanos - 1,
                new BootClock(0, clock.bootSeconds(), clock.now()),
                MemoryKinds.of(new MemInfo(Map.of("AnonPages", GONE_KIB)), 0, 0),
                pressure,
                List.of(ProcessInfo.of(stat, status, "")),
                seesAll,
                List.of(),
                List.of());
    }
}
