//SOURCES Events.java Grown.java Lead.java Notes.java

/**
 * Makes English of values, for records, events and reports: {@link words.Events} the headlines,
 * {@link words.Lead} the answer in a few words, {@link words.Notes} the lines below the table. The
 * program has the values, and reads three things again: how the headline of an incident begins, as
 * nothing else tells at a start that the last one has no end ({@link words.Events#isOpen}); whom
 * the last words before a crash name (the page); what 1.0.0 has in words only (report and page).
 * The scripts that build and install wait for {@code memory above} and {@code watching every}, and
 * find the log behind {@code , log }. These words stay.
 */
package words;
