package output;

import deadline.TimeLimiter;

import text.Bytes;
import text.Printable;
import text.Units;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * What is said on the terminal or in the journal. Whoever should read this may have stopped
 * reading: that holds nobody up for long, and what is missed is counted.
 */
public final class Console {
    // Priorities of syslog(3)

    /** Something does not work. */
    public static final int ERROR = 3;

    /** An incident. */
    public static final int WARNING = 4;

    /** Worth knowing. */
    public static final int NOTICE = 5;

    /** All is well. */
    public static final int INFO = 6;

    private static final String CLEAR_LINE = "\r\033[K";

    // DECAWM, see console_codes(4); behind what does not fit, the last column is a blank

    private static final String NO_WRAP = "\033[?7l";
    private static final String WRAP = " \033[?7h";

    private static final String MISSED =
            "nobody has read this for a while: up to %d lines or records are missing";

    private static final Path STDOUT = Path.of("/proc/self/fd/1");

    /** How long to wait for whoever reads standard output. */
    private static final long READER_MILLIS = 1000;

    private final FileChannel channel;
    private final PrintStream stream;
    private final TimeLimiter reader = new TimeLimiter("stdout", READER_MILLIS);
    private final String target = findTarget();
    private final boolean isTerminal =
            target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    private final boolean isJournal = findJournal();

    /** How many lines and records were not taken from us since the last that was. */
    private int missed;

    public Console() {
        this(new FileOutputStream(FileDescriptor.out));
    }

    Console(FileOutputStream stdout) {
        channel = stdout.getChannel();
        stream = new PrintStream(stdout, true, StandardCharsets.UTF_8);
    }

    /** What standard output is; empty: that is not known. */
    private static String findTarget() {
        try {
            return Files.readSymbolicLink(STDOUT).toString();
        } catch (IOException e) {
            return "";
        }
    }

    /** Shells of a desktop have the variable, too; so it names the journal's own stream. */
    private static boolean findJournal() {
        try {
            Map<String, Object> stdout = Files.readAttributes(STDOUT, "unix:dev,ino");
            String stream = stdout.get("dev") + ":" + stdout.get("ino");
            return stream.equals(System.getenv("JOURNAL_STREAM"));
        } catch (IOException e) {
            return false;
        }
    }

    /** True if somebody looks at it. */
    public boolean isTerminal() {
        return isTerminal;
    }

    /** True if another program reads it, which may have seen enough. */
    public boolean isPipe() {
        return target.startsWith("pipe:");
    }

    /** The stream for what is no event: help and version. */
    public PrintStream stream() {
        return stream;
    }

    /** Prints one line, made harmless; the journal gets it with its priority. */
    public synchronized void event(int priority, String format, Object... arguments) {
        String clock = isTerminal ? Units.clock(System.currentTimeMillis()) + " " : "";
        String start = isTerminal ? CLEAR_LINE + clock : isJournal ? priority(priority) : "";
        String missing = missed == 0 ? "" : start + Units.format(MISSED, missed) + "\n";
        String text = start + Printable.line(Units.format(format, arguments));
        missed = isSaid(() -> stream.println(missing + text)) ? 0 : missed + 1;
    }

    private boolean isSaid(Runnable saying) {
        try {
            reader.call(Executors.callable(saying));
            return true;
        } catch (IOException e) {
            return !reader.hangs(); // else nobody listens
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /** Keeps a line current on a terminal, which cuts it to its width by itself. */
    public void status(String line) {
        if (isTerminal) {
            isSaid(() -> stream.print(CLEAR_LINE + NO_WRAP + line + WRAP));
        }
    }

    /** Leaves the status line behind. */
    public void endStatus() {
        if (isTerminal) {
            isSaid(stream::println);
        }
    }

    /** Prints a record that the log does not take. */
    synchronized void record(ByteBuffer[] parts) {
        missed += isSaid(() -> print(parts)) ? 0 : 1;
    }

    /**
     * Prints a record, however long that takes.
     *
     * @throws UncheckedIOException if that fails, but not because nobody reads it any more
     */
    public void print(ByteBuffer[] parts) {
        stream.print(isTerminal ? CLEAR_LINE : "");
        stream.flush();
        try {
            if (isJournal) {
                writeLines(channel, priority(ERROR), Printable.LINE_BYTES, parts);
            } else {
                write(channel, parts);
            }
        } catch (IOException e) {
            if (!"Broken pipe".equals(e.getMessage())) {
                throw new UncheckedIOException("cannot write: " + e.getMessage(), e);
            }
        }
    }

    /** What journald takes from the beginning of a line, once, see sd-daemon(3). */
    private static String priority(int priority) {
        return "<" + priority + ">";
    }

    /** Writes a text: each line begins with {@code start}, and is cut behind so many bytes. */
    static void writeLines(WritableByteChannel to, String start, int mostBytes, ByteBuffer... parts)
            throws IOException {
        Bytes line = new Bytes();
        for (ByteBuffer part : parts) {
            while (part.hasRemaining()) {
                byte next = part.get();
                if (next == '\n') {
                    writeLine(to, start, mostBytes, line);
                } else if (line.length() < mostBytes + 4) {
                    line.write(next);
                }
            }
        }
        if (line.length() > 0) {
            writeLine(to, start, mostBytes, line);
        }
    }

    private static void writeLine(WritableByteChannel to, String start, int mostBytes, Bytes line)
            throws IOException {
        Bytes text = new Bytes(line.length() + start.length() + 1).put(start);
        Printable.copy(line.array(), 0, line.whole(mostBytes), ' ', false, text);
        text.put('\n');
        write(to, ByteBuffer.wrap(text.array(), 0, text.length()));
        line.shorten(0);
    }

    static void write(WritableByteChannel to, ByteBuffer... parts) throws IOException {
        for (ByteBuffer part : parts) {
            while (part.hasRemaining()) {
                to.write(part);
            }
        }
    }
}
