package text;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Text that is being formed, in UTF-8: an array that grows, to be used again and again. Unlike
 * {@code ByteArrayOutputStream} it takes no lock for each letter, which costs a third of forming a
 * table; so it is for one thread at a time.
 */
public final class Bytes extends OutputStream {
    private byte[] bytes;
    private int length;

    public Bytes() {
        this(256);
    }

    /** A text of about that many bytes: it need not grow. */
    public Bytes(int bytes) {
        this.bytes = new byte[bytes];
    }

    /** The text; only the first {@link #length} bytes count, and only until the next change. */
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Forgets what is behind the first {@code length} bytes. */
    public void shorten(int length) {
        this.length = length;
    }

    @Override
    public void write(int one) {
        reserve(1);
        bytes[length++] = (byte) one;
    }

    @Override
    public void write(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    private void reserve(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
    }

    public Bytes put(char ascii) {
        write(ascii);
        return this;
    }

    public Bytes put(long number) {
        if (number < 0) {
            return put(Long.toString(number));
        }
        int digits = 1;
        for (long rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        reserve(digits);
        length += digits;
        long rest = number;
        for (int at = length - 1; at >= length - digits; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return this;
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
        return put(text.bytes, 0, text.length);
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
        int whole = Math.min(length, mostBytes);
        while (whole < length && (bytes[whole] & 0xc0) == 0x80) { // see utf-8(7)
            whole--;
        }
        return whole;
    }

    /** Gives back the memory that the text does not need. */
    public void trim() {
        bytes = Arrays.copyOf(bytes, length);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
