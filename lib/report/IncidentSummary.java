package report;

import text.Printable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An incident in a line.
 *
 * @param id what all its records have in common
 * @param start when memory went above the threshold
 * @param seconds how long it has been above
 * @param peakPercent the highest use
 * @param lead what ate it, in words
 * @param culprit the same as values; empty: nobody is named
 * @param kills how many processes the kernel has killed
 * @param hasEnd false: the monitor or the machine were stopped in it, or it goes on
 */
record IncidentSummary(
        String id,
        OffsetDateTime start,
        double seconds,
        double peakPercent,
        String lead,
        Optional<Culprit> culprit,
        long kills,
        boolean hasEnd) {
    /** Whoever wrote the file may have written more; the monitor does not. */
    private static final int LEAD_BYTES = 1000;

    /** The same with what a later record says. */
    private IncidentSummary with(RecordLine line) {
        return new IncidentSummary(
                id,
                start,
                Math.max(seconds, line.number("aboveSeconds")),
                Math.max(peakPercent, line.number("peakPercent")),
                line.isTable() ? Printable.shortened(line.text("lead"), LEAD_BYTES) : lead,
                line.isTable() ? culprit(line) : culprit,
                Math.max(kills, (long) line.number("oomKills")),
                hasEnd || line.type().equals("end") && !isStop(line));
    }

    private static Optional<Culprit> culprit(RecordLine table) {
        return Culprit.of(table).or(() -> OldLines.culprit(table.text("lead")));
    }

    private static boolean isStop(RecordLine end) {
        return end.fields().get("stopped") instanceof Boolean isStopped
                ? isStopped
                : OldLines.isStop(end.text("message"));
    }

    /** Gathers the lines of incidents. */
    static final class Gatherer {
        /**
         * The latest of them: the heap holds ten thousand, with the lines that are made of them.
         */
        static final int MOST = 2000;

        private final Map<String, IncidentSummary> incidents = new HashMap<>();
        private OffsetDateTime since = OffsetDateTime.MIN;
        private int leftOut;
        private int otherKills;

        void accept(RecordLine line) {
            String id = line.text("incident");
            otherKills += id.isEmpty() && line.type().equals("oomKill") ? 1 : 0;
            if (id.isEmpty() || line.time("aboveSince").isEmpty()) {
                return;
            }
            OffsetDateTime start = line.time("aboveSince").get();
            if (start.isBefore(since)) {
                return; // of one that is left out
            }
            incidents.merge(
                    id,
                    new IncidentSummary(id, start, 0, 0, "", Optional.empty(), 0, false).with(line),
                    (before, now) -> before.with(line));
            if (incidents.size() >= 2 * MOST) {
                keepLatest();
            }
        }

        private void keepLatest() {
            List<IncidentSummary> all = all();
            for (IncidentSummary old : all.subList(0, Math.max(0, all.size() - MOST))) {
                incidents.remove(old.id);
                leftOut++;
                since = all.get(all.size() - MOST).start;
            }
        }

        /** How many incidents are not among the latest. */
        int leftOut() {
            return leftOut;
        }

        /** How often the kernel has killed processes without an incident: for a unit's limit. */
        int otherKills() {
            return otherKills;
        }

        /** The latest incidents, oldest first. */
        List<IncidentSummary> latest() {
            keepLatest();
            return all();
        }

        private List<IncidentSummary> all() {
            List<IncidentSummary> all = new ArrayList<>(incidents.values());
            all.sort((a, b) -> a.start.compareTo(b.start));
            return all;
        }
    }
}
