package io.lanenorm.jmh.report;

import io.lanenorm.jmh.contender.Contender;
import io.lanenorm.jmh.timing.Measurement;
import io.lanenorm.jmh.workload.Direction;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The speed of every contender by model, in one direction, as bars. */
public final class SpeedChart {
    private final Direction direction;
    private final CategoryChart chart;
    private final Palette palette = new Palette();

    /** Draws the chart of one direction. */
    public SpeedChart(Report report, Direction direction) {
        this.direction = direction;
        chart = new CategoryChartBuilder()
                .width(1400)
                .height(700)
                .title(Report.title(direction) + ", one thread")
                .xAxisTitle("")
                .yAxisTitle("GB/s, more is better")
                .build();
        style();
        byContender(report.of(direction)).forEach(this::addSeries);
    }

    private void style() {
        chart.getStyler()
                .setAvailableSpaceFill(0.9)
                .setLabelsVisible(true)
                .setLabelsPosition(1.03)
                .setLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10))
                .setYAxisMin(0.0)
                .setPlotGridVerticalLinesVisible(false)
                .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14))
                .setDecimalPattern("0.#")
                .setLegendPosition(LegendPosition.OutsideS)
                .setLegendLayout(LegendLayout.Horizontal)
                .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14))
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendBorderColor(Color.WHITE);
    }

    private static Map<Contender, List<Measurement>> byContender(List<Measurement> measurements) {
        Map<Contender, List<Measurement>> series = new LinkedHashMap<>();
        for (Measurement measurement : measurements) {
            series.computeIfAbsent(measurement.contender(), contender -> new ArrayList<>())
                    .add(measurement);
        }
        return series;
    }

    private void addSeries(Contender contender, List<Measurement> measurements) {
        chart.addSeries(
                        contender.name(),
                        measurements.stream()
                                .map(m -> m.model().name() + " " + m.model().shape())
                                .toList(),
                        measurements.stream()
                                .map(Measurement::gigabytesPerSecond)
                                .toList())
                .setFillColor(palette.next(contender.role()));
    }

    /** Writes the chart as PNG and as SVG; returns the files. */
    public List<Path> save(Path folder) throws IOException {
        return ChartFile.save(chart, folder, direction.toString());
    }
}
