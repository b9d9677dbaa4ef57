package output;

import static java.nio.file.StandardOpenOption.READ;

import cli.Setting;

import procfs.ProcessReader;

import text.Reason;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/**
 * A file to which whole records are appended: each in one write(2), then fsync(2). It is opened for
 * each record, so that it may be moved or removed at any time.
 */
public final class LogFile {
    /** What the log says under a record during which the monitor or the machine was stopped. */
    private static final String CUT_SHORT = "\n# cut short: the record above is incomplete\n\n";

    private static final Set<StandardOpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);

    /** What the file beside the log is called that tells who writes it. */
    private static final String CLAIM = ".lock";

    /** How the name of a file beside the log ends that holds a record for the command. */
    static final String STDIN = ".stdin";

    private static final int MOST_CLAIM_BYTES = 64;

    private final Path path;
    private final FileFormat format;
    private final Disk disk;
    private volatile boolean isClaimed;

    /** A file for records of a format; it is not touched yet. */
    public LogFile(Path path, FileFormat format, Disk.Limits limits) {
        this.path = path;
        this.format = format;
        this.disk = new Disk(path, limits);
    }

    /**
     * Opens a file for records. Where it cannot be written the watch goes on all the same, but by
     * hand on a terminal that is an error.
     *
     * @param setting where its name comes from
     */
    public static LogFile open(
            Setting setting, FileFormat format, Disk.Limits limits, Console console)
            throws IOException {
        LogFile file = new LogFile(setting.path(), format, limits);
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

    @Override
    public String toString() {
        return path.toString();
    }

    FileFormat format() {
        return format;
    }

    public Disk disk() {
        return disk;
    }

    /**
     * Makes sure that records can be written: creates the file, and syncs it.
     *
     * @throws IOException if they cannot
     */
    public void check() throws IOException {
        disk.call(
                () -> {
                    append(ByteBuffer.allocate(0)); // the whole way of a record, for practice
                    return true;
                });
    }

    /**
     * Makes it known that this process writes the file, in a file beside it. No file stays open for
     * that: the disk may be unmounted. Removes what a monitor that was killed has left beside it.
     *
     * @return false if another process that runs has made that known
     */
    public boolean claim() {
        long self = ProcessHandle.current().pid();
        try {
            return disk.call(
                    () -> {
                        if (writer(path).orElse(self) != self) {
                            return false;
                        }
                        format.refuseForeign(path); // beside somebody's file nothing is made
                        writeClaim();
                        isClaimed = true;
                        disk.removeLeft(STDIN);
                        return true;
                    });
        } catch (IOException e) {
            return true; // it cannot be known
        }
    }

    private void writeClaim() throws IOException {
        String owner = ProcessReader.identity(ProcessHandle.current().pid()) + "\n";
        Disk.replace(claim(path), Disk.GROUP_READS, Disk.utf8(owner));
    }

    /** The folder may have been made anew. */
    private void keepClaim() {
        try {
            if (isClaimed && Files.notExists(claim(path))) {
                writeClaim();
            }
        } catch (IOException e) {
            return; // the record is written all the same
        }
    }

    /** The process that runs and has made known that it writes the file. */
    public Optional<Long> writer() throws IOException {
        return disk.call(() -> writer(path));
    }

    /**
     * Makes sure that a file is ours, or is not there yet.
     *
     * @throws IOException if it is not, with the reason as its message
     */
    static void refuseForeign(FileFormat format, Path path) throws IOException {
        format.refuseForeign(path);
        long self = ProcessHandle.current().pid();
        // A log that is still empty has no format: only its claim tells that it is one
        if (format != FileFormat.TEXT && writer(path).orElse(self) != self) {
            throw new IOException("it is the log of another memory_monitor; name another file");
        }
    }

    /** The process that runs and has made known that it writes a file as its log. */
    static Optional<Long> writer(Path path) throws IOException {
        Path claim = claim(path);
        // The folder may be everybody's: opening a FIFO would block, and anybody may write a claim
        if (!Disk.isFile(claim) || !Disk.isTrusted(claim)) {
            return Optional.empty();
        }
        String owner;
        try (FileChannel channel = FileChannel.open(claim, READ)) {
            owner = FileFormat.text(channel, 0, MOST_CLAIM_BYTES).strip();
        }
        String pid = owner.replaceFirst(" .*", "");
        return pid.matches("[0-9]{1,9}")
                        && ProcessReader.identity(Long.parseLong(pid)).equals(owner)
                ? Optional.of(Long.valueOf(pid))
                : Optional.empty();
    }

    /** Beside the file itself, to which links may lead. */
    private static Path claim(Path path) throws IOException {
        Path file = Files.exists(path) ? path.toRealPath() : path;
        return file.resolveSibling(file.getFileName() + CLAIM);
    }

    /**
     * Appends a record. This may take as long as the disk wants.
     *
     * @throws IOException if the file cannot be written
     */
    void append(ByteBuffer... record) throws IOException {
        refuseForeign(format, path);
        mend();
        disk.require(size(record));
        try (FileChannel channel = FileChannel.open(path, APPEND, Disk.GROUP_READS)) {
            writeWhole(channel, record);
        }
        keepClaim();
    }

    /** Appends a text whole, or not at all, and syncs it. */
    static void writeWhole(FileChannel channel, ByteBuffer... text) throws IOException {
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

    static long size(ByteBuffer... text) {
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
        long lastRecord;
        try (FileChannel channel = FileChannel.open(path, READ)) {
            int length = format.terminator.length();
            tail = FileFormat.text(channel, Math.max(0, channel.size() - length), length);
            if (tail.isEmpty() || tail.equals(format.terminator)) {
                return;
            }
            lastRecord = format.lastRecord(channel);
        } catch (NoSuchFileException e) { // there is none yet, or it has been moved away just now
            return;
        }
        try (FileChannel channel = FileChannel.open(path, APPEND, Disk.GROUP_READS)) {
            if (format == FileFormat.JSON) {
                endLine(channel, lastRecord);
            } else {
                // behind a whole line it needs no line feed at its beginning
                String note = tail.endsWith("\n") ? CUT_SHORT.stripLeading() : CUT_SHORT;
                writeWhole(channel, Disk.utf8(note));
            }
        }
    }

    /**
     * Removes a line that was cut short, or where that is not allowed, as by chattr +a, ends it.
     */
    private static void endLine(FileChannel channel, long start) throws IOException {
        try {
            channel.truncate(start);
        } catch (IOException e) {
            writeWhole(channel, Disk.utf8("\n"));
        }
    }

    /**
     * The first line of the last record, which may be in the file that was rotated away last; empty
     * if there is none, or it cannot be read.
     */
    public String lastHeadline() {
        try {
            return disk.call(
                    () -> {
                        String last = lastHeadline(path);
                        Path old = disk.beside(".1");
                        boolean isOurs = Disk.isFile(old) && Disk.isTrusted(old);
                        return last.isEmpty() && isOurs ? lastHeadline(old) : last;
                    });
        } catch (IOException e) {
            return "";
        }
    }

    private String lastHeadline(Path path) {
        try (FileChannel channel = FileFormat.open(path)) {
            String record =
                    FileFormat.text(channel, format.lastRecord(channel), FileFormat.BLOCK_BYTES);
            return record.lines().findFirst().orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
