package output;

import breach.Breach;
import breach.Sample;

import procfs.CommandLines;
import procfs.ProcessInfo;

import text.Bytes;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Forms records in one format, and hands each over when it is complete: {@link #begin}, {@link
 * #row} for each process, {@link #end}; or {@link #event} for one without a table. A writer leaves
 * out what it does not need.
 */
public interface RecordWriter {
    /** Begins a record. */
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

    /**
     * Has a record written by all writers.
     *
     * @param lines the command lines of the processes in the table
     * @param missing how many more processes there are, which have no row
     * @param sinceNanos when the table was begun, on the clock of {@link System#nanoTime}
     */
    static void write(
            List<RecordWriter> writers,
            Incident incident,
            CommandLines.Reading lines,
            int missing,
            long sinceNanos) {
        writers.forEach(writer -> writer.begin(incident));
        Bytes command = new Bytes();
        int processes = 0;
        int late = 0;
        for (ProcessInfo row : incident.table().rows()) {
            CommandLines.Text line = lines.next();
            if (line.outcome() == CommandLines.Outcome.GONE) {
                continue;
            }
            processes++;
            late += line.outcome() == CommandLines.Outcome.LATE ? 1 : 0;
            command.shorten(0);
            PsCells.command(line, row, command);
            for (RecordWriter writer : writers) {
                writer.row(row, command);
            }
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
        RowsRead read = new RowsRead(processes + missing, late, millis);
        writers.forEach(writer -> writer.end(read));
    }
}
