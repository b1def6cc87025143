package io.lanenorm.jmh.report;

import io.lanenorm.jmh.contender.Role;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Lines over some points, one a contender, on a logarithmic scale. */
final class LineChart {
    private final List<String> points;
    private final CategoryChart chart;
    private final Palette palette = new Palette();

    LineChart(String title, String axis, List<String> points) {
        this.points = points;
        chart = new CategoryChartBuilder()
                .width(1200)
                .height(640)
                .title(title)
                .xAxisTitle("")
                .yAxisTitle(axis)
                .build();
        chart.getStyler()
                .setDefaultSeriesRenderStyle(CategorySeries.CategorySeriesRenderStyle.Line)
                .setOverlapped(true)
                .setXAxisLabelRotation(30)
                .setYAxisLogarithmic(true)
                .setYAxisLogarithmicDecadeOnly(true)
                // Dashes would be the most of an SVG.
                .setPlotGridLinesStroke(new BasicStroke(1))
                .setPlotGridLinesColor(new Color(0xececec))
                .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setLegendPosition(LegendPosition.OutsideE)
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendBorderColor(Color.WHITE)
                .setMarkerSize(6);
    }

    /** Adds a line; values that are null are left out of it. */
    void add(String contender, Role role, List<Double> values) {
        Color colour = palette.next(role);
        if (values.stream().anyMatch(Objects::nonNull)) {
            CategorySeries series = chart.addSeries(contender, points, values);
            series.setLineColor(colour);
            series.setMarkerColor(colour);
            series.setLineStyle(new BasicStroke(role == Role.LANENORM ? 3f : 1.5f));
        }
    }

    void save(Path folder, String name) throws IOException {
        ChartFile.save(chart, folder, name);
    }
}
