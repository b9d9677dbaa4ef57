package procfs;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Files that the kernel gives in pieces: it ends a read where the next record does not fit into its
 * buffer, so that a short read is not the end, as it is in files of {@code /proc/PID}.
 */
final class WholeFile {
    private WholeFile() {}

    /** Reads a file to its end; what cannot be read is empty. */
    static ProcFile read(String path) {
        try (FileInputStream in = new FileInputStream(path)) {
            return ProcFile.of(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return ProcFile.of("");
        }
    }
}
