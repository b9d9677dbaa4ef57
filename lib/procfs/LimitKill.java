package procfs;

/**
 * Processes that the kernel has killed because a control group was at its own limit (MemoryMax=, a
 * container's limit), not because the machine was out of memory.
 *
 * @param name the group with the limit, as the admin knows it; where it is gone and it is not sure
 *     which one it was, that, and the group that it was in
 * @param kills how many
 */
public record LimitKill(String name, long kills) {}
