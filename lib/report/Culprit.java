package report;

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
    /** Finds it in a line; empty: nobody is named there. */
    static Optional<Culprit> of(RecordLine line) {
        if (!line.fields().containsKey("culprit")) {
            return Optional.empty();
        }
        RecordLine culprit = line.object("culprit");
        boolean isShared = Boolean.TRUE.equals(culprit.fields().get("shared"));
        return Optional.of(
                new Culprit(
                        culprit.text("who"),
                        culprit.text("unit"),
                        Units.size((long) culprit.number("sizeKiB"))
                                + (isShared ? " (shared)" : ""),
                        Units.period((long) (culprit.number("seconds") * 1e9))));
    }
}
