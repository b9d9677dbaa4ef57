#!/usr/bin/python3
"""Takes memory of one kind, says so, and keeps it until it is ended.

    eat.py own MIB           memory of its own
    eat.py pool N MIB EACH   MIB of its own, then N children that share it; each adds EACH MiB
    eat.py tmpfs FILE MIB    a file
    eat.py pipes MIB         pipes of 1 MiB each, full
    eat.py memfd MIB         a file without a name that nobody has mapped
    eat.py page-tables MIB   page tables: one page of them for every 2 MiB that it looks at

It says so by a file of its PID's name in /run/culprits. What it tells the kernel to call it is the
name under which it is started: a symbolic link gives it another one.
"""

import fcntl
import mmap
import os
import sys
import time

MIB = 1 << 20
keep = []


def own(mib):
    for _ in range(int(mib)):
        keep.append(b"x" * MIB)


def pool(children, mib, each):
    own(mib)
    for _ in range(int(children)):
        if os.fork() == 0:
            own(each)
            return


def tmpfs(path, mib):
    with open(path, "wb") as file:
        write(file.fileno(), mib)


def pipes(mib):
    for _ in range(int(mib)):
        ends = os.pipe()
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, MIB)
        write(ends[1], 1)
        keep.append(ends)


def memfd(mib):
    write(os.memfd_create("cache"), mib)


def page_tables(mib):
    pages_of_tables = int(mib) * MIB // mmap.PAGESIZE
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE
    region = mmap.mmap(-1, pages_of_tables * 2 * MIB, flags=flags)
    region.madvise(mmap.MADV_NOHUGEPAGE)
    for i in range(pages_of_tables):
        region[i * 2 * MIB]  # only read: it is the kernel's one page of zeros everywhere
    keep.append(region)


def write(fd, mib):
    chunk = b"x" * MIB
    for _ in range(int(mib)):
        assert os.write(fd, chunk) == MIB
    keep.append(fd)


KINDS = {
    "own": own,
    "pool": pool,
    "tmpfs": tmpfs,
    "pipes": pipes,
    "memfd": memfd,
    "page-tables": page_tables,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](*sys.argv[2:])
    open(f"/run/culprits/{os.getpid()}", "w").close()
    while True:
        time.sleep(1000)
