/**
 * What the tests share: the runner, the program in a JVM of its own, the host and its memory, and
 * readers of what the program writes.
 */
package kit;
