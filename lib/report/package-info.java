//SOURCES Chart.java Culprit.java IncidentSummary.java IncidentTable.java KindNames.java LastIncident.java OldLines.java
//SOURCES Page.java RecordFiles.java RecordLine.java Report.java Screen.java

/** What was recorded, to look at: on a terminal, and as one HTML page. */
package report;
