/**
 * What goes wrong around the program: a disk that is full or hangs, signals, processes that hang or
 * pretend. These tests are long, and run with {@code --all} or by name.
 */
package faults;
