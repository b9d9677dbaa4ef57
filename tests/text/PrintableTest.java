package text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/** What others name, in lines and among words. */
public class PrintableTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres",
                "(sd-pam)",
                "(udev-worker)",
                "tmux: server",
                "Web Content",
                "GC Thread#0",
                "Bun Pool 0",
                "C1 CompilerThre",
                "kworker/u8:0+ev",
                "g++",
                "[ipc]",
                "x (old)",
                "postgresql@15-main.service",
                "user 1000: session-3.scope",
                "pod 1f2e3d4c: container 0123456789ab",
                "dev-disk-by\\x2duuid.swap",
                "/mnt/Björn 2",
                "日本 😀",
                "MiB",
            })
    void anOrdinaryNameStaysAsItIs(String name) {
        assertEquals(name, name(name));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "; new: root (1) | ? new: root ?1)",
                "\", x (1) +5 GiB\" | ? x ?1)??5?GiB",
                "x +5 GiB, y | x??5?GiB? y",
                "x 5 MiB | x 5?MiB",
                "x\u20035\u00a0GiB | x?5?GiB",
                "x\u3164+5\u2800GiB | x?+5?GiB", // no spaces, but seen as such
                "x had 5 GiB | x had 5?GiB",
                "+5 GiB | ?5?GiB",
                "java ×30 | java ?30",
                "java in ssh | java?in ssh",
                "\" root\" | ?root",
                "\"root \" | root?",
                "\" \" | ?",
                "(1) | ?1)",
                "x (٣) | x ?٣)",
                "a\u202eb\u200f\u2066\ufeff\u00ad | a?b????",
                "a\u2028b\u2029 | a?b?",
                "\"a\nb\t\" | a?b?",
                "x\udb40\udc41x | x?x", // a tag, which is not seen
            })
    void aNameThatCouldBeMoreThanANameIsMadeHarmless(String name, String expected) {
        assertEquals(expected, name(name));
    }

    @ParameterizedTest
    @CsvSource({
        "'a\nb\r\u001b[2J', a b??[2J",
        "a\u202eb\u2066c\u200e\ufeff, a?b?c??",
        "a\u2028b\u2029c, a?b?c",
        "'java ×3 (shared), … 😀', 'java ×3 (shared), … 😀'",
    })
    void aLineDrivesNoReadersTerminal(String text, String expected) {
        assertEquals(expected, Printable.line(text));
    }

    /** A name of 80 bytes is whole; of longer ones, those that begin alike are told apart. */
    @Test
    void aNameIsCutButStaysItself() {
        String name = "é".repeat(40);
        assertEquals(name, Printable.cut(name, 80));
        assertEquals(
                name + "…" + Integer.toHexString((name + "a").hashCode()),
                Printable.cut(name + "a", 80));
        assertNotEquals(Printable.cut(name + "a", 80), Printable.cut(name + "b", 80));
    }

    private static String name(String text) {
        return Printable.name(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aNameInACellDoesNotChangeHowOthersLook() {
        assertEquals("a?b?c?", Printable.word("a\u202eb c\u0007"));
    }
}
