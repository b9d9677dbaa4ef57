import java.time.LocalDateTime;

/**
 * The cells of {@code ps aux}, as procps-ng 4.0.4 forms them: pure functions from the kernel's
 * figures to text.
 */
final class PsCells {
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private PsCells() {}

    /**
     * %CPU: the share of one processor since the process started. Not capped: eight busy threads
     * show 800.
     *
     * @param cpuTicks user plus system time
     * @param elapsedTicks the time since the process started, on the same clock
     */
    static String percentCpu(long cpuTicks, long elapsedTicks) {
        long permille = elapsedTicks > 0 ? cpuTicks * 1000 / elapsedTicks : 0;
        return permille > 999 ? Long.toString(permille / 10) : tenths(permille);
    }

    /** %MEM: resident memory's share of the machine's, at most 99.9. */
    static String percentMem(long rssKiB, long memTotalKiB) {
        return tenths(memTotalKiB > 0 ? Math.min(999, rssKiB * 1000 / memTotalKiB) : 0);
    }

    private static String tenths(long permille) {
        return permille / 10 + "." + permille % 10;
    }

    /** STAT: the state's letter, then {@code < N L s l +} as they apply. */
    static String stat(ProcessRow row) {
        StringBuilder cell = new StringBuilder(7).append(printable(row.state));
        if (row.nice != 0) {
            cell.append(row.nice < 0 ? '<' : 'N');
        }
        if (row.lockedKiB != 0) {
            cell.append('L');
        }
        if (row.session == row.pid) {
            cell.append('s');
        }
        if (row.threads > 1) {
            cell.append('l');
        }
        if (row.processGroup == row.foregroundGroup) {
            cell.append('+');
        }
        return cell.toString();
    }

    private static char printable(char letter) {
        return letter > ' ' && letter < 0x7f ? letter : '?';
    }

    /** START: the year of another year, month and day of another day, else hours and minutes. */
    static String start(LocalDateTime started, LocalDateTime now) {
        if (started.getYear() != now.getYear()) {
            return Integer.toString(started.getYear());
        }
        if (started.getDayOfYear() != now.getDayOfYear()) {
            return MONTHS[started.getMonthValue() - 1] + twoDigits(started.getDayOfMonth());
        }
        return twoDigits(started.getHour()) + ":" + twoDigits(started.getMinute());
    }

    /** TIME: processor time used, as minutes without limit and seconds. */
    static String time(long cpuSeconds) {
        return cpuSeconds / 60 + ":" + twoDigits(cpuSeconds % 60);
    }

    private static String twoDigits(long number) {
        return number < 10 ? "0" + number : Long.toString(number);
    }

    /**
     * COMMAND, from the command line.
     *
     * @param bytes holds the command line as {@code /proc/PID/cmdline} gives it
     * @param from where in {@code bytes} it begins
     * @param to where it ends; equal to {@code from} where there is none
     * @param row the process, whose name stands in for a missing command line
     * @param out takes the text, as UTF-8
     */
    static void command(byte[] bytes, int from, int to, ProcessRow row, RecordText out) {
        int end = to;
        while (end > from && bytes[end - 1] == 0) {
            end--;
        }
        if (end > from) {
            printable(bytes, from, end, ' ', out);
        } else if (to > from) {
            out.put('?');
        } else {
            out.put('[');
            printable(row.comm, 0, row.comm.length, '?', out);
            out.put(']');
            if (row.state == 'Z') {
                out.put(" <defunct>");
            }
        }
    }

    /**
     * Copies text, and makes what could forge a line or drive a terminal harmless: each control
     * character, each byte that is not valid UTF-8 and each unprintable code point becomes one
     * question mark. As in ps, U+0080 to U+009F become two, and what encodes a number just beyond
     * U+10FFFF one.
     *
     * @param newline what NUL and newline become: a space between arguments
     */
    static void printable(byte[] bytes, int from, int to, char newline, RecordText out) {
        int at = from;
        while (at < to) {
            int plain = at;
            while (plain < to && bytes[plain] >= ' ' && bytes[plain] != 0x7f) {
                plain++;
            }
            out.put(bytes, at, plain);
            at = plain;
            if (at == to) {
                return;
            }
            byte first = bytes[at];
            if (first >= 0) {
                out.put(first == 0 || first == '\n' ? newline : '?');
                at++;
                continue;
            }
            int length = sequenceLength(bytes, at, to);
            int codePoint = length > 0 ? codePoint(bytes, at, length) : -1;
            if (length > 0 && isPrintable(codePoint)) {
                out.put(bytes, at, at + length);
            } else {
                out.put(codePoint >= 0x80 && codePoint < 0xa0 ? "??" : "?");
            }
            at += Math.max(1, length);
        }
    }

    /** Text of up to a few hundred bytes, made harmless. */
    static String printable(byte[] bytes) {
        RecordText out = new RecordText(RecordText.HEAD_BYTES, null);
        printable(bytes, 0, bytes.length, '?', out);
        return out.toString();
    }

    /** The length of the valid UTF-8 sequence of several bytes that begins here; 0: none does. */
    private static int sequenceLength(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xff;
        int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > to) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        int codePoint = codePoint(bytes, at, length);
        boolean overlong = length == 3 && codePoint < 0x800 || length == 4 && codePoint < 0x10000;
        boolean surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
        return overlong || surrogate ? 0 : length;
    }

    private static int codePoint(byte[] bytes, int at, int length) {
        int codePoint = bytes[at] & 0xff >> length + 1;
        for (int i = 1; i < length; i++) {
            codePoint = codePoint << 6 | bytes[at + i] & 0x3f;
        }
        return codePoint;
    }

    /** A name as a cell: nothing in it parts columns, forges a line or drives a terminal. */
    static String word(String name) {
        StringBuilder cell = new StringBuilder(name.length());
        name.codePoints()
                .map(c -> isPrintable(c) && !Character.isSpaceChar(c) ? c : '?')
                .forEach(cell::appendCodePoint);
        return cell.length() == 0 ? "?" : cell.toString();
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.UNASSIGNED,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
