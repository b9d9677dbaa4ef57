package culprit;

import culprit.Pool.Claim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The groups of processes of two moments, and what each may have grown by, in KiB. */
final class Groups {
    /**
     * A process: if it is new, it grew by all that is surely its own, else by what its memory did
     * that no file has, see {@link Snapshot#privateKiB}.
     *
     * @param hadKiB what it had of its own; 0: it was not there, or small
     * @param inheritedKiB what of its raw figures it may have from the process that it was forked
     *     from, if it is new, shares something, and that process is known
     */
    record Member(Share share, long hadKiB, long grownKiB, boolean isNew, long inheritedKiB) {
        private Member withGrownKiB(long otherKiB) {
            return new Member(share, hadKiB, otherKiB, isNew, inheritedKiB);
        }

        /** What it inherited and does not share any more: it has it, or the other process. */
        private long unsharedKiB() {
            long restKiB = Snapshot.privateKiB(share.process) - inheritedKiB;
            return Math.max(0, share.anonKiB + share.swapKiB - Math.max(0, restKiB));
        }
    }

    /** A group of processes that runs, was there before, or both. */
    static final class Group {
        final GroupKey key;
        final Snapshot.Group now;

        /** Its processes that run. Together they have grown by no more than the group. */
        final List<Member> members = new ArrayList<>();

        private final Snapshot.Group before;
        Claim own;
        Claim shmem;
        Claim huge;
        Claim locked;
        Claim kernel;

        /** What new processes of other groups, forked from this one, have of what they inherit. */
        private long lentKiB;

        private Group(GroupKey key, Snapshot.Group before, Snapshot.Group now) {
            this.key = key;
            this.before = before;
            this.now = now;
        }

        private boolean isKnown() {
            return before != Snapshot.Group.NONE;
        }

        /** True if neither it nor one of its processes was there before. */
        boolean isNew() {
            boolean isNew = !isKnown();
            for (Member member : members) {
                isNew &= member.isNew;
            }
            return isNew;
        }

        /** Negative: it has become smaller. */
        long grownKiB() {
            long sum = 0;
            for (Claim claim : List.of(own, shmem, huge, locked, kernel)) {
                sum += claim.given > 0 ? claim.given : -claim.givenBack;
            }
            return sum;
        }

        /** What it gave back, but for memory of its own: see {@link Pool#givenBackKiB}. */
        long givenBackKiB() {
            long sum = 0;
            for (Claim claim : List.of(shmem, huge, locked, kernel)) {
                sum += claim.givenBack;
            }
            return sum;
        }

        /** Scales its processes down: together they have grown by no more than it. */
        void scaleMembers() {
            double sum = 0;
            for (Member member : members) {
                sum += member.grownKiB;
            }
            double part = Math.max(0, grownKiB()) / sum;
            for (int i = 0; part < 1 && i < members.size(); i++) {
                Member old = members.get(i);
                long grownKiB = (long) (old.grownKiB * part);
                members.set(i, old.withGrownKiB(grownKiB));
            }
        }
    }

    /** A process that has grown by this part of its group's growth is named itself. */
    static final double MOST_OF_GROUP = 0.8;

    private final List<Snapshot> history;
    private final Snapshot first;
    private final Map<GroupKey, Group> groups = new HashMap<>();

    /** Compares the first moment of a history with its last, whose processes have {@code now}. */
    Groups(List<Snapshot> history, List<Share> now, Replacements replacements) {
        this.history = history;
        first = history.get(0);
        Snapshot last = history.get(history.size() - 1);
        Set<GroupKey> matched = new HashSet<>();
        for (Map.Entry<GroupKey, Snapshot.Group> each : last.groups().entrySet()) {
            GroupKey key = each.getKey();
            GroupKey before = replacements.before(key);
            groups.put(key, new Group(key, first.group(before), each.getValue()));
            matched.add(before);
        }
        for (Map.Entry<GroupKey, Snapshot.Group> each : first.groups().entrySet()) {
            GroupKey key = each.getKey();
            if (!matched.contains(key)) {
                groups.put(key, new Group(key, each.getValue(), Snapshot.Group.NONE));
            }
        }
        for (Share share : now) {
            Group group = groups.get(share.group);
            if (group == null) { // too small to be noted
                Snapshot.Group none = Snapshot.Group.NONE;
                group = new Group(share.group, none, none);
                groups.put(share.group, group);
            }
            if (!share.process.isEnding()) {
                group.members.add(member(share));
            }
        }
        for (Group group : groups.values()) {
            for (Member member : group.members) {
                GroupKey from = member.share.from;
                if (member.isNew && from != null && !from.equals(group.key)) {
                    groups.get(from).lentKiB += member.unsharedKiB();
                }
            }
        }
        groups.values().forEach(this::claim);
        for (Share share : now) {
            if (share.process.isEnding()) {
                groups.get(share.group).own.ending += hadKiB(share.process.key());
            }
        }
    }

    /** All groups; those that do not run have no members. */
    Collection<Group> all() {
        return groups.values();
    }

    /** What a process had of its own at the last moment at which it had anything. */
    private long hadKiB(long key) {
        long hadKiB = 0;
        for (Snapshot snapshot : history) {
            long privateKiB = snapshot.privateKiB(key);
            hadKiB = privateKiB > 0 ? privateKiB : hadKiB;
        }
        return hadKiB;
    }

    private Member member(Share share) {
        boolean isNew = share.process.stat().startTicks() > first.bootTicks();
        // Of shared memory that is not certain, nobody knows which process of the group has it
        long possibleKiB = share.shmemKiB - share.leastShmemKiB;
        long hadKiB = isNew ? 0 : first.privateKiB(share.process.key());
        long grownKiB =
                isNew ? share.sizeKiB() - possibleKiB : Snapshot.privateKiB(share.process) - hadKiB;
        boolean isHeir = isNew && share.from != null && share.sharesNow();
        long inheritedKiB = isHeir ? share.sharableKiB : 0;
        return new Member(share, hadKiB, Math.max(0, grownKiB), isNew, inheritedKiB);
    }

    private void claim(Group group) {
        GroupKey key = group.key;
        Snapshot.Group now = group.now;
        Snapshot.Group before = withOtherNames(group);
        int stayed = 0;
        long ofMembers = 0;
        long inherited = 0; // by new processes from fork(2), at most
        for (Member member : group.members) {
            ofMembers += member.grownKiB;
            inherited += member.inheritedKiB;
            stayed += member.isNew ? 0 : 1;
        }
        // Who has ended took his raw figures along, but not what he shared
        boolean isReduced = stayed < before.count();
        long kernel = now.kernelKiB() - before.kernelKiB();
        group.kernel = new Claim(key, kernel, kernel);
        group.kernel.given = group.kernel.certain;
        long own = now.ownKiB() - before.ownKiB();
        long rawOwn = rawGrownKiB(now.rawOwnKiB(), before.rawOwnKiB(), own);
        long byItself = rawOwn - inherited;
        if (isReduced) {
            rawOwn = Math.max(rawOwn, Math.min(own, ofMembers));
            byItself = Math.max(byItself, Math.min(own, ofMembers));
        }
        long most = mostOfMembersKiB(group, ofMembers);
        long moreKiB = most - Math.max(own, rawOwn) - kernel;
        long others = most == 0 ? 0 : Math.max(0, moreKiB);
        long shared = before.rawOwnKiB() - before.ownKiB() + inherited;
        long unshared = group.lentKiB + (own > Math.max(0, byItself) ? shared : 0);
        group.own = new Claim(key, own + others, rawOwn + others, byItself + others, unshared);
        group.own.givenBack += others;
        group.own.hasShared = before.rawOwnKiB() > before.ownKiB();
        group.own.kept = Math.min(now.rawOwnKiB(), group.before.rawOwnKiB());
        group.own.ofMembers = ofMembers;
        group.own.renamed = before.ownKiB() - group.before.ownKiB();
        long least = now.leastShmemKiB() - before.leastShmemKiB();
        long huge = now.hugeKiB() - before.hugeKiB();
        long locked = now.lockedKiB() - before.lockedKiB();
        long all = least + huge + locked;
        long mapped = rawGrownKiB(now.rawMappedKiB(), before.rawMappedKiB(), all);
        mapped = isReduced ? Math.max(all, mapped) : mapped;
        long beyond = Math.max(0, now.leastShmemKiB() - before.shmemKiB()); // what it may have had
        group.shmem = new Claim(key, Math.min(least, beyond), mapped - huge - locked);
        long lost = Math.max(0, before.shmemKiB() - now.shmemKiB());
        group.shmem.givenBack = Math.min(group.shmem.givenBack, lost);
        group.huge = new Claim(key, huge, mapped - least - locked);
        group.locked = new Claim(key, locked, mapped - least - huge);
        long mappedOnce = before.leastShmemKiB() + before.hugeKiB() + before.lockedKiB();
        group.huge.hasShared = before.rawMappedKiB() > mappedOnce;
        group.locked.hasShared = group.huge.hasShared;
    }

    /**
     * What a process of a group grew by that was there before, if it is nearly all that its
     * processes grew by; else 0. What is more than the group grew by, others of it gave back.
     */
    private static long mostOfMembersKiB(Group group, long ofMembersKiB) {
        long most = 0;
        for (Member member : group.members) {
            most = member.hadKiB > 0 ? Math.max(most, member.grownKiB) : most;
        }
        return most >= MOST_OF_GROUP * ofMembersKiB ? most : 0;
    }

    /** What raw figures grew by. Where they are beyond the most, they did what the share did. */
    private static long rawGrownKiB(int now, int before, long shareKiB) {
        return Math.max(now, before) == Snapshot.MOST_KIB ? shareKiB : now - before;
    }

    /** What a group had before, and what processes of it had beyond that under another name. */
    private static Snapshot.Group withOtherNames(Group group) {
        Snapshot.Group known = group.before;
        long had = 0;
        long kernel = 0;
        for (Member member : group.members) {
            had += member.hadKiB;
            kernel += Math.min(member.hadKiB, member.share.process.status().kernelKiB());
        }
        int ofKernel = group.isKnown() ? 0 : Snapshot.kib(kernel);
        long moreKiB = had - known.rawOwnKiB() - known.kernelKiB() - ofKernel;
        int more = Snapshot.kib(Math.max(0, moreKiB));
        return known.plus(new Snapshot.Group(more, more, 0, 0, 0, 0, 0, ofKernel, 0, 0, 0));
    }
}
