package record;

import base.Bytes;
import base.Printable;

import procfs.BootClock;
import procfs.CommandLines;
import procfs.ProcessRow;
import procfs.ProcessTable;
import procfs.Stat;
import procfs.Status;

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
    public static List<String> of(ProcessRow row, ProcessTable table) {
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
                time(stat.cpuTicks() / clock.ticksPerSecond()));
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
        StringBuilder cell = new StringBuilder(7).append(printable(status.state()));
        if (stat.nice() != 0) {
            cell.append(stat.nice() < 0 ? '<' : 'N');
        }
        if (status.lockedKiB() != 0) {
            cell.append('L');
        }
        if (stat.session() == stat.pid()) {
            cell.append('s');
        }
        if (status.threads() > 1) {
            cell.append('l');
        }
        if (stat.processGroup() == stat.foregroundGroup()) {
            cell.append('+');
        }
        return cell.toString();
    }

    private static char printable(char letter) {
        return letter > ' ' && letter < 0x7f ? letter : '?';
    }

    /** START: the year of another year, month and day of another day, else hours and minutes. */
    public static String start(LocalDateTime started, LocalDateTime now) {
        if (started.getYear() != now.getYear()) {
            return Integer.toString(started.getYear());
        }
        if (started.getDayOfYear() != now.getDayOfYear()) {
            return MONTHS[started.getMonthValue() - 1] + twoDigits(started.getDayOfMonth());
        }
        return twoDigits(started.getHour()) + ":" + twoDigits(started.getMinute());
    }

    /** TIME: processor time used, as minutes without limit and seconds. */
    public static String time(long cpuSeconds) {
        return cpuSeconds / 60 + ":" + twoDigits(cpuSeconds % 60);
    }

    private static String twoDigits(long number) {
        return number < 10 ? "0" + number : Long.toString(number);
    }

    /**
     * COMMAND, made harmless, from the command line.
     *
     * @param line the command line as {@code /proc/PID/cmdline} gives it
     * @param row the process, whose name stands in for a missing command line
     * @param out takes the text, as UTF-8
     */
    public static void command(CommandLines.Text line, ProcessRow row, Bytes out) {
        byte[] bytes = line.bytes();
        int end = line.to();
        while (end > line.from() && bytes[end - 1] == 0) {
            end--;
        }
        if (end > line.from()) {
            Printable.copy(bytes, line.from(), end, ' ', out);
        } else if (line.to() > line.from()) {
            out.put('?');
        } else {
            byte[] comm = row.stat().comm();
            out.put('[');
            Printable.copy(comm, 0, comm.length, '?', out);
            out.put(']');
            if (row.status().state() == 'Z') {
                out.put(" <defunct>");
            }
        }
    }
}
