/**
 * The match: contenders in JVMs of their own, since class paths, environments and crashes of some are no business of
 * the others, take turns at the word of one.
 */
package io.lanenorm.jmh.match;
