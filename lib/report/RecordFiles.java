package report;

import output.FileFormat;

import text.Reason;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/** Files of records, with those that logrotate has moved aside; read line by line. */
final class RecordFiles {
    /** No record's line is longer. */
    private static final int LONGEST_BYTES = 64 << 10;

    /** The log's limit is a tenth of it; what is unpacked may be without end. */
    private static final long MOST_BYTES = 2L << 30;

    /** What logrotate adds to a name: a number, or with dateext a date, in some dateformat. */
    private static final String ROTATED =
            "(?:[.]([0-9]{1,6})|[-._]((?:[0-9]{4}[-._]?[0-9]{2}[-._]?[0-9]{2}|[0-9]{10})"
                    + "[-._T:0-9]{0,10}))";

    /** What a compressor adds, and how it unpacks. */
    private static final Map<String, String> UNPACKED_BY =
            Map.of("gz", "gzip -dc", "xz", "xz -dc", "zst", "zstd -dcq", "bz2", "bzip2 -dc");

    /** So many files are read, and so many named that are not: the folder may be everybody's. */
    private static final int MOST_FILES = 1000;

    private static final int MOST_LEFT_OUT = 20;

    /** A shell's exit status where there is no such command. */
    private static final int NO_COMMAND = 127;

    private static final String PROCESS = "{\"type\":\"process\",";

    private final List<Path> files;
    private final Set<Path> named = new HashSet<>();
    private final Set<String> leftOut = new TreeSet<>();
    private final byte[] buffer = new byte[LONGEST_BYTES];
    private Predicate<RecordLine> wanted = line -> true;
    private int skipped;

    /** Finds files, or says which is not there or may not be read, and what to do. */
    RecordFiles(List<Path> files) throws IOException {
        Set<Path> found = new LinkedHashSet<>();
        for (Path file : files) {
            named.add(file.toAbsolutePath());
            try {
                found.addAll(withRotated(file.toAbsolutePath(), leftOut));
            } catch (IOException e) {
                throw explained(file.toAbsolutePath(), e);
            }
        }
        this.files = List.copyOf(found);
    }

    /** From now on, only some lines are wanted. */
    void only(Predicate<RecordLine> these) {
        wanted = these;
    }

    /**
     * The file with those that were rotated away, oldest first. With logrotate's {@code extension}
     * the ending stays behind what is added.
     *
     * @param leftOut gets the others that bear its name
     */
    static List<Path> withRotated(Path file, Set<String> leftOut) throws IOException {
        record Old(Path path, long age) {}
        List<Old> old = new ArrayList<>();
        if (file.getFileName() == null) {
            throw new IOException("it is not a regular file");
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
        String stem = Pattern.quote(name.substring(0, dot));
        String ending = Pattern.quote(name.substring(dot));
        Pattern pattern =
                Pattern.compile(
                        stem
                                + ("(?:" + ending + ROTATED + "|" + ROTATED + ending + ")")
                                + "(?:[.](gz|xz|zst|bz2))?");
        try (var folder = Files.newDirectoryStream(file.getParent())) {
            for (Path path : folder) {
                String other = path.getFileName().toString();
                if (other.equals(name)) {
                    old.add(new Old(path, Long.MIN_VALUE));
                    continue;
                }
                Matcher rotated = pattern.matcher(other);
                boolean isOne = rotated.matches() && old.size() < MOST_FILES;
                if (isOne && Files.isRegularFile(path)) {
                    String number = rotated.group(rotated.group(1) != null ? 1 : 3);
                    String date = rotated.group(rotated.group(2) != null ? 2 : 4);
                    long age = // high numbers are old, high dates young
                            number != null
                                    ? Long.parseLong(number)
                                    : -Long.parseLong(
                                            date.replaceAll("[^0-9]", "").substring(0, 8));
                    old.add(new Old(path, age));
                } else if (other.matches(Pattern.quote(name) + "[-._~].*")) {
                    leftOut.add(
                            leftOut.size() < MOST_LEFT_OUT
                                    ? path + ", for it is not known how it was rotated or packed"
                                    : "more files that bear the name of " + file);
                }
            }
        }
        if (old.isEmpty()) {
            throw new NoSuchFileException(file.toString());
        }
        old.sort(Comparator.comparingLong(Old::age).reversed().thenComparing(Old::path));
        return old.stream().map(Old::path).toList();
    }

    /** Says what to do about it. */
    private static IOException explained(Path file, IOException e) {
        String why = "cannot read " + file + ": ";
        if (e instanceof AccessDeniedException) {
            return new IOException(why + "permission denied; use sudo" + groupHint(file), e);
        }
        String reason =
                e instanceof NoSuchFileException
                        ? "there is no such file; the service writes one, or --json FILE"
                        : Reason.of(e);
        return new IOException(why + reason, e);
    }

    /** The group that may read a file, if it is not the owner's own. */
    private static String groupHint(Path file) {
        for (Path path = file; path != null; path = path.getParent()) {
            try {
                var attributes = Files.readAttributes(path, PosixFileAttributes.class);
                boolean mayRead = attributes.permissions().contains(PosixFilePermission.GROUP_READ);
                String group = attributes.group().getName();
                boolean helps = mayRead && !group.equals("root");
                return helps ? ", or become a member of group " + group : "";
            } catch (IOException e) {
                continue; // its folder may be looked at
            }
        }
        return "";
    }

    boolean contains(Path file) throws IOException {
        for (Path path : files) {
            if (Files.exists(file) && Files.isSameFile(path, file)) {
                return true;
            }
        }
        return false;
    }

    /** Files that bear the name of one of these and are not read, with the reason. */
    Set<String> leftOut() {
        return leftOut;
    }

    /** How many lines were cut off, or something else. */
    int skipped() {
        return skipped;
    }

    /** Reads all lines, with or without those of processes. */
    void read(boolean withProcesses, Consumer<RecordLine> reader) throws IOException {
        skipped = 0;
        for (Path file : files) {
            try (InputStream in = open(file)) {
                read(in, withProcesses, reader);
            } catch (ZipException | NoSuchFileException e) {
                skipped++; // what is left of it cannot be unpacked; or it was just rotated away
            } catch (IOException e) {
                if (named.contains(file)) {
                    throw explained(file, e);
                }
                leftOut.add(file + ", for " + Reason.of(e)); // anybody may have put it there
            }
        }
    }

    private static String jsonOf(Path log) {
        String name = log.getFileName().toString().replaceFirst("[.]log([-.].*)?$", "");
        Path json = log.resolveSibling(name + ".jsonl");
        return Files.exists(json)
                ? "the same for reports is in " + json
                : "reports are made of JSON Lines, which --json FILE writes";
    }

    /** Whoever may write in the folder must not have others read what he could not read himself. */
    private InputStream open(Path file) throws IOException {
        FileFormat.refuseLink(file);
        FileFormat.refuseOther(file);
        if (FileFormat.TEXT.isBeginningOf(file)) {
            throw new IOException("it is a log: " + jsonOf(file));
        }
        String name = file.getFileName().toString();
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return UNPACKED_BY.containsKey(ending)
                ? unpacked(file, UNPACKED_BY.get(ending))
                : Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS);
    }

    private InputStream unpacked(Path file, String command) throws IOException {
        Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS).close(); // dd would not say why not
        String feed = "dd if=\"$0\" bs=64K iflag=nofollow status=none | " + command;
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", feed, file.toString());
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        return new FilterInputStream(process.getInputStream()) {
            @Override
            public void close() throws IOException {
                super.close(); // where not all is read, the tool ends by it
                int status = process.onExit().join().exitValue();
                if (status == NO_COMMAND) {
                    String tool = command.substring(0, command.indexOf(' '));
                    leftOut.add(file + ", for " + tool + " is not installed");
                } else if (status != 0) {
                    throw new ZipException("it is damaged");
                }
            }
        };
    }

    private void read(InputStream in, boolean withProcesses, Consumer<RecordLine> reader)
            throws IOException {
        byte[] part = new byte[1 << 14];
        long left = MOST_BYTES;
        int length = 0; // of the line; one more than the buffer holds: it is too long
        for (int count = in.read(part); count > 0; count = in.read(part)) {
            left -= count;
            if (left < 0) {
                throw new IOException("it is larger than any file of records, over 2 GiB");
            }
            for (int i = 0; i < count; i++) {
                if (part[i] != '\n') {
                    if (length < buffer.length) {
                        buffer[length] = part[i];
                    }
                    length = Math.min(length + 1, buffer.length + 1);
                } else {
                    take(length, withProcesses, reader);
                    length = 0;
                }
            }
        }
        skipped += length > 0 ? 1 : 0; // it has no end
    }

    private void take(int length, boolean withProcesses, Consumer<RecordLine> reader) {
        if (length > buffer.length) {
            skipped++;
            return;
        }
        if (!withProcesses && startsWith(PROCESS, length) && buffer[length - 1] == '}') {
            return;
        }
        Optional<RecordLine> record = RecordLine.parse(Arrays.copyOf(buffer, length));
        if (record.isPresent()) {
            if (wanted.test(record.get())) {
                reader.accept(record.get());
            }
        } else if (length > 0 && !startsWith("{\"type\":\"lost\",", length)) {
            skipped++;
        }
    }

    private boolean startsWith(String text, int length) {
        byte[] start = text.getBytes(StandardCharsets.US_ASCII);
        return length > start.length
                && Arrays.equals(buffer, 0, start.length, start, 0, start.length);
    }
}
