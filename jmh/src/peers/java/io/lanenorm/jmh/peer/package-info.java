/** The layer norms of others, called in their own memory with nothing in between that they do not need. */
package io.lanenorm.jmh.peer;
