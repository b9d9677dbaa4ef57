package culprit;

import procfs.BootClock;
import procfs.ControlGroup;
import procfs.MemInfo;
import procfs.MemoryKinds;
import procfs.MemoryPressure;
import procfs.ProcessInfo;
import procfs.Reading;
import procfs.Stat;
import procfs.Status;
import procfs.TmpfsMount;

import words.Notes;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A machine over time, and the answer for it. A moment is a text of words:
 *
 * <ul>
 *   <li>a process: {@code PID/NAME/STARTSECOND/MIB}, then as far as wanted {@code ,p=PARENT
 *       ,s=SESSION ,u=UNIT ,exec=yes ,sh=SHARED ,pt=PAGETABLES ,sw=SWAP ,huge=HUGEPAGES
 *       ,lock=LOCKEDFILES ,th=THREADS ,uid=USER}, sizes in MiB
 *   <li>the machine's {@code anon=MIB} (else what the processes have), {@code shmem=}, {@code
 *       mapped=}, {@code slab=}, {@code tables=}, {@code stacks=}, {@code vmalloc=}, {@code
 *       swapcache=}, {@code huge=}, {@code held=}, {@code percpu=}, {@code reserve=}, {@code
 *       other=}, {@code swap=}; used memory is their sum, less {@code lazy=}, which has been given
 *       back by MADV_FREE; {@code total=}, its RAM, else as much as it has ever used and 1 GiB
 *   <li>a unit's name has {@code ~} for a blank
 *   <li>a control group: {@code unit:NAME:ANON:SHMEM:KERNEL} or {@code
 *       unit:NAME:ANON:SHMEM:KERNEL:SOCKETS:LAZY:SWAP}, {@code left:…} for one that is gone
 *   <li>a file system in memory: {@code mount:PATH:MIB}
 * </ul>
 */
public final class Scene {
    private static final List<String> KINDS =
            List.of(
                    "shmem",
                    "slab",
                    "tables",
                    "stacks",
                    "vmalloc",
                    "swapcache",
                    "huge",
                    "held",
                    "percpu",
                    "reserve",
                    "other");

    public final History history = new History();
    private boolean seesAll = true;
    private long totalKiB;

    /** A machine of which not all processes can be seen. */
    public static Scene partlyVisible() {
        Scene scene = new Scene();
        scene.seesAll = false;
        return scene;
    }

    /** What the machine is like at a second after boot. */
    public Reading moment(double second, String words) {
        List<ProcessInfo> processes = new ArrayList<>();
        List<ControlGroup> groups = new ArrayList<>();
        List<TmpfsMount> mounts = new ArrayList<>();
        Map<String, Long> kiB = new HashMap<>();
        for (String word : words.trim().split("\\s+")) {
            String[] parts = word.split("[:/]", 3);
            if (word.startsWith("unit:") || word.startsWith("left:")) {
                groups.add(group(word));
            } else if (word.startsWith("mount:")) {
                String[] mount = word.split(":");
                mounts.add(new TmpfsMount(mount[1], mib(mount[2])));
            } else if (word.contains("/")) {
                processes.add(process(word));
            } else if (word.contains("=")) {
                kiB.put(word.split("=")[0], mib(word.split("=")[1]));
            } else if (!word.isEmpty()) {
                throw new IllegalArgumentException(word + parts.length);
            }
        }
        long sum = processes.stream().mapToLong(process -> process.status().anonKiB()).sum();
        long anon = kiB.getOrDefault("anon", sum);
        long used = anon - kiB.getOrDefault("lazy", 0L);
        for (String kind : KINDS) {
            used += kiB.getOrDefault(kind, 0L);
        }
        Map<String, Long> lines = new HashMap<>();
        totalKiB = kiB.getOrDefault("total", Math.max(totalKiB, used + (1 << 20)));
        lines.put("MemTotal", totalKiB);
        lines.put("MemAvailable", totalKiB - used);
        long reserve = kiB.getOrDefault("reserve", 0L);
        lines.put("MemFree", totalKiB - used + reserve - kiB.getOrDefault("lazy", 0L));
        lines.put("Percpu", kiB.getOrDefault("percpu", 0L));
        lines.put("AnonPages", anon);
        lines.put("Shmem", kiB.getOrDefault("shmem", 0L));
        lines.put("Mapped", kiB.getOrDefault("mapped", 0L));
        lines.put("SUnreclaim", kiB.getOrDefault("slab", 0L));
        lines.put("PageTables", kiB.getOrDefault("tables", 0L));
        lines.put("KernelStack", kiB.getOrDefault("stacks", 0L));
        lines.put("VmallocUsed", kiB.getOrDefault("vmalloc", 0L) + lines.get("KernelStack"));
        lines.put("SwapCached", kiB.getOrDefault("swapcache", 0L));
        lines.put("Hugetlb", kiB.getOrDefault("huge", 0L));
        lines.put("Cached", lines.get("Shmem") + kiB.getOrDefault("held", 0L));
        lines.put("Inactive(file)", kiB.getOrDefault("lazy", 0L));
        lines.put("SwapTotal", 1L << 30);
        lines.put("SwapFree", (1L << 30) - kiB.getOrDefault("swap", 0L));
        return new Reading(
                (long) (second * 1e9),
                new BootClock((long) (second * 100), 0, null),
                MemoryKinds.of(new MemInfo(lines), 0, 0),
                MemoryPressure.parse(""),
                processes,
                seesAll,
                groups,
                mounts);
    }

    private static ControlGroup group(String word) {
        String[] parts = word.split(":");
        return new ControlGroup(
                parts[1].replace('~', ' '),
                mib(parts[2]),
                mib(parts[3]),
                mib(parts[4]),
                parts.length > 5 ? mib(parts[5]) : 0,
                0,
                parts.length > 7 ? mib(parts[7]) : 0,
                parts.length > 6 ? mib(parts[6]) : 0,
                parts[0].equals("left"));
    }

    private static ProcessInfo process(String word) {
        String[] options = word.split(",");
        String[] parts = options[0].split("/");
        Map<String, String> more = new HashMap<>();
        for (int i = 1; i < options.length; i++) {
            more.put(options[i].split("=")[0], options[i].split("=")[1]);
        }
        int pid = Integer.parseInt(parts[0]);
        Stat stat =
                new Stat(
                        pid,
                        parts[1].getBytes(StandardCharsets.UTF_8),
                        'S',
                        Integer.parseInt(more.getOrDefault("p", "1")),
                        pid,
                        Integer.parseInt(more.getOrDefault("s", "" + pid)),
                        0,
                        0,
                        more.getOrDefault("exec", "no").equals("no"),
                        false,
                        0,
                        0,
                        1,
                        Long.parseLong(parts[2]) * 100);
        long shmem = mib(more.getOrDefault("sh", "0"));
        long locked = mib(more.getOrDefault("lock", "0"));
        Status status =
                new Status(
                        'S',
                        Long.parseLong(more.getOrDefault("uid", "0")),
                        Long.parseLong(more.getOrDefault("th", "1")),
                        0,
                        mib(parts[3]) + shmem + locked,
                        locked == 0 ? 0 : mib(parts[3]) + shmem + locked,
                        mib(parts[3]),
                        shmem,
                        mib(more.getOrDefault("sw", "0")),
                        mib(more.getOrDefault("huge", "0")),
                        mib(more.getOrDefault("pt", "0")));
        return ProcessInfo.of(stat, status, more.getOrDefault("u", "").replace('~', ' '));
    }

    private static long mib(String text) {
        return (long) (Double.parseDouble(text) * 1024);
    }

    /** Remembers a moment. */
    public Scene at(double second, String words) {
        history.add(moment(second, words));
        return this;
    }

    /** What is blamed at a moment, with memory above the threshold since then. */
    public Answer answer(double second, String words) {
        Reading now = moment(second, words);
        return Answer.of(history, now, history.add(now), now.nanos(), now.nanos(), Long::toString);
    }

    /** The first note at a moment. */
    String note(double second, String words) {
        return Notes.growth(answer(second, words), item -> "").get(0);
    }

    /** The parts of a moment, added up by what processes have in common. */
    Map<String, Long> partsMib(String words, Function<ProcessInfo, String> key) {
        Reading moment = moment(1000, words);
        Map<String, Long> sums = new HashMap<>();
        for (Share part : history.add(moment)) {
            sums.merge(key.apply(part.process), part.sizeKiB(), Long::sum);
        }
        sums.replaceAll((name, kiB) -> Math.round(kiB / 1024.0));
        return sums;
    }
}
