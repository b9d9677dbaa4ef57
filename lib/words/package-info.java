//SOURCES Events.java Grown.java Lead.java Notes.java Peak.java

/**
 * Makes English of values, for records, events and reports: {@link words.Events} the headlines,
 * {@link words.Lead} the answer in a few words, {@link words.Notes} the lines below the table. No
 * part of the program reads these sentences again: it has the values.
 */
package words;
