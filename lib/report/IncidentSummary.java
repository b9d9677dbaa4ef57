package report;

import text.Printable;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An incident in a line.
 *
 * @param id what all its records have in common
 * @param start when memory went above the threshold
 * @param seconds how long it has been above
 * @param threshold above which share of memory that is, in percent
 * @param lead what ate it, in words
 * @param culprit the same as values; empty: nobody is named
 * @param kills how many processes the kernel has killed
 * @param ending that nobody saw its end, or that it lasts; empty: it is over
 */
record IncidentSummary(
        String id,
        String host,
        OffsetDateTime start,
        double seconds,
        double threshold,
        double peakPercent,
        String lead,
        Optional<Culprit> culprit,
        long kills,
        String ending) {
    /** Whoever wrote the file may have written more; the monitor does not. */
    private static final int LEAD_BYTES = 1000;

    private static IncidentSummary begun(String id, OffsetDateTime start) {
        return new IncidentSummary(id, "", start, 0, 0, 0, "", Optional.empty(), 0, "so far");
    }

    /** The same with what a later record says; the end knows what had grown by the peak. */
    private IncidentSummary with(RecordLine line) {
        boolean isAnswer = line.isTable() || !line.text("lead").isEmpty();
        return new IncidentSummary(
                id,
                line.host().isEmpty() ? host : line.host(),
                start,
                Math.max(seconds, line.number("aboveSeconds")),
                Math.max(threshold, line.number("thresholdPercent")),
                Math.max(peakPercent, line.number("peakPercent")),
                isAnswer ? Printable.shortened(line.text("lead"), LEAD_BYTES) : lead,
                isAnswer ? Culprit.of(line) : culprit,
                Math.max(kills, (long) line.number("oomKills")),
                ending(line));
    }

    private String ending(RecordLine line) {
        if (ending.isEmpty()) { // over is over, whatever another monitor adds
            return ending;
        }
        return switch (line.type()) {
            case "end" -> isStop(line) ? "no end" : "";
            case "unended" -> "no end";
            default -> ending;
        };
    }

    /** When it was over, as far as that is known. */
    OffsetDateTime end() {
        return start.plusNanos((long) (seconds * 1e9));
    }

    /** True if the monitor was stopped in the incident; version 1.0.0 says so in words only. */
    private static boolean isStop(RecordLine end) {
        return end.fields().get("stopped") instanceof Boolean isStopped
                ? isStopped
                : end.text("message").startsWith("memory_monitor stopped");
    }

    /** That the kernel has killed somebody without an incident. */
    record Kill(OffsetDateTime time, String host, String message) {}

    static final class Gatherer {
        /** So many are kept, the latest; while files are read, up to twice as many. */
        static final int MOST = 2000;

        private final Map<String, IncidentSummary> incidents = new HashMap<>();
        private OffsetDateTime since = OffsetDateTime.MIN;
        private final List<Kill> kills = new ArrayList<>();
        private int leftOut;
        private IncidentSummary last;

        void accept(RecordLine line) {
            String id = line.text("incident");
            if (line.isLoneKill()) {
                if (kills.size() == MOST) {
                    kills.remove(0);
                }
                String message = Printable.shortened(line.text("message"), LEAD_BYTES);
                kills.add(new Kill(line.time("time").orElseThrow(), line.host(), message));
            }
            Optional<IncidentSummary> begun =
                    line.time("aboveSince")
                            .filter(start -> !id.isEmpty() && !start.isBefore(since))
                            .map(start -> begun(id, start));
            IncidentSummary known = incidents.getOrDefault(id, begun.orElse(null));
            if (known == null) {
                return; // it is no incident's, or that of one that is left out
            }
            IncidentSummary now = known.with(line);
            incidents.put(id, now);
            boolean isLater = last == null || !now.start.isBefore(last.start);
            if (line.isTable() && (isLater || now.host.equals(last.host))) {
                last = now;
            }
            if (incidents.size() >= 2 * MOST) {
                keepLatest();
            }
        }

        private void keepLatest() {
            List<IncidentSummary> all = all();
            List<IncidentSummary> old = all.subList(0, Math.max(0, all.size() - MOST));
            old.forEach(incident -> incidents.remove(incident.id));
            leftOut += old.size();
            since = old.isEmpty() ? since : all.get(old.size()).start;
        }

        /** How many incidents are not among the latest. */
        int leftOut() {
            return leftOut;
        }

        /** Whom the kernel has killed without an incident since a time. */
        List<Kill> kills(OffsetDateTime from) {
            return kills.stream().filter(kill -> !kill.time.isBefore(from)).toList();
        }

        /** The latest incidents, oldest first, by their numbers; the oldest of all is 1. */
        SortedMap<Integer, IncidentSummary> numbered() {
            keepLatest();
            SortedMap<Integer, IncidentSummary> numbered = new TreeMap<>();
            all().forEach(it -> numbered.put(leftOut + numbered.size() + 1, it));
            return numbered;
        }

        /**
         * The last of some incidents. Of one machine that is the one that was written later: its
         * clock may have been set back.
         *
         * @param these in the order of their numbers
         */
        Optional<IncidentSummary> lastOf(Collection<IncidentSummary> these) {
            return these.stream()
                    .filter(it -> last != null && it.id.equals(last.id))
                    .findFirst()
                    .or(() -> these.stream().reduce((before, it) -> it));
        }

        private List<IncidentSummary> all() {
            Comparator<IncidentSummary> byStart = Comparator.comparing(IncidentSummary::start);
            return incidents.values().stream().sorted(byStart).toList();
        }
    }
}
