package output;

import procfs.ProcessInfo;

import text.Bytes;

/** Tells of each record in one line, with the answer. */
public final class ConsoleWriter implements RecordWriter {
    private final Console console;

    // Of the record that is being formed
    private Incident incident;

    /** A writer that tells the console. */
    public ConsoleWriter(Console console) {
        this.console = console;
    }

    @Override
    public void begin(Incident incident) {
        this.incident = incident;
    }

    @Override
    public void row(ProcessInfo row, Bytes command) {}

    @Override
    public void end(RowsRead read) {
        console.event(
                Console.WARNING,
                "%s; %d processes in %d ms",
                incident.event().summary(),
                read.processes(),
                read.millis());
        incident = null;
    }

    @Override
    public void cancel() {
        incident = null;
    }

    @Override
    public void event(Event event) {
        console.event(event.isEnd() ? Console.NOTICE : Console.WARNING, "%s", event.summary());
    }
}
