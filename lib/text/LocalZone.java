package text;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The local time zone as date(1) has it. Java takes {@code TZ=GMT+3} for three hours east of
 * Greenwich, where it is three hours west, see POSIX, "Other Environment Variables", TZ. What names
 * a file, or holds rules for summer time, is left to Java: of the latter, that takes the offset
 * that the C library has when the program is started.
 */
public final class LocalZone {
    /** A name, then hours, minutes and seconds west of Greenwich. */
    private static final Pattern FIXED =
            Pattern.compile(
                    "(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
                            + "([+-]?)([0-9]{1,3})(?::([0-9]{1,2}))?(?::([0-9]{1,2}))?");

    private static final ZoneId ZONE = of(System.getenv("TZ"));

    private LocalZone() {}

    /** The zone. */
    public static ZoneId zone() {
        return ZONE;
    }

    /**
     * The zone of a text.
     *
     * @param tz what the variable TZ holds; null: it is not set
     */
    private static ZoneId of(String tz) {
        if (tz == null) {
            return ZoneId.systemDefault();
        }
        String name = tz.startsWith(":") ? tz.substring(1) : tz;
        if (name.isEmpty()) {
            return ZoneOffset.UTC;
        }
        return fixed(name).map(ZoneId.class::cast).orElseGet(ZoneId::systemDefault);
    }

    /** The offset that a text gives for all times; empty: it gives none. */
    static Optional<ZoneOffset> fixed(String text) {
        Matcher zone = FIXED.matcher(text);
        if (!zone.matches()) {
            return Optional.empty();
        }
        int seconds = 0;
        for (int group = 2; group <= 4; group++) {
            String number = zone.group(group);
            seconds = 60 * seconds + (number == null ? 0 : Integer.parseInt(number));
        }
        return seconds > ZoneOffset.MAX.getTotalSeconds()
                ? Optional.empty()
                : Optional.of(
                        ZoneOffset.ofTotalSeconds(zone.group(1).equals("-") ? seconds : -seconds));
    }
}
