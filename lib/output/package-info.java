//SOURCES Backlog.java Capture.java Cells.java Console.java ConsoleWriter.java Event.java
//SOURCES Incident.java IncidentCommand.java JsonLine.java JsonWriter.java LogFile.java Metrics.java
//SOURCES PsCells.java RecordQueue.java RecordSink.java RecordText.java RecordWriter.java

/**
 * Records and events on their way out: text, JSON Lines, figures for Prometheus, the command for an
 * incident, the console, and the files they go to.
 */
package output;
