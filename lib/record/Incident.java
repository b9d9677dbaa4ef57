package record;

import procfs.MemoryKinds;
import procfs.ProcessTable;

import java.util.List;

/**
 * A record with a table, complete but for the command lines of its processes.
 *
 * @param event what happened
 * @param table all processes
 * @param kinds all memory in use, by kind
 * @param notes the lines below the table
 */
public record Incident(Event event, ProcessTable table, MemoryKinds kinds, List<String> notes) {}
