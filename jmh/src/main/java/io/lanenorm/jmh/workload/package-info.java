/** What is computed: shapes, directions, the data that goes in and the results that come out. */
package io.lanenorm.jmh.workload;
