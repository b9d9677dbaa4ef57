package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import breach.Sample;

import culprit.Answer;
import culprit.History;
import culprit.Scene;
import culprit.Series;

import kit.Values;

import org.junit.jupiter.api.Test;

import procfs.Machine;
import procfs.Reading;

import words.Lead;

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

    /** By its name, a program finds what ate it among what has grown. */
    @Test
    void aLongNameIsTheSameEverywhere() {
        String unit = "snap.".repeat(17) + "scope";
        String words = "2/a/1/50,u=" + unit + " unit:" + unit;
        Scene scene = new Scene().at(900, words + ":100:0:0");
        Reading now = scene.moment(1000, words + ":1000:0:0 anon=1000");
        Answer answer = Answer.of(scene.history, now, scene.history.add(now), 0, 0, Long::toString);
        Sample sample = new Sample(0, 0, 0, 81.25, 3, 0);
        Lead lead = Lead.of(answer, item -> "");
        Event event =
                Values.event(Event.Type.INCIDENT, sample, "above").answered(lead, "", Series.NONE);
        List<String> texts = new ArrayList<>();
        JsonWriter writer =
                new JsonWriter(Values.NOWHERE, "", (ignored, text) -> texts.add(text.toString()));
        writer.begin(
                new Incident(
                        event,
                        Values.table(100, 1000, List.of()),
                        now.kinds(),
                        answer,
                        now.pressure(),
                        List.of()));
        writer.end(new RecordWriter.RowsRead(0, 0, 1));
        String name = "\"" + unit + "\"";
        assertTrue(texts.get(0).contains("\"culprit\":{\"who\":" + name), texts.get(0));
        assertTrue(texts.get(0).contains("\"unit\":" + name), texts.get(0));
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
