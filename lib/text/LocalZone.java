package text;

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
            "(?:M[0-9]{1,2}[.][1-5][.][0-6]|J?[0-9]{1,3})(?:/" + TIME + ")?";

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
        boolean isFile = ZoneRulesProvider.getAvailableZoneIds().contains(name);
        Optional<ZoneRules> rules = isFile ? Optional.empty() : posix(name);
        if (rules.isEmpty()) {
            return ZoneId.systemDefault();
        }
        ZoneRulesProvider.registerProvider(new Provider(rules.get()));
        return ZoneId.of(Provider.ID);
    }

    /** The rules of a text; empty: it does not say any, or not as POSIX has them. */
    static Optional<ZoneRules> posix(String text) {
        return Posix.parse(text).map(Posix::rules);
    }

    /** A zone as POSIX writes it; without summer time both offsets are the same. */
    private record Posix(ZoneOffset standard, ZoneOffset summer, String begin, String end) {
        /** Rules are followed as long as that. */
        private static final int FIRST_YEAR = 1970;

        private static final int LAST_YEAR = 2100;

        private static final Pattern TEXT =
                Pattern.compile(
                        ("(" + NAME + ")(" + TIME + ")(?:(" + NAME + ")(" + TIME + ")?")
                                + ("(?:,(" + RULE + "),(" + RULE + "))?)?"));

        static Optional<Posix> parse(String text) {
            Matcher zone = TEXT.matcher(text);
            if (!zone.matches() || zone.group(3) != null && zone.group(5) == null) {
                return Optional.empty();
            }
            int standard = -seconds(zone.group(2)); // what is west is positive there
            int summer = standard + (zone.group(3) == null ? 0 : 3600);
            summer = zone.group(4) == null ? summer : -seconds(zone.group(4));
            int most = ZoneOffset.MAX.getTotalSeconds();
            return Math.abs(standard) > most || Math.abs(summer) > most
                    ? Optional.empty()
                    : Optional.of(
                            new Posix(
                                    ZoneOffset.ofTotalSeconds(standard),
                                    ZoneOffset.ofTotalSeconds(summer),
                                    zone.group(5),
                                    zone.group(6)));
        }

        ZoneRules rules() {
            if (summer.equals(standard)) {
                return standard.getRules();
            }
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
            if (!rule.startsWith("M")) {
                LocalDate first = LocalDate.of(year, 1, 1);
                return rule.startsWith("J") // never counts 29 February
                        ? LocalDate.of(2001, 1, 1)
                                .plusDays(Integer.parseInt(rule.substring(1)) - 1)
                                .withYear(year)
                        : first.plusDays(Integer.parseInt(rule));
            }
            String[] parts = rule.substring(1).split("[.]");
            int month = Math.min(12, Math.max(1, Integer.parseInt(parts[0])));
            int week = Integer.parseInt(parts[1]);
            DayOfWeek day = DayOfWeek.SUNDAY.plus(Integer.parseInt(parts[2]));
            return LocalDate.of(year, month, 1)
                    .with(
                            week == 5
                                    ? TemporalAdjusters.lastInMonth(day)
                                    : TemporalAdjusters.dayOfWeekInMonth(week, day));
        }

        private static int seconds(String time) {
            boolean isNegative = time.startsWith("-");
            String[] parts = time.replaceFirst("[+-]", "").split(":");
            int sum = 0;
            for (int i = 0; i < 3; i++) {
                sum = 60 * sum + (i < parts.length ? Integer.parseInt(parts[i]) : 0);
            }
            return isNegative ? -sum : sum;
        }
    }

    /** Makes rules a zone. */
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
