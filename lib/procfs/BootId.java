package procfs;

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
        String digits = ProcFile.text(file).replaceAll("[^0-9a-f]", "");
        int half = HEX_DIGITS / 2;
        return digits.length() < HEX_DIGITS
                ? 0
                : Long.parseUnsignedLong(digits.substring(0, half), 16)
                        ^ Long.parseUnsignedLong(digits.substring(half, HEX_DIGITS), 16);
    }
}
