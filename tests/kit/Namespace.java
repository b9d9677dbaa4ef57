package kit;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Namespaces of a program's own, see unshare(1): what a test mounts there nobody else sees. */
public final class Namespace {
    private Namespace() {}

    /**
     * Lets a program run in a mount namespace of its own.
     *
     * @param setup a shell command that runs there first
     */
    public static ProcessBuilder ofMounts(String setup, ProcessBuilder builder) {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount"));
        if (!isRoot()) {
            command.add("--map-root-user");
        }
        command.addAll(List.of("sh", "-c", "set -e\n" + setup + "\nexec \"$@\"", "sh"));
        command.addAll(builder.command());
        return builder.command(command);
    }

    /**
     * Lets a program run among its own processes only: in a pid namespace, as process 1. The
     * process that is started waits for it and ends as it does; {@link #inner} is the program.
     *
     * @param setup a shell command that runs there first; what it leaves in the background stays
     */
    public static ProcessBuilder ofProcesses(String setup, ProcessBuilder builder) {
        ProcessBuilder inner = ofMounts(setup, builder);
        inner.command().addAll(1, List.of("--pid", "--fork", "--kill-child", "--mount-proc"));
        return inner;
    }

    /** The program in a pid namespace. */
    public static ProcessHandle inner(Program program) {
        return program.process.children().findFirst().orElseThrow();
    }

    public static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The command that runs another one in a program's namespaces. */
    public static List<String> enter(ProcessHandle program, String... command) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--mount", "--pid", "--target"));
        all.add(Long.toString(program.pid()));
        if (!isRoot()) {
            all.addAll(List.of("--user", "--preserve-credentials"));
        }
        all.addAll(List.of(command));
        return all;
    }

    /** Skips the test where this machine does not permit namespaces of one's own. */
    public static void assume() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("mount", "-t", "tmpfs", "none", "/mnt");
        Process probe = ofProcesses("", builder).redirectErrorStream(true).start();
        String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Assumptions.assumeTrue(probe.waitFor() == 0, "namespaces need root here: " + said.strip());
    }
}
