import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How sizes and times are written for people. */
final class Units {
    private Units() {}

    /** A size in GiB with one decimal, below 0.1 GiB in whole MiB. */
    static String size(long sizeKiB) {
        double gib = sizeKiB / 1048576.0;
        return Math.abs(gib) < 0.1
                ? (sizeKiB >> 10) + " MiB"
                : String.format(Locale.ROOT, "%.1f GiB", gib);
    }

    /** A size that may be negative, with its sign. */
    static String change(long sizeKiB) {
        return (sizeKiB < 0 ? "-" : "+") + size(Math.abs(sizeKiB));
    }

    /** A length of time, in seconds, from two minutes on in minutes. */
    static String time(long nanos) {
        return nanos < TimeUnit.MINUTES.toNanos(2)
                ? seconds(nanos)
                : TimeUnit.NANOSECONDS.toMinutes(nanos) + " min";
    }

    /**
     * A length of time in seconds, with one decimal below ten, or in milliseconds if it is short.
     */
    static String seconds(long nanos) {
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
