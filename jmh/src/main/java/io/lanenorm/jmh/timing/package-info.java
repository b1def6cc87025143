/** How long it takes: calls warmed up and then timed in turn. */
package io.lanenorm.jmh.timing;
