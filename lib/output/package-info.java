//SOURCES HistoryFile.java NotesWriter.java Backlog.java Columns.java Console.java ConsoleWriter.java Disk.java Event.java FileFormat.java
//SOURCES Incident.java IncidentCommand.java JsonWriter.java LogFile.java Metrics.java PsCells.java
//SOURCES Recorder.java RecordQueue.java RecordSink.java RecordText.java RecordWriter.java

/**
 * Records and events on their way out: text, JSON Lines, figures for Prometheus, the command for an
 * incident, the console, and the files they go to. What ate the memory is not decided here, nor
 * when there is a record.
 */
package output;
