package output;

import breach.Breach;
import breach.Sample;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;

import culprit.Growth;
import culprit.Owners;
import culprit.Series;

import procfs.HostInfo;
import procfs.MemoryKinds;
import procfs.ProcessInfo;
import procfs.ProcessTable;

import text.Bytes;
import text.LocalZone;
import text.Printable;

import words.Lead;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records as lines of JSON, for programs: one for what happened, one for each process, one that
 * closes them. Those of an incident name it; no line is longer than {@link #LINE_BYTES}. {@code
 * lib/memory_monitor.schema.json} says what they hold.
 */
public final class JsonWriter implements RecordWriter {
    /** Shippers cut or drop longer lines. */
    static final int LINE_BYTES = 48 << 10;

    /** What is longer is cut, even if each byte of it takes two in JSON. */
    private static final int COMMAND_BYTES = 20_000;

    /** So are names, of which a line may have a hundred: longer than any that is known. */
    private static final int NAME_BYTES = 120;

    private static final int NOTE_BYTES = 1000;

    /** So many owners and items of a sort are told. */
    private static final int MOST_OWNERS = 10;

    private static final int MOST_ITEMS = 12;
    private static final int MOST_OTHER_ITEMS = 4;
    private static final int MOST_MEMBERS = 3;

    /** UTC, so that the identifiers of a machine sort by time. */
    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final Pattern OPEN_INCIDENT =
            Pattern.compile(
                    "\\{\"type\":\"(?:incident|climbed|process|captured|oomKill)\","
                            + "\"incident\":\"([^\"\\\\]+)\".*");

    /** One that puts nothing between the lines of a record: each ends with a newline. */
    private static final JsonFactory JSON =
            new JsonFactoryBuilder().rootValueSeparator((String) null).build();

    private final Disk disk;
    private final String lastLine;
    private final RecordSink sink;
    private final HostInfo host = HostInfo.read();
    private final Bytes line = new Bytes();
    private final Bytes stat = new Bytes();

    // Of the record that is being formed
    private Incident incident;
    private String incidentId;
    private String time;
    private RecordText text;
    private JsonGenerator lines;

    /**
     * @param disk takes what memory does not hold
     * @param lastLine the last line of the file, as it was found
     * @param sink takes the records
     */
    public JsonWriter(Disk disk, String lastLine, RecordSink sink) {
        this.disk = disk;
        this.lastLine = lastLine;
        this.sink = sink;
    }

    /** One whose records go into a file, by way of a queue. */
    public static JsonWriter into(LogFile file, Backlog backlog, Console console) {
        RecordQueue queue = new RecordQueue(file, backlog, console);
        return new JsonWriter(file.disk(), file.lastHeadline(), queue);
    }

    @Override
    public void begin(Incident incident) {
        Event event = incident.event();
        of(event);
        text = RecordText.ofTable(disk);
        this.incident = incident; // now there is something to cancel
        boolean withHistory = text.shortage().isEmpty();
        line(event.type().jsonName, json -> put(json, withHistory));
        if (line.length() > LINE_BYTES) { // hostile names all over
            line(event.type().jsonName, json -> put(json, false));
        }
        text.put(line);
    }

    @Override
    public void row(ProcessInfo row, Bytes command) {
        line("process", json -> put(json, row, command));
        text.row(line);
    }

    private void put(JsonGenerator json, ProcessInfo row, Bytes command) throws IOException {
        ProcessTable table = incident.table();
        json.writeStringField("user", row.user());
        json.writeNumberField("uid", row.uid());
        json.writeNumberField("pid", row.pid());
        put(json, "cpuSeconds", table.clock().seconds(row.stat().cpuTicks()));
        long ageTicks = table.clock().startClockTicks() - row.stat().startTicks();
        put(json, "ageSeconds", table.clock().seconds(ageTicks));
        json.writeNumberField("vszKiB", row.status().vszKiB());
        json.writeNumberField("rssKiB", row.status().rssKiB());
        json.writeNumberField("ownKiB", row.status().anonKiB() + row.status().shmemKiB());
        json.writeNumberField("swapKiB", row.status().swapKiB());
        json.writeStringField("tty", row.tty());
        stat.shorten(0);
        PsCells.stat(row.stat(), row.status(), stat);
        put(json, "stat", stat, stat.length());
        json.writeNumberField("threads", row.status().threads());
        json.writeStringField("name", row.name());
        if (!row.unit().isEmpty()) {
            json.writeStringField("unit", name(row.unit()));
        }
        int length = command.whole(Math.min(COMMAND_BYTES, text.commandBytes()));
        put(json, "command", command, length);
        if (length < command.length()) {
            json.writeNumberField("commandBytes", command.length());
        }
    }

    @Override
    public void end(RowsRead read) {
        text.endRows();
        line("captured", json -> put(json, read));
        deliver(incident.event());
        incident = null;
    }

    @Override
    public void cancel() {
        if (incident != null) {
            incident = null;
            text.release();
            text = null;
        }
    }

    private void put(JsonGenerator json, RowsRead read) throws IOException {
        json.writeNumberField("processes", read.processes());
        json.writeNumberField("written", text.rows());
        json.writeNumberField("captureMillis", read.millis());
        putNotes(json, "captureNotes", read.notes());
        if (!text.cut().isEmpty()) {
            json.writeStringField("cut", text.cut());
        }
    }

    @Override
    public void event(Event event) {
        of(event);
        text = RecordText.ofLine(disk);
        boolean isUnended = event.type() == Event.Type.UNENDED;
        if (isUnended && event.breach().isEmpty()) { // no history
            Matcher last = OPEN_INCIDENT.matcher(lastLine);
            incidentId = last.matches() ? last.group(1) : "";
        }
        line(
                event.type().jsonName,
                json -> {
                    put(json, event);
                    if (event.isEnd()) {
                        json.writeBooleanField("stopped", event.type() == Event.Type.STOPPED);
                    }
                    if (event.isEnd() || !event.lead().text().isEmpty()) {
                        put(json, event.lead());
                    }
                    if (event.isEnd() || isUnended) { // all of the incident, when it is over
                        put(json, event.history());
                    }
                });
        deliver(event);
    }

    private void deliver(Event event) {
        text.put(line);
        sink.accept(event, text);
        text.release();
    }

    /** Prepares what all lines of a record have in common. */
    private void of(Event event) {
        lines = null; // an OutOfMemoryError may have left it within a line
        time = time(event.sample());
        incidentId = event.breach().isEmpty() ? "" : incidentId(host, event.breach().get());
    }

    /** What names an incident, among those of all machines. */
    static String incidentId(HostInfo host, Breach breach) {
        return name(host.name()) + "-" + ID.format(instant(breach.first()));
    }

    private static Instant instant(Sample sample) {
        return Instant.ofEpochMilli(sample.epochMillis());
    }

    private static String time(Sample sample) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                instant(sample).atZone(LocalZone.zone()));
    }

    private interface Fields {
        void put(JsonGenerator json) throws IOException;
    }

    /** Forms a line: what all lines have, then these fields. */
    private void line(String type, Fields fields) {
        line.shorten(0);
        try {
            lines = lines == null ? JSON.createGenerator(line) : lines;
            lines.writeStartObject();
            lines.writeStringField("type", type);
            if (!incidentId.isEmpty()) {
                lines.writeStringField("incident", incidentId);
            }
            lines.writeStringField("time", time);
            fields.put(lines);
            lines.writeEndObject();
            lines.writeRaw('\n');
            lines.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // what is written into memory throws none
        }
    }

    private void put(JsonGenerator json, Event event) throws IOException {
        json.writeObjectFieldStart("host");
        json.writeStringField("name", name(host.name()));
        json.writeStringField("kernel", name(host.kernel()));
        json.writeNumberField("processors", host.processors());
        json.writeEndObject();
        put(json, "thresholdPercent", event.thresholdPercent());
        put(json, "memoryPercent", event.sample().usedPercent());
        put(json, "cpuPercent", event.sample().cpuPercent());
        json.writeStringField("message", Printable.shortened(event.message(), NOTE_BYTES));
        if (event.breach().isPresent()) {
            Breach breach = event.breach().get();
            json.writeStringField("aboveSince", time(breach.first()));
            put(json, "aboveSeconds", breach.elapsedNanos() / 1e9);
            put(json, "peakPercent", breach.peak().usedPercent());
            json.writeStringField("peakTime", time(breach.peak()));
            json.writeNumberField("dips", breach.dips());
            put(json, "stalledSeconds", breach.stalledNanos() / 1e9);
            json.writeNumberField("oomKills", breach.oomKills());
            if (event.type() == Event.Type.UNENDED) {
                json.writeStringField("lastSeen", time(breach.last()));
                put(json, "lastSeenPercent", breach.last().usedPercent());
            }
        }
    }

    // ---- What ate it, and where memory is

    private static void put(JsonGenerator json, Lead lead) throws IOException {
        json.writeStringField("lead", Printable.shortened(lead.text(), NOTE_BYTES));
        if (lead.culprit().isPresent()) {
            Lead.Culprit culprit = lead.culprit().get();
            json.writeObjectFieldStart("culprit");
            json.writeStringField("who", Printable.shortened(culprit.who(), NOTE_BYTES));
            json.writeStringField("unit", name(culprit.unit()));
            json.writeNumberField("sizeKiB", culprit.sizeKiB());
            json.writeBooleanField("shared", culprit.isShared());
            put(json, "seconds", culprit.nanos() / 1e9);
            json.writeEndObject();
        }
    }

    private void put(JsonGenerator json, boolean withHistory) throws IOException {
        Event event = incident.event();
        MemoryKinds kinds = incident.kinds();
        put(json, event);
        put(json, event.lead());
        json.writeNumberField("totalKiB", incident.table().memTotalKiB());
        json.writeNumberField("usedKiB", kinds.usedKiB());
        json.writeObjectFieldStart("usedKiBByKind");
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            json.writeNumberField(kind.jsonName, kinds.sizeKiB(kind));
        }
        json.writeEndObject();
        json.writeNumberField("swapTotalKiB", kinds.swapTotalKiB());
        json.writeNumberField("swapUsedKiB", kinds.swapUsedKiB());
        if (incident.pressure().isKnown()) {
            json.writeObjectFieldStart("pressure");
            put(json, "somePercent", incident.pressure().somePercent());
            put(json, "fullPercent", incident.pressure().fullPercent());
            json.writeEndObject();
        }
        Owners owners = incident.answer().owners();
        put(json, "byUnit", owners.byUnit());
        put(json, "byUser", owners.byUser());
        put(json, "byCommand", owners.byCommand());
        json.writeFieldName("growth");
        put(json, incident.answer().growth(), MOST_ITEMS);
        put(json, "slower", incident.answer().slower());
        put(json, "sinceBreach", incident.answer().sinceBreach());
        if (!text.shortage().isEmpty()) {
            json.writeStringField("shortened", text.shortage());
        }
        putNotes(json, "notes", incident.notes());
        if (withHistory) {
            put(json, event.history());
        }
    }

    private static void put(JsonGenerator json, String name, List<Owners.Owner> owners)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (Owners.Owner owner : first(MOST_OWNERS, owners)) {
            json.writeStartObject();
            json.writeStringField("name", name(owner.name()));
            json.writeNumberField("sizeKiB", owner.sizeKiB());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void put(JsonGenerator json, String name, Optional<Growth> growth)
            throws IOException {
        json.writeArrayFieldStart(name);
        if (growth.isPresent()) {
            put(json, growth.get(), MOST_OTHER_ITEMS);
        }
        json.writeEndArray();
    }

    private static void put(JsonGenerator json, Growth growth, int mostItems) throws IOException {
        json.writeStartObject();
        put(json, "seconds", growth.nanos() / 1e9);
        json.writeNumberField("riseKiB", growth.riseKiB());
        json.writeBooleanField("doubtful", growth.isDoubtful());
        json.writeArrayFieldStart("items");
        for (Growth.Item item : first(mostItems, growth.items())) {
            json.writeStartObject();
            put(json, item);
            json.writeBooleanField("steady", item.course().isSteady());
            json.writeArrayFieldStart("members");
            for (Growth.Item member : first(MOST_MEMBERS, item.members())) {
                json.writeStartObject();
                put(json, member);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void put(JsonGenerator json, Growth.Item item) throws IOException {
        json.writeStringField("change", item.change().jsonName);
        json.writeStringField("level", item.level().jsonName);
        json.writeStringField("name", name(item.name()));
        json.writeStringField("unit", name(item.unit()));
        json.writeNumberField("pid", item.pid());
        json.writeNumberField("count", item.count());
        json.writeNumberField("sizeKiB", item.sizeKiB());
        json.writeBooleanField("shared", item.isShared());
    }

    private static void put(JsonGenerator json, Series series) throws IOException {
        json.writeObjectFieldStart("history");
        json.writeNumberField("totalKiB", series.totalKiB());
        putSeconds(json, "seconds", series.nanos());
        putSeconds(json, "gapSeconds", series.gapNanos());
        put(json, "usedKiB", series.used());
        put(json, "swapUsedKiB", series.swapUsed());
        json.writeObjectFieldStart("usedKiBByKind");
        for (Map.Entry<MemoryKinds.Kind, long[]> kind : series.kinds().entrySet()) {
            put(json, kind.getKey().jsonName, kind.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("groups");
        for (Series.Group group : series.groups()) {
            json.writeStartObject();
            json.writeStringField("name", name(group.name()));
            json.writeStringField("unit", name(group.unit()));
            put(json, "sizeKiB", group.sizes());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    // ---- Fields

    private static void put(JsonGenerator json, String name, double value) throws IOException {
        json.writeNumberField(name, rounded(value));
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    private static void putSeconds(JsonGenerator json, String name, long[] nanos)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (long each : nanos) {
            json.writeNumber(rounded(each / 1e9));
        }
        json.writeEndArray();
    }

    private static void put(JsonGenerator json, String name, long[] values) throws IOException {
        json.writeFieldName(name);
        json.writeArray(values, 0, values.length);
    }

    private static void put(JsonGenerator json, String name, Bytes utf8, int length)
            throws IOException {
        json.writeFieldName(name);
        json.writeUTF8String(utf8.array(), 0, length);
    }

    private static void putNotes(JsonGenerator json, String name, List<String> notes)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (String note : notes) {
            json.writeString(Printable.shortened(note, NOTE_BYTES));
        }
        json.writeEndArray();
    }

    // ---- What is too long

    private static <T> List<T> first(int most, List<T> all) {
        return all.subList(0, Math.min(most, all.size()));
    }

    private static String name(String name) {
        return Printable.cut(name, NAME_BYTES);
    }
}
