import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/**
 * The text of a record, in UTF-8. Its first part stays in memory; the rest, if there is one, goes
 * into a file as it is formed, so that a record never fills the heap.
 */
final class RecordText {
    /** A megabyte holds the table of some 8,000 ordinary processes. */
    static final int HEAD_BYTES = 1 << 20;

    /** Nothing is recorded beyond this: 30,000 processes may show 4 GB of arguments. */
    static final long SPILL_LIMIT = 256L << 20;

    /** On Linux, Java unlinks such a file as soon as it is open: nothing is left behind, ever. */
    private static final Set<StandardOpenOption> SPILL_OPTIONS =
            Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);

    private static final FileAttribute<Set<PosixFilePermission>> SPILL_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final byte[] BLANKS = " ".repeat(32).getBytes(StandardCharsets.US_ASCII);

    private final int headLimit;
    private final Path spillFile;
    private FileChannel spill;
    private ByteBuffer mapped;

    private byte[] head = new byte[1 << 8];
    private int headLength;

    /** What goes into the file next; null while everything fits into memory. */
    private ByteBuffer tail;

    private IOException cut;
    private boolean wasCut;

    /**
     * @param headLimit how many bytes to keep in memory, usually {@link #HEAD_BYTES}
     * @param spillFile where the part goes that memory does not hold: a name that is free, for a
     *     file that is made when it is needed and loses its name at once
     */
    RecordText(int headLimit, Path spillFile) {
        this.headLimit = headLimit;
        this.spillFile = spillFile;
    }

    RecordText put(char ascii) {
        return put(new byte[] {(byte) ascii}, 0, 1);
    }

    RecordText put(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return put(utf8, 0, utf8.length);
    }

    RecordText put(byte[] source, int from, int to) {
        int count = to - from;
        if (tail == null && !wasCut && headLength + count > headLimit) {
            tail = ByteBuffer.allocate(1 << 16);
        }
        if (tail == null) {
            if (head.length < headLength + count) {
                head = Arrays.copyOf(head, Math.max(2 * head.length, headLength + count));
            }
            System.arraycopy(source, from, head, headLength, count);
            headLength += count;
            return this;
        }
        for (int at = from; at < to && cut == null; ) {
            int part = Math.min(to - at, tail.remaining());
            tail.put(source, at, part);
            at += part;
            if (!tail.hasRemaining()) {
                spill();
            }
        }
        return this;
    }

    RecordText blanks(int count) {
        for (int left = count; left > 0; left -= BLANKS.length) {
            put(BLANKS, 0, Math.min(left, BLANKS.length));
        }
        return this;
    }

    private void spill() {
        try {
            if (spill == null) {
                spill = FileChannel.open(spillFile, SPILL_OPTIONS, SPILL_MODE);
            }
            tail.flip();
            while (tail.hasRemaining()) {
                spill.write(tail);
            }
            tail.clear();
            if (spill.size() > SPILL_LIMIT) {
                throw new IOException("the record is larger than " + SPILL_LIMIT + " bytes");
            }
        } catch (IOException e) {
            cut = e;
        }
    }

    /**
     * Why the text had to be cut: the file for its further part could not be written. Null while
     * all is well. What is put from then on is dropped, until {@link #resumeAfterCut}.
     */
    IOException cut() {
        return cut;
    }

    /**
     * Goes back to the last whole line in memory; what is put from now on follows there.
     *
     * @return the number of lines kept
     */
    int resumeAfterCut() {
        discard();
        wasCut = true;
        while (headLength > 0 && head[headLength - 1] != '\n') {
            headLength--;
        }
        int lines = 0;
        for (int i = 0; i < headLength; i++) {
            lines += head[i] == '\n' ? 1 : 0;
        }
        return lines;
    }

    /**
     * Writes out what does not stay in memory.
     *
     * @return why the text had to be cut; null: it is complete
     */
    IOException finish() {
        if (tail != null && cut == null) {
            spill();
        }
        return cut;
    }

    /** The part that is in memory. */
    @Override
    public String toString() {
        return new String(head, 0, headLength, StandardCharsets.UTF_8);
    }

    /** The whole text, to be written in one go. Nothing can be put into it any more. */
    ByteBuffer[] buffers() throws IOException {
        if (finish() != null) {
            String reason = LogFile.reason(cut);
            resumeAfterCut();
            put("# cut short: " + reason + "\n\n");
        }
        ByteBuffer first = ByteBuffer.wrap(head, 0, headLength);
        if (spill == null) {
            return new ByteBuffer[] {first};
        }
        if (mapped == null) {
            mapped = spill.map(FileChannel.MapMode.READ_ONLY, 0, spill.size());
        }
        return new ByteBuffer[] {first, mapped.duplicate()};
    }

    /**
     * Gives back the memory that the text does not need.
     *
     * @return the number of bytes of heap that it still holds
     */
    int trim() {
        if (head.length > headLength) {
            head = Arrays.copyOf(head, headLength);
        }
        return headLength + (tail == null ? 0 : tail.capacity());
    }

    /**
     * Drops all but the first line and the empty one at the end.
     *
     * @param instead the line that takes the place of a table
     */
    void keepFirstLine(String instead) {
        discard();
        int end = 0;
        while (end < headLength && head[end] != '\n') {
            end++;
        }
        boolean hadMore = headLength > end + 2;
        headLength = Math.min(end + 1, headLength);
        put(hadMore ? instead : "").put('\n');
    }

    /** Gives up the part that is not in memory, if there is one. */
    void discard() {
        tail = null;
        cut = null;
        if (spill != null) {
            try {
                spill.close();
            } catch (IOException e) {
                // nothing is lost with it
            }
            spill = null;
        }
        if (mapped != null) { // until it is collected it takes room on the disk, and keeps it busy
            mapped = null;
            System.gc();
        }
    }
}
