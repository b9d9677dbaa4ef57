package output;

import breach.Breach;
import breach.LastSeen;
import breach.Sample;

import culprit.Answer;
import culprit.Growth;
import culprit.History;
import culprit.Share;

import procfs.BootClock;
import procfs.Kills;
import procfs.Machine;
import procfs.Reading;

import words.Events;
import words.Lead;
import words.Peak;

import java.util.List;
import java.util.Optional;

/** Says what a record is made of, of an incident or without a table, and has it written by all. */
public final class Recorder {
    private final Machine machine;
    private final History history;
    private final double thresholdPercent;
    private final List<RecordWriter> writers;
    private final IncidentRecorder tables;
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
        tables = new IncidentRecorder(machine, history, writers, shortRows);
    }

    /** Records what has become of a breach, that nobody watches it any more, or a snapshot. */
    public void record(Event.Type type, Sample sample, Optional<Breach> breach) {
        Occasion now = new Occasion(type, sample, thresholdPercent, breach);
        switch (type) {
            case END -> line(now, Events.end(breach.orElseThrow(), sample), peak.lead());
            case STOPPED -> line(now, Events.stop(breach.orElseThrow(), sample), peak.lead());
            default -> table(now);
        }
    }

    /** Records a line of text, the table and notes. */
    private void table(Occasion now) {
        Optional<Answer> answer = tables.record(now);
        if (now.breach().isPresent()) {
            peak =
                    answer.map(known -> Peak.of(known, now.sample(), tables::detail))
                            .orElse(peak.outOfHeap());
        }
    }

    /** Use has to be higher by so many points before it is asked again what has grown. */
    private static final double PEAK_POINTS = 0.5;

    /** Looks at all processes; where use is higher than before in a breach, at what grew. */
    public void look(Sample sample, Optional<Breach> breach) {
        long begin = System.nanoTime();
        try {
            Reading reading = machine.read();
            List<Share> shares = history.add(reading);
            history.looked(sample, System.nanoTime() - begin);
            if (breach.isEmpty()) {
                peak = Peak.NONE;
            } else if (peak.isBelow(sample, PEAK_POINTS)) {
                long since = breach.get().first().nanos();
                Answer answer = Answer.of(history, reading, shares, since, since, Long::toString);
                peak = Peak.of(answer, sample, tables::detail);
            }
        } catch (OutOfMemoryError e) { // more processes than the heap holds
            history.looked(sample, System.nanoTime() - begin);
        }
    }

    /**
     * Records that the kernel has killed processes, if the last line has not told them.
     *
     * @param sinceNanos what has changed since then is told, on the clock of {@link Sample#nanos}
     */
    public void oomKills(Sample sample, Kills kills, Optional<Breach> breach, long sinceNanos) {
        if (!kills.isNone()) {
            Optional<Breach> incident = breach.filter(Breach::isIncident);
            String message = Events.kills(incident, kills, since(sinceNanos), tables::detail);
            record(Event.Type.OOM_KILL, sample, incident, message, Lead.NONE);
        }
    }

    private Growth since(long nanos) {
        try {
            return Answer.since(history, history.add(machine.read()), nanos);
        } catch (OutOfMemoryError e) { // more processes than the heap holds
            return Growth.NONE;
        }
    }

    /** Records that the last incident in the log has no end. */
    public void unended(Sample sample, Optional<LastSeen> seen) {
        String how = Events.unended(seen, BootClock.bootEpochSeconds());
        Lead lead = new Lead(seen.map(LastSeen::lead).orElse(""), Optional.empty());
        Optional<Breach> breach = seen.map(LastSeen::breach);
        record(Event.Type.UNENDED, sample, breach, how, lead);
    }

    /** Tells all writers of a sample, and of what has become of the breach by then. */
    public void sampled(Sample sample, Optional<Breach> breach) {
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

    private void record(
            Event.Type type, Sample sample, Optional<Breach> in, String message, Lead lead) {
        line(new Occasion(type, sample, thresholdPercent, in), message, lead);
    }

    private void line(Occasion now, String message, Lead lead) {
        Event event = now.saying(message, lead, "", history.series(now.sample().nanos()));
        writers.forEach(writer -> writer.event(event));
    }

    /** What had grown when use was highest in the present breach. */
    public Lead lead() {
        return peak.lead();
    }

    /** Records an incident as if the heap held hardly anything. */
    public void practise(Sample sample, Optional<Breach> breach) {
        tables.practise(new Occasion(Event.Type.INCIDENT, sample, thresholdPercent, breach));
    }
}
