//SOURCES Events.java Grown.java Lead.java Notes.java

/**
 * Makes English of values, for records, events and reports: {@link words.Events} the headlines,
 * {@link words.Lead} the answer in a few words, {@link words.Notes} the lines below the table. The
 * program has the values and does not read these sentences again, but for how the headline of an
 * incident begins: that is the log's format, and at a start nothing else tells that the last
 * incident has no end, see {@link words.Events#isOpen}. The scripts that build and install wait for
 * {@code memory above} and {@code watching every}: these words stay, too.
 */
package words;
