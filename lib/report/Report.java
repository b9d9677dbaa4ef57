package report;

import cli.Setting;

import text.Reason;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Shows what was recorded: a table of incidents, the last one in full, or a page. */
public final class Report {
    private static final Path SERVICE = Path.of("/var/log/memory_monitor/memory_monitor.jsonl");

    private Report() {}

    /**
     * Shows it.
     *
     * @param files of records; null: those of the setting, or the service's
     * @param setting the file for JSON Lines
     * @param last whether to show the last incident only, in full
     * @param html the page to write; null: none
     * @param out takes the text
     * @param isTerminal whether that is a terminal
     * @throws IOException if there is nothing to read, with what to do as its message
     */
    public static void show(
            List<Path> files,
            Setting setting,
            boolean last,
            Path html,
            PrintStream out,
            boolean isTerminal)
            throws IOException {
        RecordFiles records = new RecordFiles(files == null ? List.of(usual(setting)) : files);
        Screen screen = Screen.of(isTerminal);
        if (html != null) {
            try {
                out.println(Page.write(records, html));
            } catch (IOException e) {
                throw new IOException(html + ": " + Reason.of(e), e);
            }
        } else if (last) {
            LastIncident incident = new LastIncident();
            records.read(true, incident::accept);
            if (!incident.isEmpty()) {
                incident.lines(screen).forEach(out::println);
            } else {
                out.println("no incident was recorded");
            }
        } else {
            IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
            records.read(false, gatherer::accept);
            List<IncidentSummary> incidents = gatherer.latest();
            if (!incidents.isEmpty()) {
                IncidentTable.lines(incidents, screen).forEach(out::println);
            } else {
                out.println("no incident was recorded");
            }
            if (gatherer.leftOut() > 0) {
                String more = "%d earlier incidents are left out: name a file for those in it";
                out.println(screen.dim(String.format(Locale.ROOT, more, gatherer.leftOut())));
            }
            if (gatherer.otherKills() > 0) {
                String times =
                        gatherer.otherKills() == 1 ? "once" : gatherer.otherKills() + " times";
                out.println(
                        screen.dim(
                                "the kernel has killed processes without an incident: " + times));
            }
        }
        if (out.checkError() && !isPipe()) { // who reads a pipe may have seen enough
            throw new IOException("standard output does not take it: is its disk full?");
        }
        if (records.skipped() > 0) {
            String lines = records.skipped() == 1 ? " line was" : " lines were";
            out.println(screen.dim(records.skipped() + lines + " skipped: cut off, or no record"));
        }
    }

    private static boolean isPipe() {
        try {
            Path stdout = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
            return stdout.toString().startsWith("pipe:");
        } catch (IOException e) {
            return false;
        }
    }

    private static Path usual(Setting setting) throws IOException {
        if (!setting.text().isEmpty()) {
            return setting.path();
        }
        if (!Files.notExists(SERVICE)) {
            return SERVICE;
        }
        throw new IOException(
                "nothing is recorded for reports: turn it on with --json FILE or JSON in"
                        + " MemoryMonitor.java, or name a file");
    }
}
