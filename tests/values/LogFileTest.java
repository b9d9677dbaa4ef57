import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What becomes of records that the log does not take, and of one that is there in part. */
class LogFileTest {
    @TempDir Path folder;

    /** A record of an incident. */
    static final String RECORD =
            """
            2026-11-22 03:14:07+01:00 memory above 80 % for 15 s: total CPU 1.0 %, total RAM 81.0 %
            USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
            root   1  0.0  0.0   0   0 ?   Ss   00:00 0:00 init
            # 1 processes, captured in 1 ms

            """;

    private static void refuses(Values.Log log, String record) {
        IOException e = assertThrows(IOException.class, () -> log.append(record));
        assertEquals("its folder does not exist", e.getMessage());
    }

    @Test
    void tooManyRecordsWait() throws Exception {
        Path path = folder.resolve("missing/x.log");
        Values.Log log = new Values.Log(path, false);
        String table = "a row\n".repeat(50_000);
        int count = 40; // twelve megabytes
        for (int i = 0; i < count; i++) {
            refuses(log, "record " + i + "\n" + table + "\n");
        }
        assertEquals(count, log.waiting());
        Files.createDirectory(path.getParent());
        log.flush();
        assertEquals(0, log.waiting());
        String[] records = Files.readString(path).split("\n\n");
        assertEquals(count, records.length);
        int whole = 0;
        for (int i = 0; i < count; i++) {
            String start = "record " + i + "\n";
            if (records[i].equals(start + table.stripTrailing())) {
                whole++;
            } else {
                assertEquals(0, whole, "the oldest go first");
                String dropped =
                        "# its table was dropped: too many records wait for the log to be writable";
                assertEquals(start + dropped, records[i]);
            }
        }
        assertTrue(whole >= 10 && whole * (long) table.length() <= 4 << 20, whole + " whole");
        Tests.say("%d records of 300 KB wait: all lines are there, %d tables", count, whole);
    }

    /** Not even their lines find room in the end. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tooManyLinesWait(boolean json) throws Exception {
        Path path = folder.resolve("missing/x.log");
        Values.Log log = new Values.Log(path, json);
        String end = json ? "\n" : "\n\n"; // JSON has no empty lines
        int count = 1000; // ten megabytes
        for (int i = 0; i < count; i++) {
            refuses(log, i + "x".repeat(10_000) + end);
        }
        int kept = log.waiting();
        assertTrue(kept > 400 && kept * 10_000L <= 4 << 20, kept + " kept");
        Files.createDirectory(path.getParent());
        log.flush();
        String[] records = Files.readString(path).split(end);
        int note = json ? 0 : 1;
        assertEquals(kept + note, records.length);
        if (note > 0) {
            String lost = "# " + (count - kept) + " older records were dropped: ";
            assertTrue(records[0].startsWith(lost), records[0]);
            Tests.say("%d lines of 10 KB wait: \"%s\"", count, records[0]);
        }
        for (int i = 0; i < kept; i++) {
            assertTrue(records[note + i].startsWith(count - kept + i + "x"), "not the newest");
        }
    }

    /** What a power cut leaves behind: any part of a record. */
    @Test
    void tornTail() throws Exception {
        for (int length = 0; length <= RECORD.length(); length++) {
            Path path = folder.resolve(length + ".log");
            Files.writeString(path, RECORD + RECORD.substring(0, length));
            new Values.Log(path, false).append(RECORD);
            List<Records.Entry> entries = Records.read(path);
            boolean torn = length > 0 && length < RECORD.length();
            assertEquals(torn, Files.readString(path).contains(Records.CUT_SHORT), "at " + length);
            assertEquals(length == 0 ? 2 : 3, entries.size(), "at " + length);
        }
    }

    @Test
    void tornLineOfJson() throws Exception {
        String object = "{\"type\":\"end\"}\n";
        for (int length = 0; length <= object.length(); length++) {
            Path path = folder.resolve(length + ".json");
            Files.writeString(path, object + object.substring(0, length));
            new Values.Log(path, true).append(object);
            int whole = length < object.length() ? 2 : 3;
            assertEquals(object.repeat(whole), Files.readString(path), "at " + length);
        }
    }
}
