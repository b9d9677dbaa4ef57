package text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.Optional;

/** The local time zone, beside what date(1) makes of the same text. */
public class LocalZoneTest {
    @ParameterizedTest
    @ValueSource(strings = {"GMT+3", "GMT-05:30", "UTC+3", "UTC0", "JST-9", "<+0330>-3:30"})
    void aZoneIsWhatDateMakesOfIt(String tz) throws Exception {
        ProcessBuilder date = new ProcessBuilder("date", "+%:z");
        date.environment().put("TZ", tz);
        byte[] said = date.start().getInputStream().readAllBytes();
        ZoneOffset expected = ZoneOffset.of(new String(said, StandardCharsets.US_ASCII).strip());
        assertEquals(Optional.of(expected), LocalZone.fixed(tz));
    }

    /** What these mean is left to the C library, from which Java has it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Nonsense",
                "A1",
                "EST5EDT",
                "AAA5BBB",
                "GMT+25",
                "X",
                "CET-1CEST,M3.5.0,M10.5.0/3",
                "Europe/Berlin"
            })
    void whatIsNoFixedOffset(String tz) {
        assertEquals(Optional.empty(), LocalZone.fixed(tz));
    }
}
