#!/usr/bin/python3
"""Compares what a record says first with the truth; the only place that knows what records look like.

    record.py LOG EVENT TRUTH_KIB EXISTS_KIB ROSE_KIB TOLERANCE_PERCENT EXPECTED

LOG holds one record or more, of which the first counts; EVENT is the line that went to the journal.
EXPECTED is an extended regular expression that the first item of the first note has to match.
Nothing in the notes may be more than EXISTS_KIB, which is all memory that is taken at all; what the
first note says grew or is new is together no more than ROSE_KIB and what it says is gone.
Prints the lines that matter, indented; then the first item, its figure in MiB and the deviation in
percent, with tabs between; then what is wrong, each on a line of its own.
"""

import re
import sys

UNITS = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}
FIGURE = re.compile(r"(\d+(?:\.\d+)?) (KiB|MiB|GiB|TiB)\b")
SHRANK = re.compile(rf"RAM shrank from {FIGURE.pattern} to {FIGURE.pattern}")
SHOWN = ("by unit", "by user", "by command", "used ")
ROUNDING_MIB = 52  # 0.1 GiB are the last digit


def notes(log):
    """The lines below the first table, without "# " """
    lines = iter(log.splitlines())
    for line in lines:
        if re.match(r"USER .*COMMAND$", line):
            break
    below = []
    for line in lines:
        if line.startswith("# "):
            below.append(line[2:])
        elif below:
            break
    return below


def figures(text):
    """All sizes in a text, in MiB, but those of what is gone or of all RAM: that was there before"""
    text = SHRANK.sub("", re.sub(r"gone\b.*", "", text))
    return [float(n) * UNITS[unit] for n, unit in FIGURE.findall(text)]


def parts(note):
    """What grew or is new, and what is gone, in MiB in all; what an item consists of is in brackets"""
    sums = [0.0, 0.0]
    note = SHRANK.sub("", note)
    while re.search(r"\([^()]*\)", note):
        note = re.sub(r"\([^()]*\)", "", note)
    for part in note.split(";"):
        is_gone = part.strip().startswith("gone")
        sums[is_gone] += sum(float(n) * UNITS[unit] for n, unit in FIGURE.findall(part))
    return sums


def first_item(note):
    """What comes behind the heading: the name, the size in MiB, and what follows up to the next; or that RAM shrank"""
    shrank = SHRANK.match(note)
    if shrank:
        before, unit, after, unit_after = shrank.groups()
        return shrank[0], float(before) * UNITS[unit] - float(after) * UNITS[unit_after]
    text = note.partition(": ")[2]
    match = FIGURE.search(text)
    if not match or note.startswith("gone"):
        return "nothing", 0.0
    rest = re.split(r"[,;]", text[match.end() :])[0]
    return text[: match.end()] + rest, float(match[1]) * UNITS[match[2]]


def main(log, event, truth_kib, exists_kib, rose_kib, tolerance, expected):
    with open(log, encoding="utf-8", errors="replace") as file:
        below = notes(file.read())
    truth, exists = int(truth_kib) / 1024, int(exists_kib) / 1024
    note = below[0] if below else "no record: nothing"
    item, size = first_item(note)
    deviation = 100 * (size / truth - 1) if truth > 0 else 0
    wrong = []
    if not re.search(expected, item, re.IGNORECASE):
        wrong.append(f"the first item is not /{expected}/")
    elif abs(deviation) > float(tolerance):
        wrong.append(f"its figure is {deviation:+.0f} % off, {tolerance} % are allowed")
    named, gone = parts(note)
    rose = int(rose_kib) / 1024
    if named > (rose + gone) * (1 + float(tolerance) / 100) + ROUNDING_MIB:
        wrong.append(f"{named:.0f} MiB are named, but memory rose by {rose:.0f}, and {gone:.0f} are gone")
    for line in below:
        sizes = figures(line)
        heading = line.split(":")[0][:20]
        if max(sizes, default=0) > exists + ROUNDING_MIB:
            wrong.append(f"{heading}: {max(sizes):.0f} MiB, but only {exists:.0f} MiB exist")
        elif line.startswith(SHOWN) and sum(sizes) > exists + ROUNDING_MIB * len(sizes):
            wrong.append(f"{heading}: {sum(sizes):.0f} MiB in all, but only {exists:.0f} MiB exist")
    if not re.search(expected, event, re.IGNORECASE):
        wrong.append("the event line does not name it")
    for line in [event] + [l for l in below if l == note or l.startswith(SHOWN)]:
        print("    " + line)
    print(item, f"{size:.0f}", f"{deviation:+.0f}", sep="\t")
    print(*wrong, sep="\n", end="\n" if wrong else "")


if __name__ == "__main__":
    main(*sys.argv[1:])
