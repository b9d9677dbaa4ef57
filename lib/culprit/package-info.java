//SOURCES SnapshotBytes.java Answer.java GroupKey.java Growth.java History.java Levels.java Owners.java Rise.java
//SOURCES Series.java Share.java Sharing.java Snapshot.java Trend.java Window.java

/**
 * What ate the memory: values of the kernel in, the answer out. Nothing is read and nothing is put
 * into words here.
 */
package culprit;
