package output;

import text.Bytes;

import java.util.List;
import java.util.Set;

/**
 * The columns of one table: as wide as their widest cells, with a blank between them. They hold the
 * cells of one row, as UTF-8: a table has thousands of rows, and each is formed twice, for the
 * widths of its columns and for its text.
 */
public final class Columns {
    private final boolean[] isLeft;
    private final int[] widths;
    private final Bytes cells = new Bytes();
    private final int[] ends;
    private int count;
    private final Bytes line = new Bytes();

    /** Columns as wide as their headings; those that are not aligned left are aligned right. */
    public Columns(List<String> headings, Set<String> leftAligned) {
        widths = headings.stream().mapToInt(String::length).toArray();
        isLeft = new boolean[widths.length];
        for (int i = 0; i < isLeft.length; i++) {
            isLeft[i] = leftAligned.contains(headings.get(i));
        }
        ends = new int[widths.length];
    }

    /** Begins a row; gives the text into which its first cell is put. */
    Bytes begin() {
        cells.shorten(0);
        count = 0;
        return cells;
    }

    /** Ends a cell: what has been put since the last end. Gives the text for the next one. */
    Bytes end() {
        ends[count++] = cells.length();
        return cells;
    }

    /** Makes the row some words. */
    public Columns of(List<String> words) {
        begin();
        for (String word : words) {
            cells.put(word);
            end();
        }
        return this;
    }

    /** Makes the columns as wide as the cells of the row. */
    public void widen() {
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], width(i));
        }
    }

    /** The row as a line, a blank behind each cell; valid until the next. */
    public Bytes line() {
        line.shorten(0);
        for (int i = 0; i < widths.length; i++) {
            int padding = widths[i] - width(i);
            line.blanks(isLeft[i] ? 0 : padding);
            line.put(cells.array(), from(i), ends[i]);
            line.blanks(isLeft[i] ? padding + 1 : 1);
        }
        return line;
    }

    private int from(int column) {
        return column == 0 ? 0 : ends[column - 1];
    }

    /** How many characters a cell has. */
    private int width(int column) {
        int width = 0;
        for (int i = from(column); i < ends[column]; i++) {
            width += (cells.array()[i] & 0xc0) == 0x80 ? 0 : 1; // UTF-8 goes on
        }
        return width;
    }
}
