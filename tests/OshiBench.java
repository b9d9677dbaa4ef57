///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS com.github.oshi:oshi-common:7.5.0
//DEPS org.slf4j:slf4j-nop:2.0.18
//COMPILE_OPTIONS -Xlint:all -proc:none
//RUNTIME_OPTIONS -XX:+UseSerialGC -XX:TieredStopAtLevel=1

import oshi.nativefree.SystemInfo;
import oshi.software.os.OperatingSystem;

import java.util.Arrays;

/**
 * Times OSHI's own list of processes, for {@code tests/bench}: prints how long the first call took,
 * and the median of the following ones, in milliseconds. Its heap has the JVM's usual limit.
 */
final class OshiBench {
    /** The argument is the number of calls that follow the first. */
    public static void main(String[] args) {
        OperatingSystem system = new SystemInfo().getOperatingSystem();
        long first = time(system);
        long[] more = new long[Integer.parseInt(args[0])];
        Arrays.setAll(more, i -> time(system));
        Arrays.sort(more);
        System.out.println(first + " " + more[more.length / 2]);
    }

    private static long time(OperatingSystem system) {
        long begin = System.nanoTime();
        if (system.getProcesses().isEmpty()) {
            throw new IllegalStateException("OSHI sees no process");
        }
        return (System.nanoTime() - begin) / 1_000_000;
    }

    private OshiBench() {}
}
