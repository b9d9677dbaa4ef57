package text;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How sizes and times are written for people. */
public final class Units {
    /** A fixed format: whoever reads the log, this program included, relies on it. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx", Locale.ROOT);

    private Units() {}

    /** Formats in no locale: for nearly any, the root's too, the JVM loads 70 classes, 0.9 MB. */
    public static String format(String format, Object... arguments) {
        return String.format((Locale) null, format, arguments);
    }

    /** A moment in local time with its offset: {@code 2026-11-22 03:14:07+01:00}. */
    public static String time(long epochMillis) {
        return time(Instant.ofEpochMilli(epochMillis).atZone(LocalZone.zone()));
    }

    /** A moment with the offset that it has. */
    public static String time(TemporalAccessor moment) {
        return TIME.format(moment);
    }

    /** A time of day, local: {@code 03:14:07}. */
    public static String clock(long epochMillis) {
        return time(epochMillis).substring(11, 19);
    }

    /** A share, with as many decimals as it has: {@code 80 %}, {@code 79.5 %}. */
    public static String percent(double percent) {
        boolean whole = percent == Math.rint(percent);
        return (whole ? Long.toString((long) percent) : Double.toString(percent)) + " %";
    }

    /**
     * A size in whole MiB, from 1 GiB on in GiB with one decimal: from 10 MiB on it is never worse
     * than 5 %.
     */
    public static String size(long sizeKiB) {
        long mib = Math.round(sizeKiB / 1024.0);
        return Math.abs(mib) < 1024 ? mib + " MiB" : format("%.1f GiB", sizeKiB / 1048576.0);
    }

    /** A size that may be negative, with its sign. */
    public static String change(long sizeKiB) {
        return (sizeKiB < 0 ? "-" : "+") + size(Math.abs(sizeKiB));
    }

    /** A length of time in the largest unit of which it has at least five: 10 % off at most. */
    public static String period(long nanos) {
        double minutes = nanos / 60e9;
        if (minutes < 5) {
            return seconds(nanos);
        }
        return minutes < 300
                ? Math.round(minutes) + " min"
                : minutes < 7200
                        ? Math.round(minutes / 60) + " h"
                        : Math.round(minutes / 1440) + " days";
    }

    /**
     * A length of time in seconds, with one decimal below ten, or in milliseconds if it is short.
     */
    public static String seconds(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        long tenths = millis / 100;
        if (tenths == 0 && millis > 0) {
            return millis + " ms";
        }
        return tenths < 100 && tenths % 10 != 0
                ? tenths / 10 + "." + tenths % 10 + " s"
                : tenths / 10 + " s";
    }
}
