package procfs;

import text.Printable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names of terminals, found as procps finds them. A name counts only if the device that carries it
 * has the number asked for. One instance per table: it remembers what it found.
 */
final class TtyNames {
    /** A line of {@code /proc/tty/drivers}: a name below /dev and the numbers it stands for. */
    record Driver(String name, int major, int firstMinor, int lastMinor) {}

    private final List<Driver> drivers;
    private final Map<Integer, String> names = new HashMap<>();

    TtyNames() {
        drivers = parseDrivers(ProcFile.text("/proc/tty/drivers"));
    }

    /** Parses the file: last line first; lines that make no sense are left out. */
    static List<Driver> parseDrivers(String text) {
        List<Driver> drivers = new ArrayList<>();
        for (String line : text.split("\n")) {
            String[] fields = line.trim().split("\\s+"); // driver, path, major, minors, type
            if (fields.length < 4 || !fields[1].startsWith("/dev/")) {
                continue;
            }
            String[] minors = fields[3].split("-", 2);
            try {
                drivers.add(
                        0,
                        new Driver(
                                fields[1].substring("/dev/".length()),
                                Integer.parseInt(fields[2]),
                                Integer.parseInt(minors[0]),
                                Integer.parseInt(minors[minors.length - 1])));
            } catch (NumberFormatException e) {
                continue;
            }
        }
        return drivers;
    }

    /**
     * The name of a process's controlling terminal, without {@code /dev/}.
     *
     * @param ttyNr the terminal's number as {@code stat} has it; 0: no terminal
     * @param pid the process, whose open files may give the name away
     * @return the name, or {@code ?}
     */
    String name(int ttyNr, int pid) {
        if (ttyNr == 0) {
            return "?";
        }
        String name = names.get(ttyNr);
        if (name == null) {
            name = find(ttyNr, pid);
            if (!name.equals("?")) { // another process's files may tell what this one's do not
                names.put(ttyNr, name);
            }
        }
        return name;
    }

    private String find(int ttyNr, int pid) {
        int major = major(ttyNr);
        int minor = minor(ttyNr);
        List<String> candidates = new ArrayList<>();
        for (Driver driver : drivers) {
            if (driver.major == major && driver.firstMinor <= minor && minor <= driver.lastMinor) {
                candidates.add(driver.name + minor);
                candidates.add(driver.name + "/" + minor);
                candidates.add(driver.name);
            }
        }
        candidates.add(errorTarget(pid));
        for (String candidate : candidates) {
            // a process can make a device node appear under a name that forges a line
            if (candidate.equals(Printable.word(candidate)) && isDevice(candidate, major, minor)) {
                return candidate;
            }
        }
        return "?";
    }

    /** Where a process's errors go, below /dev; empty if that is not to be seen. */
    private static String errorTarget(int pid) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/2")).toString();
            return target.startsWith("/dev/") ? target.substring("/dev/".length()) : "";
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean isDevice(String name, int major, int minor) {
        try {
            long rdev = (long) Files.getAttribute(Path.of("/dev/" + name), "unix:rdev");
            return major(rdev) == major && minor(rdev) == minor;
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    /** The major part of a device number, in the kernel's encoding and glibc's alike. */
    static int major(long device) {
        return (int) (device >>> 8 & 0xfff);
    }

    static int minor(long device) {
        return (int) (device & 0xff | device >>> 12 & 0xfff00);
    }
}
