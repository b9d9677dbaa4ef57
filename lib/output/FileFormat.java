package output;

import static java.nio.file.StandardOpenOption.READ;

import cli.Setting;

import text.Reason;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is in a file that the program writes; in a file of somebody else there is something else.
 */
public enum FileFormat {
    /** Text: an empty line ends each record. A record that was cut short is ended with a note. */
    TEXT(
            "\n\n",
            "\\n*(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[+-]\\d\\d:\\d\\d (memory|the kernel)"
                    + "|# cut short: |# \\d{1,9} older records were dropped: ).*+"),
    /** JSON Lines: what was cut short is removed. */
    JSON("\n", "\\{\"type\":\"(incident|climbed|process|captured|end|oomKill|unended|lost)\",.*+"),
    /** Figures for Prometheus: all of it is replaced. */
    METRICS("\n", "# HELP memory_monitor_.*+");

    /** The most of a file that is looked at. */
    private static final int BEGINNING_BYTES = 64;

    static final int BLOCK_BYTES = 1 << 16;

    /** Ends each record. */
    final String terminator;

    private final Pattern beginning;

    FileFormat(String terminator, String beginning) {
        this.terminator = terminator;
        this.beginning = Pattern.compile(beginning, Pattern.DOTALL);
    }

    /**
     * Makes sure that a file is not there yet, or is of this format: what is somebody else's is
     * neither changed nor replaced.
     *
     * @throws IOException if it is not, with the reason as its message
     */
    void refuseForeign(Path path) throws IOException {
        if (this == METRICS) {
            refuseLink(path);
        }
        try (FileChannel channel = open(path)) {
            Matcher ours = beginning.matcher(text(channel, 0, BEGINNING_BYTES));
            boolean isOurs = ours.matches() || ours.hitEnd(); // the latter: it is cut off there
            // Whose older part was removed, that begins anywhere in a record
            if (!isOurs && (this == METRICS || !isAt(lastRecord(channel), channel))) {
                throw new IOException("it holds something else; name another file");
            }
        } catch (NoSuchFileException e) {
            return; // there is none yet
        }
    }

    private boolean isAt(long start, FileChannel channel) throws IOException {
        return beginning.matcher(text(channel, start, BEGINNING_BYTES)).matches();
    }

    /**
     * Where the last record begins, whole or not: looks backwards for the end of the one before.
     */
    long lastRecord(FileChannel channel) throws IOException {
        int gap = terminator.length();
        long end = channel.size();
        for (long start = end; start > 0; ) {
            start = Math.max(0, start - BLOCK_BYTES);
            String text = text(channel, start, BLOCK_BYTES + gap);
            int most = (int) Math.min(text.length(), end - start - gap - 1);
            int at = text.lastIndexOf(terminator, most);
            if (at >= 0) {
                return start + at + gap;
            }
        }
        return 0;
    }

    /** Opens a file for reading: a regular one, for a FIFO would block. */
    static FileChannel open(Path path) throws IOException {
        refuseOther(path);
        return FileChannel.open(path, READ);
    }

    /**
     * Makes sure that a path leads to a regular file, or nowhere: opening a FIFO would block.
     *
     * @throws IOException if it does not, with the reason as its message
     */
    public static void refuseOther(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new IOException("it is not a regular file");
        }
    }

    /**
     * Makes sure that a path is no link: who replaces it would replace the link, such as
     * /dev/stdout, and who reads for others could be led anywhere.
     *
     * @throws IOException if it is one, with the reason as its message
     */
    public static void refuseLink(Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            throw new IOException("it is a link, name the file that it leads to");
        }
    }

    /**
     * Makes sure that a file of this format could be written, and leaves no trace.
     *
     * @param setting where its name comes from; empty: there is no such file
     * @throws Setting.WrongException if it could not
     */
    public void dryRun(Setting setting) {
        if (setting.text().isEmpty()) {
            return;
        }
        Path path = setting.path();
        try {
            if (!Files.isWritable(path.getParent())) {
                throw Files.exists(path.getParent())
                        ? new AccessDeniedException(path.toString())
                        : new NoSuchFileException(path.toString());
            }
            if (Files.exists(path) && !Files.isWritable(path)) {
                throw new AccessDeniedException(path.toString());
            }
            refuseForeign(path);
        } catch (IOException e) {
            throw setting.wrong("cannot be written: " + Reason.of(e));
        }
    }

    /** True if a file can be read, and begins as one of this format. */
    public boolean isBeginningOf(Path path) {
        try (FileChannel channel = open(path)) {
            return isAt(0, channel);
        } catch (IOException e) {
            return false;
        }
    }

    /** Some bytes of a file, each as one character. */
    static String text(FileChannel channel, long start, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        channel.read(bytes, start);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }
}
