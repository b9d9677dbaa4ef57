package report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import output.FileFormat;

import text.Units;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes what was recorded as one page that needs nothing else. It is {@code page.html} with its
 * style, its script and a chart library inlined; in between the records as blocks of JSON, which
 * the script reads when it needs them. Records pass through: a page may be larger than the heap.
 *
 * <p>Nothing in a record can become part of the page: the blocks hold no {@code <}, the script
 * inserts text only, and the page's policy lets no other script or style run and nothing be
 * fetched.
 */
final class Page {
    /** The version in the //DEPS line of MemoryMonitor.java. */
    private static final String CHART = "/META-INF/resources/webjars/uplot/1.6.30/";

    private static final JsonFactory FACTORY = new JsonFactory().setRootValueSeparator(null);

    /** What the script consists of, in this order. */
    private static final List<String> SCRIPTS =
            List.of("records.js", "list.js", "figures.js", "chart.js", "table.js", "page.js");

    /** The cells of a process, in the order in which records.js names them. */
    private static final String[] NUMBERS =
            ("uid pid cpuSeconds ageSeconds vszKiB rssKiB ownKiB swapKiB threads commandBytes")
                    .split(" ");

    private static final String[] TEXTS = "user tty stat name unit command".split(" ");

    /** Texts that come again and again are written once, as long as they take no more heap. */
    private static final int MOST_TEXT_BYTES = 4 << 20;

    /** What a text and its place in a map take beside its characters, of two bytes at most. */
    private static final int TEXT_BYTES = 112;

    /** So many incidents are told apart: of any other each history is written. */
    private static final int MOST_INCIDENTS = 10_000;

    private static final byte[] START = "<!DOCTYPE html>".getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;
    private final JsonGenerator json;

    /** By incident, the time of its last line with a history; empty: it has none. */
    private final Map<String, String> lastHistories = new HashMap<>();

    private final Map<String, Integer> texts = new HashMap<>();

    /** Of the texts, those of the rows that are being written. */
    private final List<String> newTexts = new ArrayList<>();

    private int textBytes;
    private final Set<String> incidents = new HashSet<>();

    private int tables;

    private Page(OutputStream out) throws IOException {
        this.out = out;
        json = FACTORY.createGenerator(new NoTags(out));
    }

    private static boolean isPage(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return Arrays.equals(START, in.readNBytes(START.length));
        }
    }

    /**
     * Writes a page, in one step, and returns what to say about it.
     *
     * @param kernel by incident, what the kernel says about its victims
     */
    static String write(RecordFiles records, Map<String, List<String>> kernel, Path file)
            throws IOException {
        FileFormat.refuseLink(file);
        FileFormat.refuseOther(file);
        if (records.contains(file)) {
            throw new IOException("it holds the records; name another file");
        }
        if (Files.exists(file) && Files.size(file) > 0 && !isPage(file)) {
            throw new IOException("it is no page; remove it, or name another file");
        }
        Path part = file.resolveSibling("." + file.getFileName() + ".memory_monitor");
        Files.deleteIfExists(part);
        var mode = PosixFilePermissions.fromString("rw-------"); // command lines hold secrets
        // The folder may be another user's: what is written to is the file made here, by no name
        var channel =
                Files.newByteChannel(
                        part,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(mode));
        try {
            Page page;
            try (var out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
                page = new Page(out);
                page.write(records, kernel);
            }
            giveTo(System.getenv("SUDO_UID"), part.toAbsolutePath());
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            long sizeKiB = Files.size(file) / 1024;
            String size = sizeKiB < 1024 ? sizeKiB + " KiB" : Units.size(sizeKiB);
            int incidents = page.incidents.size();
            return (file + ": " + (incidents < MOST_INCIDENTS ? "" : "over "))
                    + (incidents + (incidents == 1 ? " incident, " : " incidents, "))
                    + (page.tables + (page.tables == 1 ? " table" : " tables"))
                    + (" of processes, " + size);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Gives it to a user, whose browser shall open it, where he could make a file himself. */
    private static void giveTo(String uid, Path file) {
        try {
            if (uid != null && uid.matches("[0-9]{1,9}")) {
                int number = Integer.parseInt(uid);
                Map<String, Object> folder =
                        Files.readAttributes(file.getParent(), "unix:uid,mode");
                boolean isForAll = ((int) folder.get("mode") & 2) != 0; // others may write there
                if (isForAll || folder.get("uid").equals(number)) {
                    Files.setAttribute(file, "unix:uid", number, LinkOption.NOFOLLOW_LINKS);
                }
            }
        } catch (IOException e) {
            return; // sudo -u somebody: then it stays his
        }
    }

    private void write(RecordFiles records, Map<String, List<String>> kernel) throws IOException {
        StringBuilder script = new StringBuilder();
        for (String part : SCRIPTS) {
            script.append(resource("/report/page/" + part));
        }
        String chart = resource(CHART + "dist/uPlot.iife.min.js");
        String style = resource(CHART + "dist/uPlot.min.css") + resource("/report/page/page.css");
        String policy =
                "default-src 'none'; base-uri 'none'; form-action 'none'; script-src %s %s;"
                        + " style-src %s";
        policy = Units.format(policy, hash(chart), hash(script.toString()), hash(style));
        String html =
                resource("/report/page/page.html")
                        .replace("{policy}", policy)
                        .replace("{style}", style)
                        .replace("{licence}", resource(CHART + "LICENSE").strip());
        int data = html.indexOf("{data}");
        String rest = html.substring(data + "{data}".length());
        write(html.substring(0, data));
        records.read(false, this::addHistory);
        try {
            records.read(true, this::addLine);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        endRows();
        for (Map.Entry<String, List<String>> lines : kernel.entrySet()) {
            List<String> all = new ArrayList<>(List.of(lines.getKey()));
            all.addAll(lines.getValue());
            list("kernel", all);
        }
        write(rest.replace("{chart}", chart).replace("{script}", script));
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("a part of the page is missing in this build: " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String hash(String text) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] digest = sha256.digest(text.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // each JDK has it
        }
    }

    private void addHistory(RecordLine line) {
        String incident = line.text("incident");
        boolean isKept =
                lastHistories.containsKey(incident)
                        ? !line.type().equals("unended") // it knows what was on the disk
                        : lastHistories.size() < MOST_INCIDENTS;
        if (isKept && line.fields().containsKey("history")) {
            lastHistories.put(incident, line.text("time"));
        }
    }

    private void addLine(RecordLine line) {
        try {
            add(line);
        } catch (IOException e) { // of the page, not of the file that is read
            throw new UncheckedIOException(e);
        }
    }

    private void add(RecordLine line) throws IOException {
        boolean isInRows = json.getOutputContext().inArray();
        if (line.type().equals("process")) {
            if (isInRows) {
                row(line);
            }
            return;
        }
        endRows();
        begin(line.isTable() ? "table" : "event");
        String time = line.text("time");
        copy(line, time.equals(lastHistories.getOrDefault(line.text("incident"), time)));
        end();
        boolean isShown = line.isTable() || line.fields().containsKey("lastSeen");
        if (isShown && incidents.size() < MOST_INCIDENTS) {
            incidents.add(line.text("incident"));
        }
        if (line.isTable()) {
            tables++;
            begin("rows");
            json.writeStartArray();
        }
    }

    /** The last history of an incident holds what the others did, and they are most of a page. */
    private void copy(RecordLine line, boolean withHistory) throws IOException {
        try (JsonParser in = FACTORY.createParser(line.utf8())) {
            in.nextToken();
            json.writeStartObject();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                boolean isLeftOut = !withHistory && in.currentName().equals("history");
                in.nextToken();
                if (isLeftOut) {
                    in.skipChildren();
                } else {
                    json.writeFieldName(in.currentName());
                    json.copyCurrentStructure(in);
                }
            }
            json.writeEndObject();
        }
    }

    private void row(RecordLine process) throws IOException {
        json.writeStartArray();
        for (String name : NUMBERS) {
            double number = process.number(name);
            boolean isWhole = number == Math.rint(number);
            json.writeNumber(isWhole ? Long.toString((long) number) : "" + number);
        }
        for (String name : TEXTS) {
            text(process.text(name));
        }
        json.writeEndArray();
    }

    /** Writes the number of a text, or where it has none the text itself. */
    private void text(String text) throws IOException {
        Integer number = texts.get(text);
        int bytes = TEXT_BYTES + 2 * text.length();
        if (number == null && textBytes + bytes <= MOST_TEXT_BYTES) {
            number = texts.size();
            texts.put(text, number);
            newTexts.add(text);
            textBytes += bytes;
        }
        if (number == null) {
            json.writeString(text);
        } else {
            json.writeNumber(number);
        }
    }

    private void endRows() throws IOException {
        if (json.getOutputContext().inArray()) {
            json.writeEndArray();
            end();
            list("texts", newTexts);
            newTexts.clear();
        }
    }

    private void list(String kind, List<String> all) throws IOException {
        begin(kind);
        json.writeArray(all.toArray(String[]::new), 0, all.size());
        end();
    }

    private void begin(String kind) throws IOException {
        write("<script type=\"application/json\" class=\"" + kind + "\">");
    }

    private void end() throws IOException {
        json.flush();
        write("</script>\n");
    }

    private void write(String html) throws IOException {
        out.write(html.getBytes(StandardCharsets.UTF_8));
    }

    /** Takes JSON: what could begin or end a tag is in strings only, and has another form there. */
    private static final class NoTags extends FilterOutputStream {
        NoTags(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] utf8, int from, int count) throws IOException {
            String json = new String(utf8, from, count, StandardCharsets.ISO_8859_1);
            out.write(json.replace("<", "\\u003c").getBytes(StandardCharsets.ISO_8859_1));
        }
    }
}
