/** Stands in for a dependency that would want libraries of the system. */
package org.bytedeco.opencl.presets;
