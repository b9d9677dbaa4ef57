package program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import kit.Program;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command of a machine that has the service, {@code lib/command}, over a build of its own. */
class CommandTest {
    @TempDir private Path folder;

    /** Runs it: beside it there is nothing that could build. */
    private Program.Result run(String... arguments) throws Exception {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Path command = lib.resolve("command");
        if (Files.notExists(command)) {
            Files.copy(Program.repository().resolve("lib/command"), command);
            Path build = Files.createDirectory(folder.resolve("build"));
            String path = System.getProperty("java.class.path");
            Files.writeString(build.resolve("args"), "-cp \"" + path + "\" MemoryMonitor\n");
        }
        ProcessBuilder builder = Program.builder();
        builder.command(new ArrayList<>(List.of("bash", command.toString())));
        builder.command().addAll(List.of(arguments));
        return Program.run(builder.directory(folder.toFile()));
    }

    /** Only the command check compiles, and needs root. */
    @ParameterizedTest
    @ValueSource(strings = {"help check", "check --help", "check -h", "-t 80 check --help"})
    void helpIsForEverybody(String words) throws Exception {
        Program.Result result = run(words.split(" "));
        assertEquals("0 ", result.exitCode() + " " + result.err());
        assertTrue(result.out().startsWith("Usage: memory_monitor check "), result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-l check report --host check", "report --host check", "status check"})
    void aWordThatIsNoCommandIsNoCheck(String words) throws Exception {
        Program.Result result = run(words.split(" "));
        assertTrue(!result.err().contains("service-build"), result.err());
        assertTrue(!result.err().contains("only root"), result.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"check", "-t 80 check", "-t80 --log=x check", "--log x check"})
    void checkCompilesFirst(String words) throws Exception {
        Program.Result result = run(words.split(" "));
        assertTrue(result.err().contains("service-build") || result.err().contains("only root"));
        assertEquals("2 ", result.exitCode() + " " + result.out());
    }

    /** A log that is not the service's has its own incidents, and none is told as none. */
    @Test
    void aLogThatIsNamedIsNotTheServices() throws Exception {
        Path log = folder.resolve("typo.log");
        String missing = "memory_monitor: cannot read " + folder.resolve("typo.jsonl") + ": there";
        for (String name : List.of(log.toString(), "typo.log")) {
            Program.Result result = run("-l", name, "report");
            assertEquals("1 ", result.exitCode() + " " + result.out());
            assertTrue(result.err().startsWith(missing), result.err());
        }
    }
}
