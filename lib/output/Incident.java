package output;

import culprit.Answer;
import culprit.Growth;
import culprit.History;
import culprit.Share;

import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcessTable;
import procfs.Reading;

import words.Lead;
import words.Notes;

import java.util.List;
import java.util.function.Function;

/**
 * A record with a table, complete but for the command lines of its processes.
 *
 * @param kinds all memory in use, by kind
 * @param answer what ate it, and who has memory
 * @param pressure how much time is lost waiting for memory
 * @param notes the lines below the table
 */
public record Incident(
        Event event,
        ProcessTable table,
        MemoryKinds kinds,
        Answer answer,
        MemoryPressure pressure,
        List<String> notes) {
    /**
     * Finds what ate it, and where memory is. Without a breach, what has grown of late is noted.
     *
     * @param now the event without the answer
     * @param reading that moment, which is added to the history
     * @param table its processes
     * @param detail see {@link Notes#growth}
     */
    public static Incident of(
            Event now,
            Reading reading,
            ProcessTable table,
            History history,
            Function<Growth.Item, String> detail) {
        List<Share> shares = history.add(reading);
        long breachNanos = now.breach().map(b -> b.first().nanos()).orElse(reading.nanos());
        long risenNanos = now.type() == Event.Type.CLIMBED ? reading.nanos() : breachNanos;
        Answer answer =
                Answer.of(history, reading, shares, breachNanos, risenNanos, table::userName);
        List<String> notes = Notes.of(reading, answer, now.breach(), detail);
        Lead lead = Lead.NONE;
        if (now.breach().isPresent()) {
            lead = Lead.of(answer, detail).and(Notes.outlook(answer));
        } else {
            List<Growth> windows = Answer.windows(history, shares, table::userName);
            notes.addAll(0, Notes.now(windows, detail));
        }
        Event event = now.answered(lead, notes.get(0), history.series(now.sample().nanos()));
        return new Incident(event, table, reading.kinds(), answer, reading.pressure(), notes);
    }

    /** Finds where memory is; what ate it does not fit into the heap. */
    public static Incident unanswered(
            Event now, Reading reading, ProcessTable table, History history) {
        Answer answer = Answer.ofUnits(reading);
        List<String> notes = Notes.unanswered(reading, answer, now.breach());
        Lead lead = now.breach().isPresent() ? Lead.OUT_OF_HEAP : Lead.NONE;
        Event event = now.answered(lead, notes.get(0), history.series(now.sample().nanos()));
        return new Incident(event, table, reading.kinds(), answer, reading.pressure(), notes);
    }
}
