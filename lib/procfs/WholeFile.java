package procfs;

import java.io.FileInputStream;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Files that the kernel gives in pieces: it ends a read where the next record does not fit into its
 * buffer, so that a short read is not the end, as it is in files of {@code /proc/PID}.
 */
final class WholeFile {
    private WholeFile() {}

    /**
     * Reads a file of any size to its end, or to {@link Bounds#WHOLE_FILE_BYTES}.
     *
     * @param lines takes all lines in their order, some at a time; of a file that cannot be read
     *     there are none
     * @return false if there is more in the file
     */
    static boolean read(String path, Consumer<ProcFile> lines) {
        ProcFile file = new ProcFile();
        long left = Bounds.WHOLE_FILE_BYTES;
        try (FileInputStream in = new FileInputStream(path)) {
            for (int count; left > 0 && (count = file.append(in)) >= 0; left -= count) {
                file.takeLines(lines);
            }
        } catch (IOException e) {
            file.clear();
        }
        if (file.length() > 0) {
            lines.accept(file); // its last line has no end
        }
        return left > 0;
    }

    /** The number behind a key at the beginning of a line; 0 if there is none. */
    static long figure(String path, String key) {
        long[] figure = new long[1];
        read(path, lines -> figure[0] += lines.figure(key));
        return figure[0];
    }
}
