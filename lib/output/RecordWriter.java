package output;

import breach.Breach;
import breach.Sample;

import procfs.ProcessInfo;

import text.Bytes;

import words.Notes;

import java.util.List;
import java.util.Optional;

/**
 * Forms records in one format, and hands each over when it is complete: {@link #begin}, {@link
 * #row} for each process, {@link #end}; or {@link #event} for one without a table. A writer leaves
 * out what it does not need.
 */
public interface RecordWriter {
    /**
     * How the rows of a record were read.
     *
     * @param processes how many there are, but for those that have ended meanwhile
     * @param late how many of their command lines could not be read in time
     * @param millis how long it took to read and format them
     */
    record RowsRead(int processes, int late, long millis) {
        /** In words, for below the table. */
        public List<String> notes() {
            return Notes.capture(processes, late, millis);
        }
    }

    default void begin(Incident incident) {}

    /**
     * Adds a process, in the order of the table. One that has ended meanwhile is left out.
     *
     * @param command the cell COMMAND, made harmless; valid until the next one
     */
    default void row(ProcessInfo row, Bytes command) {}

    /** Ends the record, and hands it over. */
    default void end(RowsRead read) {}

    /** Drops the record that has begun: the heap does not hold it. */
    default void cancel() {}

    /** Writes a record that has no table, and hands it over. */
    default void event(Event event) {}

    /** Takes note of a sample, after what has become of it. */
    default void sampled(Sample sample, Optional<Breach> breach) {}
}
