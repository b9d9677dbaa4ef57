package report;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the words of version 1.0.0 what its lines have no fields for. */
final class OldLines {
    private static final Pattern LEAD =
            Pattern.compile(
                    "(?<who>.*?)(?: in (?<unit>\\S+))? \\+(?<size>[0-9.]+ [MG]iB(?: \\(shared\\))?)"
                            + " in (?<time>[0-9.]+ [a-z]+)");

    private OldLines() {}

    /** Who ate it; empty: nobody is named. */
    static Optional<Culprit> culprit(String lead) {
        Matcher parts = LEAD.matcher(lead);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String unit = parts.group("unit") == null ? "" : parts.group("unit");
        return Optional.of(
                new Culprit(parts.group("who"), unit, parts.group("size"), parts.group("time")));
    }

    /** True if the monitor was stopped in the incident, of which this is the last line. */
    static boolean isStop(String message) {
        return message.startsWith("memory_monitor stopped");
    }
}
