import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is understood of the kernel's texts: about processes, control groups, terminals, pressure.
 */
class ParserTest {
    @Test
    void parsesStatFromTheLastParenthesis() {
        ProcessRow row =
                Values.row(
                        7,
                        "7 (a) S (b\n"
                                + ") R 1 2 3 34816 5 6 7 8 9 10 11 12 13 14 15 -16 17 18 19 20 21",
                        "");
        assertEquals("a) S (b\n", new String(row.comm, StandardCharsets.US_ASCII));
        assertEquals('R', row.state);
        assertEquals(2, row.processGroup);
        assertEquals(3, row.session);
        assertEquals(34816, row.ttyNr);
        assertEquals(5, row.foregroundGroup);
        assertEquals(11 + 12, row.cpuTicks);
        assertEquals(-16, row.nice);
        assertEquals(17, row.threads);
        assertEquals(19, row.startTicks);
        assertEquals(0, row.rssKiB);
        assertEquals(-1, row.uid);
    }

    @Test
    void statusOverridesStat() {
        ProcessRow row =
                Values.row(
                        1,
                        Values.STAT,
                        "Name:\tx\n"
                                + "State:\tD (disk sleep)\n"
                                + "Uid:\t1000\t4294967290\t0\t0\n"
                                + "VmPeak:\t  99 kB\n"
                                + "VmSize:\t   12345 kB\n"
                                + "VmLck:\t 8 kB\n"
                                + "VmRSS:\t 678 kB\n"
                                + "VmRSSX:\t 1 kB\n"
                                + "Threads:\t31\n");
        assertEquals('D', row.state);
        assertEquals(4294967290L, row.uid); // the effective one, unsigned
        assertEquals(12345, row.vszKiB);
        assertEquals(678, row.rssKiB);
        assertEquals(8, row.lockedKiB);
        assertEquals(31, row.threads);
    }

    @ParameterizedTest
    @CsvSource({"''", "1", "1 (", "1 (x)", "1 (x) S", "1 (x) S 1 2 3", "')('"})
    void leavesOutWhatMakesNoSense(String stat) {
        assertNull(Values.row(1, stat, ""));
    }

    @Test
    void parsesTtyDrivers() {
        String text =
                "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
                        + "nonsense\n"
                        + "bad /dev/bad x y z\n"
                        + "serial               /dev/ttyS       4 64-111 serial\n"
                        + "unknown /dev/tty 4 1-63 console\n";
        assertEquals(
                List.of(
                        new TtyNames.Driver("tty", 4, 1, 63),
                        new TtyNames.Driver("ttyS", 4, 64, 111),
                        new TtyNames.Driver("tty", 5, 0, 0)),
                TtyNames.parseDrivers(text));
        assertEquals(136, TtyNames.major(0x8800));
        assertEquals(3, TtyNames.minor(0x8803));
        assertEquals(256 + 5, TtyNames.minor(0x108805));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "some avg10=0.12 avg60=1.00 avg300=2.00 total=5~full avg10=0.00 avg60=0 total=1~"
                        + " | some 0.12 %, full 0.00 %",
                "some avg10=99.99 avg60=1.00~ | some 99.99 %",
                "'' | ''",
                "nonsense | ''",
                "some avg10=x | ''",
            })
    void pressure(String text, String expected) {
        assertEquals(expected, Kernel.describePressure(text.replace('~', '\n')));
    }

    // ---- Control groups

    private static final String ID =
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                // version 2
                "0::/system.slice/nginx.service | nginx.service",
                "0::/system.slice/system-getty.slice/getty@tty1.service | getty@tty1.service",
                "0::/user.slice/user-1000.slice/session-3.scope | session-3.scope",
                "0::/init.scope | init.scope",
                "0::/ | null",
                "0::/user.slice | null",
                // the innermost unit counts
                "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service"
                        + " | app-x.service",
                "0::/user.slice/user-1000.slice/user@1000.service/init.scope | init.scope",
                "0::/system.slice/php-fpm.service/pool/www | php-fpm.service",
                // containers
                "0::/system.slice/docker-ID.scope | docker-0123456789ab.scope",
                "0::/docker/ID | docker/0123456789ab",
                "0::/docker/ID/init | docker/0123456789ab",
                "0::/machine.slice/libpod-ID.scope/container | libpod-0123456789ab.scope",
                "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope"
                        + " | libpod-0123456789ab.scope",
                "0::/kubepods/burstable/pod12-34/ID | pod12-34/0123456789ab",
                "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-ID.scope"
                        + " | cri-containerd-0123456789ab.scope",
                // version 1 and both together: systemd's own hierarchy, or the one of version 2
                "4:memory:/system.slice/a.service~1:name=systemd:/system.slice/b.service"
                        + " | b.service",
                "4:memory:/docker/ID~1:name=systemd:/docker/ID | docker/0123456789ab",
                "9:name=systemd:/~0::/test.slice/leaky.service | leaky.service",
                "4:memory:/system.slice/a.service~3:cpu,cpuacct:/system.slice/a.service | null",
                // names with colons, hostile ones, and what is none of the kernel's texts
                "0::/system.slice/a:b.service | a:b.service",
                "0::/x/\u001b[2Ja.service | ?[2Ja.service",
                "0::/x/.service | null",
                "0::/x/service | null",
                "0::/x/a.services | null",
                "nonsense | null",
                "0: | null",
                "'' | null",
            })
    void unitOfATextOfCgroups(String text, String expected) {
        String kernels = text.replace("ID", ID).replace('~', '\n');
        assertEquals(expected, Owners.unitOf(kernels));
        assertEquals(expected, Owners.unitOf(kernels + "\n"));
    }

    @Test
    void theUnitOfALongHostilePathIsFoundInTime() {
        String path = "0::" + "/a.service/b.scope".repeat(200) + "/" + "0".repeat(300);
        long begin = System.nanoTime();
        assertEquals("b.scope", Owners.unitOf(path));
        assertEquals(null, Owners.unitOf("0::" + "/a.servic".repeat(400)));
        assertTrue(System.nanoTime() - begin < 5_000_000_000L);
    }
}
