package output;

import text.Bytes;
import text.Reason;

import words.Notes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The text of a record: what is above the table, the rows, what is below. Rows that do not fit into
 * memory go into a file as they are formed, so that a record never fills the heap. A row for which
 * there is no room is left out, and so are all behind it; what is above and below stays in memory,
 * and always has room.
 *
 * <p>It is formed by one thread, and then only read; several may keep it, and the last one that
 * releases it gives back what it holds.
 */
public final class RecordText {
    /** A megabyte holds the table of some 8,000 ordinary processes. */
    static final int MEMORY_BYTES = 1 << 20;

    /** Nothing is recorded beyond this: 30,000 processes may show 4 GB of arguments. */
    private static final long MOST_BYTES = 256L << 20;

    /** The most of a command line in a short record. */
    private static final int SHORT_BYTES = 1000;

    /** It grows by so much, and nothing is moved for that. */
    private static final int PART_BYTES = 1 << 16;

    /** On Linux, Java unlinks such a file as soon as it is open: nothing is left behind, ever. */
    private static final Set<StandardOpenOption> FILE_OPTIONS =
            Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);

    private final Disk disk;
    private final Disk.Room room;

    /** What stays in memory, but for what is below rows in a file. */
    private final List<Bytes> memory = new ArrayList<>(List.of(new Bytes()));

    /** What stands below rows that are in a file. */
    private final Bytes below = new Bytes();

    private int rows;
    private int rowsInMemory;
    private int rowsKept;
    private long bytes;

    /** The rows that go into the file next; null while all fit into memory. */
    private ByteBuffer next;

    private FileChannel file;
    private ByteBuffer mapped;

    /** Why rows are cut off; empty: they are not. */
    private String cut = "";

    private int keepers = 1;

    /**
     * Begins a text; whoever does so keeps it.
     *
     * @param disk takes the rows that memory does not hold
     * @param room what the table may have
     */
    RecordText(Disk disk, Disk.Room room) {
        this.disk = disk;
        this.room = room;
    }

    /** Begins the text of a record with a table. */
    public static RecordText ofTable(Disk disk) {
        return new RecordText(disk, disk.room());
    }

    /** Begins the text of a record of one line. */
    public static RecordText ofLine(Disk disk) {
        return new RecordText(disk, Disk.Room.ENOUGH);
    }

    // ---- Forming it

    /** Appends what is above or below the table. */
    public RecordText put(String text) {
        Bytes utf8 = new Bytes(text.length());
        return put(utf8.put(text));
    }

    public RecordText put(Bytes text) {
        if (mapped == null) {
            putIntoMemory(text);
        } else {
            below.put(text);
        }
        return this;
    }

    private void putIntoMemory(Bytes text) {
        if (last().length() > 0 && last().length() + text.length() > PART_BYTES) {
            memory.add(new Bytes(PART_BYTES));
        }
        last().put(text);
        bytes += text.length();
    }

    private Bytes last() {
        return memory.get(memory.size() - 1);
    }

    /**
     * The most of a command line in a row: in a short record, what tells who it is. Any user can
     * have twenty of 128 KB, and have records made all day.
     */
    int commandBytes() {
        return room.shortage().isEmpty() ? Integer.MAX_VALUE : SHORT_BYTES;
    }

    /** A command line, as much of it as a row may have. */
    public Bytes fit(Bytes command) {
        int whole = command.whole(commandBytes());
        return whole == command.length()
                ? command
                : new Bytes(whole + 3).put(command.array(), 0, whole).put("…");
    }

    /** Appends a row of the table, whole or not at all. */
    public void row(Bytes row) {
        rows++;
        if (!cut.isEmpty() || rows > room.rows()) {
            return;
        }
        if (bytes + row.length() > Math.min(room.bytes(), MOST_BYTES)) {
            cut =
                    room.bytes() < MOST_BYTES
                            ? Disk.TOO_LITTLE_ROOM
                            : "the record is larger than 256 MB";
        } else if (next == null && bytes + row.length() <= MEMORY_BYTES) {
            putIntoMemory(row);
            rowsInMemory++;
            rowsKept++;
        } else {
            putIntoFile(row);
            rowsKept += cut.isEmpty() ? 1 : 0;
        }
    }

    private void putIntoFile(Bytes row) {
        next = next == null ? ByteBuffer.allocate(PART_BYTES) : next;
        for (int at = 0; at < row.length() && cut.isEmpty(); ) {
            int count = Math.min(row.length() - at, next.remaining());
            next.put(row.array(), at, count);
            at += count;
            if (!next.hasRemaining()) {
                writeNext();
            }
        }
        bytes += row.length();
    }

    private void writeNext() {
        ByteBuffer full = next.flip();
        try {
            disk.call(
                    () -> {
                        if (file == null) {
                            file =
                                    FileChannel.open(
                                            disk.besideForNow(".spill"),
                                            FILE_OPTIONS,
                                            Disk.OWNER_READS);
                        }
                        Console.write(file, full);
                        return true;
                    });
            next.clear();
        } catch (IOException e) {
            loseFile(e);
        }
    }

    /** What is in the file is lost: the table ends with what is in memory. */
    private void loseFile(IOException e) {
        cut = Reason.of(e);
        rowsKept = rowsInMemory;
        next = null;
        giveBack();
    }

    /** Ends the table: what is put from now on stands below it. */
    public void endRows() {
        if (next != null && next.position() > 0) {
            writeNext();
        }
        next = null;
        try {
            mapped = file == null ? null : file.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
        } catch (IOException e) {
            loseFile(e);
        }
    }

    /** Why it was clear from the beginning that it has few rows; empty: that was not so. */
    String shortage() {
        return room.shortage();
    }

    /** Why its rows were cut off; empty: they were not. */
    String cut() {
        return cut;
    }

    int rows() {
        return rowsKept;
    }

    /** How many rows are missing, and why, in words; empty: none. */
    public String missing() {
        String why = cut.isEmpty() ? "left out: " + room.shortage() : "cut off: " + cut;
        return rowsKept == rows ? "" : Notes.missing(rows - rowsKept, why);
    }

    // ---- Reading it

    /** The whole text, to be written in one go. */
    public synchronized ByteBuffer[] buffers() {
        List<ByteBuffer> all = new ArrayList<>();
        for (Bytes part : memory) {
            all.add(ByteBuffer.wrap(part.array(), 0, part.length()));
        }
        if (mapped != null) {
            all.add(mapped.duplicate());
            all.add(ByteBuffer.wrap(below.array(), 0, below.length()));
        }
        return all.toArray(new ByteBuffer[0]);
    }

    /** The part that is in memory. */
    @Override
    public String toString() {
        Bytes text = new Bytes();
        memory.forEach(text::put);
        return text.put(below).toString();
    }

    /** Its first whole lines, no more than so many bytes. */
    Bytes beginning(int mostBytes) {
        Bytes first = memory.get(0);
        int end = Math.min(first.length(), mostBytes);
        while (end > 0 && first.array()[end - 1] != '\n') {
            end--;
        }
        return new Bytes(end).put(first.array(), 0, end);
    }

    int heapBytes() {
        int sum = below.array().length;
        for (Bytes part : memory) {
            sum += part.array().length;
        }
        return sum;
    }

    /** True if it has more than a line to lose. */
    boolean hasTable() {
        return rows > 0;
    }

    /** A record that is only this one's first line, and a note in place of the rest. */
    RecordText firstLine(String note) {
        String first = memory.get(0).toString();
        RecordText text = ofLine(disk);
        text.put(first.substring(0, first.indexOf('\n') + 1) + note + "\n");
        text.last().trim();
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
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            // nothing is lost with it
        }
        file = null;
        if (mapped != null) { // until it is collected it takes room on the disk, and keeps it busy
            mapped = null;
            System.gc();
        }
    }
}
