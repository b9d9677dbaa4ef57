package output;

import breach.Breach;
import breach.Sample;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import culprit.Answer;
import culprit.Growth;
import culprit.Owners;
import culprit.Series;

import procfs.BootClock;
import procfs.HostInfo;
import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcessInfo;
import procfs.Status;

import text.Bytes;
import text.LocalZone;
import text.Printable;

import words.Lead;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Records as lines of JSON, for programs: one for what happened, one for each process, one that
 * closes them. All name their incident; no line is longer than {@link #LINE_BYTES}. {@code
 * lib/memory_monitor.schema.json} says what they hold.
 */
public final class JsonWriter implements RecordWriter {
    /** Shippers cut or drop longer lines. */
    static final int LINE_BYTES = 48 << 10;

    /** What is longer is cut, even if each byte of it takes two in JSON. */
    private static final int COMMAND_BYTES = 20_000;

    /** So are names, of which a line may have a hundred. */
    private static final int NAME_BYTES = 80;

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

    private static final JsonFactory JSON = new JsonFactory();

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
        this.incident = incident;
        of(incident.event());
        text = RecordText.ofTable(disk);
        Map<String, Object> fields = fields(incident);
        if (text.shortage().isEmpty()) {
            fields.put("history", history(incident.event().history()));
        }
        line(incident.event().type().jsonName, fields);
        if (line.length() > LINE_BYTES) { // hostile names all over
            fields.remove("history");
            line(incident.event().type().jsonName, fields);
        }
        text.put(line);
    }

    @Override
    public void row(ProcessInfo row, Bytes command) {
        BootClock clock = incident.table().clock();
        Status status = row.status();
        stat.shorten(0);
        PsCells.stat(row.stat(), status, stat);
        Map<String, Object> fields = object("user", row.user(), "uid", row.uid(), "pid", row.pid());
        fields.put("cpuSeconds", clock.seconds(row.stat().cpuTicks()));
        fields.put("ageSeconds", clock.seconds(clock.elapsedTicks(row.stat())));
        fields.put("vszKiB", status.vszKiB());
        fields.put("rssKiB", status.rssKiB());
        fields.put("ownKiB", status.anonKiB() + status.shmemKiB());
        fields.put("swapKiB", status.swapKiB());
        fields.put("tty", row.tty());
        fields.put("stat", stat);
        fields.put("threads", status.threads());
        fields.put("name", row.name());
        if (!row.unit().isEmpty()) {
            fields.put("unit", name(row.unit()));
        }
        int length = command.whole(Math.min(COMMAND_BYTES, text.commandBytes()));
        fields.put("command", new Bytes(length).put(command.array(), 0, length));
        if (length < command.length()) {
            fields.put("commandBytes", command.length());
        }
        line("process", fields);
        text.row(line);
    }

    @Override
    public void end(RowsRead read) {
        text.endRows();
        Map<String, Object> fields = object("processes", read.processes(), "written", text.rows());
        fields.put("captureMillis", read.millis());
        fields.put("captureNotes", notes(read.notes()));
        if (!text.cut().isEmpty()) {
            fields.put("cut", text.cut());
        }
        line("captured", fields);
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

    @Override
    public void event(Event event) {
        of(event);
        text = RecordText.ofLine(disk);
        boolean isUnended = event.type() == Event.Type.UNENDED;
        if (isUnended && event.breach().isEmpty()) { // no history
            Matcher last = OPEN_INCIDENT.matcher(lastLine);
            incidentId = last.matches() ? last.group(1) : "";
        }
        Map<String, Object> fields = fields(event);
        if (event.isEnd()) {
            fields.put("stopped", event.type() == Event.Type.STOPPED);
        }
        if (event.isEnd() || !event.lead().text().isEmpty()) {
            put(event.lead(), fields);
        }
        if (event.isEnd() || isUnended) { // all of the incident, when it is over
            fields.put("history", history(event.history()));
        }
        line(event.type().jsonName, fields);
        deliver(event);
    }

    private void deliver(Event event) {
        text.put(line);
        sink.accept(event, text);
        text.release();
    }

    /** Prepares what all lines of a record have in common. */
    private void of(Event event) {
        time = time(event.sample());
        incidentId =
                event.breach().isEmpty()
                        ? ""
                        : name(host.name())
                                + "-"
                                + ID.format(instant(event.breach().get().first()));
    }

    private static Instant instant(Sample sample) {
        return Instant.ofEpochMilli(sample.epochMillis());
    }

    private static String time(Sample sample) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                instant(sample).atZone(LocalZone.zone()));
    }

    // ---- What ate it, and where memory is

    private Map<String, Object> fields(Event event) {
        Map<String, Object> machine = object("name", name(host.name()));
        machine.put("kernel", name(host.kernel()));
        machine.put("processors", host.processors());
        Map<String, Object> fields = object("host", machine);
        fields.put("thresholdPercent", event.thresholdPercent());
        fields.put("memoryPercent", event.sample().usedPercent());
        fields.put("cpuPercent", event.sample().cpuPercent());
        fields.put("message", Printable.shortened(event.message(), NOTE_BYTES));
        if (event.breach().isPresent()) {
            Breach breach = event.breach().get();
            fields.put("aboveSince", time(breach.first()));
            fields.put("aboveSeconds", breach.elapsedNanos() / 1e9);
            fields.put("peakPercent", breach.peak().usedPercent());
            fields.put("peakTime", time(breach.peak()));
            fields.put("dips", breach.dips());
            fields.put("stalledSeconds", breach.stalledNanos() / 1e9);
            fields.put("oomKills", breach.oomKills());
            if (event.type() == Event.Type.UNENDED) {
                fields.put("lastSeen", time(breach.last()));
                fields.put("lastSeenPercent", breach.last().usedPercent());
            }
        }
        return fields;
    }

    private static void put(Lead lead, Map<String, Object> fields) {
        fields.put("lead", Printable.shortened(lead.text(), NOTE_BYTES));
        if (lead.culprit().isPresent()) {
            Lead.Culprit culprit = lead.culprit().get();
            String who = Printable.shortened(culprit.who(), NOTE_BYTES);
            Map<String, Object> told = object("who", who, "unit", name(culprit.unit()));
            told.put("sizeKiB", culprit.sizeKiB());
            told.put("shared", culprit.isShared());
            told.put("seconds", culprit.nanos() / 1e9);
            fields.put("culprit", told);
        }
    }

    private Map<String, Object> fields(Incident incident) {
        MemoryKinds kinds = incident.kinds();
        Map<String, Object> fields = fields(incident.event());
        put(incident.event().lead(), fields);
        fields.put("totalKiB", incident.table().memTotalKiB());
        fields.put("usedKiB", kinds.usedKiB());
        Map<String, Object> byKind = new LinkedHashMap<>();
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            byKind.put(kind.jsonName, kinds.sizeKiB(kind));
        }
        fields.put("usedKiBByKind", byKind);
        fields.put("swapTotalKiB", kinds.swapTotalKiB());
        fields.put("swapUsedKiB", kinds.swapUsedKiB());
        MemoryPressure pressure = incident.pressure();
        if (pressure.isKnown()) {
            Object some = pressure.somePercent();
            fields.put(
                    "pressure", object("somePercent", some, "fullPercent", pressure.fullPercent()));
        }
        Answer answer = incident.answer();
        fields.put("byUnit", owners(answer.owners().byUnit()));
        fields.put("byUser", owners(answer.owners().byUser()));
        fields.put("byCommand", owners(answer.owners().byCommand()));
        fields.put("growth", growth(answer.growth(), MOST_ITEMS));
        fields.put("slower", other(answer.slower()));
        fields.put("sinceBreach", other(answer.sinceBreach()));
        if (!text.shortage().isEmpty()) {
            fields.put("shortened", text.shortage());
        }
        fields.put("notes", notes(incident.notes()));
        return fields;
    }

    private static List<Object> owners(List<Owners.Owner> owners) {
        return list(
                MOST_OWNERS,
                owners,
                owner -> object("name", name(owner.name()), "sizeKiB", owner.sizeKiB()));
    }

    private static List<Object> other(Optional<Growth> growth) {
        return list(1, growth.stream().toList(), other -> growth(other, MOST_OTHER_ITEMS));
    }

    private static Object growth(Growth growth, int mostItems) {
        Map<String, Object> fields = object("seconds", growth.nanos() / 1e9);
        fields.put("riseKiB", growth.riseKiB());
        fields.put("doubtful", growth.isDoubtful());
        fields.put("items", list(mostItems, growth.items(), JsonWriter::item));
        return fields;
    }

    private static Object item(Growth.Item item) {
        Map<String, Object> fields = member(item);
        fields.put("steady", item.course().isSteady());
        fields.put("members", list(MOST_MEMBERS, item.members(), JsonWriter::member));
        return fields;
    }

    private static Map<String, Object> member(Growth.Item item) {
        Map<String, Object> fields = object("change", item.change().jsonName);
        fields.put("level", item.level().jsonName);
        fields.put("name", name(item.name()));
        fields.put("unit", name(item.unit()));
        fields.put("pid", item.pid());
        fields.put("count", item.count());
        fields.put("sizeKiB", item.sizeKiB());
        fields.put("shared", item.isShared());
        return fields;
    }

    private static Object history(Series series) {
        Map<String, Object> fields = object("totalKiB", series.totalKiB());
        fields.put("seconds", seconds(series.nanos()));
        fields.put("gapSeconds", seconds(series.gapNanos()));
        fields.put("usedKiB", series.used());
        fields.put("swapUsedKiB", series.swapUsed());
        Map<String, Object> byKind = new LinkedHashMap<>();
        series.kinds().forEach((kind, sizes) -> byKind.put(kind.jsonName, sizes));
        fields.put("usedKiBByKind", byKind);
        fields.put("groups", list(Integer.MAX_VALUE, series.groups(), JsonWriter::group));
        return fields;
    }

    private static Object group(Series.Group group) {
        String unit = name(group.unit());
        return object("name", name(group.name()), "unit", unit, "sizeKiB", group.sizes());
    }

    private static List<Object> seconds(long[] nanos) {
        return Arrays.stream(nanos).<Object>mapToObj(each -> each / 1e9).toList();
    }

    private static List<Object> notes(List<String> notes) {
        return list(Integer.MAX_VALUE, notes, note -> Printable.shortened(note, NOTE_BYTES));
    }

    private static String name(String name) {
        return Printable.cut(name, NAME_BYTES);
    }

    // ---- JSON

    /** The first of some values, each in its form. */
    private static <T> List<Object> list(int most, List<T> all, Function<T, Object> form) {
        return all.stream().limit(most).map(form).toList();
    }

    /** An object, of names and values in turn. */
    private static Map<String, Object> object(Object... fields) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            object.put((String) fields[i], fields[i + 1]);
        }
        return object;
    }

    /** Forms a line: what all lines have, then these fields. */
    private void line(String type, Map<String, Object> fields) {
        Map<String, Object> all = object("type", type);
        if (!incidentId.isEmpty()) {
            all.put("incident", incidentId);
        }
        all.put("time", time);
        all.putAll(fields);
        line.shorten(0);
        try (JsonGenerator json = JSON.createGenerator(line)) {
            put(all, json);
            json.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e); // what is written into memory throws none
        }
    }

    private static void put(Object value, JsonGenerator json) throws IOException {
        if (value instanceof Map<?, ?> object) {
            json.writeStartObject();
            for (Map.Entry<?, ?> field : object.entrySet()) {
                json.writeFieldName((String) field.getKey());
                put(field.getValue(), json);
            }
            json.writeEndObject();
        } else if (value instanceof List<?> array) {
            json.writeStartArray();
            for (Object each : array) {
                put(each, json);
            }
            json.writeEndArray();
        } else if (value instanceof long[] numbers) {
            json.writeArray(numbers, 0, numbers.length);
        } else if (value instanceof Bytes utf8) {
            json.writeUTF8String(utf8.array(), 0, utf8.length());
        } else if (value instanceof Double number) {
            json.writeNumber(Math.round(number * 100) / 100.0);
        } else {
            json.writeObject(value); // a text, a whole number, true or false
        }
    }
}
