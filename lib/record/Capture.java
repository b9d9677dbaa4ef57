package record;

/**
 * How the rows of a record were read.
 *
 * @param processes how many there are, but for those that have ended meanwhile
 * @param late how many of their command lines could not be read in time
 */
public record Capture(int processes, int late) {}
