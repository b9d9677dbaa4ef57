package report;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An incident in a line.
 *
 * @param id what all its records have in common
 * @param start when memory went above the threshold
 * @param seconds how long it has been above
 * @param peakPercent the highest use
 * @param lead what ate it
 * @param kills how many processes the kernel has killed
 * @param hasEnd false: the monitor or the machine were stopped in it, or it goes on
 */
record IncidentSummary(
        String id,
        OffsetDateTime start,
        double seconds,
        double peakPercent,
        String lead,
        long kills,
        boolean hasEnd) {
    /** How the end of a monitor begins that was stopped with memory above the threshold. */
    private static final String STOPPED = "memory_monitor stopped";

    /** The same with what a later record says. */
    private IncidentSummary with(RecordLine line) {
        return new IncidentSummary(
                id,
                start,
                Math.max(seconds, line.number("aboveSeconds")),
                Math.max(peakPercent, line.number("peakPercent")),
                line.isTable() ? line.text("lead") : lead,
                Math.max(kills, (long) line.number("oomKills")),
                hasEnd || line.type().equals("end") && !line.text("message").startsWith(STOPPED));
    }

    /** Gathers the lines of incidents. */
    static final class Gatherer {
        private final Map<String, IncidentSummary> incidents = new HashMap<>();
        private int otherKills;

        void accept(RecordLine line) {
            String id = line.text("incident");
            otherKills += id.isEmpty() && line.type().equals("oomKill") ? 1 : 0;
            if (id.isEmpty() || line.time("aboveSince").isEmpty()) {
                return;
            }
            OffsetDateTime start = line.time("aboveSince").get();
            incidents.merge(
                    id,
                    new IncidentSummary(id, start, 0, 0, "", 0, false).with(line),
                    (before, now) -> before.with(line));
        }

        /** How often the kernel has killed processes without an incident: for a unit's limit. */
        int otherKills() {
            return otherKills;
        }

        /** All incidents, oldest first. */
        List<IncidentSummary> all() {
            List<IncidentSummary> all = new ArrayList<>(incidents.values());
            all.sort((a, b) -> a.start.compareTo(b.start));
            return all;
        }
    }
}
