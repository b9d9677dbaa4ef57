package report;

import text.Units;

import java.util.ArrayList;
import java.util.List;

/** Memory use over time, in characters. */
final class Chart {
    private static final String[] EIGHTHS = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    private static final int ROWS = 8;

    /** The scale at the left. */
    private static final int MARGIN = 7;

    /** A moment: seconds on any clock, and how much was used then; NaN: nobody knows. */
    record Point(double seconds, double percent) {}

    private Chart() {}

    /**
     * A chart, so many characters wide.
     *
     * @param points in the order of time
     */
    static List<String> lines(
            List<Point> points, double threshold, double from, double to, int width, Screen on) {
        double most = Math.max(1, threshold);
        for (Point point : points) {
            most = point.percent > most ? point.percent : most; // NaN is not
        }
        double scale = Math.min(100, 1.25 * most);
        int columns = width - MARGIN;
        double[] percent = new double[columns];
        for (int i = 0; i < columns; i++) {
            percent[i] = at(points, from + (to - from) * i / (columns - 1));
        }
        List<String> lines = new ArrayList<>();
        for (int row = ROWS - 1; row >= 0; row--) {
            double bottom = scale * row / ROWS;
            double top = scale * (row + 1) / ROWS;
            boolean hasThreshold = threshold >= bottom && threshold < top;
            StringBuilder line = new StringBuilder();
            for (double value : percent) {
                int eighths = (int) Math.round(8 * ROWS / scale * (value - bottom));
                String cell = EIGHTHS[Math.max(0, Math.min(8, eighths))];
                line.append(hasThreshold && eighths <= 0 ? "╌" : cell);
            }
            String end = row == 0 ? "0 %" : row == ROWS - 1 ? Units.format("%.0f %%", top) : "";
            String label = hasThreshold ? Units.percent(threshold) : end;
            lines.add(Screen.right(label, MARGIN - 1) + " " + on.cyan(line.toString()));
        }
        return lines;
    }

    /**
     * The use at a time, on a straight line between two points; NaN, which is drawn as nothing,
     * before the first one, and beside one that is not known.
     */
    private static double at(List<Point> points, double seconds) {
        Point before = null;
        for (Point point : points) {
            if (point.seconds >= seconds) {
                if (before == null) {
                    return point.seconds == seconds ? point.percent : Double.NaN;
                }
                double part = (seconds - before.seconds) / (point.seconds - before.seconds);
                return before.percent + part * (point.percent - before.percent);
            }
            before = point;
        }
        return before == null ? Double.NaN : before.percent;
    }
}
