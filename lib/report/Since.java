package report;

import cli.Setting;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them, and as journalctl(1) takes them, see systemd.time(7). */
final class Since {
    private static final Pattern AGO = Pattern.compile("-?(\\d{1,6}) ?([a-z]+)(?: ago)?");

    private static final String TIME = "(\\d\\d:\\d\\d(?::\\d\\d)?)";

    private static final Pattern DATE_OR_TIME =
            Pattern.compile("(\\d{4}-\\d\\d-\\d\\d)(?:[ T]" + TIME + ")?|" + TIME);

    private Since() {}

    /**
     * The moment that a text means.
     *
     * @param now the present, in the zone in which the text is
     * @throws Setting.WrongException if it means none
     */
    static ZonedDateTime of(String text, ZonedDateTime now) {
        LocalDate today = now.toLocalDate();
        Matcher ago = AGO.matcher(text);
        Matcher parts = DATE_OR_TIME.matcher(text);
        try {
            if (text.equals("now")) {
                return now;
            } else if (text.equals("today")) {
                return today.atStartOfDay(now.getZone());
            } else if (text.equals("yesterday")) {
                return today.minusDays(1).atStartOfDay(now.getZone());
            } else if (ago.matches()) {
                return now.minus(Long.parseLong(ago.group(1)), unit(ago.group(2)));
            } else if (parts.matches()) {
                LocalDate day = parts.group(1) == null ? today : LocalDate.parse(parts.group(1));
                String clock = parts.group(2) == null ? parts.group(3) : parts.group(2);
                LocalTime time = clock == null ? LocalTime.MIN : LocalTime.parse(clock);
                return day.atTime(time).atZone(now.getZone());
            }
        } catch (DateTimeException e) {
            // as below: there is no such day, or unit
        }
        throw new Setting("--since", text)
                .wrong(
                        "is no time: write it as yesterday, '2 days ago', 2026-11-22,"
                                + " '2026-11-22 03:14' or 03:14");
    }

    private static ChronoUnit unit(String name) {
        return switch (name.length() > 2 ? name.replaceFirst("s$", "") : name) {
            case "s", "sec", "second" -> ChronoUnit.SECONDS;
            case "m", "min", "minute" -> ChronoUnit.MINUTES;
            case "h", "hour" -> ChronoUnit.HOURS;
            case "d", "day" -> ChronoUnit.DAYS;
            case "w", "week" -> ChronoUnit.WEEKS;
            case "month" -> ChronoUnit.MONTHS;
            default -> throw new DateTimeException("it is no unit");
        };
    }
}
