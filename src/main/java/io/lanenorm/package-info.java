/** Layer normalization, forward and backward, on the Java Vector API. Start at {@link io.lanenorm.LayerNorm}. */
package io.lanenorm;
