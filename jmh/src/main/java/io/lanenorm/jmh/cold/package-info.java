/** The first seconds of a program that uses LaneNorm, in JVMs of their own. */
package io.lanenorm.jmh.cold;
