/**
 * Who computes: LaneNorm at every width, the plain loop, the copy, and whatever {@link java.util.ServiceLoader} finds.
 *
 * <p>To add a peer, implement {@link io.lanenorm.jmh.contender.Contender} in a further source root and name the class
 * in {@code META-INF/services/io.lanenorm.jmh.contender.Contender}.
 */
package io.lanenorm.jmh.contender;
