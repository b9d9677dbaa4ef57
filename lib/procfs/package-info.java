//SOURCES BootClock.java Bounds.java Charges.java CommandLines.java ControlGroup.java
//SOURCES GroupName.java GroupTree.java HostInfo.java Kills.java LimitKills.java
//SOURCES Machine.java MemInfo.java MemoryKinds.java MemoryPressure.java
//SOURCES Mount.java ProcFile.java ProcessInfo.java ProcessReader.java ProcessTable.java
//SOURCES ProcessUnits.java Reading.java Scope.java ScriptName.java Stat.java
//SOURCES Status.java TmpfsMount.java TtyNames.java UserNames.java Zones.java

/**
 * What the kernel says at one moment, read from /proc and /sys. What it means is not decided here.
 */
package procfs;
