package org.bytedeco.opencl.presets;

/** Stands in for the presets of OpenCL, which oneDNN's presets name but its CPU engine does not need. */
public class OpenCL {}
