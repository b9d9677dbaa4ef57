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
import java.util.List;

/**
 * The cells of {@code ps aux}, as procps-ng 4.0.4 forms them: pure functions from the kernel's
 * figures to text.
 */
public final class PsCells {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private PsCells() {}

    /** All cells of a row but COMMAND, in the order of {@code ps aux}. */
    public static List<String> of(ProcessInfo row, ProcessTable table) {
        BootClock clock = table.clock();
        Stat stat = row.stat();
        Status status = row.status();
        return List.of(
                row.user(),
                Integer.toString(row.pid()),
                percentCpu(stat.cpuTicks(), clock.elapsedTicks(stat)),
                percentMem(status.rssKiB(), table.memTotalKiB()),
                Long.toString(status.vszKiB()),
                Long.toString(status.rssKiB()),
                row.tty(),
                stat(stat, status),
                start(clock.started(stat), clock.now().toLocalDateTime()),
                time(stat.cpuTicks() / BootClock.TICKS_PER_SECOND));
    }

    /**
     * %CPU: the share of one processor since the process started. Not capped: eight busy threads
     * show 800.
     *
     * @param cpuTicks user plus system time
     * @param elapsedTicks the time since the process started, on the same clock
     */
    public static String percentCpu(long cpuTicks, long elapsedTicks) {
        long permille = elapsedTicks > 0 ? cpuTicks * 1000 / elapsedTicks : 0;
        return permille > 999 ? Long.toString(permille / 10) : tenths(permille);
    }

    /** %MEM: resident memory's share of the machine's, at most 99.9. */
    public static String percentMem(long rssKiB, long memTotalKiB) {
        return tenths(memTotalKiB > 0 ? Math.min(999, rssKiB * 1000 / memTotalKiB) : 0);
    }

    private static String tenths(long permille) {
        return permille / 10 + "." + permille % 10;
    }

    /** STAT: the state's letter, then {@code < N L s l +} as they apply. */
    public static String stat(Stat stat, Status status) {
        char state = status.state() > ' ' && status.state() < 0x7f ? status.state() : '?';
        return state
                + (stat.nice() == 0 ? "" : stat.nice() < 0 ? "<" : "N")
                + (status.lockedKiB() == 0 ? "" : "L")
                + (stat.session() == stat.pid() ? "s" : "")
                + (status.threads() > 1 ? "l" : "")
                + (stat.processGroup() == stat.foregroundGroup() ? "+" : "");
    }

    /** START: the year of another year, month and day of another day, else hours and minutes. */
    public static String start(LocalDateTime started, LocalDateTime now) {
        if (started.getYear() != now.getYear()) {
            return Integer.toString(started.getYear());
        }
        return started.getDayOfYear() != now.getDayOfYear()
                ? MONTHS[started.getMonthValue() - 1] + twoDigits(started.getDayOfMonth())
                : twoDigits(started.getHour()) + ":" + twoDigits(started.getMinute());
    }

    /** TIME: processor time used, as minutes without limit and seconds. */
    public static String time(long cpuSeconds) {
        return cpuSeconds / 60 + ":" + twoDigits(cpuSeconds % 60);
    }

    private static String twoDigits(long number) {
        return (number < 10 ? "0" : "") + number;
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
