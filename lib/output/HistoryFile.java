package output;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import cli.ServiceManager;

import culprit.History;

import deadline.TimeLimiter;

import procfs.BootClock;
import procfs.HostInfo;
import procfs.Machine;

import text.Reason;

import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The history on disk, which outlives the program: what memory was used for every few minutes, and,
 * while use is above the threshold, a few words every few seconds, so that they are there when the
 * machine is not. Blocks are appended, each with its length and its checksum: a damaged one costs
 * no other. A disk that hangs is waited for only a moment; what it does not take is dropped.
 */
public final class HistoryFile implements RecordWriter {
    /** The file never has more: beyond this it is written anew, from the history in the heap. */
    static final long LIMIT_BYTES = 4 << 20;

    private static final String BESIDE_LOG = ".history";

    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** Snapshots of many processes are large, so they are rarer: at most this much a day. */
    private static final long DAY_BYTES = 8 << 20;

    /**
     * How long the file cannot be written before that is told. A log on the same disk says sooner
     * what is wrong with it, and once is enough.
     */
    private static final long BROKEN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long WORDS_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int MAGIC = 'M' << 24 | 'M' << 16 | 'H' << 8 | '1';
    private static final int HEAD_BYTES = 12;
    private static final int MOST_BLOCK_BYTES = 1 << 20;

    /** A file that is larger is not read: it is none of ours. */
    private static final long MOST_BYTES = 2 * LIMIT_BYTES;

    /** How long a start waits for the disk: while a machine boots, others want it, too. */
    private static final long START_MILLIS = 10_000;

    private static final Set<OpenOption> APPEND =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);

    /**
     * How things were when the monitor was last there: below the threshold, above it, in an
     * incident, or somebody stopped the monitor. Their order is that of the file.
     */
    enum State {
        CALM,
        ABOVE,
        INCIDENT,
        STOPPED
    }

    /**
     * What a file says.
     *
     * @param lastSeen memory was above the threshold at the end
     * @param problem what is wrong with the file; empty: nothing
     * @param isUnreadable true if nothing in it can be read
     */
    record Past(
            History history, Optional<LastSeen> lastSeen, String problem, boolean isUnreadable) {
        static Past none(String problem) {
            return new Past(new History(), Optional.empty(), problem, false);
        }
    }

    /**
     * The time and the place of a reader.
     *
     * @param machine tells machines apart
     * @param boot tells times between two starts of the machine apart
     * @param nanos the time on the monotonic clock
     * @param upNanos how long the machine has been up
     */
    record Here(long machine, long boot, long nanos, long epochMillis, long upNanos) {
        static Here now() {
            return new Here(
                    HostInfo.machineId(),
                    HostInfo.bootId(),
                    System.nanoTime(),
                    System.currentTimeMillis(),
                    BootClock.read().bootTicks() * BootClock.NANOS_PER_TICK);
        }
    }

    private final Path path;
    private final boolean isOurs;
    private final Disk disk;
    private final Console console;
    private final History history;
    private final Optional<LastSeen> lastSeen;
    private final long machine = HostInfo.machineId();
    private final long boot = HostInfo.bootId();

    private long fileBytes; // when it was written last
    private boolean isBroken;
    private boolean isTold;
    private long brokenNanos;

    private boolean isSnapshotDue;
    private long snapshotNanos;
    private long pauseNanos;
    private long wordsNanos;
    private long renewedNanos; // when the file was to be written anew
    private State state = State.STOPPED;
    private Optional<Breach> breach = Optional.empty();
    private String lead = "";

    private HistoryFile(Path path, boolean isOurs, Disk disk, Past past, Console console) {
        this.path = path;
        this.isOurs = isOurs;
        this.disk = disk;
        this.console = console;
        history = past.history;
        lastSeen = past.lastSeen;
        long now = System.nanoTime();
        snapshotNanos = now - PAUSE_NANOS; // the first one is due at once: before it is a gap
        wordsNanos = now - WORDS_PAUSE_NANOS;
        renewedNanos = now - PAUSE_NANOS;
    }

    /**
     * Opens a file, and takes up what is in it; where it cannot be read, says why.
     *
     * @param isOurs false if another monitor writes it: then it is left alone
     * @param freePercent with less of its disk free, nothing is written
     */
    public static HistoryFile open(Path path, boolean isOurs, double freePercent, Console console) {
        Past past = isOurs ? past(path) : Past.none("another memory_monitor writes it");
        String problem = past.problem;
        boolean isWritten = isOurs;
        if (past.isUnreadable) { // nothing is lost: it may be of another version
            Path aside = path.resolveSibling(path.getFileName() + ".unreadable");
            try {
                Files.move(path, aside);
                problem += ", so it is now called " + aside.getFileName();
            } catch (IOException e) {
                isWritten = false;
                problem +=
                        e instanceof FileAlreadyExistsException
                                ? ", and there is " + aside.getFileName() + " already: remove one"
                                : "; it cannot be renamed: " + Reason.of(e);
            }
        }
        if (!problem.isEmpty()) {
            String what = "the history %s: %s; watching all the same";
            console.event(Console.NOTICE, what, path, problem);
        }
        Disk disk = new Disk(path, new Disk.Limits(Long.MAX_VALUE, freePercent, 0));
        return new HistoryFile(path, isWritten, disk, past, console);
    }

    /** The service's is in its state directory, that of any other monitor beside its log. */
    public static Path pathFor(Disk log) {
        return ServiceManager.stateDirectory(System.getenv())
                .map(folder -> folder.resolve("history"))
                .orElseGet(() -> log.beside(BESIDE_LOG));
    }

    /** What a file says, for a reader who writes nothing. */
    public static History readOnly(Path path) {
        return past(path).history;
    }

    private static Past past(Path path) {
        try {
            return new TimeLimiter("past", START_MILLIS).call(() -> read(path, Here.now()));
        } catch (NoSuchFileException e) {
            return Past.none("");
        } catch (IOException e) {
            return Past.none(Reason.of(e));
        }
    }

    /** What memory was used for, so far as that is known. */
    public History history() {
        return history;
    }

    /** Present if memory was above the threshold when the monitor was last there. */
    public Optional<LastSeen> lastSeen() {
        return lastSeen;
    }

    // ---- Reading

    static Past read(Path path, Here here) throws IOException {
        History history = new History();
        Optional<LastSeen> lastSeen = Optional.empty();
        int good = 0;
        int damaged = 0;
        int foreign = 0;
        requireOurs(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            long at = size > MOST_BYTES ? size : 0;
            damaged = size > MOST_BYTES ? 1 : 0;
            while (at < size) {
                byte[] block = block(channel, at, size);
                if (block == null) {
                    damaged++;
                    at = nextMagic(channel, at + 1, size);
                    continue;
                }
                at += HEAD_BYTES + block.length;
                good++;
                try (DataInputStream in =
                        new DataInputStream(
                                new InflaterInputStream(new ByteArrayInputStream(block)))) {
                    if (in.readLong() != here.machine) {
                        foreign++;
                        continue;
                    }
                    boolean isSameBoot = in.readLong() == here.boot;
                    long epochMillis = in.readLong();
                    if (in.readBoolean()) {
                        lastSeen = readWords(in, isSameBoot);
                    } else {
                        long agoNanos =
                                TimeUnit.MILLISECONDS.toNanos(here.epochMillis - epochMillis);
                        long latestNanos = here.nanos - (isSameBoot ? 0 : here.upNanos);
                        history.takeUp(in, isSameBoot, here.nanos - agoNanos, latestNanos);
                    }
                } catch (IOException | OutOfMemoryError e) { // the latter: it is none of ours
                    damaged++;
                }
            }
        }
        String problem = damaged == 0 ? "" : damaged + " damaged parts were left out";
        problem = foreign == 0 ? problem : foreign + " parts are another machine's";
        boolean isUnreadable = good == 0 && damaged > 0;
        problem = isUnreadable ? "nothing in it can be read" : problem;
        return new Past(history, lastSeen, problem, isUnreadable);
    }

    /** The folder may be everybody's, and the log beside it somebody else's file. */
    private static void requireOurs(Path path) throws IOException {
        String name = path.getFileName().toString();
        if (name.endsWith(BESIDE_LOG)) {
            String log = name.substring(0, name.length() - BESIDE_LOG.length());
            FileFormat.TEXT.refuseForeign(path.resolveSibling(log));
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Disk.isFile(path)) {
            throw new IOException("it is no regular file; remove it");
        }
        if (!Disk.isTrusted(path)) {
            throw new IOException("it belongs to somebody else; remove it");
        }
    }

    /** The content of the block that begins here; null if none does. */
    private static byte[] block(FileChannel channel, long at, long size) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        if (size - at < HEAD_BYTES || channel.read(head, at) < HEAD_BYTES) {
            return null;
        }
        head.flip();
        int magic = head.getInt();
        int length = head.getInt();
        int checksum = head.getInt();
        if (magic != MAGIC
                || length <= 0
                || length > MOST_BLOCK_BYTES
                || length > size - at - HEAD_BYTES) {
            return null;
        }
        ByteBuffer block = ByteBuffer.allocate(length);
        boolean isWhole = channel.read(block, at + HEAD_BYTES) == length;
        return isWhole && checksum(block.array()) == checksum ? block.array() : null;
    }

    private static long nextMagic(FileChannel channel, long from, long size) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 13);
        for (long at = from; at + Integer.BYTES <= size; at += buffer.limit() - 3) {
            buffer.clear();
            channel.read(buffer, at);
            buffer.flip();
            for (int i = 0; i + Integer.BYTES <= buffer.limit(); i++) {
                if (buffer.getInt(i) == MAGIC) {
                    return at + i;
                }
            }
            if (buffer.limit() < Integer.BYTES) {
                return size;
            }
        }
        return size;
    }

    private static Optional<LastSeen> readWords(DataInput in, boolean isSameBoot)
            throws IOException {
        int state = in.readByte();
        boolean isIncident = state == State.INCIDENT.ordinal();
        if (!isIncident && state != State.ABOVE.ordinal()) {
            return Optional.empty();
        }
        double thresholdPercent = in.readDouble();
        Sample first = readSample(in);
        Sample peak = readSample(in);
        Sample last = readSample(in);
        int dips = in.readInt();
        long stalledNanos = in.readLong();
        double recordedPercent = isIncident ? last.usedPercent() : Double.NaN;
        Breach breach =
                new Breach(
                        thresholdPercent,
                        first,
                        peak,
                        last,
                        Breach.ABOVE,
                        dips,
                        stalledNanos,
                        recordedPercent);
        return Optional.of(new LastSeen(breach, in.readUTF(), isSameBoot));
    }

    /** On the wall clock only: the other one began anew when the machine was booted. */
    private static Sample readSample(DataInput in) throws IOException {
        long epochMillis = in.readLong();
        long nanos = TimeUnit.MILLISECONDS.toNanos(epochMillis);
        return new Sample(nanos, 0, epochMillis, in.readDouble(), Double.NaN, in.readLong());
    }

    private static int checksum(byte[] bytes) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes, 0, bytes.length);
        return (int) checksum.getValue();
    }

    // ---- Forming blocks

    interface Content {
        void write(DataOutput out) throws IOException;
    }

    static byte[] form(
            long machine, long boot, long epochMillis, boolean isWords, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4096);
        // The buffer: a deflater that is handed each number by itself takes several times as long
        try (DataOutputStream out =
                new DataOutputStream(new BufferedOutputStream(new DeflaterOutputStream(bytes)))) {
            out.writeLong(machine);
            out.writeLong(boot);
            out.writeLong(epochMillis);
            out.writeBoolean(isWords);
            content.write(out);
        } catch (IOException e) {
            throw new IllegalStateException(e); // an array takes everything
        }
        byte[] block = bytes.toByteArray();
        return ByteBuffer.allocate(HEAD_BYTES + block.length)
                .putInt(MAGIC)
                .putInt(block.length)
                .putInt(checksum(block))
                .put(block)
                .array();
    }

    /** A snapshot by its place in the history. */
    private ByteBuffer snapshot(History history, int index, Sample now) {
        long agoNanos = now.nanos() - history.nanos(index);
        long epochMillis = now.epochMillis() - TimeUnit.NANOSECONDS.toMillis(agoNanos);
        Content content = out -> history.write(index, out);
        return ByteBuffer.wrap(form(machine, boot, epochMillis, false, content));
    }

    private ByteBuffer words(Sample sample) {
        Content content = out -> write(state, breach, lead, out);
        return ByteBuffer.wrap(form(machine, boot, sample.epochMillis(), true, content));
    }

    static void write(State state, Optional<Breach> incident, String lead, DataOutput out)
            throws IOException {
        out.writeByte(state.ordinal());
        if (incident.isPresent()) {
            Breach breach = incident.get();
            out.writeDouble(breach.thresholdPercent());
            for (Sample sample : List.of(breach.first(), breach.peak(), breach.last())) {
                out.writeLong(sample.epochMillis());
                out.writeDouble(sample.usedPercent());
                out.writeLong(sample.oomKills());
            }
            out.writeInt(breach.dips());
            out.writeLong(breach.stalledNanos());
            out.writeUTF(lead);
        }
    }

    // ---- What happens

    /** Forms what it would write in an incident, for practice, and opens the file. */
    public void practise(Machine machine) {
        History practice = new History();
        practice.add(machine.readNoProcesses()); // there may be more than the heap holds
        Sample now = new Sample(System.nanoTime(), 0, System.currentTimeMillis(), 0, 0, 0);
        snapshot(practice, 0, now);
        breach = Optional.of(Breach.begin(0, now));
        words(now);
        breach = Optional.empty();
        write(now, false);
    }

    @Override
    public void begin(Incident incident) {
        isSnapshotDue = true;
    }

    /** What has grown until now, in a few words: they are kept while use is above the threshold. */
    public void grown(String words) {
        lead = words;
    }

    @Override
    public void sampled(Sample sample, Optional<Breach> breach) {
        this.breach = breach;
        State now =
                breach.isEmpty()
                        ? State.CALM
                        : breach.get().isIncident() ? State.INCIDENT : State.ABOVE;
        boolean isNew = now != state;
        boolean isCrossed = isNew && (now == State.ABOVE || state == State.INCIDENT);
        state = now;
        boolean isPauseOver = sample.nanos() - snapshotNanos >= pauseNanos && history.size() > 0;
        List<ByteBuffer> blocks = new ArrayList<>();
        if (isSnapshotDue || isPauseOver || isCrossed) {
            addSnapshot(sample, blocks);
        }
        boolean isDue = sample.nanos() - wordsNanos >= WORDS_PAUSE_NANOS;
        if (isNew || isDue && (isBroken || now != State.CALM)) {
            wordsNanos = sample.nanos();
            blocks.add(words(sample));
        }
        if (!blocks.isEmpty()) {
            append(blocks, sample);
        }
    }

    private void addSnapshot(Sample now, List<ByteBuffer> blocks) {
        isSnapshotDue = false;
        snapshotNanos = now.nanos();
        if (history.size() == 0) {
            return; // the heap did not hold what it would be now
        }
        ByteBuffer last = snapshot(history, history.size() - 1, now);
        pauseNanos = Math.max(PAUSE_NANOS, TimeUnit.DAYS.toNanos(1) / DAY_BYTES * last.remaining());
        blocks.add(last);
    }

    /** Appends blocks to the file; where it is full, writes it anew. */
    private void append(List<ByteBuffer> blocks, Sample now) {
        ByteBuffer[] some = blocks.toArray(new ByteBuffer[0]);
        if (fileBytes + LogFile.size(some) <= LIMIT_BYTES) {
            write(now, false, some);
            return;
        }
        // A new file takes heap and CPU time: a disk that refused one is not asked again at once
        if (now.nanos() - renewedNanos < PAUSE_NANOS) {
            return;
        }
        renewedNanos = now.nanos();
        ByteBuffer[] all = new ByteBuffer[history.size() + 1];
        for (int i = 0; i < history.size(); i++) {
            all[i] = snapshot(history, i, now);
        }
        all[history.size()] = words(now);
        write(now, true, all);
    }

    /** Keeps the last look, and that the monitor was stopped. */
    public void stop(Sample sample) {
        state = State.STOPPED;
        breach = Optional.empty();
        List<ByteBuffer> blocks = new ArrayList<>();
        addSnapshot(sample, blocks);
        blocks.add(words(sample));
        append(blocks, sample);
    }

    // ---- Writing

    /** Writes blocks, behind those that are there or as a new file; says what does not work. */
    private void write(Sample now, boolean isNewFile, ByteBuffer... blocks) {
        if (!isOurs) {
            return;
        }
        try {
            fileBytes = disk.call(() -> save(isNewFile, blocks));
            if (isTold) {
                console.event(Console.NOTICE, "the history %s works again", path);
            }
            isBroken = false;
            isTold = false;
        } catch (IOException | OutOfMemoryError e) {
            brokenNanos = isBroken ? brokenNanos : now.nanos();
            isBroken = true;
            if (!isTold && now.nanos() - brokenNanos >= BROKEN_NANOS) {
                String why = "cannot write the history %s: %s; watching all the same";
                console.event(Console.ERROR, why, path, Reason.of(e));
                isTold = true;
            }
        }
    }

    /** Returns how large the file is then. */
    private long save(boolean isNewFile, ByteBuffer... blocks) throws IOException {
        requireOurs(path);
        disk.requireFree();
        if (isNewFile) {
            return Files.size(Disk.replace(path, Disk.GROUP_READS, blocks));
        }
        try (FileChannel channel = FileChannel.open(path, APPEND, Disk.GROUP_READS)) {
            LogFile.writeWhole(channel, blocks);
            return channel.size();
        }
    }
}
