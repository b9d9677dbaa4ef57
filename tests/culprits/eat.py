#!/usr/bin/python3
"""Takes memory of one kind, says so, and keeps it until it is ended.

    eat.py own MIB               memory of its own
    eat.py grow MIB MORE         MIB of its own; once told to, MORE
    eat.py pool N MIB EACH       MIB of its own, then N children that share it; each adds EACH MiB
    eat.py prefork N MIB EACH    N children share MIB; once told to, each writes to EACH MiB of it
    eat.py save MIB PART         MIB of its own; once told to, it forks and writes to PART MiB of it
    eat.py segments N MIB        N processes with shared memory of their own each
    eat.py readers N MIB         N processes with one shared memory, of which they read MIB once told to
    eat.py same MIB              memory of its own that is equal to that of others like it, for KSM
    eat.py lazy MIB              memory of its own, given back by MADV_FREE
    eat.py first-thread-ends MIB its first thread has ended; another one takes memory of its own
    eat.py huge MIB              huge pages
    eat.py locked FILE MIB       a file's pages, locked
    eat.py threads N             threads
    eat.py tmpfs FILE MIB        a file
    eat.py pipes MIB             pipes of 1 MiB each, full
    eat.py memfd MIB             a file without a name that nobody has mapped
    eat.py system-v MIB          a System V segment, which stays when the process ends at once
    eat.py packets MIB           a ring for captured packets
    eat.py bpf MIB               an eBPF map
    eat.py page-tables MIB       page tables: one page of them for every 2 MiB that it looks at

It says so by a file of its PID's name in /run/culprits. What it tells the kernel to call it is the
name under which it is started: a symbolic link gives it another one. Those that wait to be told are
told by SIGUSR1; they say before by such a file that they are ready.
"""

import ctypes
import fcntl
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time

MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
keep = []


def say():
    open(f"/run/culprits/{os.getpid()}", "w").close()


def wait_to_be_told():
    say()
    signal.sigwait([signal.SIGUSR1])


def private(mib):
    region = mmap.mmap(-1, int(mib) * MIB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    region.madvise(mmap.MADV_NOHUGEPAGE)
    return region


def shared(mib):
    return mmap.mmap(-1, int(mib) * MIB)


def touch(region, mib):
    """Writes to the first MiB of a region, and keeps it"""
    for at in range(0, int(mib) * MIB, mmap.PAGESIZE):
        region[at] = 1
    keep.append(region)
    return region


def own(mib):
    for _ in range(int(mib)):
        keep.append(b"x" * MIB)


def grow(mib, more):
    own(mib)
    wait_to_be_told()
    own(more)


def prefork(children, mib, each):
    region = touch(private(mib), mib)
    for _ in range(int(children)):
        if os.fork() == 0:
            wait_to_be_told()
            touch(region, each)
            return


def save(mib, part):
    region = touch(private(mib), mib)
    wait_to_be_told()
    if os.fork() != 0:
        touch(region, part)


def segments(processes, mib):
    for _ in range(int(processes) - 1):
        if os.fork() == 0:
            break
    touch(shared(mib), mib)


def readers(processes, mib):
    region = touch(shared(mib), mib)
    for _ in range(int(processes)):
        if os.fork() == 0:
            wait_to_be_told()
            sum(region[at] for at in range(0, len(region), mmap.PAGESIZE))
            return


def same(mib):
    region = private(mib)
    region.madvise(12)  # MADV_MERGEABLE
    for at in range(0, len(region), mmap.PAGESIZE):
        region[at : at + 8] = struct.pack("q", at)
    keep.append(region)


def lazy(mib):
    touch(private(mib), mib).madvise(mmap.MADV_FREE)


def first_thread_ends(mib):
    def go_on():
        time.sleep(1)
        own(mib)
        say()
        time.sleep(100000)

    threading.Thread(target=go_on).start()
    libc.pthread_exit(None)


def huge(mib):
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000  # MAP_HUGETLB
    touch(mmap.mmap(-1, int(mib) * MIB, flags=flags), mib)


def locked(path, mib):
    tmpfs(path, mib)
    region = mmap.mmap(keep[-1], 0, prot=mmap.PROT_READ)
    sum(region[at] for at in range(0, len(region), mmap.PAGESIZE))
    assert libc.mlockall(1) == 0
    keep.append(region)


def threads(number):
    threading.stack_size(1 << 16)
    forever = threading.Event()
    for _ in range(int(number)):
        threading.Thread(target=forever.wait, daemon=True).start()


def system_v(mib):
    libc.shmat.restype = ctypes.c_void_p
    libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
    segment = libc.shmget(0, ctypes.c_size_t(int(mib) * MIB), 0o1600)
    ctypes.memset(libc.shmat(segment, None, 0), 1, int(mib) * MIB)
    say()
    os._exit(0)


def packets(mib):
    ring = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    ring.setsockopt(263, 5, struct.pack("4I", MIB, int(mib), 2048, 512 * int(mib)))  # PACKET_RX_RING
    keep.append(ring)


def bpf(mib):
    array = struct.pack("5I", 2, 4, mmap.PAGESIZE, int(mib) * MIB // mmap.PAGESIZE, 0)
    number = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
    keep.append(libc.syscall(number, 0, ctypes.create_string_buffer(array, 120), 120))  # BPF_MAP_CREATE
    assert keep[-1] >= 0


def pool(children, mib, each):
    own(mib)
    for _ in range(int(children)):
        if os.fork() == 0:
            own(each)
            return


def tmpfs(path, mib):
    write(os.open(path, os.O_RDWR | os.O_CREAT), mib)


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


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
    say()
    while True:
        time.sleep(1000)
