/** Whether the results are right: the reference in double and the bounds of the contract. */
package io.lanenorm.jmh.check;
