package kit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * A process that does to memory what it is told, see eater.pl, and ends with this JVM at the
 * latest. Should memory run out, it is the kernel's first victim.
 */
public final class Eater implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;

    /**
     * @param name what the kernel calls the process, at most 15 bytes
     */
    public Eater(String name) throws IOException {
        process =
                new ProcessBuilder("perl", Host.perl("eater"), name)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream()));
        expect("ready");
    }

    public long pid() {
        return process.pid();
    }

    /** Has it run one line of Perl, and waits for that. */
    public Eater run(String perl) throws IOException {
        process.getOutputStream().write((perl + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        expect("done");
        return this;
    }

    private void expect(String answer) throws IOException {
        String line = answers.readLine();
        if (!answer.equals(line)) {
            throw new IOException("Perl says " + line);
        }
    }

    /** Ends it, and waits until its memory is free again. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
