package procfs;

/**
 * How much time tasks have lost waiting for memory, see the kernel's Documentation/accounting/psi.
 *
 * @param isKnown false where the kernel does not tell; the shares are then 0
 * @param somePercent the share of the last ten seconds in which some task waited
 * @param fullPercent the share in which all of them did
 */
public record MemoryPressure(boolean isKnown, double somePercent, double fullPercent) {
    /** Reads the present figures. */
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
        for (String line : text.split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > 1 && fields[0].equals(word)) {
                if (fields[1].matches("avg10=[0-9]{1,3}[.][0-9]{2}")) {
                    return Double.parseDouble(fields[1].substring("avg10=".length()));
                }
            }
        }
        return -1;
    }
}
