package culprit;

import procfs.ProcessInfo;

/**
 * What a process has, each page counted for one process only, in KiB.
 *
 * @param group the processes it belongs to
 * @param anonKiB its part of RssAnon
 * @param sharableKiB what of RssAnon it may share with the process that it was forked from
 * @param shmemKiB its part of RssShmem
 * @param leastShmemKiB what of that is certain: what the group's largest member maps
 * @param hugeKiB its part of HugetlbPages
 * @param lockedKiB its part of the files that processes have locked in memory
 * @param swapKiB its part of VmSwap
 */
public record Share(
        ProcessInfo process,
        GroupKey group,
        long anonKiB,
        long sharableKiB,
        long shmemKiB,
        long leastShmemKiB,
        long hugeKiB,
        long lockedKiB,
        long swapKiB) {
    /** Resident memory. */
    long residentKiB() {
        return anonKiB + shmemKiB + hugeKiB + lockedKiB;
    }

    /** What the machine would get back, with swap and what the kernel holds for the process. */
    long sizeKiB() {
        return residentKiB() + swapKiB + process.status().kernelKiB();
    }
}
