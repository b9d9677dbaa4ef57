//SOURCES TimeLimiter.java

/** Waiting for what may hang, but only for so long. */
package deadline;
