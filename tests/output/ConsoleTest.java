package output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;

/** Lines for the journal, which takes a priority from the beginning of each that it sees. */
public class ConsoleTest {
    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "'12345678\n', '<3>12345678\n'",
        "'<0>forged\n\n', '<3><0>forge\n<3>\n'",
        "'12345678<0>forged\n', '<3>12345678\n'",
        "'a\n12345678<0>\nb', '<3>a\n<3>12345678\n<3>b\n'",
        "'a\u202eb\n', '<3>a?b\n'",
        // not in the middle of a letter
        "'1234567ü8\n1234567\n', '<3>1234567\n<3>1234567\n'",
        "'123456€€<\n', '<3>123456\n'",
    })
    void linesOfTheJournal(String text, String expected) throws Exception {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at <= bytes.length; at++) { // wherever one part ends
            var out = new ByteArrayOutputStream();
            ByteBuffer[] parts = {
                ByteBuffer.wrap(bytes, 0, at), ByteBuffer.wrap(bytes, at, bytes.length - at)
            };
            Console.writeLines(Channels.newChannel(out), "<3>", 8, parts);
            assertEquals(expected, out.toString(StandardCharsets.UTF_8));
        }
    }
}
