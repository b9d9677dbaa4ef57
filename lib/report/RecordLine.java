package report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

import text.Printable;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A line of a file of records. Who wrote it is not known: what is missing or of another type than
 * it should be is empty or 0.
 *
 * @param fields what the line says
 */
record RecordLine(Map<String, Object> fields, byte[] utf8) {
    /** No record of ours is nested deeper than half of it. */
    private static final int MOST_NESTED = 20;

    /** An incident's identifier is the machine's name, of 80 bytes at most, and a time. */
    private static final int MOST_ID = 120;

    /** See hostname(7); what is beyond is no name. */
    private static final int HOST_BYTES = 80;

    /** No figure of ours is larger, see {@link procfs.ProcFile}. */
    private static final double LARGEST = 1e15;

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(JsonFactory.Feature.CHARSET_DETECTION) // it is UTF-8, or no record
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(MOST_NESTED).build())
                    .build();

    private static final Set<String> TYPES =
            Set.of("incident", "climbed", "process", "captured", "end", "oomKill", "unended");

    /** A line that is a record's; empty: it is cut off, or something else. */
    static Optional<RecordLine> parse(byte[] utf8) {
        try (JsonParser json = FACTORY.createParser(utf8)) {
            boolean isObject = json.nextToken() == JsonToken.START_OBJECT;
            RecordLine line = new RecordLine(isObject ? object(json) : Map.of(), utf8);
            boolean isRecord =
                    TYPES.contains(line.type())
                            && line.time("time").isPresent()
                            && line.text("incident").length() <= MOST_ID
                            && json.nextToken() == null;
            return isRecord ? Optional.of(line) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Map<String, Object> object(JsonParser json) throws IOException {
        Map<String, Object> fields = new HashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            fields.put(name, value(json));
        }
        return Map.copyOf(fields); // it takes a third of the heap
    }

    private static Object value(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case START_OBJECT:
                return object(json);
            case START_ARRAY:
                List<Object> values = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(json));
                }
                return List.copyOf(values);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT:
                double number = json.getDoubleValue();
                return Math.abs(number) <= LARGEST ? number : 0.0;
            case VALUE_TRUE, VALUE_FALSE:
                return json.getBooleanValue();
            default:
                return json.getText();
        }
    }

    String type() {
        return text("type");
    }

    /** The machine's name; empty: 1.0.0 named it in records with a table only. */
    String host() {
        return Printable.shortened(object("host").text("name"), HOST_BYTES);
    }

    /** True for the first line of a record with a table. */
    boolean isTable() {
        return type().equals("incident") || type().equals("climbed");
    }

    /** True if the kernel has killed somebody without an incident, for a unit's limit. */
    boolean isLoneKill() {
        return type().equals("oomKill") && text("incident").isEmpty();
    }

    String text(String name) {
        return fields.get(name) instanceof String text ? text : "";
    }

    double number(String name) {
        return fields.get(name) instanceof Double number ? number : 0;
    }

    Optional<OffsetDateTime> time(String name) {
        try {
            return Optional.of(OffsetDateTime.parse(text(name)))
                    .filter(time -> time.getYear() >= 1970 && time.getYear() <= 9999);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    RecordLine object(String name) {
        Map<String, Object> of = new HashMap<>();
        if (fields.get(name) instanceof Map<?, ?> object) {
            object.forEach((key, field) -> of.put(key.toString(), field));
        }
        return new RecordLine(of, new byte[0]);
    }

    double[] numbers(String name) {
        return fields.get(name) instanceof List<?> list
                ? list.stream().mapToDouble(v -> v instanceof Double number ? number : 0).toArray()
                : new double[0];
    }

    List<String> texts(String name) {
        return fields.get(name) instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : List.of();
    }
}
