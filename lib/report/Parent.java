package report;

import cli.Settings;

import output.Console;

/** The program, of which the commands of this package are a part. */
public interface Parent {
    /** Its settings, right or wrong. */
    Settings settings();

    /** Where it prints. */
    Console console();
}
