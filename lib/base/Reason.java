package base;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says in words why something went wrong. */
public final class Reason {
    private Reason() {}

    /** Why a file cannot be used, or an error's message, in one line. */
    public static String of(Throwable e) {
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }
}
