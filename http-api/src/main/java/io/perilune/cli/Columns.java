package io.perilune.cli;

import java.util.List;

/** Text in columns. */
final class Columns {
    private static final int GAP = 2;

    private Columns() {}

    /** @param rows all of one length; the widest cell of a column sets its width, in UTF-16 units */
    static String aligned(List<List<String>> rows) {
        var text = new StringBuilder();
        for (var row : rows) {
            var line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                var cell = row.get(column);
                line.append(cell).append(" ".repeat(width(rows, column) + GAP - cell.length()));
            }
            text.append(line.toString().stripTrailing()).append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }

    private static int width(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
