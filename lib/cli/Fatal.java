package cli;

import text.Reason;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The end of a program that cannot go on. */
public final class Fatal {
    /** There may be no memory left then to form a message, or to find a stream to print it. */
    private static final byte[] OUT_OF_HEAP =
            ("memory_monitor: " + Reason.OUT_OF_HEAP + "\n").getBytes(StandardCharsets.UTF_8);

    private static final FileOutputStream STDERR = new FileOutputStream(FileDescriptor.err);

    private Fatal() {}

    /** Ends it in one line: nothing may go on half-alive, the service manager starts it anew. */
    public static void halt(Thread thread, Throwable e) {
        try {
            STDERR.write(
                    Reason.isOutOfHeap(e)
                            ? OUT_OF_HEAP
                            : ("memory_monitor: " + Reason.of(e) + "\n")
                                    .getBytes(StandardCharsets.UTF_8));
        } catch (IOException ignored) {
            return; // nobody listens
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }
}
