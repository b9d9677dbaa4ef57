package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import breach.Sample;

import culprit.History;

import kit.Values;

import org.junit.jupiter.api.Test;

import procfs.Machine;
import procfs.Reading;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;

/** Lines of JSON where something goes wrong. */
public class JsonWriterTest {
    /** The heap is full before there is a text: there is nothing to cancel. */
    @Test
    void aRecordThatHasNoText() {
        JsonWriter writer = new JsonWriter(null, "", (ignored, text) -> {});
        Event event = Values.event(Event.Type.INCIDENT, new Sample(0, 0, 0, 81.25, 3, 0), "above");
        Incident incident = new Incident(event, null, null, null, null, List.of());
        assertThrows(NullPointerException.class, () -> writer.begin(incident));
        writer.cancel();
    }

    /** The heap is full in the middle of a line: the next record begins a new one. */
    @Test
    void aLineThatWasNotEnded() {
        Machine machine = new Machine();
        Reading reading = machine.read();
        Sample sample = new Sample(0, 0, 0, 81.25, 3, 0);
        Incident whole =
                Incident.of(
                        Values.event(Event.Type.INCIDENT, sample, "above"),
                        reading,
                        machine.processes().table(reading),
                        new History(),
                        item -> "");
        List<String> notes =
                new AbstractList<>() {
                    @Override
                    public String get(int index) {
                        throw new OutOfMemoryError("of a test");
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        Incident broken =
                new Incident(
                        whole.event(),
                        whole.table(),
                        whole.kinds(),
                        whole.answer(),
                        whole.pressure(),
                        notes);
        List<String> texts = new ArrayList<>();
        JsonWriter writer =
                new JsonWriter(Values.NOWHERE, "", (ignored, text) -> texts.add(text.toString()));
        assertThrows(OutOfMemoryError.class, () -> writer.begin(broken));
        writer.cancel();
        writer.event(Values.event(Event.Type.OOM_KILL, sample, "killed"));
        assertEquals(1, texts.size());
        assertEquals("{\"type\":\"oomKill\",\"incident\":", texts.get(0).substring(0, 29));
        assertEquals("}\n", texts.get(0).substring(texts.get(0).length() - 2));
    }
}
