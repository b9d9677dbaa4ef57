package cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** systemd, where it has started the program as a service. */
public final class ServiceManager {
    /** The settings of the service's last start, as systemd read them; see lib/service-build. */
    public static final Path SETTINGS = Path.of("/run/memory_monitor.settings");

    /**
     * The variable by which lib/command says that there is the service, and in which folder it
     * works.
     */
    static final String FOLDER = "SERVICE_LOGS_DIRECTORY";

    private ServiceManager() {}

    /** True if it has started this very process, see systemd.exec(5), SYSTEMD_EXEC_PID. */
    public static boolean hasStartedUs() {
        String pid = Long.toString(ProcessHandle.current().pid());
        return pid.equals(System.getenv("SYSTEMD_EXEC_PID"));
    }

    /** True for the command of a machine that has the service, see lib/command. */
    public static boolean isThere() {
        return System.getenv(FOLDER) != null;
    }

    /** True if the settings are those of the service, which watches on where one is wrong. */
    public static boolean isItsSettings() {
        return hasStartedUs() || isThere();
    }

    /** True if the service's settings are not for whoever runs this. */
    public static boolean hidesSettings() {
        return isThere() && Files.exists(SETTINGS) && !Files.isReadable(SETTINGS);
    }

    /** Makes sure that the command of a machine that has the service does not watch beside it. */
    public static void refuseSecond() {
        if (isThere()) {
            throw new Setting.WrongException(
                    "the service watches already, see memory_monitor status; what else there is:"
                            + " memory_monitor help");
        }
    }

    /**
     * The folder for what the service keeps, the first of those that StateDirectory= names, see
     * systemd.exec(5); empty: it has none.
     */
    public static Optional<Path> stateDirectory(Map<String, String> environment) {
        String folders = environment.getOrDefault("STATE_DIRECTORY", "");
        return folders.isBlank()
                ? Optional.empty()
                : Optional.of(Path.of(folders.split(":")[0]).toAbsolutePath());
    }

    /**
     * Shows the first of some problems in the line {@code Status:} of {@code systemctl status}. It
     * starts a process, so that is for the start of the program only; where it does not work, the
     * problem is in the journal all the same.
     */
    public static void showStatus(List<String> problems) {
        if (!problems.isEmpty() && System.getenv("NOTIFY_SOCKET") != null) {
            String status = "--status=error: " + problems.get(0);
            Tool.said(List.of("systemd-notify", status));
        }
    }
}
