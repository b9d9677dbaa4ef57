package procfs;

import java.net.URI;
import java.nio.file.Path;

/**
 * Paths by their bytes: a name on a Linux file system need not be text in the locale's encoding,
 * nor in any. A {@link Path} keeps the bytes, but a String of it does not, unless they are in a
 * URI.
 */
final class RawPath {
    private RawPath() {}

    /**
     * A path.
     *
     * @param bytes one character for each byte
     * @throws IllegalArgumentException if it is none, with a NUL in it for example
     */
    static Path of(String bytes) {
        if (isAscii(bytes)) {
            return Path.of(bytes);
        }
        StringBuilder uri = new StringBuilder("file://");
        for (char b : bytes.toCharArray()) {
            boolean isPlain = b < 0x80 && Character.isLetterOrDigit(b) || b == '/';
            uri.append(isPlain ? String.valueOf(b) : String.format("%%%02X", (int) b));
        }
        return Path.of(URI.create(uri.toString()));
    }

    /** An absolute path's bytes, one character for each. */
    static String bytes(Path path) {
        String text = path.toString();
        if (isAscii(text)) {
            return text;
        }
        String uri = path.toUri().getRawPath();
        StringBuilder bytes = new StringBuilder(uri.length());
        for (int i = 0; i < uri.length(); i++) {
            boolean isEscaped = uri.charAt(i) == '%';
            bytes.append(
                    isEscaped
                            ? (char) Integer.parseInt(uri.substring(i + 1, i + 3), 16)
                            : uri.charAt(i));
            i += isEscaped ? 2 : 0;
        }
        boolean isFolder = bytes.length() > 1 && bytes.charAt(bytes.length() - 1) == '/';
        return bytes.substring(0, bytes.length() - (isFolder ? 1 : 0));
    }

    /** True if it is the same in all locales. */
    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }
}
