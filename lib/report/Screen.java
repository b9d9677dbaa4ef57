package report;

import cli.Tool;

import text.Printable;

import java.util.ArrayList;
import java.util.List;

/**
 * What a text is written for.
 *
 * @param width how many characters fit into a line; 0: any number
 * @param hasColors whether text may have colours
 */
record Screen(int width, boolean hasColors) {
    /** A file or a pipe. */
    static final Screen PLAIN = new Screen(0, false);

    private static final int USUAL_WIDTH = 80;
    private static final int LEAST_WIDTH = 40;

    static Screen of(boolean isTerminal) {
        if (!isTerminal) {
            return PLAIN;
        }
        String noColor = System.getenv("NO_COLOR"); // no-color.org: if it is not empty
        boolean hasColors = noColor == null || noColor.isEmpty();
        return new Screen(terminalWidth(), hasColors && !"dumb".equals(System.getenv("TERM")));
    }

    private static int terminalWidth() {
        String columns = System.getenv("COLUMNS");
        if (columns == null || !columns.matches("[0-9]{1,4}")) {
            String size = Tool.said(List.of("stty", "-F", "/dev/tty", "size"));
            columns = size.strip().replaceFirst("^[0-9]+ ", "");
        }
        return columns.matches("[1-9][0-9]{0,3}")
                ? Math.max(LEAST_WIDTH, Integer.parseInt(columns))
                : USUAL_WIDTH;
    }

    // ---- Colours, see console_codes(4)

    String bold(String text) {
        return colored("1", text);
    }

    String dim(String text) {
        return colored("2", text);
    }

    String red(String text) {
        return colored("31", text);
    }

    String cyan(String text) {
        return colored("36", text);
    }

    private String colored(String code, String text) {
        return hasColors && !text.isEmpty() ? "\033[" + code + "m" + text + "\033[m" : text;
    }

    // ---- Widths

    /** A text that comes from a file, made harmless, and cut to fit into so many columns. */
    static String fit(String unsafe, int columns) {
        String text = Printable.line(unsafe);
        if (columns == 0 || width(text) <= columns) {
            return text;
        }
        int at = 0;
        for (int width = width(text.codePointAt(0)); width < columns; ) { // an ellipsis still fits
            at = text.offsetByCodePoints(at, 1);
            width += width(text.codePointAt(at));
        }
        return text.substring(0, at) + "…";
    }

    /** A text that comes from a file, made harmless, in as many lines as it needs. */
    static List<String> wrap(String text, int columns) {
        if (columns == 0 || width(text) <= columns) {
            return List.of(fit(text, 0));
        }
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.split(" ")) {
            String longer = line.isEmpty() ? word : line + " " + word;
            if (width(longer) > columns && !line.isBlank()) {
                lines.add(fit(line, columns));
                longer = "    " + word;
            }
            line = longer;
        }
        lines.add(fit(line, columns));
        return lines;
    }

    /**
     * Rows whose cells, but for those without an alignment, have the width of their columns.
     *
     * @param alignments one for each column from the first: {@code <} left, {@code >} right
     */
    static List<String[]> aligned(List<String[]> rows, String alignments) {
        List<String[]> aligned = rows.stream().map(String[]::clone).toList();
        for (int i = 0; i < alignments.length(); i++) {
            int column = i;
            int columns = rows.stream().mapToInt(row -> width(row[column])).max().orElse(0);
            boolean isLeft = alignments.charAt(i) == '<';
            for (String[] row : aligned) {
                row[i] = isLeft ? left(row[i], columns) : right(row[i], columns);
            }
        }
        return aligned;
    }

    /** A text with blanks behind it, to fill so many columns. */
    static String left(String text, int columns) {
        return text + " ".repeat(Math.max(0, columns - width(text)));
    }

    static String right(String text, int columns) {
        return " ".repeat(Math.max(0, columns - width(text))) + text;
    }

    static int width(String text) {
        return text.codePoints().map(Screen::width).sum();
    }

    /** As wcwidth(3) has it, about. */
    private static int width(int c) {
        int type = Character.getType(c);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean isWide =
                c >= 0x1100 && c <= 0x115f
                        || c >= 0x2e80 && c <= 0xa4cf
                        || c >= 0xac00 && c <= 0xd7a3
                        || c >= 0xf900 && c <= 0xfaff
                        || c >= 0xfe30 && c <= 0xfe6f
                        || c >= 0xff00 && c <= 0xff60
                        || c >= 0x1f300 && c <= 0x1faff
                        || c >= 0x20000 && c <= 0x3fffd;
        return isWide ? 2 : 1;
    }
}
