import culprit.BlameTest;

import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

import output.ConsoleTest;
import output.MetricsTextTest;

import procfs.ControlGroupsTest;
import procfs.ParserTest;

import report.ReportTextTest;

import text.UnitsTest;

import words.NotesTest;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs the tests and prints them as a tree, each as soon as it has ended: JUnit's own console
 * prints its tree only when all is over, without times, and apart from what the tests say.
 */
final class Tests {
    /** Names the classes that only {@code --all}, or their own name, runs. */
    static final String LONG = "long";

    /** The quick ones first; times are those of two quiet cores. */
    private static final List<Class<?>> CLASSES =
            List.of(
                    MemoryMonitorTest.class, // 1 s
                    UnitsTest.class,
                    ParserTest.class,
                    ControlGroupsTest.class,
                    BlameTest.class, // 2 s
                    NotesTest.class,
                    LogFileTest.class, // 8 s
                    ConsoleTest.class,
                    MetricsTextTest.class,
                    FuzzTest.class, // 4 s; 20 s if it is thorough
                    HookTest.class, // 8 s
                    JsonTest.class, // 8 s
                    MetricsTest.class, // 4 s
                    ReportTextTest.class,
                    ReportTest.class, // 12 s
                    PageTest.class, // 20 s, with Chromium
                    FlappingTest.class, // 3 s; 63 s with --all
                    RehearsalTest.class, // 2 s
                    FidelityTest.class, // 10 s
                    EndToEndTest.class, // 29 s
                    // only with --all
                    LogFaultTest.class, // 25 s
                    HostFaultTest.class, // 17 s
                    SignalFaultTest.class, // 26 s
                    ProcessFaultTest.class, // 17 s
                    CulpritTest.class, // 95 s
                    SoakTest.class); // 125 s

    /** No test may hang for ever, and cases are told by their number and values. */
    private static final Map<String, String> JUNIT =
            Map.of(
                    "junit.jupiter.displayname.generator.default",
                    Words.class.getName(),
                    "junit.jupiter.params.displayname.default",
                    "{index}. {arguments}",
                    "junit.jupiter.execution.timeout.testable.method.default",
                    "10 m",
                    "junit.jupiter.execution.timeout.thread.mode.default",
                    "SEPARATE_THREAD");

    private static final String OUR_OWN =
            "((breach|cli|culprit|deadline|output|procfs|report|text|words)[.])?[^.]+";
    private static final List<String> SAID = new ArrayList<>();
    private static boolean thorough;

    private Tests() {}

    /** Whether tests that try many cases shall try all of them. */
    static boolean areThorough() {
        return thorough;
    }

    /** A number from the environment. */
    static long setting(String name, long otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : Long.parseLong(value);
    }

    /** Adds a line below the test that runs: what it has measured or seen. */
    static void say(String format, Object... arguments) {
        synchronized (SAID) {
            SAID.add(String.format(Locale.ROOT, format, arguments));
        }
    }

    /**
     * Runs tests, and ends this JVM: with 0 if some ran and all passed.
     *
     * @param arguments names of classes, or {@code --all}; without them the long tests are left out
     */
    static void main(String[] arguments) throws Exception {
        if (Runtime.getRuntime().maxMemory() < 256 << 20) {
            System.exit(runInLargerJvm(arguments));
        }
        List<String> known = CLASSES.stream().map(Class::getSimpleName).toList();
        List<String> names = new ArrayList<>(List.of(arguments));
        boolean all = names.remove("--all");
        thorough = all || !names.isEmpty();
        if (!known.containsAll(names)) {
            System.err.println("usage: MemoryMonitorTest [--all] [CLASS...]; CLASS: " + known);
            System.exit(2);
        }
        LauncherDiscoveryRequestBuilder request =
                LauncherDiscoveryRequestBuilder.request().configurationParameters(JUNIT);
        for (Class<?> tests : CLASSES) {
            if (all || names.isEmpty() || names.contains(tests.getSimpleName())) {
                request.selectors(DiscoverySelectors.selectClass(tests));
            }
        }
        if (!thorough) {
            request.filters(TagFilter.excludeTags(LONG));
        }
        Tree tree = new Tree();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request.build(), listener, tree);
        TestExecutionSummary summary = listener.getSummary();
        tree.failures.forEach(failure -> System.out.println("FAILED: " + failure));
        if (!thorough) {
            CLASSES.stream()
                    .filter(c -> c.isAnnotationPresent(Tag.class))
                    .forEach(c -> System.out.println("only with --all: " + c.getSimpleName()));
        }
        // a container that fails, such as @BeforeAll, takes its tests with it
        long failed = summary.getTotalFailureCount();
        long aborted = summary.getTestsAbortedCount() + summary.getContainersAbortedCount();
        long skipped = summary.getTestsSkippedCount() + aborted;
        System.out.printf(
                "%d passed, %d failed, %d skipped%n",
                summary.getTestsSucceededCount(), failed, skipped);
        System.exit(failed == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }

    /** JBang gives this JVM the options of MemoryMonitor.java after our own: its small heap too. */
    private static int runInLargerJvm(String[] arguments) throws Exception {
        List<String> command = Program.java("-Xmx512m", "MemoryMonitorTest");
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process.waitFor();
    }

    /** Reads {@code aTmpfsFills} as "a tmpfs fills". */
    static final class Words extends DisplayNameGenerator.Simple {
        @Override
        public String generateDisplayNameForClass(Class<?> testClass) {
            return testClass.getSimpleName();
        }

        @Override
        public String generateDisplayNameForMethod(
                List<Class<?>> enclosing, Class<?> testClass, Method method) {
            String words =
                    method.getName().replaceAll("(?<=.)(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", " ");
            return words.toLowerCase(Locale.ROOT);
        }
    }

    /** Prints a class or a table of cases when it begins, a test when it has ended. */
    private static final class Tree implements TestExecutionListener {
        final List<String> failures = new ArrayList<>();
        private long begin = System.nanoTime();
        private final List<String> path = new ArrayList<>(); // class, method, case

        @Override
        public void executionStarted(TestIdentifier node) {
            int depth = depth(node);
            if (depth >= 0) {
                path.subList(depth, path.size()).clear();
                path.add(node.getDisplayName());
            }
            if (!node.isTest() && depth >= 0) {
                print(node, node.getDisplayName());
            }
            begin = System.nanoTime();
        }

        @Override
        public void executionFinished(TestIdentifier node, TestExecutionResult result) {
            Throwable thrown = result.getThrowable().orElse(null);
            boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
            if (node.isTest() || thrown != null) {
                long millis = (System.nanoTime() - begin) / 1_000_000;
                print(
                        node,
                        (failed ? "✘ " : thrown == null ? "✔ " : "– ")
                                + node.getDisplayName()
                                + (millis < 100 ? "" : String.format(" (%.1f s)", millis / 1e3))
                                + (failed || thrown == null ? "" : ": " + thrown.getMessage()));
            }
            synchronized (SAID) {
                SAID.forEach(line -> print(node, "    " + line));
                SAID.clear();
            }
            if (failed) {
                failures.add(String.join(": ", path) + ": " + thrown);
                explain(node, thrown);
            }
        }

        @Override
        public void executionSkipped(TestIdentifier node, String reason) {
            print(node, "– " + node.getDisplayName() + ": " + reason);
        }

        /** What is wrong, and where in our own sources. */
        private static void explain(TestIdentifier node, Throwable thrown) {
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                print(node, "    " + cause);
                Arrays.stream(cause.getStackTrace())
                        .filter(frame -> frame.getClassName().matches(OUR_OWN))
                        .limit(8)
                        .forEach(frame -> print(node, "        at " + frame));
                Arrays.stream(cause.getSuppressed()).forEach(other -> explain(node, other));
            }
        }

        /** 0: a class, 1: a method, 2: one of its cases. */
        private static int depth(TestIdentifier node) {
            return UniqueId.parse(node.getUniqueId()).getSegments().size() - 2;
        }

        private static void print(TestIdentifier node, String text) {
            String harmless = text.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "?"); // cases are hostile
            System.out.println("  ".repeat(Math.max(0, depth(node))) + harmless);
        }
    }
}
