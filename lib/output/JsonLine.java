package output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import text.Bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** A line of JSON that is being formed: one object. */
final class JsonLine implements AutoCloseable {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final JsonGenerator json;

    /** Begins a line, which is appended to a text as it is formed. */
    JsonLine(Bytes text) {
        try {
            json = FACTORY.createGenerator(new Sink(text));
            json.writeStartObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the sink throws none; so below
        }
    }

    JsonLine put(String name, String value) {
        try {
            json.writeStringField(name, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Adds a text to an array. */
    JsonLine add(String value) {
        try {
            json.writeString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Puts a text that is UTF-8. */
    JsonLine put(String name, byte[] utf8, int length) {
        try {
            json.writeFieldName(name);
            json.writeUTF8String(utf8, 0, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    JsonLine put(String name, long value) {
        try {
            json.writeNumberField(name, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Puts a number with up to two decimals. */
    JsonLine put(String name, double value) {
        try {
            json.writeNumberField(name, rounded(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    JsonLine put(String name, boolean value) {
        try {
            json.writeBooleanField(name, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Begins an object in an object. */
    JsonLine object(String name) {
        try {
            json.writeObjectFieldStart(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Begins an object in an array. */
    JsonLine object() {
        try {
            json.writeStartObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    JsonLine endObject() {
        try {
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Begins an array. */
    JsonLine array(String name) {
        try {
            json.writeArrayFieldStart(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    JsonLine endArray() {
        try {
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    JsonLine put(String name, List<String> values) {
        array(name);
        for (String value : values) {
            add(value);
        }
        return endArray();
    }

    /** Puts numbers, divided by {@code unit}; where that is not 1, with up to two decimals. */
    JsonLine put(String name, long[] values, double unit) {
        array(name);
        try {
            for (long value : values) {
                if (unit == 1) {
                    json.writeNumber(value);
                } else {
                    json.writeNumber(rounded(value / unit));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return endArray();
    }

    private static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    /** Ends the line. */
    @Override
    public void close() {
        try {
            json.writeEndObject();
            json.writeRaw('\n');
            json.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Sink extends OutputStream {
        private final Bytes text;

        Sink(Bytes text) {
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
