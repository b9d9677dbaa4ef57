package cli;

import picocli.CommandLine.Option;

/**
 * What the command line says; null: nothing. Each is of the same meaning as a constant of
 * MemoryMonitor.java; the help names the values of some, see {@link Cli}.
 */
public final class Options {
    @Option(
            names = {"-t", "--threshold"},
            paramLabel = "PERCENT",
            description = "memory use above this counts (${THRESHOLD})")
    public String threshold;

    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description = "how long it has to stay above (${DURATION})")
    public String duration;

    @Option(
            names = {"-r", "--recovery"},
            paramLabel = "TIME",
            description = "how long it has to stay at or below (${RECOVERY})")
    public String recovery;

    @Option(
            names = {"-i", "--interval"},
            paramLabel = "TIME",
            description = "how often to look (${INTERVAL})")
    public String interval;

    @Option(
            names = {"-l", "--log"},
            paramLabel = "FILE",
            description = "where records go (${LOG_FILE})")
    public String logFile;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "the same as JSON Lines (beside the log); none: nowhere")
    public String jsonFile;

    @Option(names = "--metrics", paramLabel = "FILE", description = "figures for Prometheus")
    public String metricsFile;

    @Option(
            names = "--on-incident",
            paramLabel = "COMMAND",
            description = "what sh runs for an incident, and at its end (nothing)")
    public String onIncident;

    /** As the command check, which is what to use. */
    @Option(names = "--check", hidden = true)
    public boolean isCheck;
}
