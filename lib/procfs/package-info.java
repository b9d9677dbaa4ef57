//SOURCES BootId.java BootClock.java CommandLines.java ControlGroup.java ControlGroups.java GroupName.java
//SOURCES HostInfo.java KillCounts.java Kills.java LimitKill.java Machine.java MemInfo.java
//SOURCES MemoryKinds.java MemoryPressure.java Mount.java ProcFile.java ProcessInfo.java
//SOURCES ProcessReader.java ProcessTable.java Reading.java ScriptName.java
//SOURCES Stat.java Status.java TmpfsMount.java TtyNames.java UserNames.java WholeFile.java
//SOURCES Zones.java

/**
 * What the kernel says at one moment, read from /proc and /sys. What it means is not decided here.
 */
package procfs;
