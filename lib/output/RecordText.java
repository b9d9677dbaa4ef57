package output;

import text.Bytes;
import text.Reason;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The text of a record. Its first part stays in memory; the rest, if there is one, goes into a file
 * as it is formed, so that a record never fills the heap. Where that file cannot be written, or the
 * log's disk has no room for so much, the text is cut: what is put from then on is dropped, until
 * {@link #resumeAfterCut}.
 *
 * <p>It is formed by one thread, and then only read; several may keep it, and the last one that
 * releases it gives back what it holds.
 */
public final class RecordText {
    /** A megabyte holds the table of some 8,000 ordinary processes. */
    static final int HEAD_BYTES = 1 << 20;

    /** Nothing is recorded beyond this: 30,000 processes may show 4 GB of arguments. */
    private static final long SPILL_LIMIT = 256L << 20;

    /** It grows by so much, and nothing is moved for that. */
    private static final int PART_BYTES = 1 << 16;

    /** On Linux, Java unlinks such a file as soon as it is open: nothing is left behind, ever. */
    private static final Set<StandardOpenOption> SPILL_OPTIONS =
            Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);

    private static final FileAttribute<Set<PosixFilePermission>> SPILL_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final LogFile file;
    private final long roomBytes;

    /** All but the last are full. */
    private final List<Bytes> head = new ArrayList<>();

    private final Bytes ascii = new Bytes();

    /** What goes into the spill file next; null while everything fits into memory. */
    private ByteBuffer tail;

    private FileChannel spill;
    private ByteBuffer mapped;
    private IOException cut;
    private boolean wasCut;
    private boolean isFirstLine;
    private int keepers = 1;

    /**
     * Begins a text; whoever does so keeps it.
     *
     * @param file the log, beside which the part goes that memory does not hold
     */
    public RecordText(LogFile file) {
        this.file = file;
        head.add(new Bytes());
        roomBytes = file.roomBytes();
    }

    /** Appends one ASCII character. */
    public RecordText put(char character) {
        ascii.shorten(0);
        return put(ascii.put(character));
    }

    /** Appends a text. */
    public RecordText put(String text) {
        ascii.shorten(0);
        return put(ascii.put(text));
    }

    /** Appends a text. */
    public RecordText put(Bytes text) {
        return put(text.array(), 0, text.length());
    }

    /** Appends the bytes from {@code from} to {@code to}. */
    public RecordText put(byte[] source, int from, int to) {
        int length = length() + to - from;
        if (tail == null && !wasCut && length > Math.min(HEAD_BYTES, roomBytes)) {
            tail = ByteBuffer.allocate(PART_BYTES);
            cut = length > roomBytes ? new IOException(LogFile.TOO_LITTLE_ROOM) : null;
        }
        for (int at = from; at < to && cut == null; ) {
            at += tail == null ? intoMemory(source, at, to) : intoFile(source, at, to);
        }
        return this;
    }

    /** Takes some of these bytes, and says how many. */
    private int intoMemory(byte[] source, int from, int to) {
        if (last().length() == PART_BYTES) {
            head.add(new Bytes(PART_BYTES));
        }
        int bytes = Math.min(to - from, PART_BYTES - last().length());
        last().put(source, from, from + bytes);
        return bytes;
    }

    private int intoFile(byte[] source, int from, int to) {
        int bytes = Math.min(to - from, tail.remaining());
        tail.put(source, from, bytes);
        if (!tail.hasRemaining()) {
            spill();
        }
        return bytes;
    }

    private Bytes last() {
        return head.get(head.size() - 1);
    }

    /** Of the part that is in memory. */
    private int length() {
        return (head.size() - 1) * PART_BYTES + last().length();
    }

    private byte at(int index) {
        return head.get(index / PART_BYTES).array()[index % PART_BYTES];
    }

    private void spill() {
        ByteBuffer full = tail.flip();
        try {
            file.onDisk(
                    () -> {
                        if (spill == null) {
                            spill = FileChannel.open(file.spillPath(), SPILL_OPTIONS, SPILL_MODE);
                        }
                        while (full.hasRemaining()) {
                            spill.write(full);
                        }
                        return true;
                    });
            tail.clear();
            if (HEAD_BYTES + spill.size() > roomBytes) {
                throw new IOException(LogFile.TOO_LITTLE_ROOM);
            }
            if (spill.size() > SPILL_LIMIT) {
                throw new IOException("the record is larger than " + SPILL_LIMIT + " bytes");
            }
        } catch (IOException e) {
            cut = e;
        }
    }

    /** Why the text had to be cut; empty while all is well. */
    public String cut() {
        return cut == null ? "" : Reason.of(cut);
    }

    /**
     * Goes back to the last whole line in memory; what is put from now on follows there.
     *
     * @return the number of lines kept
     */
    public int resumeAfterCut() {
        giveBack();
        tail = null;
        cut = null;
        wasCut = true;
        int length = length();
        while (length > 0 && at(length - 1) != '\n') {
            length--;
        }
        int parts = Math.max(1, (length + PART_BYTES - 1) / PART_BYTES);
        head.subList(parts, head.size()).clear();
        last().shorten(length - (parts - 1) * PART_BYTES);
        int lines = 0;
        for (int i = 0; i < length; i++) {
            lines += at(i) == '\n' ? 1 : 0;
        }
        return lines;
    }

    /**
     * Writes out what does not stay in memory: nothing is put any more.
     *
     * @return why the text had to be cut; empty: it is complete
     */
    public String finish() {
        if (tail != null && cut == null) {
            spill();
        }
        try {
            if (tail != null && cut == null) {
                mapped = spill.map(FileChannel.MapMode.READ_ONLY, 0, spill.size());
            }
        } catch (IOException e) {
            cut = e;
        }
        return cut();
    }

    /** The whole text, to be written in one go. */
    public synchronized ByteBuffer[] buffers() {
        List<ByteBuffer> all = new ArrayList<>();
        for (Bytes part : head) {
            all.add(ByteBuffer.wrap(part.array(), 0, part.length()));
        }
        if (mapped != null) {
            all.add(mapped.duplicate());
        }
        return all.toArray(new ByteBuffer[0]);
    }

    /** The part that is in memory. */
    @Override
    public String toString() {
        return beginning(length()).toString();
    }

    private Bytes beginning(int bytes) {
        Bytes beginning = new Bytes(bytes);
        for (Bytes part : head) {
            beginning.put(part.array(), 0, Math.min(part.length(), bytes - beginning.length()));
        }
        return beginning;
    }

    /** The number of bytes of heap that it holds. */
    int heapBytes() {
        return (head.size() - 1) * PART_BYTES + last().array().length;
    }

    /** True if there is more than one line and the empty one at the end, or a note instead. */
    boolean hasTable() {
        return !isFirstLine && (mapped != null || length() > firstLineEnd() + 2);
    }

    private int firstLineEnd() {
        int end = 0;
        while (end < length() && at(end) != '\n') {
            end++;
        }
        return end;
    }

    /** A record that is only this one's first line, and a note in place of the rest. */
    RecordText firstLine(String note) {
        RecordText text = new RecordText(file);
        text.put(beginning(Math.min(firstLineEnd() + 1, length())));
        text.put(note).put('\n');
        text.last().trim();
        text.isFirstLine = true;
        return text;
    }

    /** Keeps the text after the call; gives back the memory that it does not need. */
    synchronized void keep() {
        keepers++;
        last().trim();
    }

    /** Lets it go. */
    public synchronized void release() {
        keepers--;
        if (keepers == 0) {
            giveBack();
        }
    }

    private void giveBack() {
        try {
            if (spill != null) {
                spill.close();
            }
        } catch (IOException e) {
            // nothing is lost with it
        }
        spill = null;
        if (mapped != null) { // until it is collected it takes room on the disk, and keeps it busy
            mapped = null;
            System.gc();
        }
    }
}
