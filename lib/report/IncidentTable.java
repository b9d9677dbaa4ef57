package report;

import text.Units;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** All incidents, a line each: values in, lines out. */
final class IncidentTable {
    /** So many characters of a time are day and minute, or all but its offset. */
    private static final int TO_MINUTE = 16;

    private static final int TO_OFFSET = 19;

    /** A screen this wide has room for seconds and the zone's offset. */
    private static final int WIDE = 110;

    private static final int MOST_HOST = 20;

    /** With less of a name, it is worth more than how much it ate. */
    private static final int LEAST_WHO = 8;

    private IncidentTable() {}

    /** Heading and rows of some incidents, which come by their numbers. */
    static List<String> lines(Map<Integer, IncidentSummary> incidents, Screen screen) {
        List<IncidentSummary> all = List.copyOf(incidents.values());
        boolean isWide = screen.width() == 0 || screen.width() >= WIDE;
        boolean hasHosts = all.stream().map(IncidentSummary::host).distinct().count() > 1;
        boolean isOne = all.stream().map(IncidentSummary::threshold).distinct().count() == 1;
        String above = isOne ? "ABOVE " + Units.percent(all.get(0).threshold()) : "ABOVE";
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"", "WHEN", hasHosts ? "  HOST" : "", above, "PEAK", "KILLS"});
        incidents.forEach(
                (number, it) -> {
                    String time = Units.time(it.start());
                    rows.add(
                            new String[] {
                                number.toString(),
                                isWide ? time : time.substring(0, TO_MINUTE),
                                hasHosts ? "  " + Screen.fit(it.host(), MOST_HOST) : "",
                                howLong(it, isOne ? "" : ", "),
                                Units.format("%.1f %%", it.peakPercent()),
                                it.kills() == 0 ? "-" : Long.toString(it.kills())
                            });
                });
        List<String> lines = new ArrayList<>();
        for (String[] row : Screen.aligned(rows, "><<>>>")) {
            String start = String.join("  ", row[0], row[1] + row[2], row[3], row[4]) + "  ";
            if (lines.isEmpty()) {
                lines.add(screen.dim(start + row[5] + "  WHAT ATE IT"));
                continue;
            }
            IncidentSummary incident = all.get(lines.size() - 1);
            int left = screen.width() - Screen.width(start + row[5]) - 2;
            String what = fitLead(incident, screen.width() == 0 ? 0 : Math.max(10, left));
            String kills = incident.kills() == 0 ? row[5] : screen.red(row[5]);
            lines.add(start + kills + "  " + screen.bold(what));
        }
        return lines;
    }

    /** An incident in words. */
    static String inWords(IncidentSummary incident) {
        return String.join(
                ", ",
                Units.time(incident.start()),
                howLong(incident, " above "),
                Units.format("peak %.1f %%", incident.peakPercent())
                        + (incident.lead().isEmpty() ? "" : ": " + incident.lead()));
    }

    /** How much and which process are worth more than the unit, and than how fast it was. */
    private static String fitLead(IncidentSummary incident, int columns) {
        String lead = incident.lead().isEmpty() ? "?" : incident.lead();
        String size = incident.culprit().map(culprit -> " +" + culprit.size()).orElse("");
        int left = columns - Screen.width(size);
        boolean isWhole = columns == 0 || Screen.width(lead) <= columns;
        if (isWhole || size.isEmpty() || left < LEAST_WHO) {
            return Screen.fit(lead, columns);
        }
        Culprit culprit = incident.culprit().get();
        String withTime = culprit.who() + size + " in " + culprit.time();
        return Screen.width(withTime) <= columns
                ? Screen.fit(withTime, columns)
                : Screen.fit(culprit.who(), left) + Screen.fit(size, 0);
    }

    /** That times are in another zone than here, the reader's; empty: they are not. */
    static Optional<String> zones(Collection<IncidentSummary> incidents, ZoneId here) {
        Set<String> theirs = new TreeSet<>();
        Set<String> ours = new TreeSet<>();
        for (IncidentSummary incident : incidents) {
            theirs.add(Units.time(incident.start()).substring(TO_OFFSET));
            ours.add(Units.time(incident.start().atZoneSameInstant(here)).substring(TO_OFFSET));
        }
        return theirs.equals(ours)
                ? Optional.empty()
                : Optional.of(
                        ("times are " + String.join(" and ", theirs))
                                + (", the zone of the machine; here it is ")
                                + String.join(" and ", ours));
    }

    /**
     * How long memory was above the threshold.
     *
     * @param before what leads to the threshold; empty: it is told elsewhere
     */
    private static String howLong(IncidentSummary incident, String before) {
        String length = Units.period((long) (incident.seconds() * 1e9));
        String threshold = before.isEmpty() ? "" : before + Units.percent(incident.threshold());
        return length + threshold + (incident.ending().isEmpty() ? "" : ", " + incident.ending());
    }
}
