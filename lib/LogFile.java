import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;

/**
 * A log to which whole records are appended: each in one write(2), then fsync(2). The file is
 * opened for each record, so that it may be moved or removed at any time. A record that cannot be
 * written waits here until it can.
 */
final class LogFile {
    /** Command lines hold secrets. */
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    /** The most heap that waiting records may hold, in bytes. */
    private static final int WAITING_LIMIT = 4 << 20;

    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    private static final String DROPPED =
            "# its table was dropped: too many records wait for the log to be writable\n";

    private static final String LOST =
            "# %d older records were dropped: too many waited for the log to be writable\n\n";

    private static final int BLOCK_BYTES = 1 << 16;

    private final Path path;
    private final String terminator;
    private final String cutShort;
    private final Deque<RecordText> waiting = new ArrayDeque<>();

    /** How many records had to be dropped while they waited. */
    private int lost;

    /**
     * @param path the file
     * @param terminator how each record ends, and no part of a record does
     * @param cutShort what ends a record that was cut short; null: remove what there is of it
     */
    LogFile(Path path, String terminator, String cutShort) {
        this.path = path;
        this.terminator = terminator;
        this.cutShort = cutShort;
    }

    /** The file's path. */
    @Override
    public String toString() {
        return path.toString();
    }

    /** Where the part of a record goes that memory does not hold. */
    Path spillFile() {
        return path.resolveSibling(path.getFileName() + ".spill");
    }

    /**
     * Appends a record, after those that still wait.
     *
     * @throws IOException if the file cannot be written, with the reason as its message; the record
     *     then waits for the next {@link #flush}
     */
    void append(RecordText record) throws IOException {
        record.trim();
        waiting.add(record);
        try {
            flush();
        } finally {
            limitWaiting();
        }
    }

    /** The number of records that wait. */
    int waiting() {
        return waiting.size();
    }

    /**
     * Writes what waits.
     *
     * @throws IOException if the file still cannot be written, with the reason as its message
     */
    void flush() throws IOException {
        if (lost > 0 && cutShort != null) {
            String note = String.format(LOST, lost);
            write(new ByteBuffer[] {ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8))});
            lost = 0;
        }
        while (!waiting.isEmpty()) {
            write(waiting.peek().buffers());
            waiting.remove().discard();
        }
    }

    /** Makes sure that records can be written: creates the file, and syncs it and its folder. */
    void check() throws IOException {
        append(new RecordText(0, spillFile())); // empty: the whole way of a record, for practice
        Path folder = path.toAbsolutePath().getParent();
        try (FileChannel channel = FileChannel.open(folder, READ)) {
            channel.force(true);
        } catch (IOException e) {
            // some file systems cannot sync a folder; the log itself has been synced
        }
    }

    private void write(ByteBuffer[] record) throws IOException {
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) { // opening a FIFO would block
                throw new IOException("it is not a regular file");
            }
            mend();
            try (FileChannel channel = FileChannel.open(path, APPEND, MODE)) {
                writeWhole(channel, record);
            }
        } catch (IOException e) {
            throw new IOException(reason(e), e);
        }
    }

    private static void writeWhole(FileChannel channel, ByteBuffer... text) throws IOException {
        long before = channel.size();
        long wanted = 0;
        for (ByteBuffer buffer : text) {
            wanted += buffer.remaining();
        }
        long written = 0;
        try {
            written = channel.write(text);
            if (written < wanted) {
                throw new IOException("no space left");
            }
            channel.force(false);
        } catch (IOException e) {
            if (channel.size() == before + written) { // nobody else has written behind it
                channel.truncate(before);
            }
            throw e;
        }
    }

    /**
     * Ends what does not end as a record does: monitor or machine were stopped while it was
     * written.
     */
    private void mend() throws IOException {
        String tail;
        try (FileChannel channel = FileChannel.open(path, READ)) {
            int length = terminator.length();
            tail = text(channel, Math.max(0, channel.size() - length), length);
        } catch (NoSuchFileException e) { // there is none yet, or it has been moved away just now
            return;
        }
        if (tail.isEmpty() || tail.equals(terminator)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path, APPEND, MODE)) {
            if (cutShort == null) {
                channel.truncate(endOfLastRecord());
            } else {
                // behind a whole line it needs no line feed at its beginning
                String note = tail.endsWith("\n") ? cutShort.stripLeading() : cutShort;
                writeWhole(channel, ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private long endOfLastRecord() throws IOException {
        try (FileChannel channel = FileChannel.open(path, READ)) {
            for (long start = channel.size(); start > 0; ) {
                start = Math.max(0, start - BLOCK_BYTES);
                int end = text(channel, start, 2 * BLOCK_BYTES).lastIndexOf(terminator);
                if (end >= 0) {
                    return start + end + terminator.length();
                }
            }
            return 0;
        }
    }

    /** The first line of the last record; empty if there is none, or it cannot be read. */
    String lastHeadline() {
        try (FileChannel channel = FileChannel.open(path, READ)) {
            // backwards, a block at a time, to the empty line that ends the record before
            long end = channel.size();
            for (long start = end; start > 0; ) {
                start = Math.max(0, start - BLOCK_BYTES);
                String text = text(channel, start, 2 * BLOCK_BYTES);
                boolean atEnd = start + text.length() == end;
                int last = text.length() - (atEnd ? terminator.length() + 1 : 1);
                int gap = text.lastIndexOf(terminator, last);
                if (gap >= 0 || start == 0) {
                    String record = text.substring(gap < 0 ? 0 : gap + terminator.length());
                    return record.lines().findFirst().orElse("");
                }
            }
        } catch (IOException e) {
            return "";
        }
        return "";
    }

    private static String text(FileChannel channel, long start, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        channel.read(bytes, start);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
    }

    /** Drops the oldest tables first, then whole records; JSON is nothing without its end. */
    private void limitWaiting() {
        int heapBytes = waiting.stream().mapToInt(RecordText::trim).sum();
        Iterator<RecordText> oldest = waiting.iterator();
        while (cutShort != null && heapBytes > WAITING_LIMIT && oldest.hasNext()) {
            RecordText record = oldest.next();
            heapBytes -= record.trim();
            record.keepFirstLine(DROPPED);
            heapBytes += record.trim();
        }
        while (heapBytes > WAITING_LIMIT) {
            RecordText record = waiting.remove();
            heapBytes -= record.trim();
            record.discard();
            lost++;
        }
    }

    /** Says in words why a file cannot be used. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
