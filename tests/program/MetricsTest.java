package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Eater;
import kit.Host;
import kit.Program;
import kit.Watched;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The figures for Prometheus, of the real program. promtool looks at them in .ci/run. */
class MetricsTest {
    @TempDir Path folder;

    private Path file() {
        return folder.resolve("memory_monitor.prom");
    }

    private Watched program(Path metrics, String hook) throws Exception {
        return new Watched(
                false,
                folder,
                folder.resolve("test.log"),
                "umask 077",
                "--on-incident=" + hook,
                "--metrics=" + metrics);
    }

    private Map<String, String> figures() throws IOException {
        Map<String, String> figures = new TreeMap<>();
        for (String line : Files.readAllLines(file())) {
            if (!line.startsWith("#")) {
                int at = line.lastIndexOf(' ');
                String name = line.substring("memory_monitor_".length(), at);
                assertEquals(null, figures.put(name, line.substring(at + 1)), "twice: " + line);
            }
        }
        return figures;
    }

    private void await(String name, String value) throws Exception {
        Host.await(name + " " + value, () -> value.equals(figures().get(name)));
    }

    @Test
    void theFiguresTellAnIncidentItsCulpritAndItsEnd() throws Exception {
        try (Watched watched = program(file(), "false");
                Eater leak = new Eater("leak")) {
            await("incidents_total", "0");
            assertEquals("0.1", figures().get("memory_used_ratio"));
            assertEquals("0.5", figures().get("threshold_ratio"));
            assertFalse(figures().containsKey("last_incident_peak_ratio"), "there was none");
            leak.run("eat 900"); // much more than other programs of these tests
            watched.begin();
            watched.expect("--on-incident command ended with exit status 1");
            await("incident", "1");
            Map<String, String> figures = figures();
            assertEquals("1", figures.get("incidents_total"));
            assertEquals("1", figures.get("breach"));
            assertEquals("0.9", figures.get("last_incident_peak_ratio"));
            assertEquals("1", figures.get("capture_seconds_count"));
            assertEquals("0", figures.get("climbs_total"));
            assertEquals("0", figures.get("records_shortened_total"));
            assertEquals("0", figures.get("write_errors_total"));
            double above = Double.parseDouble(figures.get("above_threshold_seconds"));
            assertEquals(0, above, Program.PATIENCE_SECONDS);
            double start = Double.parseDouble(figures.get("last_incident_start_timestamp_seconds"));
            assertEquals(System.currentTimeMillis() / 1e3, start, Program.PATIENCE_SECONDS);
            String culprit = "culprit_growth_bytes\\{unit=\".*\",groupname=\"leak\"}";
            assertTrue(figures.keySet().stream().anyMatch(k -> k.matches(culprit)), "" + figures);
            String all = String.join("\n", figures.keySet());
            assertFalse(all.contains(Long.toString(leak.pid())), "no PID: " + all);
            watched.end();
            watched.expect("--on-incident command ended with exit status 1");
            await("incident", "0");
            assertFalse(figures().get("hook_failures_total").equals("0"), "it has failed");
            assertEquals("1", figures().get("incidents_total"));
            assertTrue(Double.parseDouble(figures().get("cpu_seconds_total")) > 0);
            String duration = figures().get("last_incident_duration_seconds");
            assertTrue(Double.parseDouble(duration) > above, duration);
            assertEquals("rw-r--r--", Host.mode(file()), "for node_exporter");
        }
        try (var files = Files.list(folder)) {
            assertEquals(0, files.filter(f -> f.toString().endsWith(".memory_monitor")).count());
        }
    }

    /** The file stays when the monitor stops, and an alert with it. */
    @Test
    void aStopDuringAnIncidentEndsItInTheFigures() throws Exception {
        try (Watched watched = program(file(), "true")) {
            watched.begin();
            await("incident", "1");
            watched.stop();
            assertEquals("0 0", figures().get("incident") + " " + figures().get("breach"));
            assertEquals("0.9", figures().get("last_incident_peak_ratio"));
        }
    }

    @Test
    void aMissingFolderIsSaidOnceAndTheWatchGoesOn() throws Exception {
        Path metrics = folder.resolve("textfile/memory_monitor.prom");
        Files.createDirectory(metrics.getParent());
        try (Watched watched = program(metrics, "true")) {
            Host.await("the file", () -> Files.exists(metrics));
            Files.move(metrics.getParent(), folder.resolve("gone"));
            watched.memory(90);
            List<String> said = List.of(watched.program.event(), watched.program.event());
            String why = "cannot write the metrics " + metrics + ": its folder does not exist";
            assertTrue(said.contains(why), said.toString()); // beside the incident
            watched.end();
            watched.incident();
            Files.createDirectory(metrics.getParent());
            watched.incident();
            Host.await("the file", () -> Files.exists(metrics));
        }
    }
}
