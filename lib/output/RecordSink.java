package output;

/** Where complete records go. */
public interface RecordSink {
    /**
     * Takes a record. Whoever needs it for longer than this call keeps it, see {@link
     * RecordText#keep}.
     */
    void accept(Event event, RecordText text);
}
