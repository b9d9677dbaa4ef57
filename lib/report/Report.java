package report;

import cli.Setting;
import cli.Settings;
import cli.Tool;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

import procfs.HostInfo;

import text.LocalZone;
import text.Reason;
import text.Units;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** Shows what was recorded: a table of incidents, one of them in full, or a page. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows the incidents that were recorded, a line each.",
        footer = {
            "",
            "TIME is yesterday, '2 days ago', 2026-11-22, '2026-11-22 03:14' or 03:14. Long output"
                    + " goes through a pager: SYSTEMD_PAGER, PAGER or less."
        })
public final class Report implements Callable<Integer> {
    private static final Path SERVICE = Path.of("/var/log/memory_monitor/memory_monitor.jsonl");

    /** The latest kills without an incident are shown; a crash loop has many. */
    private static final int MOST_KILLS = 20;

    /** Where memory is short, the journal takes the kernel's line late. */
    private static final long LATE_SECONDS = 75;

    /** A page asks the kernel's log for so many incidents, the latest; each takes a moment. */
    private static final int MOST_ASKED = 50;

    private static final int MOST_KERNEL_LINES = 20;

    @ParentCommand private Parent parent;

    @Parameters(
            paramLabel = "N|FILE",
            description = "the number of one, to show it in full; files of JSON Lines (--json)")
    private List<String> words = List.of();

    @Option(names = "--last", description = "show the last one, in full")
    private boolean isLast;

    @Option(names = "--since", paramLabel = "TIME", description = "leave out what was over by then")
    private String since;

    @Option(names = "--host", paramLabel = "NAME", description = "leave out other machines")
    private String host;

    @Option(
            names = "--html",
            paramLabel = "PAGE",
            description = "write all, or the one, as an HTML page")
    private Path page;

    @Option(names = "--no-pager", description = "do not use a pager")
    private boolean isPagerOff;

    private OffsetDateTime from = OffsetDateTime.MIN;
    private Screen screen;

    /** The file to read: the service's, where no setting names one and there is none here. */
    static Path usual(Settings settings) throws IOException {
        Setting json = settings.of("json");
        if (json.text().isEmpty()) {
            throw new IOException("nothing is recorded for reports: " + json.source() + " is none");
        }
        boolean isUnnamed = json.isConstant() && settings.of("log").isConstant();
        boolean isOurs = isUnnamed && Files.notExists(json.path());
        return isOurs && !Files.notExists(SERVICE) ? SERVICE : json.path();
    }

    @Override
    public Integer call() throws IOException {
        ZonedDateTime now = ZonedDateTime.now(LocalZone.zone());
        from = since == null ? from : Since.of(since, now).toOffsetDateTime();
        screen = Screen.of(parent.console().isTerminal());
        List<Path> files = new ArrayList<>();
        List<String> asked = new ArrayList<>(isLast ? List.of("--last") : List.of());
        for (String word : words) {
            if (word.matches("[0-9]{1,6}")) {
                asked.add(word);
            } else if (!word.matches(".*[/.].*") && Files.notExists(Path.of(word))) {
                throw new Setting("report", word)
                        .wrong(
                                "is neither a file nor an incident's number; report takes N,"
                                        + " --last, and files of JSON Lines");
            } else {
                files.add(Path.of(word));
            }
        }
        if (asked.size() > 1) {
            throw new Setting("report", String.join(" ", asked))
                    .wrong("is too much at once: give one number or --last");
        }
        RecordFiles records =
                new RecordFiles(files.isEmpty() ? List.of(usual(parent.settings())) : files);
        IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
        records.read(false, gatherer::accept);
        SortedMap<Integer, IncidentSummary> incidents = gatherer.numbered();
        boolean isNumber = !isLast && !asked.isEmpty();
        int number = isNumber ? Integer.parseInt(asked.get(0)) : 0;
        Optional<IncidentSummary> numbered = Optional.ofNullable(incidents.get(number));
        if (isNumber && numbered.isEmpty()) {
            throw new IOException("there is no incident " + number + ", see memory_monitor report");
        }
        incidents.values().removeIf(it -> it.end().isBefore(from));
        incidents.values().removeIf(it -> !isAsked(it.host()));
        PrintStream console = parent.console().stream();
        Optional<IncidentSummary> one = isLast ? gatherer.lastOf(incidents.values()) : numbered;
        List<IncidentSummary> shown = one.map(List::of).orElse(List.copyOf(incidents.values()));
        List<String> lines = new ArrayList<>();
        if (page != null && (one.isPresent() || !isLast)) {
            lines.add(writePage(records, shown, one.isPresent()));
        } else {
            lines.addAll(
                    one.isPresent()
                            ? inFull(one.get(), records)
                            : list(incidents, gatherer, files.isEmpty()));
            IncidentTable.zones(shown, now.getZone())
                    .ifPresent(zones -> lines.add(screen.dim(zones)));
        }
        addSkipped(records, lines);
        boolean isPaged = page == null && parent.console().isTerminal() && !isPagerOff;
        try (Pager pager = new Pager(console, isPaged)) {
            lines.forEach(pager.out()::println);
        }
        return 0;
    }

    private boolean isAsked(String machine) {
        return host == null || host.equals(machine);
    }

    /** True for a kill without an incident that a list would have, too. */
    private boolean isAskedKill(RecordLine line) {
        return line.isLoneKill()
                && isAsked(line.host())
                && !line.time("time").orElseThrow().isBefore(from);
    }

    private String writePage(RecordFiles records, List<IncidentSummary> shown, boolean isOne)
            throws IOException {
        Map<String, List<String>> kernel = new HashMap<>();
        shown.stream()
                .skip(Math.max(0, shown.size() - MOST_ASKED))
                .forEach(incident -> kernel.put(incident.id(), kernelLines(incident)));
        kernel.values().removeIf(List::isEmpty);
        if (isOne || since != null || host != null) {
            Set<String> ids = shown.stream().map(IncidentSummary::id).collect(Collectors.toSet());
            records.only(
                    line -> ids.contains(line.text("incident")) || !isOne && isAskedKill(line));
        }
        try {
            return Page.write(records, kernel, page);
        } catch (IOException e) {
            throw new IOException(page + ": " + Reason.of(e), e);
        }
    }

    private void addSkipped(RecordFiles records, List<String> lines) {
        if (records.skipped() > 0) {
            String those = records.skipped() == 1 ? " line was" : " lines were";
            lines.add(screen.dim(records.skipped() + those + " skipped: cut off, or no record"));
        }
        for (String file : records.leftOut()) {
            lines.add(screen.red("left out: " + Screen.fit(file, 0)));
        }
    }

    private List<String> inFull(IncidentSummary incident, RecordFiles records) throws IOException {
        IncidentText text = new IncidentText(incident);
        records.read(true, text::accept);
        return text.lines(kernelLines(incident), screen);
    }

    /** What the kernel itself says about its victims; empty: nothing that the reader may see. */
    private static List<String> kernelLines(IncidentSummary incident) {
        if (incident.kills() == 0 || !incident.host().equals(HostInfo.read().name())) {
            return List.of();
        }
        List<String> command =
                List.of(
                        "journalctl",
                        "_TRANSPORT=kernel", // -k would be this boot only
                        "--since=@" + incident.start().toEpochSecond(),
                        "--until=@" + (incident.end().toEpochSecond() + LATE_SECONDS),
                        "--grep=Killed process",
                        "--lines=" + MOST_KERNEL_LINES,
                        "--output=short-iso",
                        "--no-hostname",
                        "--no-pager",
                        "--quiet");
        return Tool.said(command)
                .lines()
                .sorted() // journalctl has the last ones first
                .toList();
    }

    private List<String> list(
            Map<Integer, IncidentSummary> incidents,
            IncidentSummary.Gatherer gatherer,
            boolean isUsual) {
        List<String> lines = new ArrayList<>();
        if (!incidents.isEmpty()) {
            lines.addAll(IncidentTable.lines(incidents, screen));
        } else {
            lines.add(none(isUsual));
        }
        if (gatherer.leftOut() > 0) {
            String more = "%d earlier incidents are left out: name a file for those in it";
            lines.add(screen.dim(Units.format(more, gatherer.leftOut())));
        }
        List<IncidentSummary.Kill> kills = new ArrayList<>(gatherer.kills(from));
        kills.removeIf(kill -> !isAsked(kill.host()));
        if (!kills.isEmpty()) {
            boolean hasHosts =
                    kills.stream().map(IncidentSummary.Kill::host).distinct().count() > 1;
            lines.add(screen.dim("killed without an incident:"));
            int first = Math.max(0, kills.size() - MOST_KILLS);
            for (IncidentSummary.Kill kill : kills.subList(first, kills.size())) {
                String where = hasHosts ? "  " + kill.host() : "";
                String line = Units.time(kill.time()) + where + "  " + kill.message();
                lines.addAll(Screen.wrap(line, screen.width()));
            }
            if (first > 0) {
                lines.add(screen.dim("and " + first + " times before"));
            }
        }
        return lines;
    }

    /** That there is nothing to show; of the usual file, whether that means anything. */
    private String none(boolean isUsual) {
        String what =
                "no incident was recorded"
                        + (host == null ? "" : " on " + host)
                        + (since == null ? "" : " since " + Units.time(from));
        if (!isUsual || host != null) {
            return what;
        }
        Settings settings = parent.settings();
        Watcher watcher = Watcher.find(settings);
        String whole = what + "; memory_monitor " + watcher.state();
        return watcher.isActive()
                ? whole
                        + (", above " + Units.percent(settings.of("threshold").percent()))
                        + (" for " + Units.seconds(settings.of("duration").nanos()))
                : screen.red(whole);
    }
}
