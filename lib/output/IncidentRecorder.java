package output;

import culprit.Answer;
import culprit.Growth;
import culprit.History;

import procfs.CommandLines;
import procfs.Machine;
import procfs.ProcessReader;
import procfs.ProcessTable;
import procfs.Reading;

import text.Reason;

import words.Notes;

import java.util.List;
import java.util.Optional;

/**
 * Has a record with a table written by all writers; if that fills the heap, less and less of it.
 */
public final class IncidentRecorder {
    /** How much of a record the heap holds. */
    private enum Extent {
        /** All rows, and what ate it. */
        WHOLE,
        /** The largest rows, and what ate it. */
        SHORT,
        /** The largest rows: of the others, not even their sizes. */
        LARGEST;

        private static final List<Extent> ALL = List.of(values());
    }

    private final Machine machine;
    private final History history;
    private final List<RecordWriter> writers;
    private final int shortRows;

    /**
     * @param history takes what is read of the machine
     * @param shortRows the rows of a table that the heap does not hold whole
     */
    public IncidentRecorder(
            Machine machine, History history, List<RecordWriter> writers, int shortRows) {
        this.machine = machine;
        this.history = history;
        this.writers = writers;
        this.shortRows = shortRows;
    }

    /** Records it; returns what ate it, empty: the heap does not hold that. */
    public Optional<Answer> record(Occasion now) {
        for (Extent extent : Extent.ALL) {
            try {
                return record(now, extent);
            } catch (OutOfMemoryError e) {
                writers.forEach(RecordWriter::cancel);
                if (extent == Extent.LARGEST) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }

    /** Records it as if the heap held hardly anything. */
    public void practise(Occasion now) {
        record(now, Extent.LARGEST);
    }

    private Optional<Answer> record(Occasion now, Extent extent) {
        long begin = System.nanoTime();
        boolean isKnown = extent != Extent.LARGEST;
        Reading reading = isKnown ? machine.read() : machine.readLargest(shortRows);
        int all = isKnown ? reading.processes().size() : ProcessReader.count();
        int most = extent == Extent.WHOLE ? all : shortRows;
        int missing = Math.max(0, all - most);
        ProcessTable table =
                machine.processes().table(missing > 0 ? reading.largest(most) : reading);
        try (CommandLines.Reading lines = machine.processes().commandLines(table)) {
            long beginAnswer = System.nanoTime();
            Incident incident =
                    isKnown
                            ? Incident.of(now, reading, table, history, this::detail)
                            : Incident.unanswered(now, reading, table, history);
            incident.notes().addAll(machine.bounds());
            if (missing > 0) {
                incident.notes().add(Notes.missing(missing, "left out: " + Reason.OUT_OF_HEAP));
            }
            long since = begin + System.nanoTime() - beginAnswer; // the table alone is timed
            RecordWriter.write(writers, incident, lines, missing, since);
            return isKnown ? Optional.of(incident.answer()) : Optional.empty();
        }
    }

    /** Tells apart what an item's name does not, such as the jar of a {@code java}. */
    public String detail(Growth.Item item) {
        boolean isThere = item.pid() != 0 && item.change() != Growth.Change.GONE;
        boolean isTold = !isThere || !item.unit().isEmpty();
        return isTold ? "" : machine.processes().scriptOf(item.pid(), item.name());
    }
}
