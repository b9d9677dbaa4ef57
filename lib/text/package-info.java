//SOURCES Bytes.java LocalZone.java Printable.java Reason.java Units.java

/**
 * Text, units and reasons: what all rooms need to print a value. What knows of memory, processes or
 * records does not come in here.
 */
package text;
