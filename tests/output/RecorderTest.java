package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import breach.Breach;
import breach.Sample;

import culprit.History;

import org.junit.jupiter.api.Test;

import procfs.Machine;

import words.Lead;

import java.util.List;
import java.util.Optional;

/** What is known of a breach while it lasts. */
public class RecorderTest {
    /**
     * A machine may die before it is looked at again: its last words must name nobody of before.
     */
    @Test
    void theNextBreachHasAnotherCulprit() {
        Recorder recorder = new Recorder(new Machine(), new History(), 80, List.of(), 20);
        Sample high = new Sample(0, 0, 0, 95, 3, 0);
        recorder.look(high, Optional.of(Breach.begin(80, high)));
        assertNotEquals(Lead.NONE, recorder.lead());
        recorder.sampled(new Sample(1, 0, 0, 79, 3, 0), Optional.empty());
        assertEquals(Lead.NONE, recorder.lead());
    }
}
