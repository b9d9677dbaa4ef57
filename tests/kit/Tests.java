package kit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.junit.platform.engine.DiscoverySelector;
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

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the tests and prints them as a tree, each as soon as it has ended: JUnit's own console
 * prints its tree only when all is over, without times, and apart from what the tests say.
 */
public final class Tests {
    /** Names the classes that only {@code --all}, or their own name, runs. */
    public static final String LONG = "long";

    /** No test hangs for ever. A case is shown with its number and its values. */
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

    /** Our classes: they are in no package, or in one whose name has no dot. */
    private static final String OURS = "[^.]+([.][^.]+)?";

    private static final List<String> SAID = new ArrayList<>();
    private static boolean thorough;

    private Tests() {}

    /** Whether tests with many cases try all of them. */
    public static boolean areThorough() {
        return thorough;
    }

    /** A number from the environment. */
    public static long setting(String name, long otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : Long.parseLong(value);
    }

    /** Adds a line below the test that runs: what it has measured or seen. */
    public static void say(String format, Object... arguments) {
        synchronized (SAID) {
            SAID.add(String.format(Locale.ROOT, format, arguments));
        }
    }

    /**
     * Runs tests, and ends this JVM: with 0 if some ran and all passed.
     *
     * @param arguments names, {@code CLASS} or {@code CLASS#method}, or {@code --all}; without them
     *     the long tests are left out
     */
    public static void main(String[] arguments) throws Exception {
        if (Runtime.getRuntime().maxMemory() < 256 << 20) {
            System.exit(runInLargerJvm(arguments));
        }
        List<String> names = new ArrayList<>(List.of(arguments));
        boolean all = names.remove("--all");
        thorough = all || !names.isEmpty();
        List<Class<?>> classes = classes();
        LauncherDiscoveryRequestBuilder request =
                LauncherDiscoveryRequestBuilder.request().configurationParameters(JUNIT);
        if (all || names.isEmpty()) {
            classes.forEach(tests -> request.selectors(selectClass(tests)));
        }
        for (String name : names) {
            List<? extends DiscoverySelector> selectors = selectors(classes, name);
            if (selectors.isEmpty()) {
                System.err.println("usage: MemoryMonitorTest [--all] [CLASS[#METHOD]...]");
                System.err.println("no test " + name + "; CLASS: " + simpleNames(classes));
                System.exit(2);
            }
            request.selectors(selectors);
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
            classes.removeIf(tests -> !isLong(tests));
            System.out.println("only with --all: " + simpleNames(classes));
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

    /**
     * All classes with tests beside this one, found in what JBang has compiled: those that test
     * values come first, then those that start the program, at last the long ones.
     */
    private static List<Class<?>> classes() throws IOException, URISyntaxException {
        URI root = Tests.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        List<Class<?>> classes =
                new ArrayList<>(
                        ReflectionSupport.findAllClassesInClasspathRoot(
                                root, tests -> !methods(tests, "").isEmpty(), name -> true));
        try (Stream<Path> files = Files.walk(Program.repository().resolve("tests"))) {
            List<String> names = classes.stream().map(Class::getSimpleName).toList();
            files.filter(file -> file.toString().endsWith("Test.java"))
                    .filter(file -> !names.contains(file.getFileName().toString().split("[.]")[0]))
                    .forEach(
                            file -> {
                                System.err.println(
                                        file
                                                + " is not in the //SOURCES of"
                                                + " MemoryMonitorTest.java");
                                System.exit(2);
                            });
        }
        classes.sort(
                Comparator.comparing(Tests::isLong)
                        .thenComparing(tests -> tests.getPackageName().equals("program"))
                        .thenComparing(Class::getName));
        return classes;
    }

    private static boolean isLong(Class<?> tests) {
        return Arrays.stream(tests.getAnnotationsByType(Tag.class))
                .anyMatch(tag -> tag.value().equals(LONG));
    }

    /** The tests of a class that have a name, or all of them if it is empty. */
    private static List<Method> methods(Class<?> tests, String name) {
        return AnnotationSupport.findAnnotatedMethods(
                        tests, Testable.class, HierarchyTraversalMode.TOP_DOWN)
                .stream()
                .filter(method -> name.isEmpty() || method.getName().equals(name))
                .toList();
    }

    private static List<? extends DiscoverySelector> selectors(
            List<Class<?>> classes, String name) {
        String[] parts = name.split("#", 2);
        Stream<Class<?>> named =
                classes.stream().filter(tests -> tests.getSimpleName().equals(parts[0]));
        return parts.length < 2
                ? named.map(DiscoverySelectors::selectClass).toList()
                : named.flatMap(
                                tests ->
                                        methods(tests, parts[1]).stream()
                                                .map(method -> selectMethod(tests, method)))
                        .toList();
    }

    private static String simpleNames(List<Class<?>> classes) {
        return classes.stream().map(Class::getSimpleName).collect(Collectors.joining(" "));
    }

    /** JBang gives this JVM the options of MemoryMonitor.java after our own: its small heap too. */
    private static int runInLargerJvm(String[] arguments) throws Exception {
        List<String> command = Program.java("-Xmx512m", "MemoryMonitorTest");
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        return process.waitFor();
    }

    /** Reads {@code aFullDiskLosesNoRecord} as "a full disk loses no record". */
    public static final class Words extends DisplayNameGenerator.Simple {
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
                        .filter(frame -> frame.getClassName().matches(OURS))
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
