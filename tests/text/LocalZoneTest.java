package text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The local time zone, beside what date(1) makes of the same text. */
public class LocalZoneTest {
    /** Every eleven hours of four years; what names a file is left to Java. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GMT+3",
                "GMT-05:30",
                "UTC+3",
                "JST-9",
                "<+0330>-3:30",
                "CET-1CEST,M3.5.0,M10.5.0/3",
                "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
                "AEST-10AEDT,M10.1.0,M4.1.0/3",
                "XXX3YYY2:30,J60/0,300/25",
            })
    void aZoneIsWhatDateMakesOfIt(String tz) throws Exception {
        ZoneRules rules = LocalZone.posix(tz).orElseThrow();
        List<String> times = new ArrayList<>();
        List<String> offsets = new ArrayList<>();
        for (long time = 1_704_067_200; time < 1_830_000_000; time += 3600 * 11 + 1) {
            times.add("@" + time);
            ZoneOffset offset = rules.getOffset(Instant.ofEpochSecond(time));
            offsets.add(offset.equals(ZoneOffset.UTC) ? "+00:00" : offset.getId());
        }
        ProcessBuilder date = new ProcessBuilder("date", "-f", "-", "+%:z");
        date.environment().put("TZ", tz);
        Process process = date.redirectErrorStream(true).start();
        try (var in = process.getOutputStream()) {
            in.write(String.join("\n", times).getBytes(StandardCharsets.US_ASCII));
        }
        byte[] said = process.getInputStream().readAllBytes();
        List<String> expected = new String(said, StandardCharsets.US_ASCII).lines().toList();
        assertEquals(expected, offsets);
    }

    /** {@code TZ=:/etc/localtime} spares the C library a look at the file for each time. */
    @ParameterizedTest
    @CsvSource({
        "Europe/Berlin, Europe/Berlin",
        "posix/Europe/Berlin, Europe/Berlin",
        "/usr/share/zoneinfo/right/Europe/Berlin, Europe/Berlin",
        "/no/zone, /no/zone",
    })
    void aZoneIsAFile(String tz, String zone) {
        assertEquals(zone, LocalZone.file(tz));
    }

    @Test
    void aZoneIsALink(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("zoneinfo/America/New_York");
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        Path link = Files.createSymbolicLink(folder.resolve("localtime"), file);
        assertEquals("America/New_York", LocalZone.file(link.toString()));
    }

    /** No rule is made up: what these mean is left to the C library, from which Java has it. */
    @ParameterizedTest
    @ValueSource(strings = {"Nonsense", "A1", "AAA5BBB", "GMT+25", "X", "CET-1CEST,M3.5.0"})
    void whatSaysNoRule(String tz) {
        assertEquals(Optional.empty(), LocalZone.posix(tz));
    }
}
