package io.lanenorm.jmh.report;

import io.lanenorm.jmh.cold.ColdRun;
import io.lanenorm.jmh.cold.ColdStarts;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The medians of cold starts. */
public final class ColdReport {
    private ColdReport() {}

    /** A table with a line for each kind of runs. */
    public static String forTerminal(List<ColdStarts> kinds, int seconds) {
        return new Table<>(
                        List.of(
                                Column.words("calls", ColdStarts::pace),
                                Column.words("lanenorm.width", ColdStarts::width),
                                median("1st call, ms", ColdRun::firstCall),
                                median("10 calls, ms", ColdRun::tenCalls),
                                median("1000 calls, ms", ColdRun::thousandCalls),
                                median("vectors after main, ms", ColdRun::takeoverSinceMain),
                                median("after JVM start, ms", ColdRun::takeoverSinceJvm),
                                median("us/call at 1 s", ColdRun::callAtOneSecond),
                                median("at " + seconds + " s", ColdRun::callAtEnd),
                                median("1 s over " + seconds + " s", run -> run.callAtOneSecond() / run.callAtEnd())),
                        kinds)
                .forTerminal();
    }

    private static Column<ColdStarts> median(String header, ToDoubleFunction<ColdRun> figure) {
        return Column.numbers(header, kind -> {
            double median = kind.median(figure);
            return Double.isNaN(median) ? "-" : Column.significant(median);
        });
    }
}
