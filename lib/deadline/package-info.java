//SOURCES TimeLimiter.java

/**
 * Waiting for what may hang, but only for so long. What is waited for, and what is done without it,
 * does not come in here.
 */
package deadline;
