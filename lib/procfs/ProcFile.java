package procfs;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

    /** A buffer that holds a text, as if that had been read. */
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

    /** How many bytes were read. */
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
        length = 0;
        return append(path, limit);
    }

    /** Reads a file whose path need not be text, see {@link #read(String, int)}. */
    boolean read(Path path, int limit) {
        length = 0;
        try (InputStream in = Files.newInputStream(path)) {
            append(in, limit);
            return true;
        } catch (IOException e) {
            length = 0;
            return false;
        }
    }

    /**
     * Reads a file, behind what this buffer holds already.
     *
     * @param limit the largest number of bytes wanted
     * @return false if it cannot be opened or read; this buffer then is as before
     */
    public boolean append(String path, int limit) {
        int start = length;
        try (FileInputStream in = new FileInputStream(path)) {
            append(in, limit);
            return true;
        } catch (IOException e) {
            length = start;
            return false;
        }
    }

    private void append(InputStream in, int limit) throws IOException {
        int end = length + limit;
        int wanted = Math.min(CHUNK, limit);
        while (wanted > 0 && once(in, wanted) == wanted) {
            wanted = Math.min(CHUNK, end - length);
        } // files of /proc/PID give less than was asked for only at their end
    }

    /**
     * Reads once.
     *
     * @return how many bytes came; negative: there are no more
     */
    int append(InputStream in) throws IOException {
        return once(in, CHUNK);
    }

    private int once(InputStream in, int wanted) throws IOException {
        if (bytes.length - length < wanted) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + wanted));
        }
        int count = in.read(bytes, length, wanted);
        length += Math.max(0, count);
        return count;
    }

    /** Hands over the whole lines that were read, and keeps what is behind them. */
    void takeLines(Consumer<ProcFile> lines) {
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

    /** Forgets what was read. */
    public void clear() {
        length = 0;
    }

    /** A whole file as text, one character for each byte; empty if it cannot be read. */
    public static String text(String path) {
        ProcFile file = new ProcFile();
        file.read(path, 1 << 24);
        return file.text();
    }

    /** What was read last, as text, one character for each byte. */
    public String text() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
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

    /** Where the next byte is that is no blank. */
    int skipBlanks(int at) {
        int next = at;
        while (next < length && (bytes[next] == ' ' || bytes[next] == '\t')) {
            next++;
        }
        return next;
    }

    /** Where the next blank or line feed is. */
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
