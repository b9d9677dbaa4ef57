package report;

import procfs.MemoryKinds;

import text.Units;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An incident in full: gathers its lines, and forms the text. */
final class IncidentText {
    /** So many processes are shown. */
    private static final int MOST_ROWS = 20;

    /** Of the lines without a table, the last ones are kept; a crash loop has many. */
    private static final int MOST_EVENTS = 50;

    /** Of records with a table, the first and the last ones are kept. */
    private static final int MOST_TABLES = 20;

    /**
     * What is kept of each sort, in bytes as they stand in the file: the heap takes ten for one.
     */
    private static final int MOST_BYTES = 200 << 10;

    /** What kinds of memory are called, by their names in JSON. */
    private static final Map<String, String> KINDS =
            Stream.of(MemoryKinds.Kind.values())
                    .collect(Collectors.toMap(kind -> kind.jsonName, kind -> kind.label));

    private static final int MOST_WIDTH = 110;

    /** In seconds: between two points so near, a chart has no room. */
    private static final double NO_TIME = 1e-3;

    private static final String NO_TABLE =
            "# no table: its record was removed, or machine or monitor stopped before it was due";

    private static final String NOT_WHOLE =
            "the record is not whole: monitor or machine were stopped in it";

    private final IncidentSummary incident;
    private final List<RecordLine> tables = new ArrayList<>();
    private final List<RecordLine> events = new ArrayList<>();
    private final List<String[]> rows = new ArrayList<>();
    private RecordLine captured;

    IncidentText(IncidentSummary incident) {
        this.incident = incident;
    }

    /** Takes a line, if it is one of the incident's. */
    void accept(RecordLine line) {
        if (!line.text("incident").equals(incident.id())) {
            return;
        }
        if (line.isTable()) {
            tables.add(line);
            keep(tables, MOST_TABLES, 1); // the first tells how it began
            rows.clear();
            captured = null;
        } else if (line.type().equals("process")) {
            boolean isWanted = !tables.isEmpty() && rows.size() < MOST_ROWS;
            if (isWanted && line.text("time").equals(table().text("time"))) {
                rows.add(row(line));
            }
        } else if (line.type().equals("captured")) {
            captured = line;
        } else {
            events.add(line);
            keep(events, MOST_EVENTS, 0); // the end is worth more than kills long ago
        }
    }

    /**
     * Removes lines from one on, as long as there are too many for the heap; the last one stays.
     */
    private static void keep(List<RecordLine> lines, int most, int from) {
        long bytes = 0;
        for (RecordLine line : lines) {
            bytes += line.utf8().length;
        }
        while (lines.size() > from + 1 && (lines.size() > most || bytes > MOST_BYTES)) {
            bytes -= lines.remove(from).utf8().length;
        }
    }

    private RecordLine table() {
        return tables.get(tables.size() - 1);
    }

    /** All there is to say, with what the kernel says about it. */
    List<String> lines(List<String> kernel, Screen screen) {
        List<String> lines = new ArrayList<>();
        List<RecordLine> all = new ArrayList<>(tables);
        all.addAll(events);
        all.sort(Comparator.comparing(line -> line.time("time").orElseThrow()));
        if (all.isEmpty()) { // nothing but processes
            lines.add(NO_TABLE);
            return lines;
        }
        RecordLine first = tables.isEmpty() ? all.get(0) : table();
        RecordLine host = first.object("host");
        long totalKiB = (long) totalKiB(first);
        String machine = host.text("name") + ", Linux " + host.text("kernel");
        machine += totalKiB > 0 ? ", " + Units.size(totalKiB) + " of RAM" : "";
        lines.add(screen.dim(fit(machine, screen)));
        lines.add(screen.bold(fit(incident.lead(), screen)));
        lines.add("");
        for (RecordLine line : all) {
            String time = Units.time(line.time("time").orElseThrow());
            lines.addAll(Screen.wrap(time + " " + headline(line), screen.width()));
        }
        for (String line : kernel) {
            lines.addAll(Screen.wrap(line, screen.width()));
        }
        lines.add("");
        if (totalKiB > 0) {
            chart(screen, all, first, lines);
        }
        if (tables.isEmpty()) {
            lines.add(NO_TABLE);
            return lines;
        }
        String time = Units.time(table().time("time").orElseThrow());
        lines.add(screen.dim("what follows is of the record of " + time));
        kinds(screen, lines);
        lines.add("");
        List<String> notes = new ArrayList<>(table().texts("notes"));
        notes.addAll(captured == null ? List.of(NOT_WHOLE) : captured.texts("captureNotes"));
        notes.forEach(note -> lines.addAll(Screen.wrap("# " + note, screen.width())));
        lines.add("");
        rows(screen, lines);
        return lines;
    }

    /** As it stands in the log. */
    private static String headline(RecordLine line) {
        String lead = line.text("lead");
        return line.text("message") + (lead.isEmpty() ? "" : ": " + lead);
    }

    private static String fit(String text, Screen screen) {
        return Screen.fit(text, screen.width());
    }

    /** MemTotal; 0: it does not say. */
    private static double totalKiB(RecordLine line) {
        double totalKiB = line.number("totalKiB");
        return totalKiB > 0 ? totalKiB : line.object("history").number("totalKiB");
    }

    private void chart(Screen screen, List<RecordLine> all, RecordLine first, List<String> lines) {
        List<Chart.Point> points = new ArrayList<>();
        double total = totalKiB(first);
        for (RecordLine line : all) {
            double now = seconds(line, "time");
            double known = line.time("lastSeen").isPresent() ? seconds(line, "lastSeen") : now;
            RecordLine history = line.object("history");
            double[] times = history.numbers("seconds");
            double[] gaps = history.numbers("gapSeconds");
            double[] used = history.numbers("usedKiB");
            for (int i = 0; i < Math.min(times.length, used.length); i++) {
                if (i < gaps.length && gaps[i] > 0) {
                    points.add(new Chart.Point(now + times[i] - NO_TIME, Double.NaN));
                }
                if (now + times[i] <= known) {
                    points.add(new Chart.Point(now + times[i], 100 * used[i] / total));
                }
            }
            if (known < now) {
                points.add(new Chart.Point(known, line.number("lastSeenPercent")));
            }
            if (line.type().equals("unended")) { // nobody watched until then
                points.add(new Chart.Point(now - NO_TIME, Double.NaN));
            }
            points.add(new Chart.Point(now, line.number("memoryPercent")));
            if (line.time("peakTime").isPresent()) {
                double peak = line.number("peakPercent");
                points.add(new Chart.Point(seconds(line, "peakTime"), peak));
            }
        }
        points.sort(Comparator.comparingDouble(Chart.Point::seconds));
        double end = points.get(points.size() - 1).seconds();
        double start = seconds(incident.start());
        double grown = first.object("growth").number("seconds");
        double from = Math.max(points.get(0).seconds(), start - 1.5 * Math.max(60, grown));
        double threshold = first.number("thresholdPercent");
        int width = screen.width() == 0 ? 80 : Math.min(screen.width(), MOST_WIDTH);
        lines.addAll(Chart.lines(points, threshold, from, end, width, screen));
        OffsetDateTime last = all.get(all.size() - 1).time("time").orElseThrow();
        OffsetDateTime begin = last.minusNanos((long) ((end - from) * 1e9));
        String left = "       " + Units.time(begin);
        String right = Units.time(last);
        String peak = Units.format("  peak %.1f %%  ", incident.peakPercent());
        left += left.length() + peak.length() + right.length() > width ? "" : peak;
        lines.add(screen.dim(left + Screen.right(right, width - left.length())));
        lines.add("");
    }

    private static double seconds(RecordLine line, String time) {
        return seconds(line.time(time).orElseThrow());
    }

    private static double seconds(OffsetDateTime time) {
        return time.toInstant().toEpochMilli() / 1e3;
    }

    private void kinds(Screen screen, List<String> lines) {
        RecordLine table = table();
        double total = Math.max(1, table.number("totalKiB"));
        List<Map.Entry<String, Double>> kinds = new ArrayList<>();
        RecordLine sizes = table.object("usedKiBByKind");
        for (String kind : sizes.fields().keySet()) {
            if (sizes.number(kind) >= total / 200) {
                kinds.add(Map.entry(KINDS.getOrDefault(kind, kind), sizes.number(kind)));
            }
        }
        kinds.sort(Map.Entry.<String, Double>comparingByValue().reversed());
        double used = table.number("usedKiB");
        double rest = used - kinds.stream().mapToDouble(Map.Entry::getValue).sum();
        kinds.add(Map.entry("other kinds", rest));
        kinds.add(Map.entry("available", total - used));
        for (Map.Entry<String, Double> kind : kinds) {
            double share = kind.getValue() / total;
            String bar = "█".repeat((int) Math.round(18 * Math.max(0, Math.min(1, share))));
            String name = Screen.left(Screen.fit(kind.getKey(), 23), 23);
            String size = Screen.right(Units.size(kind.getValue().longValue()), 9);
            String percent = Units.format("%6.1f %%", 100 * share);
            lines.add((name + size + percent + " " + screen.cyan(bar)).stripTrailing());
        }
    }

    private String[] row(RecordLine process) {
        double total = Math.max(1, table().number("totalKiB"));
        double share = Math.min(999, Math.floor(1000 * process.number("rssKiB") / total)) / 10;
        return new String[] {
            Screen.fit(process.text("user"), 0),
            Units.format("%.0f", process.number("pid")),
            Units.format("%.1f", share),
            Units.format("%.0f", process.number("rssKiB")),
            Units.format("%.0f", process.number("swapKiB")),
            Screen.fit(process.text("stat"), 0),
            process.text("command")
        };
    }

    private void rows(Screen screen, List<String> lines) {
        List<String[]> all = new ArrayList<>(rows);
        all.add(0, "USER PID %MEM RSS SWAP STAT COMMAND".split(" "));
        for (String[] row : Screen.aligned(all, "<>>>><")) {
            String line = fit(String.join(" ", row), screen);
            boolean isHead = lines.get(lines.size() - 1).isEmpty();
            lines.add(isHead ? screen.dim(line) : line);
        }
        double there = captured == null ? rows.size() : captured.number("processes");
        if (there > rows.size()) {
            lines.add(screen.dim(Units.format("and %.0f smaller ones", there - rows.size())));
        }
    }
}
