package procfs;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much time tasks have lost waiting for memory, see the kernel's Documentation/accounting/psi.
 *
 * @param isKnown false where the kernel does not tell; the shares are then 0
 * @param somePercent the share of the last ten seconds in which some task waited
 * @param fullPercent the share in which all of them did
 */
public record MemoryPressure(boolean isKnown, double somePercent, double fullPercent) {
    public static MemoryPressure read() {
        return parse(ProcFile.text("/proc/pressure/memory"));
    }

    /** Parses lines like {@code some avg10=0.12 avg60=…}; what makes no sense is unknown. */
    public static MemoryPressure parse(String text) {
        double some = share("some", text);
        double full = share("full", text);
        return new MemoryPressure(some >= 0, Math.max(0, some), Math.max(0, full));
    }

    private static double share(String word, String text) {
        String ten = "(?m)^" + word + " avg10=([0-9]{1,3}[.][0-9]{2})( |$)";
        Matcher line = Pattern.compile(ten).matcher(text);
        return line.find() ? Double.parseDouble(line.group(1)) : -1;
    }
}
