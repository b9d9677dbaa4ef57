//SOURCES Events.java Grown.java Lead.java Notes.java Peak.java

/**
 * Values to English: what a record, an event or a report says. {@link words.Events} has the
 * headlines, {@link words.Lead} the answer in a few words, {@link words.Notes} what is below the
 * table. Values in, words out: nobody parses them again, what a program wants to know is a value
 * beside the words.
 */
package words;
