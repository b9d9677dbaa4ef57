package text;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text that is being formed, in UTF-8: an array that grows, to be used again and again. */
public final class Bytes extends OutputStream {
    private static final byte[] BLANKS = " ".repeat(32).getBytes(StandardCharsets.US_ASCII);

    private byte[] array;
    private int length;

    /** A short text. */
    public Bytes() {
        this(256);
    }

    /** A text of about that many bytes: it need not grow. */
    public Bytes(int bytes) {
        array = new byte[bytes];
    }

    /** The text; only the first {@link #length} bytes count, and only until the next change. */
    public byte[] array() {
        return array;
    }

    /** The text's length in bytes. */
    public int length() {
        return length;
    }

    /** Forgets what is behind the first {@code length} bytes. */
    public void shorten(int length) {
        this.length = length;
    }

    /** Appends one ASCII character. */
    public Bytes put(char ascii) {
        room(1);
        array[length++] = (byte) ascii;
        return this;
    }

    /** Appends a number. */
    public Bytes put(long number) {
        if (number < 0) {
            return put(Long.toString(number));
        }
        int digits = 1;
        for (long left = number / 10; left > 0; left /= 10) {
            digits++;
        }
        room(digits);
        length += digits;
        long left = number;
        for (int i = 1; i <= digits; i++) {
            array[length - i] = (byte) ('0' + left % 10);
            left /= 10;
        }
        return this;
    }

    /** Appends a text as UTF-8. */
    public Bytes put(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return putUtf8(text);
            }
            array[length + i] = (byte) text.charAt(i); // plain ASCII, as nearly always: no garbage
        }
        length += text.length();
        return this;
    }

    private Bytes putUtf8(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return put(utf8, 0, utf8.length);
    }

    /** Appends the bytes from {@code from} to {@code to}. */
    public Bytes put(byte[] source, int from, int to) {
        room(to - from);
        System.arraycopy(source, from, array, length, to - from);
        length += to - from;
        return this;
    }

    /** Appends a text. */
    public Bytes put(Bytes text) {
        return put(text.array, 0, text.length);
    }

    @Override
    public void write(int b) {
        put((char) b);
    }

    @Override
    public void write(byte[] source, int from, int count) {
        put(source, from, from + count);
    }

    /** Appends some blanks; none where {@code count} is not positive. */
    public Bytes blanks(int count) {
        for (int left = count; left > 0; left -= BLANKS.length) {
            put(BLANKS, 0, Math.min(left, BLANKS.length));
        }
        return this;
    }

    /** How much of the text is no longer than so many bytes, and ends with a whole character. */
    public int whole(int mostBytes) {
        int whole = Math.min(length, mostBytes);
        while (whole < length && (array[whole] & 0xc0) == 0x80) { // see utf-8(7)
            whole--;
        }
        return whole;
    }

    /** Gives back the memory that the text does not need. */
    public void trim() {
        array = Arrays.copyOf(array, length);
    }

    private void room(int count) {
        if (array.length < length + count) {
            array = Arrays.copyOf(array, Math.max(2 * array.length, length + count));
        }
    }

    /** The text. */
    @Override
    public String toString() {
        return new String(array, 0, length, StandardCharsets.UTF_8);
    }
}
