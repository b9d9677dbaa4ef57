package report;

import base.Units;

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

    private IncidentTable() {}

    /** Heading and rows, oldest incident first. */
    static List<String> lines(List<IncidentSummary> incidents, Screen screen) {
        boolean isWide = screen.width() == 0 || screen.width() >= WIDE;
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"WHEN", "HOW LONG", "PEAK", "KILLS", "WHAT ATE IT"});
        for (IncidentSummary incident : incidents) {
            rows.add(
                    new String[] {
                        (isWide ? TIME : SHORT).format(incident.start()),
                        howLong(incident),
                        String.format(Locale.ROOT, "%.1f %%", incident.peakPercent()),
                        incident.kills() == 0 ? "-" : Long.toString(incident.kills()),
                        incident.lead().isEmpty() ? "?" : incident.lead()
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
            String kills = Screen.right(row[3], widths[3]);
            String start =
                    Screen.left(row[0], widths[0])
                            + ("  " + Screen.right(row[1], widths[1]))
                            + ("  " + Screen.right(row[2], widths[2]));
            int left = screen.width() - Screen.width(start) - widths[3] - 4;
            String what = Screen.fit(row[4], screen.width() == 0 ? 0 : Math.max(10, left));
            boolean isHeading = lines.isEmpty();
            lines.add(
                    isHeading
                            ? screen.dim(start + "  " + kills + "  " + what)
                            : start
                                    + ("  " + (row[3].equals("-") ? kills : screen.red(kills)))
                                    + ("  " + screen.bold(what)));
        }
        return lines;
    }

    private static String howLong(IncidentSummary incident) {
        String length = Units.period((long) (incident.seconds() * 1e9));
        return length + (incident.hasEnd() ? "" : ", no end");
    }
}
