package procfs;

import text.Printable;

/** Which machine this is. */
public record HostInfo(String name, String kernel, int processors) {
    private static final int HEX_DIGITS = 32;

    public static HostInfo read() {
        return new HostInfo(
                word("/proc/sys/kernel/hostname"),
                word("/proc/sys/kernel/osrelease"),
                Runtime.getRuntime().availableProcessors());
    }

    private static String word(String file) {
        return Printable.word(ProcFile.text(file).strip());
    }

    /** A number for this machine, from machine-id(5); 0: it has none. */
    public static long machineId() {
        return number("/etc/machine-id");
    }

    /** A number for the time since the machine was started, from random(4), boot_id. */
    public static long bootId() {
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
