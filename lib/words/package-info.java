//SOURCES Notes.java

/**
 * Values to English: what a record, an event or a report says. Values in, words out; nobody parses
 * them again.
 */
package words;
