package text;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAdjusters;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The local time zone as date(1) has it. Java takes {@code TZ=GMT+3} for three hours east of
 * Greenwich, where it is three hours west, and does not follow the rules that such a text may hold,
 * see POSIX, "Other Environment Variables", TZ.
 */
public final class LocalZone {
    private static final String NAME = "(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
    private static final String TIME = "[+-]?[0-9]{1,3}(?::[0-9]{1,2}){0,2}";
    private static final String RULE =
            "(?:M(?:0?[1-9]|1[0-2])[.][1-5][.][0-6]|J?[0-9]{1,3})(?:/" + TIME + ")?";

    /** The offset; that of summer time, and the rules by which it begins and ends. */
    private static final Pattern POSIX =
            Pattern.compile(
                    (NAME + "(" + TIME + ")")
                            + ("(?:" + NAME + "(" + TIME + ")?,(" + RULE + "),(" + RULE + "))?"));

    /** Rules are followed as long as that. */
    private static final int FIRST_YEAR = 1970;

    private static final int LAST_YEAR = 2100;

    private static final ZoneId ZONE = of(System.getenv("TZ"));

    private LocalZone() {}

    public static ZoneId zone() {
        return ZONE;
    }

    /** The zone that the variable TZ means; null: it is not set. */
    private static ZoneId of(String tz) {
        if (tz == null) {
            return ZoneId.systemDefault();
        }
        String name = tz.startsWith(":") ? tz.substring(1) : tz;
        if (name.isEmpty()) {
            return ZoneOffset.UTC;
        }
        String file = file(name);
        if (ZoneRulesProvider.getAvailableZoneIds().contains(file)) {
            return ZoneId.of(file);
        }
        Optional<ZoneRules> rules = posix(name);
        if (rules.isEmpty()) {
            return ZoneId.systemDefault();
        }
        ZoneRulesProvider.registerProvider(new Provider(rules.get()));
        return ZoneId.of(Provider.ID);
    }

    /** The zone whose file this is: a name, or a path such as {@code /etc/localtime}. */
    static String file(String name) {
        String path = name;
        try {
            path = name.startsWith("/") ? Path.of(name).toRealPath().toString() : name;
        } catch (IOException | InvalidPathException e) {
            // there is none
        }
        return path.replaceFirst("^(.*/zoneinfo/)?((posix|right)/)?", "");
    }

    /** The rules of a text; empty: it does not say any, or not as POSIX has them. */
    static Optional<ZoneRules> posix(String text) {
        Matcher zone = POSIX.matcher(text);
        if (!zone.matches()) {
            return Optional.empty();
        }
        int standard = -seconds(zone.group(1)); // what is west is positive there
        int summer = zone.group(2) == null ? standard + 3600 : -seconds(zone.group(2));
        try {
            ZoneOffset offset = ZoneOffset.ofTotalSeconds(standard);
            return Optional.of(
                    zone.group(3) == null || summer == standard
                            ? offset.getRules()
                            : rules(
                                    offset,
                                    ZoneOffset.ofTotalSeconds(summer),
                                    zone.group(3),
                                    zone.group(4)));
        } catch (DateTimeException e) {
            return Optional.empty(); // more than 18 hours
        }
    }

    private static ZoneRules rules(
            ZoneOffset standard, ZoneOffset summer, String begin, String end) {
        List<ZoneOffsetTransition> changes = new ArrayList<>();
        for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
            changes.add(ZoneOffsetTransition.of(change(year, begin), standard, summer));
            changes.add(ZoneOffsetTransition.of(change(year, end), summer, standard));
        }
        Collections.sort(changes);
        if (changes.get(0).getOffsetBefore().equals(summer)) { // in the south
            changes.remove(0);
        }
        return ZoneRules.of(standard, standard, List.of(), changes, List.of());
    }

    /** When a rule changes the offset in a year, in the local time before. */
    private static LocalDateTime change(int year, String rule) {
        String[] parts = rule.split("/");
        int seconds = parts.length == 1 ? 7200 : seconds(parts[1]);
        return day(year, parts[0]).atStartOfDay().plusSeconds(seconds);
    }

    private static LocalDate day(int year, String rule) {
        if (rule.startsWith("M")) {
            String[] parts = rule.substring(1).split("[.]"); // month, week, day of the week
            int week = Integer.parseInt(parts[1]);
            DayOfWeek day = DayOfWeek.SUNDAY.plus(Integer.parseInt(parts[2]));
            return LocalDate.of(year, Integer.parseInt(parts[0]), 1)
                    .with(TemporalAdjusters.dayOfWeekInMonth(week == 5 ? -1 : week, day));
        }
        return rule.startsWith("J") // never counts 29 February
                ? day(2001, rule.substring(1)).minusDays(1).withYear(year)
                : LocalDate.of(year, 1, 1).plusDays(Integer.parseInt(rule));
    }

    private static int seconds(String time) {
        boolean isNegative = time.startsWith("-");
        int sum = 0;
        int unit = 3600;
        for (String part : time.replaceFirst("[+-]", "").split(":")) {
            sum += unit * Integer.parseInt(part);
            unit /= 60;
        }
        return isNegative ? -sum : sum;
    }

    private static final class Provider extends ZoneRulesProvider {
        static final String ID = "MemoryMonitor/TZ";

        private final ZoneRules rules;

        Provider(ZoneRules rules) {
            this.rules = rules;
        }

        @Override
        protected Set<String> provideZoneIds() {
            return Set.of(ID);
        }

        @Override
        protected ZoneRules provideRules(String zone, boolean isForCaching) {
            return rules;
        }

        @Override
        protected NavigableMap<String, ZoneRules> provideVersions(String zone) {
            return new TreeMap<>(Map.of(ID, rules));
        }
    }
}
