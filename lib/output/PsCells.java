package output;

import procfs.BootClock;
import procfs.CommandLines;
import procfs.ProcessInfo;
import procfs.ProcessTable;
import procfs.Stat;
import procfs.Status;

import text.Bytes;
import text.Printable;

import java.time.LocalDateTime;

/**
 * The cells of {@code ps aux}, as procps-ng 4.0.4 forms them: pure functions from the kernel's
 * figures to text.
 */
public final class PsCells {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private PsCells() {}

    /** Forms all cells of a row but COMMAND, in the order of {@code ps aux}. */
    public static Columns of(ProcessInfo row, ProcessTable table, Columns cells) {
        BootClock clock = table.clock();
        Stat stat = row.stat();
        Status status = row.status();
        Bytes out = cells.begin();
        out.put(row.user());
        cells.end().put(row.pid());
        percentCpu(stat.cpuTicks(), clock.elapsedTicks(stat), cells.end());
        percentMem(status.rssKiB(), table.memTotalKiB(), cells.end());
        cells.end().put(status.vszKiB());
        cells.end().put(status.rssKiB());
        cells.end().put(row.tty());
        stat(stat, status, cells.end());
        start(clock.started(stat), clock.now().toLocalDateTime(), cells.end());
        time(stat.cpuTicks() / BootClock.TICKS_PER_SECOND, cells.end());
        cells.end();
        return cells;
    }

    /**
     * %CPU: the share of one processor since the process started. Not capped: eight busy threads
     * show 800.
     *
     * @param cpuTicks user plus system time
     * @param elapsedTicks the time since the process started, on the same clock
     */
    public static void percentCpu(long cpuTicks, long elapsedTicks, Bytes out) {
        long permille = elapsedTicks > 0 ? cpuTicks * 1000 / elapsedTicks : 0;
        if (permille > 999) {
            out.put(permille / 10);
        } else {
            tenths(permille, out);
        }
    }

    /** %MEM: resident memory's share of the machine's, at most 99.9. */
    public static void percentMem(long rssKiB, long memTotalKiB, Bytes out) {
        tenths(memTotalKiB > 0 ? Math.min(999, rssKiB * 1000 / memTotalKiB) : 0, out);
    }

    private static void tenths(long permille, Bytes out) {
        out.put(permille / 10).put('.').put(permille % 10);
    }

    /** STAT: the state's letter, then {@code < N L s l +} as they apply. */
    public static void stat(Stat stat, Status status, Bytes out) {
        out.put(printable(status.state()));
        if (stat.nice() != 0) {
            out.put(stat.nice() < 0 ? '<' : 'N');
        }
        if (status.lockedKiB() != 0) {
            out.put('L');
        }
        if (stat.session() == stat.pid()) {
            out.put('s');
        }
        if (status.threads() > 1) {
            out.put('l');
        }
        if (stat.processGroup() == stat.foregroundGroup()) {
            out.put('+');
        }
    }

    private static char printable(char letter) {
        return letter > ' ' && letter < 0x7f ? letter : '?';
    }

    /** START: the year of another year, month and day of another day, else hours and minutes. */
    public static void start(LocalDateTime started, LocalDateTime now, Bytes out) {
        if (started.getYear() != now.getYear()) {
            out.put(started.getYear());
        } else if (started.getDayOfYear() != now.getDayOfYear()) {
            out.put(MONTHS[started.getMonthValue() - 1]);
            twoDigits(started.getDayOfMonth(), out);
        } else {
            twoDigits(started.getHour(), out);
            twoDigits(started.getMinute(), out.put(':'));
        }
    }

    /** TIME: processor time used, as minutes without limit and seconds. */
    public static void time(long cpuSeconds, Bytes out) {
        twoDigits(cpuSeconds % 60, out.put(cpuSeconds / 60).put(':'));
    }

    private static void twoDigits(long number, Bytes out) {
        out.put((char) ('0' + number / 10)).put((char) ('0' + number % 10));
    }

    /**
     * COMMAND, made harmless, from the command line.
     *
     * @param line the command line as {@code /proc/PID/cmdline} gives it
     * @param row the process, whose name stands in for a missing command line
     * @param out takes the text, as UTF-8
     */
    public static void command(CommandLines.Text line, ProcessInfo row, Bytes out) {
        byte[] bytes = line.bytes();
        int end = line.to();
        while (end > line.from() && bytes[end - 1] == 0) {
            end--;
        }
        if (end > line.from()) {
            Printable.copy(bytes, line.from(), end, ' ', true, out);
        } else if (line.to() > line.from()) {
            out.put('?');
        } else {
            byte[] comm = row.stat().comm();
            out.put('[');
            Printable.copy(comm, 0, comm.length, '?', true, out);
            out.put(']');
            if (row.status().state() == 'Z') {
                out.put(" <defunct>");
            }
        }
    }
}
