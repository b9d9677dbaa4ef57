package culprit;

import procfs.MemoryKinds;
import procfs.MemoryKinds.Kind;
import procfs.TmpfsMount;

import text.Printable;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A snapshot as bytes, for the history on disk. What is read is as doubtful as any file: a number
 * that cannot be true is an {@link IOException}, before memory is taken for it.
 */
final class SnapshotBytes {
    /** More than a snapshot in the heap could have, see {@link History#LIMIT_BYTES}. */
    private static final int MOST = 1 << 17;

    private SnapshotBytes() {}

    static void write(Snapshot snapshot, DataOutput out) throws IOException {
        out.writeLong(snapshot.nanos());
        out.writeLong(snapshot.bootTicks());
        out.writeLong(snapshot.gapNanos());
        write(snapshot.kinds(), out);
        out.writeInt(snapshot.mounts().size());
        for (TmpfsMount mount : snapshot.mounts()) {
            out.writeUTF(mount.path());
            out.writeLong(mount.usedKiB());
        }
        out.writeInt(snapshot.groups().size());
        for (Map.Entry<GroupKey, Snapshot.Group> each : snapshot.groups().entrySet()) {
            out.writeUTF(each.getKey().unit());
            out.writeUTF(each.getKey().name());
            write(each.getValue(), out);
        }
        out.writeInt(snapshot.units().size());
        for (Map.Entry<String, Snapshot.Unit> each : snapshot.units().entrySet()) {
            out.writeUTF(each.getKey());
            write(each.getValue(), out);
        }
        out.writeLong(0); // was the page tables of all processes
        out.writeLong(snapshot.stacksKiB());
        out.writeLong(snapshot.unseenKiB());
        out.writeLong(snapshot.swappedFilesKiB());
        out.writeInt(snapshot.keys().length);
        for (int i = 0; i < snapshot.keys().length; i++) {
            out.writeLong(snapshot.keys()[i]);
            out.writeInt(snapshot.sizesKiB()[i]);
        }
    }

    /**
     * Reads a snapshot.
     *
     * @param before the snapshot before it, to share keys with it; null: there is none
     */
    static Snapshot read(DataInput in, Snapshot before) throws IOException {
        long nanos = in.readLong();
        long bootTicks = in.readLong();
        long gapNanos = in.readLong();
        MemoryKinds kinds = readKinds(in);
        List<TmpfsMount> mounts = new ArrayList<>();
        for (int left = count(in); left > 0; left--) {
            mounts.add(new TmpfsMount(name(in), in.readLong()));
        }
        Map<GroupKey, Snapshot.Group> groups = new HashMap<>();
        for (int left = count(in); left > 0; left--) {
            GroupKey key = new GroupKey(name(in), name(in));
            groups.put(key, readGroup(in));
        }
        groups = Snapshot.shareKeys(groups, before);
        Map<String, Snapshot.Unit> units = new HashMap<>();
        for (int left = count(in); left > 0; left--) {
            units.put(name(in), readUnit(in));
        }
        in.readLong();
        long stacksKiB = in.readLong();
        long unseenKiB = in.readLong();
        long swappedFilesKiB = in.readLong();
        long[] keys = new long[count(in)];
        int[] sizesKiB = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = in.readLong();
            sizesKiB[i] = in.readInt();
        }
        return new Snapshot(
                nanos,
                bootTicks,
                gapNanos,
                kinds,
                mounts,
                groups,
                units,
                stacksKiB,
                unseenKiB,
                swappedFilesKiB,
                keys,
                sizesKiB,
                Snapshot.namesBytes(groups, units, mounts, before));
    }

    private static void write(MemoryKinds kinds, DataOutput out) throws IOException {
        out.writeLong(kinds.totalKiB());
        out.writeLong(kinds.usedKiB());
        out.writeLong(kinds.swapTotalKiB());
        out.writeLong(kinds.swapUsedKiB());
        out.writeLong(kinds.mappedKiB());
        out.writeLong(kinds.hugeInUseKiB());
        out.writeLong(kinds.lazyFreeKiB());
        out.writeInt(Kind.values().length);
        for (Kind kind : Kind.values()) { // by name: a later version may have more of them
            out.writeUTF(kind.jsonName);
            out.writeLong(kinds.sizeKiB(kind));
        }
    }

    private static MemoryKinds readKinds(DataInput in) throws IOException {
        long[] kiB = longs(in, 7);
        Map<Kind, Long> sizes = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            sizes.put(kind, 0L);
        }
        for (int left = count(in); left > 0; left--) {
            String name = in.readUTF();
            long sizeKiB = in.readLong();
            for (Kind kind : Kind.values()) {
                if (kind.jsonName.equals(name)) {
                    sizes.put(kind, sizeKiB);
                }
            }
        }
        return new MemoryKinds(sizes, kiB[0], kiB[1], kiB[2], kiB[3], kiB[4], kiB[5], kiB[6]);
    }

    private static long[] longs(DataInput in, int count) throws IOException {
        long[] longs = new long[count];
        for (int i = 0; i < count; i++) {
            longs[i] = in.readLong();
        }
        return longs;
    }

    private static void write(Snapshot.Group group, DataOutput out) throws IOException {
        out.writeInt(group.ownKiB());
        out.writeInt(group.rawOwnKiB());
        out.writeInt(group.shmemKiB());
        out.writeInt(group.leastShmemKiB());
        out.writeInt(group.rawMappedKiB());
        out.writeInt(group.hugeKiB());
        out.writeInt(group.lockedKiB());
        out.writeInt(group.kernelKiB());
        out.writeInt(group.count());
        out.writeInt(group.pid());
        out.writeInt(group.largestKiB());
    }

    private static Snapshot.Group readGroup(DataInput in) throws IOException {
        int[] g = ints(in, 11);
        return new Snapshot.Group(
                g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8], g[9], g[10]);
    }

    private static void write(Snapshot.Unit unit, DataOutput out) throws IOException {
        out.writeInt(0); // was all that it is charged
        out.writeInt(unit.ownKiB());
        out.writeInt(unit.shmemKiB());
        out.writeInt(unit.kernelKiB());
        out.writeInt(unit.socketKiB());
        out.writeBoolean(unit.isLeftBehind());
    }

    private static Snapshot.Unit readUnit(DataInput in) throws IOException {
        int[] kiB = ints(in, 5);
        return new Snapshot.Unit(kiB[1], kiB[2], kiB[3], kiB[4], in.readBoolean());
    }

    private static int[] ints(DataInput in, int count) throws IOException {
        int[] ints = new int[count];
        for (int i = 0; i < count; i++) {
            ints[i] = in.readInt();
        }
        return ints;
    }

    /** As they are when they are read of the machine: another version may have let more pass. */
    private static String name(DataInput in) throws IOException {
        return Printable.line(in.readUTF());
    }

    private static int count(DataInput in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new IOException("a list of " + count + " items");
        }
        return count;
    }
}
