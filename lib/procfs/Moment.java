package procfs;

import java.util.List;

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
        List<TmpfsMount> mounts) {}
