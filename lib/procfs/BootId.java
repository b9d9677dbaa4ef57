package procfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells machines, and the times between two starts of one, apart. */
public final class BootId {
    private static final int HEX_DIGITS = 32;

    private BootId() {}

    /** A number for this machine, from machine-id(5); 0: it has none. */
    public static long machine() {
        return number("/etc/machine-id");
    }

    /** A number for the time since the machine was started, from random(4), boot_id. */
    public static long boot() {
        return number("/proc/sys/kernel/random/boot_id");
    }

    private static long number(String file) {
        try {
            String digits = Files.readString(Path.of(file)).replaceAll("[^0-9a-f]", "");
            return digits.length() < HEX_DIGITS
                    ? 0
                    : Long.parseUnsignedLong(digits.substring(0, HEX_DIGITS / 2), 16)
                            ^ Long.parseUnsignedLong(
                                    digits.substring(HEX_DIGITS / 2, HEX_DIGITS), 16);
        } catch (IOException e) {
            return 0;
        }
    }
}
