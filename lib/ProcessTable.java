import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All running processes at one moment, largest resident memory first, and what their cells need.
 */
final class ProcessTable {
    private static final long TICKS_PER_SECOND = readTicksPerSecond();

    /** Processes are read by the caller and one helper, so many at a time. */
    private static final int CHUNK = 32;

    /** Large enough for status, but for processes in hundreds of groups; then it grows. */
    private static final int LIMIT = 1 << 20;

    final List<ProcessRow> rows;

    final long memTotalKiB;
    private final Clock clock;

    /**
     * What turns the kernel's times into those of the table.
     *
     * @param bootTicks clock ticks since the machine was started, time asleep included
     * @param bootSeconds when it was started, in seconds since 1970
     * @param ticksPerSecond clock ticks per second, see sysconf(3)
     * @param now the local time
     */
    record Clock(long bootTicks, long bootSeconds, long ticksPerSecond, ZonedDateTime now) {}

    ProcessTable(List<ProcessRow> rows, long memTotalKiB, Clock clock) {
        this.rows = rows;
        this.memTotalKiB = memTotalKiB;
        this.clock = clock;
    }

    /** Reads all processes, in no order, and neither their users, terminals nor command lines. */
    static ProcessTable captureSizes() {
        long memTotalKiB = ProcFile.figure(ProcFile.text("/proc/meminfo"), "MemTotal:");
        Clock clock =
                new Clock(
                        uptimeCentis() * TICKS_PER_SECOND / 100,
                        bootSeconds(),
                        TICKS_PER_SECOND,
                        ZonedDateTime.now());
        List<ProcessRow> rows = new ArrayList<>();
        for (ProcessRow row : readAll(processIds())) {
            if (row != null) { // else it was gone before it could be read
                rows.add(row);
            }
        }
        return new ProcessTable(rows, memTotalKiB, clock);
    }

    /** Reads all processes, largest resident memory first, but not their command lines. */
    static ProcessTable capture() {
        ProcessTable table = captureSizes();
        UserNames users = new UserNames();
        TtyNames ttys = new TtyNames();
        for (ProcessRow row : table.rows) {
            users.learn(row);
        }
        for (ProcessRow row : table.rows) {
            row.user = users.name(row.uid);
            row.tty = ttys.name(row.ttyNr, row.pid);
        }
        table.rows.sort(
                Comparator.comparingLong((ProcessRow row) -> row.rssKiB)
                        .reversed()
                        .thenComparingInt(row -> row.pid));
        return table;
    }

    /**
     * The keys of all processes that have memory, see {@link ProcessHistory#key}: not of those that
     * have been killed but are not quite gone.
     */
    Set<Long> keys() {
        Set<Long> keys = new HashSet<>();
        for (ProcessRow row : rows) {
            if (row.sizeKiB() > 0) {
                keys.add(ProcessHistory.key(row.pid, row.startTicks));
            }
        }
        return keys;
    }

    /** When the machine was started, in seconds since 1970. */
    static long bootSeconds() {
        return ProcFile.figure(ProcFile.text("/proc/stat"), "btime");
    }

    /** Clock ticks from the start of the machine to the moment of this table. */
    long bootTicks() {
        return clock.bootTicks;
    }

    /** The process's age in clock ticks; not positive: it has just been started. */
    long elapsedTicks(ProcessRow row) {
        return clock.bootTicks - row.startTicks;
    }

    long cpuSeconds(ProcessRow row) {
        return row.cpuTicks / clock.ticksPerSecond;
    }

    double seconds(long ticks) {
        return (double) ticks / clock.ticksPerSecond;
    }

    /** When the process was started, in local time. */
    LocalDateTime started(ProcessRow row) {
        long second = clock.bootSeconds + row.startTicks / clock.ticksPerSecond;
        return LocalDateTime.ofInstant(Instant.ofEpochSecond(second), clock.now.getZone());
    }

    /** When this table was taken, in local time. */
    LocalDateTime taken() {
        return clock.now.toLocalDateTime();
    }

    /** False if {@code /proc} hides other users' processes (mount option hidepid). */
    static boolean allVisible() {
        return new ProcFile().read("/proc/1/stat", 1);
    }

    /** The number of processes now. */
    static int count() {
        return processIds().size();
    }

    private static List<Integer> processIds() {
        List<Integer> pids = new ArrayList<>();
        String[] names = new File("/proc").list();
        for (String name : names == null ? new String[0] : names) {
            if (name.charAt(0) >= '1' && name.charAt(0) <= '9') {
                pids.add(Integer.parseInt(name));
            }
        }
        return pids;
    }

    private static ProcessRow[] readAll(List<Integer> pids) {
        ProcessRow[] rows = new ProcessRow[pids.size()];
        AtomicInteger next = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(rows.length);
        Runnable reader =
                () -> {
                    ProcFile file = new ProcFile();
                    int first;
                    while ((first = next.getAndAdd(CHUNK)) < rows.length) {
                        for (int i = first; i < Math.min(first + CHUNK, rows.length); i++) {
                            try {
                                rows[i] = read(pids.get(i), file);
                            } finally {
                                left.countDown();
                            }
                        }
                    }
                };
        CommandLines.run(reader); // if none is free, all is done here
        reader.run();
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return rows;
    }

    private static ProcessRow read(int pid, ProcFile file) {
        String directory = "/proc/" + pid;
        if (!file.read(directory + "/stat", LIMIT)) {
            return null;
        }
        ProcessRow row = ProcessRow.parseStat(pid, file.bytes, file.length);
        if (row != null && !row.isKernelThread && file.read(directory + "/status", LIMIT)) {
            row.parseStatus(file.bytes, file.length);
        }
        return row;
    }

    private static long uptimeCentis() {
        ProcFile file = new ProcFile();
        file.read("/proc/uptime", 64); // seconds with two decimals
        int point = 0;
        while (point < file.length && file.bytes[point] != '.') {
            point++;
        }
        return ProcessRow.number(file.bytes, 0, file.length) * 100
                + ProcessRow.number(file.bytes, point + 1, file.length);
    }

    /** AT_CLKTCK of the auxiliary vector, see getauxval(3). */
    private static long readTicksPerSecond() {
        ProcFile file = new ProcFile();
        file.read("/proc/self/auxv", 4096);
        ByteBuffer vector =
                ByteBuffer.wrap(file.bytes, 0, file.length).order(ByteOrder.nativeOrder());
        boolean longs = "64".equals(System.getProperty("sun.arch.data.model"));
        int entryBytes = longs ? 16 : 8;
        while (vector.remaining() >= entryBytes) {
            long type = longs ? vector.getLong() : vector.getInt();
            long value = longs ? vector.getLong() : vector.getInt();
            if (type == 17) {
                return value;
            }
        }
        return 100;
    }
}
