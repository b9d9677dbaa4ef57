package procfs;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A buffer into which files of {@code /proc} and {@code /sys} are read whole, again and again, with
 * next to no garbage, and the figures in what was read. One per thread.
 */
public final class ProcFile {
    /** Reads of up to this size need no allocation inside the JVM. */
    private static final int CHUNK = 8192;

    /** No figure of the kernel is larger; what is computed from them then never overflows. */
    private static final long LARGEST = 1_000_000_000_000_000L;

    private byte[] bytes = new byte[CHUNK];
    private int length;

    /** A buffer as if a text had been read, one byte for each character. */
    public static ProcFile of(String text) {
        ProcFile file = new ProcFile();
        file.bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        file.length = file.bytes.length;
        return file;
    }

    /** What was read; only the first {@link #length} bytes count, until the next read. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /**
     * Reads a file from its beginning, replacing what this buffer held.
     *
     * @param limit the largest number of bytes wanted
     * @return false if the file cannot be opened or read: the process is gone, or it is not ours to
     *     see; this buffer is then empty
     */
    public boolean read(String path, int limit) {
        try (InputStream in = new FileInputStream(path)) {
            return read(in, limit);
        } catch (IOException e) {
            length = 0;
            return false;
        }
    }

    /** Reads a file whose path need not be text, see {@link #read(String, int)}. */
    boolean read(Path path, int limit) {
        try (InputStream in = Files.newInputStream(path)) {
            return read(in, limit);
        } catch (IOException e) {
            length = 0;
            return false;
        }
    }

    private boolean read(InputStream in, int limit) throws IOException {
        length = 0;
        int wanted = Math.min(CHUNK, limit);
        while (wanted > 0 && append(in, wanted) == wanted) {
            wanted = Math.min(CHUNK, limit - length);
        } // files of /proc/PID give less than was asked for only at their end
        return true;
    }

    private int append(InputStream in, int wanted) throws IOException {
        if (bytes.length - length < wanted) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + wanted));
        }
        int count = in.read(bytes, length, wanted);
        length += Math.max(0, count);
        return count;
    }

    /**
     * Reads a file that the kernel gives in pieces, to its end or to {@link
     * Bounds#WHOLE_FILE_BYTES}: the kernel ends a read where the next record does not fit into its
     * buffer, so that a short read is not the end, as it is in files of {@code /proc/PID}.
     *
     * @param lines takes all lines in their order, some at a time; of a file that cannot be read
     *     there are none
     * @return false if there is more in the file
     */
    static boolean lines(String path, Consumer<ProcFile> lines) {
        ProcFile file = new ProcFile();
        long left = Bounds.WHOLE_FILE_BYTES;
        try (InputStream in = new FileInputStream(path)) {
            for (int count; left > 0 && (count = file.append(in, CHUNK)) >= 0; left -= count) {
                file.takeLines(lines);
            }
        } catch (IOException e) {
            file.clear();
        }
        if (file.length > 0) {
            lines.accept(file); // its last line has no end
        }
        return left > 0;
    }

    /** The number behind a key at the beginning of a line of such a file; 0 if there is none. */
    static long figure(String path, String key) {
        long[] figure = new long[1];
        lines(path, lines -> figure[0] += lines.figure(key));
        return figure[0];
    }

    /** Hands over the whole lines that were read, and keeps what is behind them. */
    private void takeLines(Consumer<ProcFile> lines) {
        int end = length;
        while (length > 0 && bytes[length - 1] != '\n') {
            length--;
        }
        int whole = length;
        if (whole > 0) {
            lines.accept(this);
            System.arraycopy(bytes, whole, bytes, 0, end - whole);
        }
        length = end - whole > Bounds.LINE_BYTES ? 0 : end - whole;
    }

    public void clear() {
        length = 0;
    }

    /** A whole file as text; empty if it cannot be read. */
    public static String text(String path) {
        ProcFile file = new ProcFile();
        file.read(path, 1 << 24);
        return file.text();
    }

    /** What was read last, as text. */
    public String text() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** The number behind a key at the beginning of a line; 0 if there is none. */
    public long figure(String key) {
        for (int line = 0; line < length; line = nextLine(line)) {
            int at = valueOf(key, line);
            if (at >= 0) {
                return number(at);
            }
        }
        return 0;
    }

    /**
     * The numbers of all lines, by what stands before a separator; others are left out. Of lines
     * with the same the first one counts.
     */
    Map<String, Long> figures(char separator) {
        Map<String, Long> figures = new HashMap<>();
        for (int line = 0; line < length; line = nextLine(line)) {
            int end = line;
            while (end < length && bytes[end] != separator && bytes[end] != '\n') {
                end++;
            }
            if (end > line && end < length && bytes[end] == separator) {
                String key = new String(bytes, line, end - line, StandardCharsets.ISO_8859_1);
                figures.putIfAbsent(key, number(skipBlanks(end + 1)));
            }
        }
        return figures;
    }

    /** Where the line behind the one begins that holds the byte {@code at}. */
    int nextLine(int at) {
        int next = at;
        while (next < length && bytes[next] != '\n') {
            next++;
        }
        return next + 1;
    }

    /** Where the value of a line begins, behind key and blanks; -1: the line has another key. */
    int valueOf(String key, int line) {
        if (line + key.length() > length) {
            return -1;
        }
        for (int i = 0; i < key.length(); i++) {
            if (bytes[line + i] != key.charAt(i)) {
                return -1;
            }
        }
        return skipBlanks(line + key.length());
    }

    int skipBlanks(int at) {
        int next = at;
        while (next < length && (bytes[next] == ' ' || bytes[next] == '\t')) {
            next++;
        }
        return next;
    }

    int skipWord(int at) {
        int next = at;
        while (next < length && bytes[next] != ' ' && bytes[next] != '\t' && bytes[next] != '\n') {
            next++;
        }
        return next;
    }

    /** The decimal number that begins here, with an optional minus; 0 where there is none. */
    long number(int at) {
        boolean negative = at < length && bytes[at] == '-';
        long value = 0;
        for (int i = negative ? at + 1 : at; i < length; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = Math.min(LARGEST, value * 10 + digit);
        }
        return negative ? -value : value;
    }
}
