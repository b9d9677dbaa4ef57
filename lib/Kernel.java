/** What the kernel says of how short memory is, as far as it says anything. */
final class Kernel {
    private Kernel() {}

    /**
     * How many processes the kernel has killed for lack of memory since the machine was started.
     */
    static long oomKills() {
        return ProcFile.figure(ProcFile.text("/proc/vmstat"), "oom_kill ");
    }

    /**
     * How much time tasks have lately lost waiting for memory, see the kernel's psi.rst.
     *
     * @return the text of {@code /proc/pressure/memory}; empty where the kernel has none
     */
    static String pressure() {
        return describePressure(ProcFile.text("/proc/pressure/memory"));
    }

    /**
     * Takes the shares of the last ten seconds out of lines like {@code some avg10=0.12 avg60=…}.
     */
    static String describePressure(String text) {
        StringBuilder shares = new StringBuilder();
        for (String line : text.split("\n")) {
            String[] fields = line.split(" ");
            if (fields.length > 1 && fields[1].matches("avg10=[0-9.]+")) {
                shares.append(shares.length() == 0 ? "" : ", ");
                shares.append(fields[0]).append(' ');
                shares.append(fields[1].substring("avg10=".length())).append(" %");
            }
        }
        return shares.toString();
    }
}
