package culprit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Memory of a kind that is given to groups of processes, and their claims to it: what a unit's
 * charge rose by, or, of all groups in no charged unit, what the kind rose by beyond the charges.
 */
final class Pool {
    /** A figure that is less than this part of another does not count beside it. */
    static final double OTHERS = 0.2;

    // As constants, the JVM links them when it loads this class, and not in an incident
    static final ToLongFunction<Claim> CERTAIN = claim -> claim.certain;
    static final ToLongFunction<Claim> POSSIBLE =
            claim -> Math.max(0, claim.possible - claim.given);
    static final ToLongFunction<Claim> OF_MEMBERS =
            claim -> Math.max(0, claim.ofMembers - claim.given);
    private static final ToLongFunction<Claim> UNSHARED = claim -> claim.unshared;
    static final ToLongFunction<Claim> KEPT = claim -> claim.kept;
    private static final ToLongFunction<Claim> RAW = claim -> claim.possible;
    private static final ToLongFunction<Claim> ENDING = claim -> claim.ending;
    private static final ToLongFunction<Claim> GIVEN_BACK = claim -> claim.givenBack;
    private static final ToLongFunction<Claim> MAYBE_SHARED =
            claim -> claim.hasShared ? claim.givenBack : 0;
    private static final ToLongFunction<Claim> SHARED_SINCE = claim -> claim.sharedSince;
    private static final ToLongFunction<Claim> RENAMED = claim -> claim.renamed;
    private static final ToLongFunction<Claim> GIVEN = claim -> claim.given;
    static final List<ToLongFunction<Claim>> PASSES =
            List.of(CERTAIN, POSSIBLE, OF_MEMBERS, UNSHARED, KEPT);
    private static final Comparator<Claim> MOST_WANTED =
            Comparator.<Claim>comparingLong(claim -> -claim.wants)
                    .thenComparing(claim -> claim.key.name());

    /** What a group may be given of a kind of memory. */
    static final class Claim {
        final GroupKey key;

        /** What its share grew by, and no more than what is possible. */
        final long certain;

        /** What its raw figures grew by, without what new processes may have inherited. */
        final long possible;

        /** What it shared before, or may have inherited, and does not share now. */
        final long unshared;

        /**
         * What it had at both moments: it may have given that back by MADV_FREE, and taken it
         * again.
         */
        long kept;

        /** What its processes had that are ending: the kernel may not have all of it back. */
        long ending;

        /** What it gave back: what both its share and its raw figures fell by. */
        long givenBack;

        /** Others may still have what it gave back: it shared something before. */
        boolean hasShared;

        /** What its share fell by beyond its raw figures: it shares more, or seems to. */
        final long sharedSince;

        /**
         * What its processes had under another name. The group of that name is smaller by that, but
         * nobody gave it back.
         */
        long renamed;

        /** What its processes grew by: a process that took another name took the rest along. */
        long ofMembers;

        long given;

        /** What it wants in this pass. */
        long wants;

        /**
         * Makes a claim.
         *
         * @param shareGrown what the group's share grew by
         * @param rawGrown what its raw figures grew by
         * @param grownByItself the same without what new processes may have inherited by fork(2)
         * @param unshared what may have been shared, or inherited, and is not shared now
         */
        Claim(GroupKey key, long shareGrown, long rawGrown, long grownByItself, long unshared) {
            this.key = key;
            possible = Math.max(0, grownByItself);
            certain = Math.max(0, Math.min(shareGrown, grownByItself));
            this.unshared = unshared;
            givenBack = Math.max(0, Math.min(-shareGrown, -rawGrown));
            sharedSince = Math.max(0, -shareGrown - givenBack);
        }

        /** A claim to memory that no process inherits. */
        Claim(GroupKey key, long shareGrown, long rawGrown) {
            this(key, shareGrown, rawGrown, rawGrown, 0);
        }
    }

    final String unit;
    final List<Claim> claims = new ArrayList<>();

    /** What there is to be given, and has not been given yet. */
    long restKiB;

    /** This much may be nobody's. */
    long nobodysKiB;

    /** The groups that can have the rest, if there are several. */
    List<GroupKey> anyOf = List.of();

    Pool(String unit, long restKiB) {
        this.unit = unit;
        this.restKiB = restKiB;
    }

    long givenBackKiB() {
        return Math.max(0, sum(GIVEN_BACK) - renamedKiB());
    }

    long renamedKiB() {
        return sum(RENAMED);
    }

    long givenKiB() {
        return sum(GIVEN);
    }

    private long sum(ToLongFunction<Claim> size) {
        long sum = 0;
        for (Claim claim : claims) {
            sum += size.applyAsLong(claim);
        }
        return sum;
    }

    /**
     * What no raw figure explains, up to twice what processes had that are ending: one of them may
     * have grown since that was read, and until it was killed. And up to what those gave back who
     * shared: others may still have it.
     */
    long withoutRawKiB() {
        long mostKiB = nobodysKiB + 2 * sum(ENDING) + sum(MAYBE_SHARED);
        return Math.max(0, Math.min(mostKiB, restKiB - sum(RAW)));
    }

    /** What raw figures grew by beyond the rest, up to what others may have come to share. */
    long sharedSinceKiB() {
        return Math.max(0, Math.min(sum(SHARED_SINCE), sum(RAW) - restKiB));
    }

    /** The unit, or the one that all have in common who can have the rest; else empty. */
    String commonUnit() {
        String common = unit.isEmpty() && !anyOf.isEmpty() ? anyOf.get(0).unit() : unit;
        for (GroupKey key : anyOf) {
            common = key.unit().equals(common) ? common : "";
        }
        return common;
    }

    /**
     * Gives the rest to the groups that claim it. If the claims are hardly more than there is, each
     * group gets its claim, or its part of it. If they are much more, each gets what all the others
     * leave when they get all that they claim: that must be its own.
     *
     * @param limitKiB at most this much is given
     * @return if the claims were much more: the groups that can have the rest, the largest claim
     *     first, without those that are small beside it
     */
    List<GroupKey> give(ToLongFunction<Claim> wanted, long limitKiB) {
        double available = Math.max(0, Math.min(restKiB, limitKiB));
        double sum = 0;
        for (Claim claim : claims) {
            claim.wants = (long) Math.min(available, wanted.applyAsLong(claim));
            sum += claim.wants;
        }
        boolean isTight = sum > (1 + OTHERS) * available;
        List<Claim> several = new ArrayList<>();
        for (Claim claim : claims) {
            double sure = Math.max(0, available - (sum - claim.wants));
            double part = isTight ? sure : claim.wants * available / Math.max(available, sum);
            claim.given += (long) part;
            claim.wants -= (long) part;
            restKiB -= (long) part;
            if (isTight && claim.wants > 0) {
                several.add(claim);
            }
        }
        several.sort(MOST_WANTED);
        List<GroupKey> keys = new ArrayList<>();
        for (Claim claim : several) {
            if (claim.wants > OTHERS * several.get(0).wants) {
                keys.add(claim.key);
            }
        }
        return keys;
    }

    /**
     * Scales down what was given to what there was to give: units are read one after the other.
     *
     * @return what is left of that
     */
    static long bound(List<Pool> pools, long mostKiB) {
        double given = 0;
        for (Pool pool : pools) {
            given += pool.givenKiB();
        }
        double part = Math.min(1, Math.max(0, mostKiB) / Math.max(1, given));
        for (Pool pool : pools) {
            for (Claim claim : pool.claims) {
                claim.given = (long) (part * claim.given);
            }
        }
        return (long) (mostKiB - part * given);
    }
}
