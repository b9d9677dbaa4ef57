package output;

import static java.nio.file.StandardOpenOption.READ;

import cli.Setting;

import deadline.TimeLimiter;

import text.Reason;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file to which whole records are appended: each in one write(2), then fsync(2). It is opened for
 * each record, so that it may be moved or removed at any time.
 */
public final class LogFile {
    /** How records stand in a file. */
    public enum Format {
        /** Text: an empty line ends each record. What was cut short is ended with a note. */
        TEXT("\n\n", "[^{\\x00-\\x08\\x0e-\\x1f][^\\x00-\\x08\\x0e-\\x1f]*+"),
        /** JSON Lines: what was cut short is removed. */
        JSON(
                "\n",
                "\\{\"type\":\"(incident|climbed|process|captured|end|oomKill|unended|lost)\",.*+"),
        /** Figures for Prometheus: all of it is replaced. */
        METRICS("\n", "# HELP memory_monitor_.*+");

        /** The most of a file that is looked at. */
        private static final int BEGINNING_BYTES = 64;

        final String terminator;

        /** How a file of this format begins. */
        private final Pattern beginning;

        Format(String terminator, String beginning) {
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
            if (Files.exists(path) && !Files.isRegularFile(path)) { // opening a FIFO would block
                throw new IOException("it is not a regular file");
            }
            try (FileChannel channel = FileChannel.open(path, READ)) {
                Matcher ours = beginning.matcher(text(channel, 0, BEGINNING_BYTES));
                if (!ours.matches() && !ours.hitEnd()) { // the latter: cut off in its beginning
                    throw new IOException("it holds something else; name another file");
                }
            } catch (NoSuchFileException e) {
                return; // there is none yet
            }
        }
    }

    /** What the log says under a record during which the monitor or the machine was stopped. */
    private static final String CUT_SHORT = "\n# cut short: the record above is incomplete\n\n";

    /** Command lines hold secrets. */
    private static final FileAttribute<Set<PosixFilePermission>> MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    private static final int BLOCK_BYTES = 1 << 16;

    /** How long to wait for a disk. */
    private static final long DISK_MILLIS = 1000;

    static final String HANGS = "the disk does not answer";

    /** A record takes no more than this part of what is free: so it is never what fills a disk. */
    private static final int ROOM_DIVISOR = 10;

    /** The part when it is written: by then others of the same incident have taken theirs. */
    private static final int WRITTEN_DIVISOR = 4;

    /** Even so there is room for what happened and who has most. */
    private static final long LEAST_ROOM_BYTES = 64 << 10;

    static final String TOO_LITTLE_ROOM = "too little space is left on the disk";

    private final Path path;
    private final Format format;
    private final long limitBytes;
    private final double freePercent;
    private final TimeLimiter disk = new TimeLimiter("disk", DISK_MILLIS);
    private volatile long roomBytes = Long.MAX_VALUE;
    private long shortened;

    /**
     * @param limitBytes from this size on, records are shortened
     * @param freePercent with less of the file system free they are, too
     */
    public LogFile(Path path, Format format, long limitBytes, double freePercent) {
        this.path = path;
        this.format = format;
        this.limitBytes = limitBytes;
        this.freePercent = freePercent;
    }

    /**
     * Opens a file for records. Where it cannot be written the watch goes on all the same, but by
     * hand on a terminal that is an error.
     *
     * @param setting where its name comes from
     */
    public static LogFile open(
            Setting setting, Format format, long limitBytes, double freePercent, Console console)
            throws IOException {
        LogFile file = new LogFile(setting.path(), format, limitBytes, freePercent);
        try {
            file.check();
        } catch (IOException e) {
            String why = setting.source() + ": cannot write the log " + file + ": " + Reason.of(e);
            if (console.isTerminal()) {
                throw new IOException(why, e);
            }
            console.event(Console.ERROR, "%s; watching all the same, until that works", why);
        }
        return file;
    }

    /** A file that is never written: its folder takes the parts of large records. */
    public static LogFile temporary() {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        Path path = folder.resolve("memory_monitor." + ProcessHandle.current().pid());
        return new LogFile(path, Format.TEXT, Long.MAX_VALUE, 0);
    }

    /** The file's path. */
    @Override
    public String toString() {
        return path.toString();
    }

    Format format() {
        return format;
    }

    /** Where the part of a record goes that memory does not hold. */
    Path spillPath() {
        return path.resolveSibling(path.getFileName() + ".spill");
    }

    /**
     * Does something on the file's disk.
     *
     * @throws IOException if it fails, or the disk hangs
     */
    <T> T onDisk(Callable<T> action) throws IOException {
        T result = disk.call(action);
        if (result == null) {
            throw new IOException(HANGS);
        }
        return result;
    }

    /**
     * Makes sure that records can be written: creates the file, and syncs it and its folder.
     *
     * @throws IOException if they cannot, with the reason as its message
     */
    public void check() throws IOException {
        onDisk(
                () -> {
                    append(ByteBuffer.allocate(0)); // the whole way of a record, for practice
                    try (FileChannel folder = FileChannel.open(path.getParent(), READ)) {
                        folder.force(true);
                    } catch (IOException e) {
                        // some file systems cannot sync a folder; the file itself has been synced
                    }
                    return true;
                });
    }

    /**
     * Makes sure that a file could be written, and leaves no trace.
     *
     * @param setting where its name comes from; empty: there is no such file
     * @throws Setting.WrongException if it could not
     */
    public static void dryRun(Setting setting, Format format) {
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
            format.refuseForeign(path);
        } catch (IOException e) {
            throw setting.wrong("cannot be written: " + Reason.of(e));
        }
    }

    /**
     * Why the next record has to be short: file or disk are nearly full; empty: there is room. To
     * be asked once for each record.
     */
    public String shortage() {
        String shortage = findShortage();
        shortened += shortage.isEmpty() ? 0 : 1;
        return shortage;
    }

    /** How many records had to be short. */
    long shortened() {
        return shortened;
    }

    private String findShortage() {
        try {
            return onDisk(
                    () -> {
                        File file = path.toFile();
                        if (file.length() >= limitBytes) {
                            return "the log has reached " + (limitBytes >> 20) + " MB";
                        }
                        long freeBytes = freeBytes();
                        roomBytes = Math.max(LEAST_ROOM_BYTES, freeBytes / ROOM_DIVISOR);
                        long totalBytes = path.getParent().toFile().getTotalSpace();
                        return freeBytes < totalBytes / 100.0 * freePercent
                                ? "less than " + Math.round(freePercent) + " % of its disk is free"
                                : "";
                    });
        } catch (IOException e) {
            return Reason.of(e);
        }
    }

    /** The free space, if that matters and is known: not so where the disk is not there. */
    private long freeBytes() {
        File folder = path.getParent().toFile();
        boolean isKnown = freePercent > 0 && folder.getTotalSpace() > 0;
        return isKnown ? folder.getUsableSpace() : Long.MAX_VALUE;
    }

    /** How large a record may be, as {@link #shortage} found it last. */
    long roomBytes() {
        return roomBytes;
    }

    /**
     * Appends a record. This may take as long as the disk wants.
     *
     * @throws IOException if the file cannot be written, with the reason as its message
     */
    void append(ByteBuffer... record) throws IOException {
        try {
            format.refuseForeign(path);
            mend();
            if (size(record) > freeBytes() / WRITTEN_DIVISOR) {
                throw new IOException(TOO_LITTLE_ROOM);
            }
            try (FileChannel channel = FileChannel.open(path, APPEND, MODE)) {
                writeWhole(channel, record);
            }
        } catch (IOException e) {
            throw new IOException(Reason.of(e), e);
        }
    }

    private static void writeWhole(FileChannel channel, ByteBuffer... text) throws IOException {
        long before = channel.size();
        long wanted = size(text);
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

    private static long size(ByteBuffer... text) {
        long size = 0;
        for (ByteBuffer buffer : text) {
            size += buffer.remaining();
        }
        return size;
    }

    /**
     * Ends what does not end as a record does: monitor or machine were stopped while it was
     * written.
     */
    private void mend() throws IOException {
        String tail;
        try (FileChannel channel = FileChannel.open(path, READ)) {
            int length = format.terminator.length();
            tail = text(channel, Math.max(0, channel.size() - length), length);
        } catch (NoSuchFileException e) { // there is none yet, or it has been moved away just now
            return;
        }
        if (tail.isEmpty() || tail.equals(format.terminator)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path, APPEND, MODE)) {
            if (format == Format.JSON) {
                channel.truncate(endOfLastRecord());
            } else {
                // behind a whole line it needs no line feed at its beginning
                String note = tail.endsWith("\n") ? CUT_SHORT.stripLeading() : CUT_SHORT;
                writeWhole(channel, ByteBuffer.wrap(note.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private long endOfLastRecord() throws IOException {
        try (FileChannel channel = FileChannel.open(path, READ)) {
            for (long start = channel.size(); start > 0; ) {
                start = Math.max(0, start - BLOCK_BYTES);
                int end = text(channel, start, 2 * BLOCK_BYTES).lastIndexOf(format.terminator);
                if (end >= 0) {
                    return start + end + format.terminator.length();
                }
            }
            return 0;
        }
    }

    /**
     * The first line of the last record, which may be in the file that was rotated away last; empty
     * if there is none, or it cannot be read.
     */
    public String lastHeadline() {
        try {
            return onDisk(
                    () -> {
                        String last = lastHeadline(path);
                        return last.isEmpty()
                                ? lastHeadline(path.resolveSibling(path.getFileName() + ".1"))
                                : last;
                    });
        } catch (IOException e) {
            return "";
        }
    }

    private String lastHeadline(Path path) {
        int gapLength = format.terminator.length();
        try (FileChannel channel = FileChannel.open(path, READ)) {
            // backwards, a block at a time, to the empty line that ends the record before
            long end = channel.size();
            for (long start = end; start > 0; ) {
                start = Math.max(0, start - BLOCK_BYTES);
                String text = text(channel, start, 2 * BLOCK_BYTES);
                boolean atEnd = start + text.length() == end;
                int last = text.length() - (atEnd ? gapLength + 1 : 1);
                int gap = text.lastIndexOf(format.terminator, last);
                if (gap >= 0 || start == 0) {
                    String record = text.substring(gap < 0 ? 0 : gap + gapLength);
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
}
