import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * A record as one line of JSON, formed piece by piece. {@code lib/memory_monitor.schema.json} says
 * what it holds.
 */
final class JsonRecord {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Path spillFile;
    private final String type;
    private final long epochMillis;
    private final RecordText text;
    private final JsonGenerator json;

    /**
     * Begins a record.
     *
     * @param spillFile see {@link RecordText}
     * @param type what kind of record it is
     * @param epochMillis its time
     */
    JsonRecord(Path spillFile, String type, long epochMillis) {
        this.spillFile = spillFile;
        this.type = type;
        this.epochMillis = epochMillis;
        text = new RecordText(RecordText.HEAD_BYTES, spillFile);
        try {
            json = FACTORY.createGenerator(new Sink());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(json::writeStartObject);
        put("type", type);
        put(
                "time",
                DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                        Instant.ofEpochMilli(epochMillis)
                                .truncatedTo(ChronoUnit.MILLIS)
                                .atZone(ZoneId.systemDefault())));
    }

    JsonRecord put(String name, String value) {
        return write(() -> json.writeStringField(name, value));
    }

    JsonRecord put(String name, long value) {
        return write(() -> json.writeNumberField(name, value));
    }

    /** Puts a number with up to two decimals. */
    JsonRecord put(String name, double value) {
        return write(() -> json.writeNumberField(name, Math.round(value * 100) / 100.0));
    }

    JsonRecord put(String name, List<String> values) {
        write(() -> json.writeArrayFieldStart(name));
        for (String value : values) {
            write(() -> json.writeString(value));
        }
        return write(json::writeEndArray);
    }

    JsonRecord put(MemoryKinds kinds) {
        put("usedKiB", kinds.usedKiB);
        write(() -> json.writeObjectFieldStart("usedKiBByKind"));
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            put(kind.jsonName, kinds.sizeKiB(kind));
        }
        put("other", kinds.otherKiB());
        write(json::writeEndObject);
        return put("swapTotalKiB", kinds.swapTotalKiB).put("swapUsedKiB", kinds.swapUsedKiB);
    }

    void beginProcesses() {
        write(() -> json.writeArrayFieldStart("processes"));
    }

    void put(ProcessTable table, ProcessRow row, CommandLines.Text command) {
        RecordText shown = new RecordText(RecordText.HEAD_BYTES, null);
        PsCells.command(command.bytes(), command.from(), command.to(), row, shown);
        write(json::writeStartObject);
        put("user", row.user);
        put("uid", row.uid);
        put("pid", row.pid);
        put("cpuSeconds", table.seconds(row.cpuTicks));
        put("ageSeconds", table.seconds(table.elapsedTicks(row)));
        put("vszKiB", row.vszKiB);
        put("rssKiB", row.rssKiB);
        put("ownKiB", row.ownKiB);
        put("swapKiB", row.swapKiB);
        put("tty", row.tty);
        put("stat", PsCells.stat(row));
        put("threads", row.threads);
        put("name", row.name());
        put("command", shown.toString());
        write(json::writeEndObject);
    }

    void endProcesses() {
        write(json::writeEndArray);
    }

    /** Ends the record. Where it does not fit, only its beginning and the reason are left. */
    RecordText end() {
        write(json::writeEndObject);
        write(json::close);
        text.put('\n');
        IOException cut = text.finish();
        if (cut == null) {
            return text;
        }
        text.discard();
        return new JsonRecord(spillFile, type, epochMillis).put("cut", LogFile.reason(cut)).end();
    }

    private interface Step {
        void run() throws IOException;
    }

    private JsonRecord write(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the sink throws none
        }
        return this;
    }

    private final class Sink extends OutputStream {
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
