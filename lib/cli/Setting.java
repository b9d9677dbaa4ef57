package cli;

import text.Units;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A setting as it was given.
 *
 * @param source where it was given, for messages: {@code --threshold}
 */
public record Setting(String source, String text) {
    /** How the source ends where it is a constant. */
    static final String IN_SOURCE = " in MemoryMonitor.java";

    /** A line of the message names the source, the text and what is wrong with it. */
    public static final class WrongException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        WrongException(String wrong) {
            super(wrong);
        }
    }

    /** True if neither the command line nor the environment says it. */
    public boolean isConstant() {
        return source.endsWith(IN_SOURCE);
    }

    /** A share in percent, from 0 to 100: 80, 79.5, 80 % or 80%. */
    public double percent() {
        String number = text.strip().replaceFirst(" ?%$", "");
        if (!number.matches("[0-9]{1,3}([.][0-9]+)?") || Double.parseDouble(number) > 100) {
            throw wrong("is not a percentage from 0 to 100");
        }
        return Double.parseDouble(number);
    }

    /**
     * A length of time in nanoseconds, at least {@code minNanos}: 500ms, 15s, 15 sec, 2m, 2 min or
     * 15.
     */
    public long nanos(long minNanos) {
        String number = text.strip().replaceFirst(" ?(ms|s|sec|seconds?|m|min|minutes?)$", "");
        String unit = text.strip().substring(number.length()).strip();
        long unitNanos =
                switch (unit) {
                    case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
                    case "m", "min", "minute", "minutes" -> TimeUnit.MINUTES.toNanos(1);
                    default -> TimeUnit.SECONDS.toNanos(1);
                };
        if (!number.matches("[0-9]{1,6}")) {
            throw wrong("is not a time: write it as 500ms, 15s, 2m or plain seconds");
        }
        long nanos = Long.parseLong(number) * unitNanos;
        if (nanos < minNanos) {
            throw wrong("is too short: at least " + Units.seconds(minNanos) + " is needed");
        }
        return nanos;
    }

    /** A length of time of any size, see {@link #nanos(long)}. */
    public long nanos() {
        return nanos(0);
    }

    /** An absolute path; what is relative begins in the working directory. */
    public Path path() {
        try {
            Path path = Path.of(text);
            Path name = path.getFileName();
            if (text.isBlank() || name == null || name.toString().matches("[.]{1,2}")) {
                throw wrong("is no file's name");
            }
            return path.toAbsolutePath();
        } catch (InvalidPathException e) {
            throw wrong("is not a file name in this locale");
        }
    }

    /** The exception that says what is wrong with it. */
    public WrongException wrong(String reason) {
        String shown = text.replaceAll("\\s*\\R\\s*", "; ");
        return new WrongException(source + ": '" + shown + "' " + reason);
    }
}
