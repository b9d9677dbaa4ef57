package procfs;

import java.util.List;
import java.util.Map;

/**
 * Who had the machine's memory at one moment, as the kernel says it.
 *
 * @param nanos when, on the clock of {@link System#nanoTime}
 * @param bootTicks the same in clock ticks since the machine was started
 * @param kinds all memory in use, by kind
 * @param processes all processes but kernel threads
 * @param seesAll false: there are processes that cannot be seen, of other users (hidepid) or
 *     outside of this container
 * @param groups what units and containers are charged; empty without a memory controller
 * @param mounts the file systems in memory
 */
public record Moment(
        long nanos,
        long bootTicks,
        MemoryKinds kinds,
        List<ProcessSizes> processes,
        boolean seesAll,
        List<ControlGroup> groups,
        List<TmpfsMount> mounts) {
    /** The same machine before anything ran on it: compared with that, all there is has grown. */
    public Moment empty() {
        return new Moment(
                nanos - 1,
                0,
                MemoryKinds.of(new MemInfo(Map.of()), 0, 0),
                List.of(),
                seesAll,
                List.of(),
                List.of());
    }
}
