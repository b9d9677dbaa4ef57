package output;

import breach.Breach;
import breach.Sample;

import culprit.Growth;
import culprit.Owners;
import culprit.Series;

import procfs.HostInfo;
import procfs.MemoryKinds;
import procfs.ProcessInfo;
import procfs.ProcessTable;

import text.Bytes;

import words.Lead;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** So are names. */
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

    private final LogFile file;
    private final HostInfo host = HostInfo.read();

    /** The rows of a record that has to be short. */
    private final int shortRows;

    private final RecordSink sink;
    private final Bytes line = new Bytes();
    private final Bytes stat = new Bytes();

    // Of the record that is being formed
    private Event event;
    private ProcessTable table;
    private RecordText text;
    private int rows;
    private int mostRows;

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
        event = incident.event();
        table = incident.table();
        rows = 0;
        String shortage = file.shortage();
        text = new RecordText(file);
        mostRows = shortage.isEmpty() ? Integer.MAX_VALUE : shortRows;
        put(incident, shortage, shortage.isEmpty());
        if (line.length() > LINE_BYTES) { // hostile names all over
            put(incident, shortage, false);
        }
        text.put(line);
    }

    @Override
    public void row(ProcessInfo row, Bytes command) {
        rows++;
        if (rows > mostRows || !text.cut().isEmpty()) {
            return;
        }
        int length = cut(command.array(), command.length(), COMMAND_BYTES);
        try (JsonLine json = begin("process", incidentId(event))) {
            json.put("user", row.user());
            json.put("uid", row.uid());
            json.put("pid", row.pid());
            json.put("cpuSeconds", table.clock().seconds(row.stat().cpuTicks()));
            long elapsed = table.clock().elapsedTicks(row.stat());
            json.put("ageSeconds", table.clock().seconds(elapsed));
            json.put("vszKiB", row.status().vszKiB());
            json.put("rssKiB", row.status().rssKiB());
            json.put("ownKiB", row.status().anonKiB() + row.status().shmemKiB());
            json.put("swapKiB", row.status().swapKiB());
            json.put("tty", row.tty());
            stat.shorten(0);
            PsCells.stat(row.stat(), row.status(), stat);
            json.put("stat", stat.array(), stat.length());
            json.put("threads", row.status().threads());
            json.put("name", row.name());
            if (!row.unit().isEmpty()) {
                json.put("unit", name(row.unit()));
            }
            json.put("command", command.array(), length);
            if (length < command.length()) {
                json.put("commandBytes", command.length());
            }
        }
        text.put(line);
    }

    @Override
    public void end(Capture capture) {
        int written = Math.min(rows, mostRows);
        String cut = text.cut();
        do { // what has been cut off makes room for this
            written = cut.isEmpty() ? written : text.resumeAfterCut() - 1;
            try (JsonLine json = begin("captured", incidentId(event))) {
                json.put("processes", capture.processes());
                json.put("written", written);
                json.put("captureMillis", capture.millis());
                json.put("captureNotes", capture.notes());
                if (!cut.isEmpty()) {
                    json.put("cut", cut);
                }
            }
            cut = text.put(line).finish();
        } while (!cut.isEmpty());
        sink.accept(event, text);
        text.release();
        table = null;
    }

    @Override
    public void event(Event event) {
        this.event = event;
        text = new RecordText(file);
        String incident = incidentId(event);
        if (event.type() == Event.Type.UNENDED) {
            Matcher last = OPEN_INCIDENT.matcher(file.lastHeadline());
            incident = last.matches() ? last.group(1) : "";
        }
        try (JsonLine json = begin(event.type().jsonName, incident)) {
            put(json, event);
            if (event.isEnd()) { // all of the incident, when it is over
                put(json.put("stopped", event.type() == Event.Type.STOPPED), event.lead());
                put(json, event.history());
            }
        }
        text.put(line).finish();
        sink.accept(event, text);
        text.release();
    }

    /** Begins a line with what all lines have. */
    private JsonLine begin(String type, String incident) {
        line.shorten(0);
        JsonLine json = new JsonLine(line).put("type", type);
        if (!incident.isEmpty()) {
            json.put("incident", incident);
        }
        return json.put("time", time(event.sample().epochMillis()));
    }

    /** What all records of an incident have in common, and no other has; empty: there is none. */
    private String incidentId(Event event) {
        if (event.breach().isEmpty()) {
            return "";
        }
        Sample first = event.breach().get().first();
        return name(host.name()) + "-" + ID.format(Instant.ofEpochMilli(first.epochMillis()));
    }

    private static String time(long epochMillis) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                Instant.ofEpochMilli(epochMillis)
                        .truncatedTo(ChronoUnit.MILLIS)
                        .atZone(ZoneId.systemDefault()));
    }

    private static void put(JsonLine json, Event event) {
        json.put("thresholdPercent", event.thresholdPercent());
        json.put("memoryPercent", event.sample().usedPercent());
        json.put("cpuPercent", event.sample().cpuPercent());
        json.put("message", shortened(event.message(), NOTE_BYTES));
        if (event.breach().isPresent()) {
            Breach breach = event.breach().get();
            json.put("aboveSince", time(breach.first().epochMillis()));
            json.put("aboveSeconds", breach.elapsedNanos() / 1e9);
            json.put("peakPercent", breach.peak().usedPercent());
            json.put("peakTime", time(breach.peak().epochMillis()));
            json.put("dips", breach.dips());
            json.put("stalledSeconds", breach.stalledNanos() / 1e9);
            json.put("oomKills", breach.oomKills());
        }
    }

    // ---- What ate it, and where memory is

    private static void put(JsonLine json, Lead lead) {
        json.put("lead", shortened(lead.text(), NOTE_BYTES));
        if (lead.culprit().isPresent()) {
            Lead.Culprit culprit = lead.culprit().get();
            json.object("culprit").put("who", shortened(culprit.who(), NOTE_BYTES));
            json.put("unit", name(culprit.unit())).put("sizeKiB", culprit.sizeKiB());
            json.put("shared", culprit.isShared()).put("seconds", culprit.nanos() / 1e9);
            json.endObject();
        }
    }

    private void put(Incident incident, String shortage, boolean withHistory) {
        MemoryKinds kinds = incident.kinds();
        try (JsonLine json = begin(event.type().jsonName, incidentId(event))) {
            put(json, event);
            put(json, event.lead());
            json.object("host").put("name", name(host.name())).put("kernel", name(host.kernel()));
            json.put("processors", host.processors()).endObject();
            json.put("totalKiB", table.memTotalKiB());
            json.put("usedKiB", kinds.usedKiB());
            json.object("usedKiBByKind");
            for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
                json.put(kind.jsonName, kinds.sizeKiB(kind));
            }
            json.endObject();
            json.put("swapTotalKiB", kinds.swapTotalKiB());
            json.put("swapUsedKiB", kinds.swapUsedKiB());
            if (incident.pressure().isKnown()) {
                json.object("pressure").put("somePercent", incident.pressure().somePercent());
                json.put("fullPercent", incident.pressure().fullPercent()).endObject();
            }
            Owners owners = incident.answer().owners();
            put(json, "byUnit", owners.byUnit());
            put(json, "byUser", owners.byUser());
            put(json, "byCommand", owners.byCommand());
            put(json.object("growth"), incident.answer().growth(), MOST_ITEMS);
            put(json, "slower", incident.answer().slower());
            put(json, "sinceBreach", incident.answer().sinceBreach());
            if (!shortage.isEmpty()) {
                json.put("shortened", shortage);
            }
            json.array("notes");
            for (String note : incident.notes()) {
                json.add(shortened(note, NOTE_BYTES));
            }
            json.endArray();
            if (withHistory) {
                put(json, event.history());
            }
        }
    }

    private static void put(JsonLine json, String name, List<Owners.Owner> owners) {
        json.array(name);
        int left = MOST_OWNERS;
        for (Owners.Owner owner : owners) {
            if (left-- > 0) {
                json.object().put("name", name(owner.name())).put("sizeKiB", owner.sizeKiB());
                json.endObject();
            }
        }
        json.endArray();
    }

    private static void put(JsonLine json, String name, Optional<Growth> growth) {
        json.array(name);
        if (growth.isPresent()) {
            put(json.object(), growth.get(), MOST_OTHER_ITEMS);
        }
        json.endArray();
    }

    /** Puts what grew into an object that has begun, and ends it. */
    private static void put(JsonLine json, Growth growth, int mostItems) {
        json.put("seconds", growth.nanos() / 1e9).put("riseKiB", growth.riseKiB()).array("items");
        int left = mostItems;
        for (Growth.Item item : growth.items()) {
            if (left-- > 0) {
                put(json.object(), item).put("steady", item.isSteady()).array("members");
                int membersLeft = MOST_MEMBERS;
                for (Growth.Item member : item.members()) {
                    if (membersLeft-- > 0) {
                        put(json.object(), member).endObject();
                    }
                }
                json.endArray().endObject();
            }
        }
        json.endArray().endObject();
    }

    private static JsonLine put(JsonLine json, Growth.Item item) {
        json.put("change", item.change().jsonName).put("level", item.level().jsonName);
        json.put("name", name(item.name())).put("unit", name(item.unit()));
        json.put("pid", item.pid()).put("count", item.count()).put("sizeKiB", item.sizeKiB());
        return json.put("shared", item.isShared());
    }

    private static void put(JsonLine json, Series series) {
        json.object("history").put("seconds", series.nanos(), 1e9);
        json.put("usedKiB", series.used(), 1).put("swapUsedKiB", series.swapUsed(), 1);
        json.object("usedKiBByKind");
        for (Map.Entry<MemoryKinds.Kind, long[]> kind : series.kinds().entrySet()) {
            json.put(kind.getKey().jsonName, kind.getValue(), 1);
        }
        json.endObject().array("groups");
        for (Series.Group group : series.groups()) {
            json.object().put("name", name(group.name())).put("unit", name(group.unit()));
            json.put("sizeKiB", group.sizes(), 1).endObject();
        }
        json.endArray().endObject();
    }

    // ---- What is too long

    private static String name(String name) {
        return shortened(name, NAME_BYTES);
    }

    private static String shortened(String text, int most) {
        if (3 * text.length() <= most) {
            return text;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int length = cut(utf8, utf8.length, most);
        return length == utf8.length
                ? text
                : new String(utf8, 0, length, StandardCharsets.UTF_8) + "…";
    }

    /**
     * The length of UTF-8 that is no longer than so many bytes, and ends with a whole character.
     */
    private static int cut(byte[] utf8, int length, int most) {
        int cut = Math.min(length, most);
        while (cut < length && (utf8[cut] & 0xc0) == 0x80) {
            cut--;
        }
        return cut;
    }
}
