//SOURCES Chart.java Culprit.java IncidentSummary.java IncidentTable.java IncidentText.java
//SOURCES Page.java Pager.java Parent.java RecordFiles.java RecordLine.java Report.java Screen.java Since.java
//SOURCES WatchStatus.java Watcher.java

/**
 * What is watched and what was recorded, to look at: on a terminal, and as one HTML page. It takes
 * what was written as it is: nothing here finds out anew what ate the memory, and nothing is used
 * by the watch.
 */
package report;
