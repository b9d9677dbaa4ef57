package output;

import breach.Breach;
import breach.Sample;

import deadline.TimeLimiter;

import procfs.ProcessReader;

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
import java.util.Optional;
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

    private static final String MISSED =
            "nobody has read this for a while: up to %d lines or records are missing";

    /**
     * The journal breaks lines of more than 48 KB (LineMax= of journald.conf(5)), and takes what
     * the rest begins with for its priority: a process could have any line in it, by its arguments.
     */
    private static final int JOURNAL_LINE_BYTES = 16 << 10;

    /** How long to wait for whoever reads standard output. */
    private static final long READER_MILLIS = 1000;

    private final FileOutputStream stdout = new FileOutputStream(FileDescriptor.out);
    private final FileChannel channel = stdout.getChannel();
    private final PrintStream stream = new PrintStream(stdout, true, StandardCharsets.UTF_8);
    private final TimeLimiter reader = new TimeLimiter("stdout", READER_MILLIS);
    private final boolean isTerminal = findTerminal();
    private final boolean isJournal = findJournal();

    /** How many lines and records were not taken from us since the last that was. */
    private int missed;

    private static boolean findTerminal() {
        try {
            Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
            return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    /** Shells of a desktop have the variable, too; so it names the journal's own stream. */
    private static boolean findJournal() {
        try {
            Map<String, Object> stdout =
                    Files.readAttributes(Path.of("/proc/self/fd/1"), "unix:dev,ino");
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

    /** The stream for what is no event: help and version. */
    public PrintStream stream() {
        return stream;
    }

    /** Prints one line; the journal gets it with its priority. */
    public synchronized void event(int priority, String format, Object... arguments) {
        String start = isTerminal ? CLEAR_LINE : isJournal ? "<" + priority + ">" : "";
        String missing = missed == 0 ? "" : start + Units.format(MISSED, missed) + "\n";
        String text = start + Units.format(format, arguments);
        missed = isSaid(() -> stream.println(missing + text)) ? 0 : missed + 1;
    }

    private boolean isSaid(Runnable saying) {
        try {
            return reader.call(Executors.callable(saying, true)) != null;
        } catch (IOException e) {
            return true; // nobody listens
        }
    }

    /** Keeps a line current on a terminal. */
    public void status(Sample sample, Optional<Breach> breach, int incidents) {
        if (isTerminal) {
            String line =
                    Units.format(
                            "%sRAM %.1f %%  CPU %.1f %%  above for %s  incidents %d  processes %d",
                            CLEAR_LINE,
                            sample.usedPercent(),
                            sample.cpuPercent(),
                            Units.seconds(breach.isPresent() ? breach.get().elapsedNanos() : 0),
                            incidents,
                            ProcessReader.count());
            isSaid(() -> stream.print(line));
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
                writeShortLines(channel, JOURNAL_LINE_BYTES, parts);
            } else {
                write(channel, parts);
            }
        } catch (IOException e) {
            if (!"Broken pipe".equals(e.getMessage())) {
                throw new UncheckedIOException("cannot write: " + e.getMessage(), e);
            }
        }
    }

    /** Writes a text of which each line is cut, between letters, behind so many bytes. */
    static void writeShortLines(WritableByteChannel to, int mostBytes, ByteBuffer... parts)
            throws IOException {
        ByteBuffer out = ByteBuffer.allocate(1 << 13);
        int lineBytes = 0;
        boolean isCut = false;
        for (ByteBuffer part : parts) {
            while (part.hasRemaining()) {
                byte next = part.get();
                boolean isWithinLetter = (next & 0xc0) == 0x80; // see utf-8(7)
                lineBytes = next == '\n' ? 0 : lineBytes + 1;
                isCut = lineBytes > mostBytes && (isCut || !isWithinLetter);
                if (!isCut) {
                    out.put(next);
                }
                if (!out.hasRemaining()) {
                    write(to, out.flip());
                    out.clear();
                }
            }
        }
        write(to, out.flip());
    }

    /** Writes a text, all of it. */
    static void write(WritableByteChannel to, ByteBuffer... parts) throws IOException {
        for (ByteBuffer part : parts) {
            while (part.hasRemaining()) {
                to.write(part);
            }
        }
    }
}
