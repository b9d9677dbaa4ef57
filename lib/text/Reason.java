package text;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says in words why something went wrong. */
public final class Reason {
    /** There are more processes than the heap holds. */
    public static final String OUT_OF_HEAP = "out of heap; raise -Xmx in MemoryMonitor.java";

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
            boolean isService = System.getenv("INVOCATION_ID") != null; // see systemd.exec(5)
            return isService && system.getReason().startsWith("Read-only file system")
                    ? system.getReason() + " (was its folder made anew? restart the service)"
                    : system.getReason();
        }
        if (e instanceof DirectoryNotEmptyException in) {
            return in.getFile() + " is a folder that is in the way";
        }
        if (isOutOfHeap(e) || isOutOfHeap(e.getCause())) {
            return OUT_OF_HEAP;
        }
        String text = e.getMessage() == null ? e.toString() : e.getMessage();
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }

    /** True if the heap is full: that no thread can be made, for want of processes, is no sign. */
    public static boolean isOutOfHeap(Throwable e) {
        return e instanceof OutOfMemoryError && !String.valueOf(e.getMessage()).contains("thread");
    }
}
