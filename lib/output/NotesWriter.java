package output;

import java.util.function.Consumer;

/** Prints the headline and the notes of a record, without its table. */
public final class NotesWriter implements RecordWriter {
    private final Consumer<String> out;

    /**
     * @param out takes each line
     */
    public NotesWriter(Consumer<String> out) {
        this.out = out;
    }

    @Override
    public void begin(Incident incident) {
        out.accept(incident.event().summary());
        incident.notes().forEach(note -> out.accept("# " + note));
    }
}
