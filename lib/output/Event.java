package output;

import breach.Breach;
import breach.Sample;

import culprit.Series;

import words.Lead;

import java.util.Optional;

/**
 * Something to be told and recorded.
 *
 * @param sample overall use at that time
 * @param breach the breach it belongs to, if there is one
 * @param lead what ate it; at the end of an incident, what had eaten it when it was recorded last
 * @param growth what ate it, in full
 * @param history memory over time up to then
 */
public record Event(
        Type type,
        Sample sample,
        double thresholdPercent,
        Optional<Breach> breach,
        String message,
        Lead lead,
        String growth,
        Series history) {
    /** The same event, once it is known what ate it. */
    Event answered(Lead lead, String growth, Series history) {
        return new Event(type, sample, thresholdPercent, breach, message, lead, growth, history);
    }

    /** The event as a sentence, with the answer. */
    public String summary() {
        return message + (lead.text().isEmpty() ? "" : ": " + lead.text());
    }

    /** True for the end of an incident, as far as anybody watches it. */
    public boolean isEnd() {
        return type == Type.END || type == Type.STOPPED;
    }

    /** The sorts of events. */
    public enum Type {
        /** Memory has been above the threshold for the duration. */
        INCIDENT("incident"),
        /** Use has climbed further. */
        CLIMBED("climbed"),
        /** The incident is over. */
        END("end"),
        /** The monitor has been stopped in the incident; it may go on. */
        STOPPED("end"),
        /** The kernel has killed processes for lack of memory. */
        OOM_KILL("oomKill"),
        /** The last incident in the log has no end: machine or monitor were stopped in it. */
        UNENDED("unended"),
        /** Somebody wants to see how things are. */
        SNAPSHOT("snapshot");

        /** What it is called in JSON. */
        public final String jsonName;

        Type(String jsonName) {
            this.jsonName = jsonName;
        }
    }
}
