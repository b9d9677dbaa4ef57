import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Makes values of the program's own classes: the one place that knows how they are made. */
final class Values {
    /** Started five ticks after boot by process 0, leader of its session, with no memory. */
    static final String STAT = "1 (comm) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0";

    /** The machine was booted at the first second of this day. */
    static final ZonedDateTime NOW = ZonedDateTime.parse("2026-11-22T13:53:21+01:00");

    /** More command lines than this that cannot be read, and none is read any more. */
    static final int STUCK_LIMIT = CommandLines.READERS_LIMIT;

    private static final Path NO_SPILL = Path.of("/nowhere/spill");

    private Values() {}

    // ---- Processes

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String latin1(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** A process from what the kernel says of it; null if that makes no sense. */
    static ProcessRow row(int pid, byte[] stat, byte[] status) {
        ProcessRow row = ProcessRow.parseStat(pid, stat, stat.length);
        if (row != null) {
            row.parseStatus(status, status.length);
        }
        return row;
    }

    static ProcessRow row(int pid, String stat, String status) {
        return row(pid, utf8(stat), utf8(status));
    }

    static ProcessRow row(int pid, String stat, String status, String user, String tty) {
        ProcessRow row = row(pid, stat, status);
        row.user = user;
        row.tty = tty;
        return row;
    }

    /** A process with this many MiB of its own, started at a second after boot. */
    static ProcessRow row(int pid, String name, long startSecond, double mib) {
        return row(
                pid,
                pid + " (" + name + ") S" + " 0".repeat(18) + " " + startSecond * 100,
                "RssAnon:\t" + (long) (mib * 1024) + " kB\n");
    }

    static ProcessTable table(long bootTicks, long totalKiB, List<ProcessRow> rows) {
        long bootSeconds = NOW.toLocalDate().atStartOfDay(NOW.getZone()).toEpochSecond();
        return new ProcessTable(
                rows, totalKiB, new ProcessTable.Clock(bootTicks, bootSeconds, 100, NOW));
    }

    /** The table of a moment, in seconds after boot. */
    static ProcessTable table(long second, List<ProcessRow> rows) {
        return table(second * 100, 1 << 20, rows);
    }

    /**
     * The same in words.
     *
     * @param processes words of the form {@code PID/NAME/STARTSECOND/MIB}
     */
    static ProcessTable table(long second, String processes) {
        List<ProcessRow> rows = new ArrayList<>();
        for (String process : processes.split(" ")) {
            String[] parts = process.split("/");
            if (parts.length == 4) {
                rows.add(
                        row(
                                Integer.parseInt(parts[0]),
                                parts[1],
                                Long.parseLong(parts[2]),
                                Double.parseDouble(parts[3])));
            }
        }
        return table(second, rows);
    }

    // ---- Text

    /** The cell COMMAND. */
    static String command(byte[] commandLine, ProcessRow row) {
        RecordText out = newText(NO_SPILL);
        PsCells.command(commandLine, 0, commandLine.length, row, out);
        return new String(bytes(out), StandardCharsets.UTF_8);
    }

    /** A table as the log and as a line of JSON have it. */
    record Formatted(byte[] text, byte[] json) {}

    /** Formats a table with a command line for each row. */
    static Formatted format(ProcessTable table, List<byte[]> commandLines) {
        Iterator<byte[]> next = commandLines.iterator();
        RecordText out = newText(NO_SPILL);
        JsonRecord json = new JsonRecord(NO_SPILL, "test", 0);
        new MemoryMonitor.TableFormatter(table, json)
                .write(
                        () -> {
                            byte[] line = next.next();
                            return new CommandLines.Text(
                                    CommandLines.Outcome.READ, line, 0, line.length);
                        },
                        out);
        return new Formatted(bytes(out), bytes(json.end()));
    }

    private static RecordText newText(Path spill) {
        return new RecordText(RecordText.HEAD_BYTES, spill);
    }

    private static byte[] bytes(RecordText text) {
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (ByteBuffer buffer : text.buffers()) {
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                all.write(part);
            }
            return all.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- Memory

    static final MemoryKinds NO_KINDS = kinds("");

    static MemoryKinds kinds(String memInfo) {
        return kinds(memInfo, "", 0);
    }

    static MemoryKinds kinds(String memInfo, String arcStats, long zramKiB) {
        return new MemoryKinds(memInfo, arcStats, zramKiB);
    }

    // ---- Log and hook

    /** A log, or a file of JSON Lines. */
    static final class Log {
        private final LogFile file;

        Log(Path path, boolean json) {
            file =
                    json
                            ? new LogFile(path, "\n", null)
                            : new LogFile(path, "\n\n", MemoryMonitor.CUT_SHORT);
        }

        void append(String record) throws IOException {
            file.append(newText(file.spillFile()).put(record));
        }

        void flush() throws IOException {
            file.flush();
        }

        /** How many records wait for the file to be writable. */
        int waiting() {
            return file.waiting();
        }
    }

    /**
     * The command of --on-incident; whoever accepts a record runs it.
     *
     * @param failures gets what goes wrong
     */
    static Consumer<String> hook(
            String command,
            long limitSeconds,
            Map<String, String> environment,
            Consumer<String> failures) {
        IncidentCommand hook = new IncidentCommand(command, limitSeconds, failures);
        return record -> hook.run(environment, new ByteBuffer[] {ByteBuffer.wrap(utf8(record))});
    }
}
