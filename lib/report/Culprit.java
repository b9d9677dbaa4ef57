package report;

import text.Printable;
import text.Units;

import java.util.Optional;

/**
 * Who ate it, as a record says it.
 *
 * @param who the process, the group of processes or the kind
 * @param unit the unit or container in which it is; empty: none
 * @param size how much it ate
 * @param time how long that took: {@code 10 min}
 */
record Culprit(String who, String unit, String size, String time) {
    /** Whoever wrote the file may have written more; the monitor does not. */
    private static final int NAME_BYTES = 200;

    /** Finds it in a line; empty: nobody is named there. */
    static Optional<Culprit> of(RecordLine line) {
        if (!line.fields().containsKey("culprit")) {
            return Optional.empty();
        }
        RecordLine culprit = line.object("culprit");
        boolean isShared = Boolean.TRUE.equals(culprit.fields().get("shared"));
        return Optional.of(
                new Culprit(
                        Printable.shortened(culprit.text("who"), NAME_BYTES),
                        Printable.shortened(culprit.text("unit"), NAME_BYTES),
                        Units.size((long) culprit.number("sizeKiB"))
                                + (isShared ? " (shared)" : ""),
                        Units.period((long) (culprit.number("seconds") * 1e9))));
    }
}
