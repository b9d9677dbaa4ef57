package report;

import cli.ServiceManager;
import cli.Setting;
import cli.Settings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

import procfs.MemInfo;

import text.Reason;
import text.Units;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Whether the machine is watched, how much memory is used, the last incident, the settings. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Says whether and how memory is watched, and what the last incident was.",
        footer = "%nThe exit status is 0 if it is watched, else 3, as systemctl is-active has it.")
public final class WatchStatus implements Callable<Integer> {
    private static final Path DEFAULTS = Path.of("/etc/default/memory_monitor");
    private static final int NOT_RUNNING = 3;

    @ParentCommand private Parent parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Settings settings = parent.settings();
        Watcher watcher = Watcher.find(settings);
        Screen screen = Screen.of(parent.console().isTerminal());
        String line = spec.root().version()[0] + " " + watcher.state();
        List<String> lines = new ArrayList<>();
        lines.add(watcher.isActive() ? screen.bold(line) : screen.red(line));
        List<String> problems = new ArrayList<>(watcher.problems());
        try {
            settings.require(true);
        } catch (Setting.WrongException e) {
            e.getMessage()
                    .lines()
                    .filter(wrong -> problems.stream().noneMatch(told -> told.endsWith(wrong)))
                    .forEach(problems::add);
        }
        problems.forEach(problem -> lines.add(screen.red(Screen.fit(problem, 0))));
        MemInfo memory = MemInfo.read();
        double percent = 100.0 * memory.usedKiB() / Math.max(1, memory.kiB("MemTotal"));
        String of = Units.size(memory.usedKiB()) + " of " + Units.size(memory.kiB("MemTotal"));
        lines.add(Units.format("RAM %.1f %% used, ", percent) + of);
        addIncidents(settings, lines);
        lines.add("");
        if (ServiceManager.hidesSettings()) {
            lines.add("its settings are for root and group adm: sudo memory_monitor status");
        } else {
            if (!watcher.isActive() && ServiceManager.isThere()) {
                lines.add("the settings of its last start:");
            }
            List<String[]> rows = new ArrayList<>();
            settings.all().forEach((name, setting) -> rows.add(row(name, setting)));
            Screen.aligned(rows, "<").forEach(row -> lines.add(String.join("  ", row)));
        }
        lines.forEach(parent.console().stream()::println);
        return watcher.isActive() ? 0 : NOT_RUNNING;
    }

    /** The last incident may be a trivial one. */
    private static void addIncidents(Settings settings, List<String> lines) {
        try {
            RecordFiles records = new RecordFiles(List.of(Report.usual(settings)));
            IncidentSummary.Gatherer gatherer = new IncidentSummary.Gatherer();
            records.read(false, gatherer::accept);
            Map<Integer, IncidentSummary> all = gatherer.numbered();
            String last =
                    gatherer.lastOf(all.values())
                            .map(it -> inWords(it, all))
                            .orElse("none was recorded");
            lines.add("last incident: " + last);
            all.values().stream()
                    .max(Comparator.comparingDouble(IncidentSummary::peakPercent))
                    .filter(it -> all.size() > 1)
                    .ifPresent(
                            it -> lines.add("highest of " + all.size() + ": " + inWords(it, all)));
        } catch (IOException e) {
            lines.add("last incident: " + Screen.fit(Reason.of(e), 0));
        }
    }

    private static String inWords(IncidentSummary one, Map<Integer, IncidentSummary> all) {
        String words = Screen.fit(IncidentTable.inWords(one), 0);
        for (Map.Entry<Integer, IncidentSummary> each : all.entrySet()) {
            words += each.getValue() == one ? " (report " + each.getKey() + ")" : "";
        }
        return words;
    }

    private static String[] row(String name, Setting setting) {
        boolean isVariable = setting.source().equals(name);
        String where = isVariable && isInDefaults(name) ? DEFAULTS.toString() : setting.source();
        String assignment = Screen.fit(name + "=" + setting.text(), 0);
        return new String[] {assignment, isVariable && where.equals(name) ? "environment" : where};
    }

    /** The file may name it, and it may come from somewhere else: a drop-in of the unit. */
    private static boolean isInDefaults(String name) {
        try {
            String text = Files.readString(DEFAULTS, StandardCharsets.ISO_8859_1);
            return text.lines().anyMatch(line -> line.matches("\\s*" + name + "\\s*=.*"));
        } catch (IOException e) {
            return false;
        }
    }
}
