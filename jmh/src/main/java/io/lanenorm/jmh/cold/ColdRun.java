package io.lanenorm.jmh.cold;

import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What one JVM measured of itself. Times of calls leave out what happens between the calls.
 *
 * @param firstCall milliseconds to build the norm and call it once
 * @param tenCalls milliseconds to build the norm and call it 10 times
 * @param thousandCalls milliseconds to build the norm and call it 1000 times
 * @param takeoverSinceMain milliseconds from the first line of the program until vector kernels run; NaN if never
 * @param takeoverSinceJvm the same from the start of the JVM
 * @param callAtOneSecond microseconds of a call 1 s after the start of the JVM; NaN if there was none then
 * @param callAtEnd microseconds of a call at the end; likewise
 */
public record ColdRun(
        double firstCall,
        double tenCalls,
        double thousandCalls,
        double takeoverSinceMain,
        double takeoverSinceJvm,
        double callAtOneSecond,
        double callAtEnd) {

    String toLine() {
        return DoubleStream.of(
                        firstCall,
                        tenCalls,
                        thousandCalls,
                        takeoverSinceMain,
                        takeoverSinceJvm,
                        callAtOneSecond,
                        callAtEnd)
                .mapToObj(Double::toString)
                .collect(Collectors.joining(" "));
    }

    static ColdRun ofLine(String line) {
        double[] v = Stream.of(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
        return new ColdRun(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
    }
}
