package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import text.Bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The rows of a record that is larger than memory. */
public class RecordTextTest {
    @TempDir Path folder;

    /** What is in the file already stays there when the disk has no room for more. */
    @Test
    void rowsBeyondTheRoomOnTheDiskAreLeftOut() {
        Disk disk = new Disk(folder.resolve("x.log"), Disk.Limits.NONE);
        RecordText text = new RecordText(disk, new Disk.Room(3 << 20, Integer.MAX_VALUE, ""));
        Bytes row = new Bytes().put("x".repeat(99_999) + "\n");
        for (int i = 0; i < 40; i++) {
            text.row(row);
        }
        text.endRows();
        String why = "cut off: too little space is left on the disk";
        assertEquals("and 9 smaller ones, " + why, text.missing());
        text.put("below\n\n");
        StringBuilder all = new StringBuilder();
        for (ByteBuffer part : text.buffers()) {
            all.append(StandardCharsets.UTF_8.decode(part));
        }
        assertEquals(row.toString().repeat(31) + "below\n\n", all.toString());
        text.release();
    }

    /**
     * Thousands of processes may show gigabytes of arguments, and no more than 2 GB can be mapped.
     */
    @Test
    void nothingIsRecordedBeyondItsMost() {
        Disk disk = new Disk(folder.resolve("x.log"), Disk.Limits.NONE);
        RecordText text = new RecordText(disk, Disk.Room.ENOUGH);
        Bytes row = new Bytes().put("x".repeat((4 << 20) - 1) + "\n");
        for (int i = 0; i < 66; i++) {
            text.row(row);
        }
        text.endRows();
        String why = "cut off: the record is larger than 256 MB";
        assertEquals("and 2 smaller ones, " + why, text.missing());
        text.release();
    }

    /**
     * Until the next collection it would take room on the disk, and keep it from being unmounted.
     */
    @Test
    void theLastWhoReleasesItGivesItsFileBack() throws Exception {
        RecordText text =
                new RecordText(
                        new Disk(folder.resolve("x.log"), Disk.Limits.NONE), Disk.Room.ENOUGH);
        Bytes row = new Bytes().put("x".repeat(99_999) + "\n");
        for (int i = 0; i < 20; i++) {
            text.row(row);
        }
        text.endRows();
        text.keep(); // as a queue does
        text.release();
        assertEquals(2_000_000, LogFile.size(text.buffers()));
        assertTrue(isMapped());
        text.release();
        for (int i = 0; i < 20 && isMapped(); i++) {
            Thread.sleep(50); // another thread unmaps it
        }
        assertFalse(isMapped());
    }

    private boolean isMapped() throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains(folder + "/x.log.");
    }

    /** A log that is full does not grow by 2.5 MB each time, whatever command lines users have. */
    @Test
    void aShortRecordHasShortCommandLines() {
        Disk disk = new Disk(folder.resolve("x.log"), Disk.Limits.NONE);
        Bytes command = new Bytes().put("perl é" + "é".repeat(60_000));
        RecordText whole = new RecordText(disk, Disk.Room.ENOUGH);
        assertEquals(command, whole.fit(command));
        RecordText small = new RecordText(disk, new Disk.Room(1 << 20, 20, "the log is full"));
        assertEquals("perl é" + "é".repeat(496) + "…", small.fit(command).toString());
    }
}
