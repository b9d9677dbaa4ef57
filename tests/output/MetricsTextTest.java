package output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import culprit.Growth;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What becomes of the names of culprits in the figures for Prometheus. */
public class MetricsTextTest {
    private static Growth.Item item(Growth.Change change, String unit, String name, long sizeKiB) {
        return new Growth.Item(
                change,
                Growth.Level.GROUP,
                name,
                unit,
                1,
                1,
                sizeKiB,
                0,
                false,
                Growth.Course.NONE,
                List.of());
    }

    private static Map<String, Long> culprits(Growth.Item... items) {
        return Metrics.culprits(new Growth(0, 0, 0, List.of(items)));
    }

    @Test
    void theSameNameInTheSameUnitIsOneSeries() {
        assertEquals(
                "{{unit=\"a.service\",groupname=\"java\"}=30, {unit=\"\",groupname=\"java\"}=5}",
                culprits(
                                item(Growth.Change.GROWN, "a.service", "java", 20),
                                item(Growth.Change.NEW, "a.service", "java", 10),
                                item(Growth.Change.NEW, "", "java", 5),
                                item(Growth.Change.GONE, "b.service", "java", 5))
                        .toString());
    }

    /** Long names are cut where they are read, and end with a hash of what was cut off. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "漢"})
    void namesThatBeginAlikeAreDifferentSeries(String letter) {
        String begin = letter.repeat(100) + "…1234567";
        Growth.Item[] items = {
            item(Growth.Change.NEW, begin + "8", "java", 2),
            item(Growth.Change.NEW, begin + "9", "java", 1)
        };
        List<String> labels = List.copyOf(culprits(items).keySet());
        assertEquals(2, labels.size(), "" + labels);
        if (letter.equals("x")) { // as the log has it
            assertEquals("{unit=\"" + begin + "8\",groupname=\"java\"}", labels.get(0));
        }
    }

    @Test
    void fiveSeriesAtMost() {
        List<Growth.Item> items = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            items.add(item(Growth.Change.NEW, "", "p" + i, 100 - i));
        }
        Map<String, Long> culprits = culprits(items.toArray(Growth.Item[]::new));
        assertEquals(5, culprits.size());
        assertTrue(culprits.containsKey("{unit=\"\",groupname=\"p4\"}"), "" + culprits);
    }

    @Test
    void aHostileNameStaysOneLabel() {
        String name = "a\"} 1\nmemory_monitor_incident 1\\";
        assertEquals(
                "[{unit=\"\",groupname=\"a\\\"} 1\\nmemory_monitor_incident 1\\\\\"}]",
                culprits(item(Growth.Change.NEW, "", name, 1)).keySet().toString());
        String label = culprits(item(Growth.Change.NEW, "", "x".repeat(999), 1)).toString();
        assertTrue(label.length() < 150, label);
    }
}
