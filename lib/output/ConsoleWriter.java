package output;

import breach.Breach;
import breach.Sample;

import procfs.MemInfo;
import procfs.ProcessReader;

import words.Events;

import java.util.Optional;

/** Tells of each record in one line, with the answer; on a terminal, how things are as well. */
public final class ConsoleWriter implements RecordWriter {
    private final Console console;
    private final double thresholdPercent;
    private final long totalKiB = MemInfo.read().kiB("MemTotal");
    private int incidents;

    private String summary = "";
    private boolean isFirstRecord;

    public ConsoleWriter(Console console, double thresholdPercent) {
        this.console = console;
        this.thresholdPercent = thresholdPercent;
    }

    @Override
    public void begin(Incident incident) {
        summary = incident.event().summary();
        isFirstRecord = incident.event().type() == Event.Type.INCIDENT;
    }

    @Override
    public void end(RowsRead read) {
        incidents += isFirstRecord ? 1 : 0;
        String told = "%s; %d processes in %d ms";
        console.event(Console.WARNING, told, summary, read.processes(), read.millis());
    }

    @Override
    public void event(Event event) {
        console.event(event.isEnd() ? Console.NOTICE : Console.WARNING, "%s", event.summary());
    }

    @Override
    public void sampled(Sample sample, Optional<Breach> breach) {
        if (console.isTerminal()) {
            int processes = ProcessReader.count();
            console.status(
                    Events.status(
                            sample, totalKiB, thresholdPercent, breach, incidents, processes));
        }
    }
}
