package text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text that is being formed, in UTF-8: an array that grows, to be used again and again. */
public final class Bytes extends ByteArrayOutputStream {
    public Bytes() {
        this(256);
    }

    /** A text of about that many bytes: it need not grow. */
    public Bytes(int bytes) {
        super(bytes);
    }

    /** The text; only the first {@link #length} bytes count, and only until the next change. */
    public byte[] array() {
        return buf;
    }

    public int length() {
        return count;
    }

    /** Forgets what is behind the first {@code length} bytes. */
    public void shorten(int length) {
        count = length;
    }

    public Bytes put(char ascii) {
        write(ascii);
        return this;
    }

    public Bytes put(long number) {
        return put(Long.toString(number));
    }

    public Bytes put(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return put(utf8, 0, utf8.length);
    }

    /** Appends the bytes from {@code from} to {@code to}. */
    public Bytes put(byte[] source, int from, int to) {
        write(source, from, to - from);
        return this;
    }

    public Bytes put(Bytes text) {
        return put(text.buf, 0, text.count);
    }

    /** Appends some blanks; none where {@code count} is not positive. */
    public Bytes blanks(int count) {
        for (int i = 0; i < count; i++) {
            put(' ');
        }
        return this;
    }

    /** How much of the text is no longer than so many bytes, and ends with a whole character. */
    public int whole(int mostBytes) {
        int whole = Math.min(count, mostBytes);
        while (whole < count && (buf[whole] & 0xc0) == 0x80) { // see utf-8(7)
            whole--;
        }
        return whole;
    }

    /** Gives back the memory that the text does not need. */
    public void trim() {
        buf = Arrays.copyOf(buf, count);
    }

    @Override
    public String toString() {
        return toString(StandardCharsets.UTF_8);
    }
}
