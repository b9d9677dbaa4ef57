package output;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import culprit.Answer;
import culprit.Growth;
import culprit.History;
import culprit.Series;
import culprit.Share;

import procfs.BootClock;
import procfs.CommandLines;
import procfs.Kills;
import procfs.Machine;
import procfs.ProcessInfo;
import procfs.ProcessReader;
import procfs.ProcessTable;
import procfs.Reading;

import text.Bytes;
import text.Reason;

import words.Events;
import words.Lead;
import words.Notes;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Says what a record is made of, of an incident or without a table, and has it written by all. */
public final class Recorder {
    /** How much of a record with a table the heap holds. */
    private enum Extent {
        /** All rows, and what ate it. */
        WHOLE,
        /** The largest rows, and what ate it. */
        SHORT,
        /** The largest rows: of the others, not even their sizes. */
        LARGEST
    }

    /** Use has to be higher by so many points before it is asked again what has grown. */
    private static final double PEAK_POINTS = 0.5;

    /** What had grown when that was asked last in a breach, and use then. */
    private record Peak(Lead lead, double usedPercent) {
        static final Peak NONE = new Peak(Lead.NONE, 0);
    }

    private final Machine machine;
    private final History history;
    private final double thresholdPercent;
    private final List<RecordWriter> writers;
    private final int shortRows;
    private Supplier<Reading> reader;
    private Peak peak = Peak.NONE;

    /**
     * @param history takes each look at the machine
     * @param shortRows the rows of a table that the heap does not hold whole
     */
    public Recorder(
            Machine machine,
            History history,
            double thresholdPercent,
            List<RecordWriter> writers,
            int shortRows) {
        this.machine = machine;
        this.history = history;
        this.thresholdPercent = thresholdPercent;
        this.writers = writers;
        this.shortRows = shortRows;
        reader = machine::read;
    }

    /**
     * The same for the largest processes only, as many as a short table has: any heap holds them.
     */
    public Recorder ofLargest() {
        Recorder largest = new Recorder(machine, history, thresholdPercent, writers, shortRows);
        largest.reader = () -> machine.readLargest(shortRows);
        return largest;
    }

    /** Records what has become of a breach, that nobody watches it any more, or a snapshot. */
    public void record(Event.Type type, Sample sample, Optional<Breach> breach) {
        switch (type) {
            case END -> line(type, sample, breach, Events.end(breach.get(), sample), peak.lead());
            case STOPPED ->
                    line(type, sample, breach, Events.stop(breach.get(), sample), peak.lead());
            default -> {
                Optional<Answer> answer = table(use(type, sample, breach));
                if (breach.isPresent()) {
                    peak =
                            answer.map(known -> peak(known, sample))
                                    .orElse(new Peak(Lead.OUT_OF_HEAP, peak.usedPercent));
                }
            }
        }
    }

    // ---- Records with a table

    /** Records it, where it fills the heap less and less of it; empty: not even what ate it. */
    private Optional<Answer> table(Event now) {
        OutOfMemoryError outOfHeap = null;
        for (Extent extent : Extent.values()) {
            try {
                return table(now, extent);
            } catch (OutOfMemoryError e) {
                writers.forEach(RecordWriter::cancel);
                outOfHeap = e;
            }
        }
        throw outOfHeap;
    }

    private Optional<Answer> table(Event now, Extent extent) {
        long begin = System.nanoTime();
        boolean isKnown = extent != Extent.LARGEST;
        Reading reading = isKnown ? reader.get() : machine.readLargest(shortRows);
        int all = isKnown ? reading.processes().size() : ProcessReader.count();
        int most = extent == Extent.WHOLE ? all : shortRows;
        int missing = Math.max(0, all - most);
        ProcessTable table =
                machine.processes().table(missing > 0 ? reading.largest(most) : reading);
        try (CommandLines.Reading lines = machine.processes().commandLines(table)) {
            long beginAnswer = System.nanoTime();
            Incident incident =
                    isKnown
                            ? Incident.of(now, reading, table, history, this::detail)
                            : Incident.unanswered(now, reading, table, history);
            machine.bounds().forEach(bound -> incident.notes().add(Notes.problem(bound)));
            if (missing > 0) {
                incident.notes().add(Notes.missing(missing, "left out: " + Reason.OUT_OF_HEAP));
            }
            long since = begin + System.nanoTime() - beginAnswer; // the table alone is timed
            write(incident, lines, missing, since);
            return isKnown ? Optional.of(incident.answer()) : Optional.empty();
        }
    }

    private void write(Incident incident, CommandLines.Reading lines, int missing, long since) {
        writers.forEach(writer -> writer.begin(incident));
        Bytes command = new Bytes();
        int processes = missing;
        int late = 0;
        for (ProcessInfo row : incident.table().rows()) {
            CommandLines.Text line = lines.next();
            if (line.outcome() == CommandLines.Outcome.GONE) {
                continue;
            }
            processes++;
            late += line.outcome() == CommandLines.Outcome.LATE ? 1 : 0;
            command.shorten(0);
            PsCells.command(line, row, command);
            for (RecordWriter writer : writers) {
                writer.row(row, command);
            }
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        RecordWriter.RowsRead read = new RecordWriter.RowsRead(processes, late, millis);
        writers.forEach(writer -> writer.end(read));
    }

    private Peak peak(Answer answer, Sample sample) {
        return new Peak(Lead.of(answer, this::detail), sample.usedPercent());
    }

    /** Tells apart what an item's name does not, such as the jar of a {@code java}. */
    private String detail(Growth.Item item) {
        boolean isThere = item.pid() != 0 && item.change() != Growth.Change.GONE;
        boolean isTold = !isThere || !item.unit().isEmpty();
        return isTold ? "" : machine.processes().scriptOf(item.pid(), item.name());
    }

    /** Records an incident as if the heap held hardly anything. */
    public void practise(Sample sample, Optional<Breach> breach) {
        table(use(Event.Type.INCIDENT, sample, breach), Extent.LARGEST);
    }

    // ---- Looks, and records of a line

    /** Looks at all processes; where use is higher than before in a breach, at what grew. */
    public void look(Sample sample, Optional<Breach> breach) {
        long begin = System.nanoTime();
        try {
            Reading reading = reader.get();
            List<Share> shares = history.add(reading);
            history.looked(sample, System.nanoTime() - begin);
            if (breach.isPresent() && sample.usedPercent() >= peak.usedPercent + PEAK_POINTS) {
                long since = breach.get().first().nanos();
                Answer answer = Answer.of(history, reading, shares, since, since, Long::toString);
                peak = peak(answer, sample);
            }
        } catch (OutOfMemoryError e) { // more processes than the heap holds
            history.looked(sample, System.nanoTime() - begin);
        }
    }

    /** What had grown when use was highest in the present breach. */
    public Lead lead() {
        return peak.lead();
    }

    /**
     * Records that the kernel has killed processes, if the last line has not told them.
     *
     * @param sinceNanos what has changed since then is told, on the clock of {@link Sample#nanos}
     */
    public void oomKills(Sample sample, Kills kills, Optional<Breach> breach, long sinceNanos) {
        if (!kills.isNone()) {
            Optional<Breach> incident = breach.filter(Breach::isIncident);
            String message = Events.kills(incident, kills, since(sinceNanos), this::detail);
            line(Event.Type.OOM_KILL, sample, incident, message, Lead.NONE);
        }
    }

    private Growth since(long nanos) {
        try {
            return Answer.since(history, history.add(reader.get()), nanos);
        } catch (OutOfMemoryError e) { // more processes than the heap holds
            return Growth.NONE;
        }
    }

    /** Records that an incident, open in the log or not yet in it, has no end. */
    public void unended(Sample sample, Optional<LastSeen> seen, boolean isOpen) {
        Optional<Breach> breach = seen.map(LastSeen::breach);
        String message = Events.unended(seen, isOpen, BootClock.bootEpochSeconds());
        Lead lead = new Lead(seen.map(LastSeen::lead).orElse(""), Optional.empty());
        line(Event.Type.UNENDED, sample, breach, message, lead);
    }

    private void line(
            Event.Type type, Sample sample, Optional<Breach> breach, String message, Lead lead) {
        Series past = history.series(sample.nanos());
        Event event = new Event(type, sample, thresholdPercent, breach, message, lead, "", past);
        writers.forEach(writer -> writer.event(event));
    }

    /** How much memory is used, before it is known what ate it. */
    private Event use(Event.Type type, Sample sample, Optional<Breach> breach) {
        String message = Events.use(breach, sample);
        return new Event(
                type, sample, thresholdPercent, breach, message, Lead.NONE, "", Series.NONE);
    }

    /** Tells all writers of a sample, and of what has become of the breach by then. */
    public void sampled(Sample sample, Optional<Breach> breach) {
        peak = breach.isPresent() ? peak : Peak.NONE; // the next breach has another culprit
        for (RecordWriter writer : writers) {
            writer.sampled(sample, breach);
        }
    }

    /** Records that the program stops, where that cuts an incident short. */
    public void stop(Sample sample, Optional<Breach> breach) {
        if (breach.isPresent() && breach.get().isIncident()) {
            record(Event.Type.STOPPED, sample, Optional.of(breach.get().with(sample)));
        }
        sampled(sample, Optional.empty());
    }
}
