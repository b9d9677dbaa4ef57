package report;

import cli.ServiceManager;
import cli.Settings;
import cli.Tool;

import output.Disk;
import output.FileFormat;
import output.LogFile;

import text.Reason;
import text.Units;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Whether a monitor watches this machine: the service, where that is installed, else whoever writes
 * the log.
 *
 * @param state since when it does, or why not and what to do, as the end of a sentence
 * @param problems what else is wrong with it
 */
record Watcher(boolean isActive, String state, List<String> problems) {
    private static final String NAME = "memory_monitor";

    private static final List<Path> EDITED =
            List.of(Path.of("/etc/default", NAME), Path.of("/opt", NAME, "MemoryMonitor.java"));

    static Watcher find(Settings settings) {
        return ServiceManager.isThere() ? service() : writer(settings.of("log").path());
    }

    private static Watcher service() {
        String properties =
                "LoadState,ActiveState,SubState,InactiveEnterTimestamp,MainPID,NRestarts,StatusText";
        List<String> command = List.of("systemctl", "show", NAME, "-p", properties);
        Map<String, String> unit = new HashMap<>();
        for (String line : Tool.said(command).split("\n")) {
            String[] parts = line.split("=", 2);
            unit.put(parts[0], parts.length < 2 ? "" : parts[1]);
        }
        String active = unit.getOrDefault("ActiveState", "systemd does not answer");
        List<String> problems = new ArrayList<>();
        String restarts = unit.getOrDefault("NRestarts", "0");
        if (!restarts.equals("0")) {
            problems.add("systemd has restarted it " + restarts + " ×: journalctl -u " + NAME);
        }
        boolean isActive = active.equals("active");
        String told = unit.getOrDefault("StatusText", "").replaceFirst("^error: ", "");
        if (!told.isEmpty()) {
            problems.add((isActive ? "" : "at its last start: ") + told);
        }
        long startMillis = ServiceManager.SETTINGS.toFile().lastModified(); // 0: none yet
        for (Path file : EDITED) {
            if (startMillis > 0 && file.toFile().lastModified() > startMillis) {
                String then = isActive ? "systemctl restart " + NAME : NAME + " check";
                problems.add(file + " was changed since its last start: sudo " + then);
            }
        }
        if (isActive) {
            return new Watcher(true, watches(Long.parseLong(unit.get("MainPID"))), problems);
        }
        String since = unit.getOrDefault("InactiveEnterTimestamp", "");
        String what = "does not watch: " + active + " (" + unit.getOrDefault("SubState", "?") + ")";
        what += since.isEmpty() ? "" : " since " + since;
        boolean isRemoved = unit.getOrDefault("LoadState", "").equals("not-found");
        String then =
                isRemoved
                        ? "its unit was removed: sudo ./install.sh"
                        : "sudo systemctl start " + NAME;
        return new Watcher(false, what + "; " + then, problems);
    }

    private static Watcher writer(Path log) {
        String what = "does not watch: nobody writes " + log;
        try {
            Optional<Long> pid = new LogFile(log, FileFormat.TEXT, Disk.Limits.NONE).writer();
            return new Watcher(pid.isPresent(), pid.map(Watcher::watches).orElse(what), List.of());
        } catch (IOException e) {
            what = "is not known to watch: " + log + ".lock: " + Reason.of(e);
            return new Watcher(false, what, List.of());
        }
    }

    private static String watches(long pid) {
        String since =
                ProcessHandle.of(pid)
                        .flatMap(process -> process.info().startInstant())
                        .map(Instant::toEpochMilli)
                        .map(start -> " since " + Units.time(start) + " (" + age(start) + ")")
                        .orElse("");
        return "watches" + since + ", PID " + pid;
    }

    private static String age(long startMillis) {
        long millis = System.currentTimeMillis() - startMillis;
        return Units.period(TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis)));
    }
}
