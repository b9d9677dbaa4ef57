/**
 * The program as a whole: tests that start it and look at what it prints and writes, beside ps,
 * free and a browser.
 */
package program;
