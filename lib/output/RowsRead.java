package output;

import words.Notes;

import java.util.List;

/**
 * How the rows of a record were read.
 *
 * @param processes how many there are, but for those that have ended meanwhile
 * @param late how many of their command lines could not be read in time
 * @param millis how long it took to read and format them
 */
public record RowsRead(int processes, int late, long millis) {
    /** In words, for below the table. */
    public List<String> notes() {
        return Notes.capture(processes, late, millis);
    }
}
