/** What the tour tells: tables for the terminal and in Markdown, charts, and the machine. */
package io.lanenorm.jmh.report;
