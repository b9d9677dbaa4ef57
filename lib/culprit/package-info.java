//SOURCES Blame.java Comparison.java CountedOnce.java GroupKey.java Growth.java History.java
//SOURCES Owners.java Series.java Snapshot.java

/**
 * What ate the memory: values of the kernel in, the answer out. Nothing is read and nothing is put
 * into words here.
 */
package culprit;
