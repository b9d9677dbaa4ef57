package procfs;

import deadline.TimeLimiter;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Reads the machine's processes. The program has one: it owns the threads that read, and what has
 * been learnt about users and command lines.
 */
public final class ProcessReader {
    /** Each reader takes so many processes at a time. */
    private static final int CHUNK = 32;

    /** So many processes are worth a reader: the fourth is a thread made anew. */
    private static final int PROCESSES_PER_READER = 500;

    private static final int MOST_READERS = 4;

    /** The most that is read of a file: of a process in 65,536 groups, status has half of it. */
    private static final int LIMIT_BYTES = 1 << 20;

    /** A longer status lists thousands of groups: for 65,536, the kernel takes 0.2 s each time. */
    private static final int LONG_STATUS_BYTES = 1 << 14;

    /** So many of them are read at a look, of older processes twice as many. */
    private static final int MOST_LONG_STATUSES = 2;

    private static final int LONG_STATUSES_KNOWN = 5000;

    /** Command lines may take this long to read, for a whole table, and this more for each. */
    private static final long COMMAND_LINES_MILLIS = 1000;

    private static final long COMMAND_LINES_MILLIS_PER_PROCESS = 1;

    /** How long reading the command line of a culprit may take. */
    private static final long SCRIPT_MILLIS = 100;

    /** How much of it is read: class paths of Kafka and Hadoop take 10 KB. */
    private static final int SCRIPT_BYTES = 1 << 15;

    /**
     * A process that old stays in its unit. A younger one may still be moved to another, such as
     * the sshd that gives its user two minutes to log in, by pam_systemd.
     */
    private static final long SETTLED_TICKS = 120 * BootClock.TICKS_PER_SECOND;

    private static final Path PROC = Path.of("/proc");

    /**
     * The most threads: with as many stuck processes no further command line can be read. The
     * service may have no more than 64 threads (TasksMax=).
     */
    public static final int THREADS_LIMIT = 32;

    /** Two are always there; more come only while processes are stuck, and go again. */
    private final ThreadPoolExecutor threads =
            new ThreadPoolExecutor(
                    2,
                    THREADS_LIMIT,
                    10,
                    TimeUnit.SECONDS,
                    new SynchronousQueue<>(),
                    task -> TimeLimiter.replaceable("proc", task));

    private final UserNames users = new UserNames();
    private final TimeLimiter script = new TimeLimiter("script", SCRIPT_MILLIS);
    private final CommandLines commandLines = new CommandLines(this::start);

    private final ProcessUnits unitNames;

    /** The users of processes with a long status, by the processes' keys. */
    private final Map<Long, Long> longStatuses = new ConcurrentHashMap<>();

    private final AtomicInteger longStatusesRead = new AtomicInteger();

    private volatile Units oldOnes = Units.of(List.of());

    /** The units of processes, by the processes' keys in ascending order. */
    private record Units(long[] keys, String[] units) {
        static Units of(List<ProcessInfo> processes) {
            return new Units(
                    processes.stream().mapToLong(ProcessInfo::key).toArray(),
                    processes.stream().map(ProcessInfo::unit).toArray(String[]::new));
        }

        /** Null: it is not known. */
        String get(long key) {
            int index = Arrays.binarySearch(keys, key);
            return index < 0 ? null : units[index];
        }
    }

    /** Makes the threads that an incident needs: then it may be too late for that. */
    ProcessReader(ProcessUnits unitNames) {
        this.unitNames = unitNames;
        threads.prestartAllCoreThreads();
    }

    /** Lets a thread do something; false if all of them are stuck, or none can be made. */
    private boolean start(Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (RejectedExecutionException | OutOfMemoryError e) { // the latter: no thread
            return false;
        }
    }

    /** The table of a reading's processes, largest resident memory first. */
    public ProcessTable table(Reading reading) {
        TtyNames ttys = new TtyNames();
        Map<Long, String> names = users.of(reading.processes());
        List<ProcessInfo> rows = new ArrayList<>(reading.processes().size());
        for (ProcessInfo process : reading.processes()) {
            String tty = ttys.name(process.stat().ttyNr(), process.pid());
            rows.add(process.named(names.get(process.uid()), tty));
        }
        rows.sort(
                Comparator.comparingLong((ProcessInfo row) -> -row.status().rssKiB())
                        .thenComparingInt(ProcessInfo::pid));
        return new ProcessTable(
                List.copyOf(rows), names, reading.kinds().totalKiB(), reading.clock());
    }

    /** Begins to read the command lines of a table's processes. */
    public CommandLines.Reading commandLines(ProcessTable table) {
        long limitMillis =
                COMMAND_LINES_MILLIS + COMMAND_LINES_MILLIS_PER_PROCESS * table.rows().size();
        long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        return commandLines.read(table.rows(), deadlineNanos);
    }

    /**
     * What an interpreter runs, such as the jar of a {@code java}; empty for anything else, and
     * where it is not to be known in time.
     */
    public String scriptOf(int pid, String name) {
        if (pid == 0 || !ScriptName.isInterpreter(name)) {
            return "";
        }
        try {
            ProcFile file = new ProcFile();
            script.call(() -> file.read("/proc/" + pid + "/cmdline", SCRIPT_BYTES));
            return ScriptName.of(name, file.text());
        } catch (IOException e) {
            return "";
        }
    }

    /** What tells a process from all others since the boot: {@code PID STARTTICKS}; empty: gone. */
    public static String identity(long pid) {
        ProcFile file = new ProcFile();
        return file.read("/proc/" + pid + "/stat", 4096)
                ? pid + " " + Stat.parse((int) pid, file).startTicks()
                : "";
    }

    /** False if {@code /proc} hides other users' processes (mount option hidepid). */
    public static boolean allVisible() {
        return new ProcFile().read("/proc/1/stat", 1);
    }

    public static int count() {
        return processIds().length;
    }

    /** In ascending order. Names are dropped as they come: an array of them takes 50 bytes each. */
    private static int[] processIds() {
        int[] pids = new int[1024];
        int count = 0;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(PROC)) {
            for (Path path : names) {
                String name = path.getFileName().toString();
                if (name.charAt(0) >= '1' && name.charAt(0) <= '9') {
                    pids = count < pids.length ? pids : Arrays.copyOf(pids, 2 * count);
                    pids[count++] = Integer.parseInt(name);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return new int[0];
        }
        pids = Arrays.copyOf(pids, count);
        Arrays.sort(pids);
        return pids;
    }

    /** Reads the processes that have most resident memory; of the others, nothing is kept. */
    List<ProcessInfo> readLargest(int most) {
        oldOnes = Units.of(List.of()); // the heap has no room for what can be read again
        longStatusesRead.set(0);
        List<ProcessInfo> largest = new ArrayList<>();
        ProcFile file = new ProcFile();
        for (int pid : processIds()) {
            ProcessInfo process = read(pid, file);
            if (process != null) {
                Reading.addLargest(process, most, largest);
            }
        }
        return largest;
    }

    /** How many threads read processes beside the caller. */
    static int helpers(int processes, int processors) {
        int most = Math.min(MOST_READERS, processors);
        return Math.max(1, Math.min(most, processes / PROCESSES_PER_READER) - 1);
    }

    /** Reads all processes, in no order, with some helpers; what is gone is left out. */
    List<ProcessInfo> read(BootClock clock) {
        longStatusesRead.set(0);
        int[] pids = processIds();
        ProcessInfo[] found = new ProcessInfo[pids.length];
        AtomicInteger next = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(found.length);
        AtomicReference<OutOfMemoryError> outOfHeap = new AtomicReference<>();
        Consumer<ProcFile> reader =
                file -> {
                    int first;
                    while ((first = next.getAndAdd(CHUNK)) < found.length) {
                        for (int i = first; i < Math.min(first + CHUNK, found.length); i++) {
                            try {
                                found[i] = outOfHeap.get() == null ? read(pids[i], file) : null;
                            } catch (OutOfMemoryError e) { // of whichever thread it is
                                outOfHeap.set(e);
                            } finally {
                                left.countDown();
                            }
                        }
                    }
                };
        int helpers = helpers(pids.length, Runtime.getRuntime().availableProcessors());
        List<ProcFile> files = new ArrayList<>(); // where the heap has no room, nobody begins
        for (int i = 0; i <= helpers; i++) {
            files.add(new ProcFile());
        }
        for (ProcFile file : files.subList(0, helpers)) {
            start(() -> reader.accept(file)); // if no thread is free, all is done here
        }
        reader.accept(files.get(helpers));
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (outOfHeap.get() != null) {
            throw outOfHeap.get();
        }
        List<ProcessInfo> read = new ArrayList<>(found.length);
        List<ProcessInfo> old = new ArrayList<>(found.length);
        for (ProcessInfo process : found) {
            if (process != null) {
                read.add(process);
                if (clock.startClockTicks() - process.stat().startTicks() >= SETTLED_TICKS) {
                    old.add(process);
                }
            }
        }
        oldOnes = Units.of(old);
        return read;
    }

    private ProcessInfo read(int pid, ProcFile file) {
        String directory = "/proc/" + pid;
        Stat stat = file.read(directory + "/stat", LIMIT_BYTES) ? Stat.parse(pid, file) : null;
        if (stat == null) {
            return null;
        }
        if (stat.isKernelThread()) {
            return ProcessInfo.of(stat, Status.unknown(stat), "");
        }
        Status status = status(stat, directory, file);
        int thread = pid;
        if (status.state() == 'Z' && status.threads() > 1) {
            thread = livingThread(pid, file);
            status = status.withSizesOf(status(stat, directory + "/task/" + thread, file));
        }
        return ProcessInfo.of(stat, status, unit(stat, thread, file));
    }

    /** What its status says; where that is known to be long, or too many are, statm. */
    private Status status(Stat stat, String directory, ProcFile file) {
        long key = ProcessInfo.key(stat.pid(), stat.startTicks());
        Long user = longStatuses.get(key);
        boolean isOld = oldOnes.get(key) != null; // then it was short before, as nearly always
        if (user != null || longStatusesRead.get() >= (isOld ? 2 : 1) * MOST_LONG_STATUSES) {
            file.read(directory + "/statm", 4096);
            return Status.ofStatm(file, stat, user == null ? -1 : user);
        }
        if (!file.read(directory + "/status", LIMIT_BYTES)) {
            return Status.unknown(stat);
        }
        Status status = Status.parse(file, stat);
        if (file.length() > LONG_STATUS_BYTES) {
            longStatusesRead.incrementAndGet();
            if (longStatuses.size() >= LONG_STATUSES_KNOWN) {
                longStatuses.clear();
            }
            longStatuses.put(key, status.uid());
        }
        return status;
    }

    /**
     * The first thread has ended, and others go on: they have what the process has, and are still
     * in its unit.
     *
     * @return the number of one of them; the process's where there is none
     */
    private static int livingThread(int pid, ProcFile file) {
        String directory = "/proc/" + pid + "/task/";
        String[] threads = new File(directory).list();
        for (String thread : threads == null ? new String[0] : threads) {
            if (file.read(directory + thread + "/statm", 4096) && file.number(0) > 0) {
                return Integer.parseInt(thread);
            }
        }
        return pid;
    }

    private String unit(Stat stat, int thread, ProcFile file) {
        String known = oldOnes.get(ProcessInfo.key(stat.pid(), stat.startTicks()));
        return known != null ? known : unitNames.of(thread, file);
    }
}
