package output;

import text.Bytes;

import java.util.List;
import java.util.Set;

/** The columns of one table: as wide as their widest cells, with a blank between them. */
public final class Columns {
    private final List<String> headings;
    private final Set<String> leftAligned;
    private final int[] widths;
    private final Bytes line = new Bytes();

    /** Columns as wide as their headings; those that are not aligned left are aligned right. */
    public Columns(List<String> headings, Set<String> leftAligned) {
        this.headings = headings;
        this.leftAligned = leftAligned;
        widths = headings.stream().mapToInt(String::length).toArray();
    }

    /** Makes them as wide as the cells of a row. */
    public void widen(Cells row) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], row.width(i));
        }
    }

    /** Puts the cells of a row, a blank behind each, into a line, which is valid until the next. */
    public Bytes line(Cells row) {
        line.shorten(0);
        for (int i = 0; i < widths.length; i++) {
            int padding = widths[i] - row.width(i);
            boolean isLeft = leftAligned.contains(headings.get(i));
            row.put(i, line.blanks(isLeft ? 0 : padding));
            line.blanks(isLeft ? padding + 1 : 1);
        }
        return line;
    }
}
