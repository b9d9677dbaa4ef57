package record;

import base.Breach;
import base.Bytes;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import procfs.MemoryKinds;
import procfs.ProcessRow;
import procfs.ProcessTable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * Records as lines of JSON, for programs. {@code lib/memory_monitor.schema.json} says what they
 * hold.
 */
public final class JsonWriter implements RecordWriter {
    /** The rows of a record that has to be short. */
    private final int shortRows;

    private static final JsonFactory FACTORY = new JsonFactory();

    private final LogFile file;
    private final RecordSink sink;

    // Of the record that is being formed
    private Event event;
    private ProcessTable table;
    private RecordText text;
    private JsonGenerator json;
    private int rowsLeft;

    /**
     * @param file the file beside which parts of large records are kept
     * @param shortRows how many rows a record has that has to be short
     * @param sink takes the records
     */
    public JsonWriter(LogFile file, int shortRows, RecordSink sink) {
        this.file = file;
        this.shortRows = shortRows;
        this.sink = sink;
    }

    @Override
    public void begin(Incident incident) {
        table = incident.table();
        begin(incident.event());
        String shortage = file.shortage();
        rowsLeft = shortage.isEmpty() ? Integer.MAX_VALUE : shortRows;
        if (!shortage.isEmpty()) {
            put("shortened", shortage);
        }
        MemoryKinds kinds = incident.kinds();
        put("usedKiB", kinds.usedKiB());
        write(() -> json.writeObjectFieldStart("usedKiBByKind"));
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            put(kind.jsonName, kinds.sizeKiB(kind));
        }
        write(json::writeEndObject);
        put("swapTotalKiB", kinds.swapTotalKiB());
        put("swapUsedKiB", kinds.swapUsedKiB());
        put("notes", incident.notes());
        write(() -> json.writeArrayFieldStart("processes"));
    }

    @Override
    public void row(ProcessRow row, Bytes command) {
        if (rowsLeft-- <= 0 || !text.cut().isEmpty()) {
            return;
        }
        write(json::writeStartObject);
        put("user", row.user());
        put("uid", row.uid());
        put("pid", row.pid());
        put("cpuSeconds", table.clock().seconds(row.stat().cpuTicks()));
        put("ageSeconds", table.clock().seconds(table.clock().elapsedTicks(row.stat())));
        put("vszKiB", row.status().vszKiB());
        put("rssKiB", row.status().rssKiB());
        put("ownKiB", row.status().anonKiB() + row.status().shmemKiB());
        put("swapKiB", row.status().swapKiB());
        put("tty", row.tty());
        put("stat", PsCells.stat(row.stat(), row.status()));
        put("threads", row.status().threads());
        put("name", row.name());
        put("command", command.toString());
        write(json::writeEndObject);
    }

    @Override
    public void end(Capture capture, long millis, List<String> notes) {
        write(json::writeEndArray);
        put("captureMillis", millis);
        put("captureNotes", notes);
        end();
        table = null;
    }

    @Override
    public void event(Event event) {
        begin(event);
        end();
    }

    private void begin(Event event) {
        this.event = event;
        text = new RecordText(file);
        try {
            json = FACTORY.createGenerator(new Sink(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the sink throws none
        }
        write(json::writeStartObject);
        put("type", event.type().jsonName);
        put(
                "time",
                DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                        Instant.ofEpochMilli(event.sample().epochMillis())
                                .truncatedTo(ChronoUnit.MILLIS)
                                .atZone(ZoneId.systemDefault())));
        put("thresholdPercent", event.thresholdPercent());
        put("memoryPercent", event.sample().usedPercent());
        put("cpuPercent", event.sample().cpuPercent());
        put("message", event.message());
        if (event.breach().isPresent()) {
            Breach breach = event.breach().get();
            put("aboveSeconds", breach.elapsedNanos() / 1e9);
            put("peakPercent", breach.peak().usedPercent());
            put("dips", breach.dips());
            put("stalledSeconds", breach.stalledNanos() / 1e9);
            put("oomKills", breach.oomKills());
        }
    }

    /** Ends the record. Where it does not fit, only its beginning and the reason are left. */
    private void end() {
        write(json::writeEndObject);
        write(json::close);
        text.put('\n');
        String cut = text.finish();
        if (cut.isEmpty()) {
            sink.accept(event, text);
            text.release();
        } else {
            text.release();
            begin(event);
            put("cut", cut);
            end();
        }
    }

    private void put(String name, String value) {
        write(() -> json.writeStringField(name, value));
    }

    private void put(String name, long value) {
        write(() -> json.writeNumberField(name, value));
    }

    /** Puts a number with up to two decimals. */
    private void put(String name, double value) {
        write(() -> json.writeNumberField(name, Math.round(value * 100) / 100.0));
    }

    private void put(String name, List<String> values) {
        write(() -> json.writeArrayFieldStart(name));
        for (String value : values) {
            write(() -> json.writeString(value));
        }
        write(json::writeEndArray);
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void write(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the sink throws none
        }
    }

    private static final class Sink extends OutputStream {
        private final RecordText text;

        Sink(RecordText text) {
            this.text = text;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            text.put(bytes, from, from + length);
        }
    }
}
