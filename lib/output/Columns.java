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
        widths = headings.stream().mapToInt(Columns::width).toArray();
    }

    /** Makes the columns as wide as the cells of a row. */
    public void widen(List<String> cells) {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(cells.get(i)));
        }
    }

    /** A row as a line, a blank behind each cell; valid until the next. */
    public Bytes line(List<String> cells) {
        line.shorten(0);
        for (int i = 0; i < widths.length; i++) {
            int padding = widths[i] - width(cells.get(i));
            boolean isLeft = leftAligned.contains(headings.get(i));
            line.blanks(isLeft ? 0 : padding);
            line.put(cells.get(i));
            line.blanks(isLeft ? padding + 1 : 1);
        }
        return line;
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
