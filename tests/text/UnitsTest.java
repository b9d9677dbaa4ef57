package text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.util.concurrent.TimeUnit;

/** Sizes, times, shares and reasons as people read them. */
public class UnitsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0 MiB, +0 MiB",
        "511, 0 MiB, +0 MiB",
        "1023, 1 MiB, +1 MiB",
        "1024, 1 MiB, +1 MiB",
        "102400, 100 MiB, +100 MiB",
        "104858, 102 MiB, +102 MiB",
        "142336, 139 MiB, +139 MiB", // 0.1 GiB would be a quarter less
        "256000, 250 MiB, +250 MiB",
        "1048063, 1023 MiB, +1023 MiB",
        "1048064, 1.0 GiB, +1.0 GiB",
        "1048576, 1.0 GiB, +1.0 GiB",
        "1992294, 1.9 GiB, +1.9 GiB",
        "1099511627776, 1048576.0 GiB, +1048576.0 GiB",
        "-2048, -2 MiB, -2 MiB",
        "-2097152, -2.0 GiB, -2.0 GiB",
    })
    void sizes(long kiB, String size, String change) {
        assertEquals(size, Units.size(kiB));
        assertEquals(change, Units.change(kiB));
    }

    /** What is printed, read back, is never further from the size than 5 %. */
    @Test
    void aSizeIsNeverWorseThanFivePercent() {
        for (long kiB = 10 << 10; kiB < 1L << 40; kiB += 1 + kiB / 997) {
            String[] words = Units.size(kiB).split(" ");
            long unitKiB = words[1].equals("MiB") ? 1 << 10 : 1 << 20;
            double error = Double.parseDouble(words[0]) * unitKiB / kiB - 1;
            assertTrue(Math.abs(error) < 0.0501, kiB + " KiB is told as " + Units.size(kiB));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 s, 0 s",
        "1, 1 ms, 1 ms",
        "99, 99 ms, 99 ms",
        "449, 0.4 s, 0.4 s",
        "1000, 1 s, 1 s",
        "1500, 1.5 s, 1.5 s",
        "9999, 9.9 s, 9.9 s",
        "10900, 10 s, 10 s",
        "119999, 119 s, 119 s",
        "271370, 271 s, 271 s", // 4 min would be a tenth less than the log says
        "299999, 299 s, 299 s",
        "300000, 300 s, 5 min",
        "330000, 330 s, 6 min",
        "600000, 600 s, 10 min",
        "17999999, 17999 s, 300 min",
        "18000000, 18000 s, 5 h",
        "172800000, 172800 s, 48 h",
        "432000000, 432000 s, 5 days",
        "604800000, 604800 s, 7 days",
    })
    void times(long millis, String seconds, String period) {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        assertEquals(seconds, Units.seconds(nanos));
        assertEquals(period, Units.period(nanos));
    }

    @ParameterizedTest
    @CsvSource({"80, 80 %", "79.5, 79.5 %", "0, 0 %", "100, 100 %", "33.25, 33.25 %"})
    void percentages(double percent, String text) {
        assertEquals(text, Units.percent(percent));
    }

    /** A larger heap would leave even less for threads. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Java heap space | out of heap; raise -Xmx in MemoryMonitor.java",
                "unable to create native thread | unable to create native thread",
            })
    void whatIsUsedUp(String message, String reason) {
        Throwable error = new OutOfMemoryError(message);
        assertEquals(reason, Reason.of(error));
        assertTrue(Reason.of(new IOException(error)).endsWith(reason));
    }

    @Test
    void whatIsInTheWayIsToldByName() {
        String why = Reason.of(new DirectoryNotEmptyException("/x"));
        assertEquals("/x is a folder that is in the way", why);
    }
}
