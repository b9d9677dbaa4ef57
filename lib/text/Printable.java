package text;

import java.nio.charset.StandardCharsets;

/**
 * Makes foreign text harmless: what could forge a line of the log or drive a reader's terminal
 * becomes question marks, exactly as procps-ng 4.0.4 does it.
 */
public final class Printable {
    /**
     * The journal breaks lines of more than 48 KB (LineMax= of journald.conf(5)), and takes what
     * the rest begins with for its priority.
     */
    public static final int LINE_BYTES = 16 << 10;

    private Printable() {}

    static {
        // An incident loads no class: the JDK has some for letters that the start does not print
        StringBuilder letters = new StringBuilder();
        for (int codePoint : new int[] {0x100, 0x10000, 0x20000, 0x30000, 0xe0000, 0xf0000}) {
            isPrintable(codePoint);
            letters.appendCodePoint(codePoint);
        }
        StandardCharsets.UTF_8.encode(letters.toString());
    }

    /**
     * A text for the journal, a terminal or a command: one line without control characters, and
     * without those that change the order in which others are read, of at most {@link #LINE_BYTES}.
     */
    public static String line(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Bytes line = new Bytes(utf8.length);
        copy(utf8, 0, utf8.length, ' ', false, line);
        return shortened(line, LINE_BYTES - 3);
    }

    /** A text of which no more than so many bytes are left; then follows an ellipsis. */
    public static String shortened(String text, int mostBytes) {
        return 3 * text.length() <= mostBytes
                ? text
                : shortened(new Bytes(text.length()).put(text), mostBytes);
    }

    /** A name of at most so many bytes; what is cut off is told apart by its hash. */
    public static String cut(String name, int mostBytes) {
        String cut = shortened(name, mostBytes);
        return cut.equals(name) ? name : cut + Integer.toHexString(name.hashCode());
    }

    private static String shortened(Bytes text, int mostBytes) {
        int whole = text.whole(mostBytes);
        boolean isCut = whole < text.length();
        text.shorten(whole);
        return isCut ? text + "…" : text.toString();
    }

    /**
     * Copies text. Each control character, each byte that is not valid UTF-8 and each unprintable
     * code point becomes one question mark. As in ps, U+0080 to U+009F become two, and what encodes
     * a number just beyond U+10FFFF one.
     *
     * @param bytes holds the text from {@code from} to {@code to}
     * @param newline what NUL and newline become: a space between arguments
     * @param withFormat true: characters that only change how others look stay, as in ps
     * @param out takes the copy
     */
    public static void copy(
            byte[] bytes, int from, int to, char newline, boolean withFormat, Bytes out) {
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
            boolean isKept = length > 0 && isPrintable(codePoint);
            if (isKept && (withFormat || Character.getType(codePoint) != Character.FORMAT)) {
                out.put(bytes, at, at + length);
            } else {
                out.put(codePoint >= 0x80 && codePoint < 0xa0 ? "??" : "?");
            }
            at += Math.max(1, length);
        }
    }

    /**
     * The name of a process, a unit or a mount, to stand among words: whoever gives it could make
     * it look like more than a name, such as {@code , x (1) +5 GiB}. What tells items, numbers of
     * processes and sizes apart in a sentence becomes a question mark; ordinary names stay.
     */
    public static String name(byte[] bytes) {
        if (isPlain(bytes)) {
            return new String(bytes, StandardCharsets.ISO_8859_1); // as nearly always
        }
        Bytes line = new Bytes(bytes.length);
        copy(bytes, 0, bytes.length, '?', false, line);
        String text = line.toString();
        StringBuilder name = new StringBuilder(text);
        for (int at = 0; at < text.length(); at++) {
            boolean isFirst = at == 0 || text.charAt(at - 1) == ' ';
            boolean isLast = at == text.length() - 1;
            char next = isLast ? ' ' : text.charAt(at + 1);
            boolean isHarmful =
                    switch (text.charAt(at)) {
                        case ',', ';', '×' -> true;
                        case '(' -> Character.isDigit(next);
                        case '+' -> isFirst;
                        case ' ' -> at == 0 || isLast || next == '+' || isWordOfOurs(text, at + 1);
                        default -> isBlank(text.charAt(at));
                    };
            if (isHarmful) {
                name.setCharAt(at, '?');
            }
        }
        return name.toString();
    }

    /** True for what is seen as a blank, though Unicode may call it a letter or a symbol. */
    private static boolean isBlank(char letter) {
        return Character.isSpaceChar(letter)
                || "\u115f\u1160\u2800\u3164\uffa0".indexOf(letter) >= 0;
    }

    private static boolean isWordOfOurs(String text, int at) {
        return text.startsWith("MiB", at)
                || text.startsWith("GiB", at)
                || text.startsWith("in ", at);
    }

    private static boolean isPlain(byte[] bytes) {
        for (byte b : bytes) {
            boolean isLetter = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
            if (!isLetter && !(b >= '-' && b <= ':')) { // -./0123456789:
                return false;
            }
        }
        return true;
    }

    /**
     * A name as a cell: a blank would part columns, so it becomes a question mark too, and so does
     * what changes how others look, for the name stands in notes as well.
     */
    public static String word(String name) {
        StringBuilder cell = new StringBuilder(name.length());
        for (int at = 0; at < name.length(); at += Character.charCount(name.codePointAt(at))) {
            int c = name.codePointAt(at);
            boolean isBlank = Character.isSpaceChar(c) || Character.getType(c) == Character.FORMAT;
            cell.appendCodePoint(isPrintable(c) && !isBlank ? c : '?');
        }
        return cell.length() == 0 ? "?" : cell.toString();
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
