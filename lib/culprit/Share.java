package culprit;

import procfs.ProcessInfo;

/**
 * What a process has, each page counted for one process only, in KiB. {@link Sharing} makes and
 * fills it in; nobody changes it later.
 */
public final class Share {
    final ProcessInfo process;

    /** The processes it belongs to. */
    final GroupKey group;

    /** Its part of RssAnon. */
    long anonKiB;

    /** How much of RssAnon and VmSwap it may share with the process that it was forked from. */
    long sharableKiB;

    /** The group of the process that it was forked from; null: it is not known. */
    GroupKey from;

    /** Its part of RssShmem. */
    long shmemKiB;

    /** How much of that is certain: what the group's largest member maps. */
    long leastShmemKiB;

    /** Its part of HugetlbPages. */
    long hugeKiB;

    /** Its part of the files that processes have locked in memory. */
    long lockedKiB;

    /** Its part of VmSwap. */
    long swapKiB;

    /** While {@link Sharing} works on one kind of memory: what the process has of it. */
    double size;

    /** At most this much of {@link #size} can be another process's, or another's be its own. */
    double slack;

    Share(ProcessInfo process, GroupKey group) {
        this.process = process;
        this.group = group;
    }

    /** True if some of what it has of its own is shared. */
    boolean sharesNow() {
        return anonKiB + swapKiB < process.status().anonKiB() + process.status().swapKiB();
    }

    /** Resident memory. */
    long residentKiB() {
        return anonKiB + shmemKiB + hugeKiB + lockedKiB;
    }

    /** What the machine would get back, with swap and what the kernel holds for the process. */
    long sizeKiB() {
        return residentKiB() + swapKiB + process.status().kernelKiB();
    }
}
