package procfs;

/**
 * What {@code /proc/zoneinfo} says of all memory zones together, in KiB.
 *
 * @param presentKiB memory that is there, whether the kernel manages it or has given it away
 * @param perCpuFreeKiB free pages that processors keep for themselves: they count neither as free
 *     nor as used, and a processor may keep hundreds of MB (Linux 6.7 and later) until memory runs
 *     short
 */
record Zones(long presentKiB, long perCpuFreeKiB) {
    /** KiB of a page: 4, or 16 or 64 on some arm64 machines. */
    static final long PAGE_KIB = Math.max(1, BootClock.auxiliary(6, 4096) / 1024); // AT_PAGESZ

    static Zones read() {
        Zones[] sum = {new Zones(0, 0)};
        ProcFile.lines("/proc/zoneinfo", lines -> sum[0] = sum[0].plus(parse(lines, PAGE_KIB)));
        return sum[0];
    }

    private Zones plus(Zones other) {
        return new Zones(presentKiB + other.presentKiB, perCpuFreeKiB + other.perCpuFreeKiB);
    }

    static Zones parse(ProcFile zoneInfo, long pageKiB) {
        long present = 0;
        long free = 0;
        for (int line = 0; line < zoneInfo.length(); line = zoneInfo.nextLine(line)) {
            int at = zoneInfo.skipBlanks(line);
            int value = zoneInfo.valueOf("count: ", at);
            if (value >= 0) {
                free += Math.max(0, zoneInfo.number(value));
            } else if ((value = zoneInfo.valueOf("present ", at)) >= 0) {
                present += Math.max(0, zoneInfo.number(value));
            }
        }
        return new Zones(present * pageKiB, free * pageKiB);
    }
}
