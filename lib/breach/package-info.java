//SOURCES LastSeen.java Breach.java CpuTicks.java Sample.java

/**
 * Memory use above the threshold, as values: one look at it ({@link breach.Sample}) and the time
 * above the threshold so far ({@link breach.Breach}). How long a breach has to last is decided in
 * MemoryMonitor.java, and not here.
 */
package breach;
