package report;

import text.Units;

import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** All incidents, a line each: values in, lines out. */
final class IncidentTable {
    private static final DateTimeFormatter SHORT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT);

    static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ssxxx", Locale.ROOT);

    /** A screen this wide has room for seconds and the zone's offset. */
    private static final int WIDE = 110;

    /** With less of a name, it is worth more than how much it ate. */
    private static final int LEAST_WHO = 8;

    private IncidentTable() {}

    /** Heading and rows, oldest incident first. */
    static List<String> lines(List<IncidentSummary> incidents, Screen screen) {
        boolean isWide = screen.width() == 0 || screen.width() >= WIDE;
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"WHEN", "HOW LONG", "PEAK", "KILLS"});
        for (IncidentSummary incident : incidents) {
            rows.add(
                    new String[] {
                        (isWide ? TIME : SHORT).format(incident.start()),
                        howLong(incident),
                        Units.format("%.1f %%", incident.peakPercent()),
                        incident.kills() == 0 ? "-" : Long.toString(incident.kills())
                    });
        }
        int[] widths = new int[4];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], Screen.width(row[i]));
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            String start =
                    Screen.left(row[0], widths[0])
                            + ("  " + Screen.right(row[1], widths[1]))
                            + ("  " + Screen.right(row[2], widths[2]));
            String kills = Screen.right(row[3], widths[3]);
            if (lines.isEmpty()) {
                lines.add(screen.dim(start + "  " + kills + "  WHAT ATE IT"));
                continue;
            }
            IncidentSummary incident = incidents.get(lines.size() - 1);
            int left = screen.width() - Screen.width(start) - widths[3] - 4;
            String what = fitLead(incident, screen.width() == 0 ? 0 : Math.max(10, left));
            String red = incident.kills() == 0 ? kills : screen.red(kills);
            lines.add(start + "  " + red + "  " + screen.bold(what));
        }
        return lines;
    }

    /** How much and which process are worth more than the unit, and than how fast it was. */
    private static String fitLead(IncidentSummary incident, int columns) {
        String lead = incident.lead().isEmpty() ? "?" : incident.lead();
        if (columns == 0 || Screen.width(lead) <= columns || incident.culprit().isEmpty()) {
            return Screen.fit(lead, columns);
        }
        Culprit culprit = incident.culprit().get();
        String size = " +" + culprit.size();
        String withTime = culprit.who() + size + " in " + culprit.time();
        if (Screen.width(withTime) <= columns) {
            return Screen.fit(withTime, columns);
        }
        int left = columns - Screen.width(size);
        return left < LEAST_WHO
                ? Screen.fit(lead, columns)
                : Screen.fit(culprit.who(), left) + Screen.fit(size, 0);
    }

    private static String howLong(IncidentSummary incident) {
        String length = Units.period((long) (incident.seconds() * 1e9));
        return length + (incident.hasEnd() ? "" : ", no end");
    }
}
