package procfs;

import text.Printable;

/**
 * Which machine this is.
 *
 * @param name its name
 * @param kernel the kernel's release
 * @param processors how many there are
 */
public record HostInfo(String name, String kernel, int processors) {
    /** Reads it. */
    public static HostInfo read() {
        return new HostInfo(
                word("/proc/sys/kernel/hostname"),
                word("/proc/sys/kernel/osrelease"),
                Runtime.getRuntime().availableProcessors());
    }

    private static String word(String file) {
        String text = ProcFile.text(file).strip();
        return Printable.word(text);
    }
}
