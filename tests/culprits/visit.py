#!/usr/bin/python3
"""visit.py N MIB: has N processes of Apache grow to MIB each (see Grow.pm), five visitors at once"""

import sys
import threading
import urllib.request

processes, mib = int(sys.argv[1]), int(sys.argv[2])
sizes = {}


def visit():
    while sum(size >= mib for size in list(sizes.values())) < processes:
        with urllib.request.urlopen(f"http://localhost/grow?{mib}") as answer:
            pid, size = map(int, answer.read().split())
            sizes[pid] = size


visitors = [threading.Thread(target=visit) for _ in range(5)]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
