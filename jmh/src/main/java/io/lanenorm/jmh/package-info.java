/** The tour and the JMH benchmarks of LaneNorm. */
package io.lanenorm.jmh;
