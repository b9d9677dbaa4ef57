package output;

import breach.Breach;
import breach.Sample;

import culprit.Series;

import words.Lead;

import java.util.Optional;

/**
 * What happened and when, before it is said.
 *
 * @param type what it is
 * @param sample overall use at that time
 * @param thresholdPercent the threshold
 * @param breach the breach it belongs to, if there is one
 */
public record Occasion(
        Event.Type type, Sample sample, double thresholdPercent, Optional<Breach> breach) {
    /** The event that says it, see {@link Event}. */
    public Event saying(String message, Lead lead, String growth, Series history) {
        return new Event(type, sample, thresholdPercent, breach, message, lead, growth, history);
    }
}
