package cli;

import picocli.CommandLine.Option;

/**
 * What the command line says; null: nothing. The help names the values of constants of
 * MemoryMonitor.java, see {@link Cli}.
 */
public final class Options {
    /** See THRESHOLD. */
    @Option(
            names = {"-t", "--threshold"},
            paramLabel = "PERCENT",
            description = "memory use above this counts (${THRESHOLD})")
    public String threshold;

    /** See DURATION. */
    @Option(
            names = {"-d", "--duration"},
            paramLabel = "TIME",
            description = "how long it has to stay above (${DURATION})")
    public String duration;

    /** See RECOVERY. */
    @Option(
            names = {"-r", "--recovery"},
            paramLabel = "TIME",
            description = "how long it has to stay at or below (${RECOVERY})")
    public String recovery;

    /** See INTERVAL. */
    @Option(
            names = {"-i", "--interval"},
            paramLabel = "TIME",
            description = "how often to look (${INTERVAL})")
    public String interval;

    /** See LOG_FILE. */
    @Option(
            names = {"-l", "--log"},
            paramLabel = "FILE",
            description = "where records go (${LOG_FILE})")
    public String logFile;

    /** See JSON. */
    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "the same as JSON Lines (beside the log); none: nowhere")
    public String jsonFile;

    /** See METRICS. */
    @Option(names = "--metrics", paramLabel = "FILE", description = "figures for Prometheus")
    public String metricsFile;

    /** See ON_INCIDENT. */
    @Option(
            names = "--on-incident",
            paramLabel = "COMMAND",
            description = "what sh runs for an incident, and at its end (nothing)")
    public String onIncident;
}
