package io.lanenorm.jmh.report;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table, for the terminal or in Markdown.
 *
 * @param <T> what a line is about
 * @param columns its columns
 * @param lines its lines
 */
record Table<T>(List<Column<T>> columns, List<T> lines) {
    /** Drawn with signs. */
    String forTerminal() {
        List<ColumnData<T>> data = columns.stream()
                .map(column -> new com.github.freva.asciitable.Column()
                        .header(column.header())
                        .headerAlign(align(column))
                        .dataAlign(align(column))
                        .<T>with(column.cell()))
                .toList();
        return AsciiTable.getTable(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS, lines, data);
    }

    private static HorizontalAlign align(Column<?> column) {
        return column.numbers() ? HorizontalAlign.RIGHT : HorizontalAlign.LEFT;
    }

    /** In the Markdown that GitHub reads. */
    String inMarkdown() {
        String header = columns.stream().map(Column::header).collect(Collectors.joining(" | ", "| ", " |\n"));
        String rule = columns.stream()
                .map(column -> column.numbers() ? "---:" : "---")
                .collect(Collectors.joining("|", "|", "|\n"));
        String body = lines.stream()
                .map(line -> columns.stream()
                        .map(column -> column.cell().apply(line))
                        .collect(Collectors.joining(" | ", "| ", " |\n")))
                .collect(Collectors.joining());
        return header + rule + body;
    }
}
