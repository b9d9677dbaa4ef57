package report;

import text.Printable;
import text.Units;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who ate it, as a record says it.
 *
 * @param who the process, the group of processes or the kind
 * @param time how long that took: {@code 10 min}
 */
record Culprit(String who, String size, String time) {
    /** Whoever wrote the file may have written more; the monitor does not. */
    private static final int NAME_BYTES = 200;

    private static final Pattern LEAD =
            Pattern.compile(
                    "(?<who>.*?)(?: in \\S+)? \\+(?<size>[0-9.]+ [MG]iB(?: \\(shared\\))?)"
                            + " in (?<time>[0-9.]+ [a-z]+)");

    /** Finds it in a line; empty: nobody is named there. Version 1.0.0 has it in words only. */
    static Optional<Culprit> of(RecordLine line) {
        RecordLine culprit = line.object("culprit");
        Matcher lead = LEAD.matcher(line.isTable() ? line.text("lead") : "");
        if (!culprit.fields().isEmpty()) {
            boolean isShared = Boolean.TRUE.equals(culprit.fields().get("shared"));
            String size = Units.size((long) culprit.number("sizeKiB"));
            String time = Units.period((long) (culprit.number("seconds") * 1e9));
            return of(culprit.text("who"), size + (isShared ? " (shared)" : ""), time);
        }
        return lead.matches()
                ? of(lead.group("who"), lead.group("size"), lead.group("time"))
                : Optional.empty();
    }

    private static Optional<Culprit> of(String who, String size, String time) {
        return Optional.of(new Culprit(Printable.shortened(who, NAME_BYTES), size, time));
    }
}
