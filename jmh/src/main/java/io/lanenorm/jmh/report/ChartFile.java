package io.lanenorm.jmh.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.internal.chartpart.IChart;

/** Writes charts. */
final class ChartFile {
    private ChartFile() {}

    /** Writes a chart as PNG and as SVG; returns the files. */
    static List<Path> save(IChart chart, Path folder, String name) throws IOException {
        Path png = folder.resolve(name + ".png");
        Files.write(png, ChartEncoder.getBytes(chart, "png"));
        Path svg = folder.resolve(name + ".svg");
        Files.writeString(svg, tight(new String(ChartEncoder.getBytes(chart, "svg"), StandardCharsets.UTF_8)));
        return List.of(png, svg);
    }

    /** Halves an SVG, most of which is outlines of letters: hundredths of a pixel are enough. */
    private static String tight(String svg) {
        return svg.replaceAll("(\\.\\d\\d)\\d+", "$1").replaceAll("\n +", "\n");
    }
}
