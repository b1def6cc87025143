/** Layer normalization, forward and backward, on the Java Vector API. */
module io.lanenorm {
    requires static jdk.incubator.vector;
    requires jdk.management;

    exports io.lanenorm;
}
