package output;

import deadline.TimeLimiter;

import text.Reason;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

/**
 * The disk that a log is on. It may hang, so it is waited for only a moment; and it may be nearly
 * full, so records leave most of what is free to others.
 */
public final class Disk {
    /**
     * When records are shortened.
     *
     * @param fileBytes from this size of the log on
     * @param freePercent with less of the file system free
     * @param rows how many rows a short record has
     */
    public record Limits(long fileBytes, double freePercent, int rows) {
        /** None: records are never shortened. */
        public static final Limits NONE = new Limits(Long.MAX_VALUE, 0, Integer.MAX_VALUE);
    }

    /**
     * What a record may have.
     *
     * @param bytes how large its table may be
     * @param rows how many rows it may have
     * @param shortage why these are few; empty: all rows may be there
     */
    record Room(long bytes, int rows, String shortage) {
        static final Room ENOUGH = new Room(Long.MAX_VALUE, Integer.MAX_VALUE, "");
    }

    /** Who may read what is made: command lines hold secrets. */
    static final FileAttribute<Set<PosixFilePermission>> GROUP_READS = mode("rw-r-----");

    static final FileAttribute<Set<PosixFilePermission>> OWNER_READS = mode("rw-------");

    static final FileAttribute<Set<PosixFilePermission>> ALL_READ = mode("rw-r--r--");

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /**
     * True if what stands in a folder is believed: others may write there, but it belongs to us, to
     * root or to the folder's owner.
     */
    static boolean isTrusted(Path file) throws IOException {
        Object owner = owner(file);
        return owner.equals(0)
                || owner.equals(owner(file.getParent()))
                || owner.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /** True for a regular file: a link may lead anywhere, and a FIFO blocks whoever opens it. */
    static boolean isFile(Path path) {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
    }

    static Object owner(Path file) throws IOException {
        return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static final Set<StandardOpenOption> CREATE =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private static final long PATIENCE_MILLIS = 1000;

    static final String TOO_LITTLE_ROOM = "too little space is left on the disk";

    /** A record takes no more than this part of what is free: so it is never what fills a disk. */
    private static final int ROOM_DIVISOR = 10;

    /** The part when it is written: by then others of the same incident have taken theirs. */
    private static final int WRITTEN_DIVISOR = 4;

    /** Even so there is room for what happened and who has most. */
    private static final long LEAST_ROOM_BYTES = 64 << 10;

    private final Path log;
    private final Limits limits;
    private final TimeLimiter limiter = new TimeLimiter("disk", PATIENCE_MILLIS);

    public Disk(Path log, Limits limits) {
        this.log = log;
        this.limits = limits;
    }

    /** The disk of temporary files, where no record is ever short. */
    public static Disk temporary() {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        String name = "memory_monitor." + ProcessHandle.current().pid();
        return new Disk(folder.resolve(name), Limits.NONE);
    }

    /**
     * Does something on the disk.
     *
     * @throws IOException if it fails, or the disk hangs
     */
    <T> T call(Callable<T> action) throws IOException {
        return limiter.call(action);
    }

    /**
     * Makes a new file with a text, or leaves none. Nothing may stand there yet, not even a link.
     */
    static Path create(Path path, FileAttribute<?> readers, ByteBuffer... text) throws IOException {
        WritableByteChannel file = Files.newByteChannel(path, CREATE, readers);
        try (file) {
            Console.write(file, text);
            return path;
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /**
     * Replaces a file in one step. The folder may be another user's: no link is followed, and what
     * is written to is the file made here.
     */
    static Path replace(
            Path path, FileAttribute<Set<PosixFilePermission>> readers, ByteBuffer... text)
            throws IOException {
        Path part = path.resolveSibling("." + path.getFileName() + ".memory_monitor");
        Files.deleteIfExists(part);
        try (FileChannel file = FileChannel.open(part, CREATE, readers)) {
            Console.write(file, text);
            if (readers == ALL_READ) {
                Files.setPosixFilePermissions(part, readers.value()); // whatever the umask
            } else {
                file.force(false);
            }
            return Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    Path beside(String suffix) {
        return log.resolveSibling(log.getFileName() + suffix);
    }

    /** The same for a file of a moment: no other stands there, nor can anybody put one there. */
    Path besideForNow(String suffix) {
        return beside("." + Long.toString(System.nanoTime(), Character.MAX_RADIX) + suffix);
    }

    /** Removes what {@link #besideForNow} named for a program that was killed. */
    void removeLeft(String suffix) throws IOException {
        String name = Pattern.quote(log.getFileName() + ".") + "[0-9a-z]+" + Pattern.quote(suffix);
        Pattern left = Pattern.compile(name);
        try (var files =
                Files.newDirectoryStream(
                        log.getParent(),
                        file -> left.matcher(file.getFileName().toString()).matches())) {
            for (Path file : files) {
                if (isFile(file) && isTrusted(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** The room for the next record with a table. */
    Room room() {
        try {
            return call(this::measure);
        } catch (IOException e) {
            return new Room(LEAST_ROOM_BYTES, limits.rows, Reason.of(e));
        }
    }

    private Room measure() {
        long freeBytes = freeBytes();
        long roomBytes = Math.max(LEAST_ROOM_BYTES, freeBytes / ROOM_DIVISOR);
        double leastBytes = folder().getTotalSpace() / 100.0 * limits.freePercent;
        String shortage = "";
        if (log.toFile().length() >= limits.fileBytes) {
            shortage = "the log has reached " + (limits.fileBytes >> 20) + " MB";
        } else if (freeBytes < leastBytes) {
            shortage = "less than " + Math.round(limits.freePercent) + " % of its disk is free";
        }
        return new Room(roomBytes, shortage.isEmpty() ? Integer.MAX_VALUE : limits.rows, shortage);
    }

    /** The free space, if that matters and is known: not so where the disk is not there. */
    private long freeBytes() {
        boolean isKnown = limits.freePercent > 0 && folder().getTotalSpace() > 0;
        return isKnown ? folder().getUsableSpace() : Long.MAX_VALUE;
    }

    private File folder() {
        return log.getParent().toFile();
    }

    /** Makes sure that a record of this size does not fill the disk. */
    void require(long bytes) throws IOException {
        if (bytes > freeBytes() / WRITTEN_DIVISOR) {
            throw new IOException(TOO_LITTLE_ROOM);
        }
    }

    /** Makes sure that the disk is not nearly full. */
    void requireFree() throws IOException {
        if (!measure().shortage.isEmpty()) {
            throw new IOException(TOO_LITTLE_ROOM);
        }
    }
}
