package output;

import text.Bytes;

import java.util.List;

/**
 * The cells of one row, as UTF-8, to be formed again and again: a table has thousands of rows, and
 * each is formed twice, for the widths of its columns and for its text.
 */
public final class Cells {
    private final Bytes text = new Bytes();
    private final int[] ends;
    private int count;

    /**
     * @param columns how many cells a row has
     */
    public Cells(int columns) {
        ends = new int[columns];
    }

    /** Forgets all cells; gives the text into which the first one is put. */
    Bytes begin() {
        text.shorten(0);
        count = 0;
        return text;
    }

    /** Ends a cell: what has been put since the last end. Gives the text for the next one. */
    Bytes end() {
        ends[count++] = text.length();
        return text;
    }

    /** Makes them some words. */
    public Cells of(List<String> words) {
        begin();
        for (String word : words) {
            text.put(word);
            end();
        }
        return this;
    }

    private int from(int column) {
        return column == 0 ? 0 : ends[column - 1];
    }

    /** How many characters a cell has. */
    public int width(int column) {
        int width = 0;
        for (int i = from(column); i < ends[column]; i++) {
            width += (text.array()[i] & 0xc0) == 0x80 ? 0 : 1; // UTF-8 goes on
        }
        return width;
    }

    /** Appends a cell to a line. */
    public void put(int column, Bytes line) {
        line.put(text.array(), from(column), ends[column]);
    }
}
