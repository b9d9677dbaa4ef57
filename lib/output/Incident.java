package output;

import culprit.Answer;

import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcessTable;

import java.util.List;

/**
 * A record with a table, complete but for the command lines of its processes.
 *
 * @param event what happened
 * @param table all processes
 * @param kinds all memory in use, by kind
 * @param answer what ate it, and who has memory
 * @param pressure how much time is lost waiting for memory
 * @param notes the lines below the table
 */
public record Incident(
        Event event,
        ProcessTable table,
        MemoryKinds kinds,
        Answer answer,
        MemoryPressure pressure,
        List<String> notes) {}
