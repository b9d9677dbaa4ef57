//SOURCES Cli.java Fatal.java Options.java ServiceManager.java Setting.java Settings.java StopSignal.java Tool.java WrittenFiles.java

/**
 * How the program is started, set and ended: arguments, settings, signals, and the one line about
 * what is wrong. What it does in between does not come in here.
 */
package cli;
