package output;

import java.util.function.Consumer;

/** Prints the headline and the notes of a record, a line each, without its table. */
public final class NotesWriter implements RecordWriter {
    private final Consumer<String> out;

    public NotesWriter(Consumer<String> out) {
        this.out = out;
    }

    @Override
    public void begin(Incident incident) {
        out.accept(incident.event().summary());
        incident.notes().forEach(note -> out.accept("# " + note));
    }
}
