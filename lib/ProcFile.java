import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A buffer into which files of {@code /proc} are read whole, again and again, with next to no
 * garbage. One per thread.
 */
final class ProcFile {
    /** Reads of up to this size need no allocation inside the JVM. */
    private static final int CHUNK = 8192;

    /** What was read last: the first {@link #length} bytes count. */
    byte[] bytes = new byte[CHUNK];

    int length;

    /**
     * Reads a file from its beginning, replacing what this buffer held.
     *
     * @param path the file
     * @param limit the largest number of bytes wanted
     * @return false if the file cannot be opened or read: the process is gone, or it is not ours to
     *     see
     */
    boolean read(String path, int limit) {
        length = 0;
        return append(path, limit);
    }

    /**
     * Reads a file, behind what this buffer holds already.
     *
     * @param path the file
     * @param limit the largest number of bytes wanted
     * @return false if it cannot be opened or read; this buffer then is as before
     */
    boolean append(String path, int limit) {
        int start = length;
        int end = start + limit;
        try (FileInputStream in = new FileInputStream(path)) {
            while (length < end) {
                int wanted = Math.min(CHUNK, end - length);
                if (bytes.length - length < wanted) {
                    bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + wanted));
                }
                int count = in.read(bytes, length, wanted);
                if (count > 0) {
                    length += count;
                }
                if (count < wanted) {
                    break; // files of /proc/PID give less than was asked for only at their end
                }
            }
            return true;
        } catch (IOException e) {
            length = start;
            return false;
        }
    }

    /** A whole file as text; empty if it cannot be read. */
    static String text(String path) {
        ProcFile file = new ProcFile();
        file.read(path, 1 << 24);
        return file.text();
    }

    /** What was read last, as text. */
    String text() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** The number behind a word at the beginning of a line; 0 if there is none. */
    static long figure(String text, String word) {
        int at = text.startsWith(word) ? 0 : text.indexOf("\n" + word) + 1;
        if (!text.startsWith(word, at)) {
            return 0;
        }
        at += word.length();
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        long number = 0;
        while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
            number = number * 10 + Character.digit(text.charAt(at), 10);
            at++;
        }
        return number;
    }
}
