//SOURCES Answer.java Gone.java GroupKey.java Groups.java Growth.java History.java Levels.java
//SOURCES Owners.java Pool.java Replacements.java Rise.java Series.java Share.java Sharing.java
//SOURCES Snapshot.java SnapshotBytes.java Trend.java Window.java

/**
 * What ate the memory: what the kernel says goes in, the answer comes out. This room reads nothing
 * from the machine and writes no sentence.
 *
 * <p>The way of an answer: Reading → Sharing (counts each page for one process) → Snapshot →
 * History → Rise (what changed between two moments, with Replacements, Groups, Pool and Gone) →
 * Levels (names what changed: a process, a group, a unit …) → Window (chooses one of five windows,
 * with Trend) → Answer. So {@link History#add} calls Sharing and takes a Snapshot; {@link
 * Answer#of} asks Window, which asks Levels, with a Rise of its own, and then Trend for each of the
 * five. A window begins 10 minutes, 1 hour, 6 hours, 1 day or 7 days before memory had risen, and
 * ends now. An Owner is who has memory now, a Series is the history for a chart, and SnapshotBytes
 * are what of it is written to disk.
 *
 * <p>Words: a <em>group</em> is all processes of one name in one unit. <em>Raw figures</em> are
 * RssAnon, RssShmem and VmSwap of /proc/PID/status, which count a shared page for each process. A
 * <em>share</em> is what is left of them when each page is counted once. A <em>charge</em> is what
 * the memory controller says of a unit. A group <em>claims</em> what it may have grown by.
 * <em>Lazy</em> memory was given back by MADV_FREE: RssAnon still has it, memory in use does not.
 *
 * <p>Each rule names the test that fails without it; it is in AnswerTest unless another class is
 * named. Behind a colon is the case of that test.
 *
 * <p>The three laws:
 *
 * <ol>
 *   <li>Raw growth explains first. A group gets what its share grew by, but no more than its raw
 *       figures did (sharingTurnsNoOldMemoryIntoGrowth); then the rest of what its raw figures grew
 *       by (rawGrowthExplainsFirst). What new processes may have inherited by fork(2) is no growth
 *       (whatAChildInheritsIsNoGrowth, in swap: whatAChildInheritsOfSwapIsNoGrowth). Then it gets
 *       what it shared before, or what it and its children have inherited, and do not share now
 *       (whatIsNoMoreShared, aChildOfAnotherNameIsNoCulprit); at last what it may have taken again
 *       of lazy memory (whatWasGivenBackLazilyIsKnownByUnit).
 *   <li>The sizes of all that is named as grown or new add up to at most the rise of memory and
 *       swap, plus what others gave back (FuzzTest#whatAteItIsALineThatMakesSense). If the kernel's
 *       figures contradict this, the answer is doubtful
 *       (figuresThatContradictEachOtherAreDoubtful). Files in memory that outlive their process
 *       count once (whatIsGoneAndStillThereIsToldOnce), and so does what was given back
 *       (whatWasGivenBackCountsOnce).
 *   <li>All that grew has a name: a process, else a unit, else a kind of memory, at last "memory of
 *       processes that cannot be seen" (nothingThatGrewStaysUnnamed). If several groups can have
 *       it, all of them are named together, or the unit that they are in
 *       (whereNothingTellsThemApart), even if it is files of a mount (there: app).
 * </ol>
 *
 * <p>Sharing, each page once:
 *
 * <ol>
 *   <li>Σ RssAnon is more than AnonPages because processes share after fork(2). The difference is
 *       taken off the forked processes, in proportion to what each can share with its parent
 *       (sharedAfterFork, aParentThatIsSmallSharesLittle). In a unit, the charge stands for
 *       AnonPages (whoSharesWithWhom: task).
 *   <li>A process that has executed a program shares nothing with its parent
 *       (aProgramThatWasExecuted).
 *   <li>If the parent has ended, or is process 1 and may have adopted the process, the largest such
 *       process of the session stands for the parent (siblingsStandInForAParentThatHasGone,
 *       whoSharesWithWhom: shell).
 *   <li>If that is not enough, each forked process may share all that it has. Only after that is
 *       the rest taken off all processes, also those that have executed a program
 *       (whoWasForkedSharesBeforeWhoWasExecuted, whoSharesWithWhom: etl).
 *   <li>A unit's processes have no more than its charge (aUnitsChargeIsTheTruth, whoSharesWithWhom:
 *       qemu, db, pool in a). The charge that a unit has from units which are gone limits no
 *       process (whoSharesWithWhom: sh).
 *   <li>What files in mounts have beyond Shmem is in swap, and no process's (whatGrew: pool and
 *       /x).
 *   <li>Of shared memory a group has what its largest process maps. What is left is parted by what
 *       the others of each group map (sharedMemory). The same is true of huge pages and of locked
 *       files (memoryThatNoProcessHas: qemu, vmtouch).
 *   <li>Processes that cannot be seen keep the size that they had (whatCannotBeSeenIsTakenToStay),
 *       as far as those that share nothing leave it (whatCannotBeSeenMayHaveGivenBack).
 *   <li>All shares of a kind add up to no more than the machine has (neverMoreThanThereIs).
 *   <li>What owners have now leaves out lazy memory (NotesTest#ownersDoNotHaveWhatTheyGaveBack).
 * </ol>
 *
 * <p>Rise, what changed:
 *
 * <ol>
 *   <li>Processes have grown in shared memory by no more than Mapped of meminfo rose, plus what
 *       other processes have unmapped (noMoreSharedMemoryThanHasBeenMapped, memoryThatNoProcessHas:
 *       old and new). Where units are charged, the charge is the limit instead: Mapped falls when
 *       the kernel drops programs from memory (memoryThatNoProcessHas: db in db). What a group may
 *       have had before is no certain growth of its largest process (there: db and etl).
 *   <li>A sixteenth of a rise that no group claims is not named, because the kernel's figures are
 *       read one after the other (figuresReadOneAfterTheOtherDrift). Where claims are up to a fifth
 *       more than the rise, each group gets its part of it (whatWasGivenBackLazilyIsKnownByUnit: go
 *       and init).
 *   <li>A container that was replaced has another name. Its growth is its size less that of the
 *       container before that is nearest in size (whatGrew, manyContainersAreReplaced), which is
 *       not gone (aContainerThatIsReplacedOften). So has a program that is alone in its unit, as
 *       another one was before (whatGrew: MainThread). A service replaces no other service, though
 *       both run perl (whatGrew: hog, perl), and no user's session another user's (there: sh (11)).
 *   <li>A process that changes its name has grown by its size less that under the old name
 *       (whatGrew: sh and java, ray, tab), and is not gone (whoTakesAnotherNameHasNotGone). Hours
 *       later, that is known of a group of as many processes with the same largest one
 *       (whatTookAnotherNameHoursAgoHasNotGrown). What a group seems to have lost by that, others
 *       of its processes may have grown by (whatGrew: spare).
 *   <li>Who has ended took raw figures along, but not what was shared: of a group that has lost
 *       processes, those that run have grown (aWorkerThatEndsTakesNoGrowthAlong,
 *       memoryThatNoProcessHas: db with 900 MiB).
 *   <li>If one process grew by more than its group, others of the group gave back (whatGrew: node).
 *   <li>Memory that was swapped out was not given back (whatGrew: a in swap). A unit has in swap
 *       what its processes have: its charge has files in swap, too, or none (whatGrew: etl in etl,
 *       memoryThatNoProcessHas: app). The rest of swap is files. If that falls, as much of what no
 *       raw figure explains is nobody's: it was a guess. What came back from swap, and was counted
 *       for each process that shares it, takes nothing off who grew (whatGrew: pool and etl).
 *       Shared memory that falls while swap rises may have gone there (memoryThatNoProcessHas: db
 *       and pool).
 *   <li>Charges say which unit gave memory back by MADV_FREE (whatWasGivenBackLazilyIsKnownByUnit).
 *       Without charges, and if one group alone grew, that group took it
 *       (whatWasGivenBackLazilyIsTakenByWhoGrew). Only a group that has been as large can have
 *       taken it again (whatWasGivenBackLazilyIsKnownByUnit: go or jvm).
 *   <li>The kernel may not have all memory of a process back that is ending, which may have grown
 *       until it was killed. What no raw figure explains is such memory, and nobody's
 *       (whatAKilledProcessHasNotGivenBackYetIsNobodys). So is what processes gave back that
 *       shared: others may still have it (whatAChildSharedIsNobodysGrowth,
 *       whatTwoHaveMappedStaysWithTheOther).
 *   <li>If raw figures grew by more than memory did, and the shares of others fell, these share
 *       more, and gave the difference back (whatIsSharedAgainWasGivenBack).
 *   <li>What units, files in memory and mounts gave back can be taken, as the rise can. What mounts
 *       grew by beyond all files in memory, others gave back (there: /tmp). What comes back from
 *       swap is no rise (memoryThatNoProcessHas: b, /dev/shm, a with 610 MiB). A group has given
 *       back no more shared memory than its share fell by (there: java).
 *   <li>Page tables and stacks of processes have grown by no more than these kinds rose. Threads
 *       take some slab, but no more than slab has grown by (nothingThatGrewStaysUnnamed: chatd).
 *   <li>A mount is named with the unit whose files fill it, that with the largest rise first.
 *       Sockets and kernel memory that are charged to a unit are named with the unit, as far as
 *       these kinds rose or other units gave some back (memoryThatNoProcessHas). Charges count if
 *       both moments have some (there: a in x).
 *   <li>What a unit leaves behind when it ends has not grown (whatAUnitLeavesBehindIsNoGrowth).
 *   <li>What is gone has the size that it had at its largest. A process of a group that still runs
 *       is gone only if the group has become smaller by most of it (goneIsThatAtItsLargest,
 *       whatGrew: web). A process that is being killed is gone (whatGrew: b).
 * </ol>
 *
 * <p>Levels, what it is called:
 *
 * <ol>
 *   <li>A unit is named instead of its processes if a fifth of its growth is that of no process
 *       (whereNothingTellsThemApart: web). If it is less, that is "unknown processes" of the unit
 *       (nothingThatGrewStaysUnnamed: db).
 *   <li>A process is named instead of its group if it has most of the group's growth (whatGrew,
 *       aWorkerThatGrowsIsNamedItself). Of a new process, what it may share does not count for this
 *       (aChildThatSharesIsNoCulprit), nor does shared memory that others of the group may have
 *       (memoryThatNoProcessHas: worker). Where the first moment knows groups only, no process of
 *       several, no job and no user is named (whatIsKnownByGroupMakesNoProcessAndNoUserTheCulprit).
 *   <li>If no item is half of the rise, the first of these that is half of it is named: a unit, a
 *       job, a command, a user (aUnitOfManyNames, aJobOfManyNames, aCommandInManyUnits,
 *       aCommandInUnitsAndInNone, aUserOfManySessions). If none is, the first that is a quarter of
 *       it (aUnitOfManyNamesBesideOthers). None is named if one item is nearly all of it (whatGrew:
 *       java in app). What was given back is to be explained, too
 *       (whatWasGivenBackIsToBeExplainedToo).
 *   <li>A job or a command comes before the login session in which it runs (aBuildInALoginSession).
 *   <li>What is part of a unit, job, command or user that is named is not named a second time
 *       (aUnitThatIsNamedIsNotToldOnceMoreAsItsUser). The rest of its group is
 *       (twoJobsOfTheSameNames).
 *   <li>A process is another item than a kind of memory of the same name (memoryThatNoProcessHas:
 *       slab, whereNothingTellsThemApart: java).
 *   <li>What is new grew in the time since its first process was started
 *       (whatIsNewGrewSinceItWasStarted).
 *   <li>Less than a MiB is not named (whatGrew). Three are named, and others are counted if they
 *       have a tenth of all (manyThatGrowAlikeAreCounted).
 * </ol>
 *
 * <p>Window and Trend, which window answers. The climb of a window is use now less the lowest use
 * in it. A window explains the sum of the three largest items that grew and the three largest that
 * are new.
 *
 * <ol>
 *   <li>From the shortest window on, the one that explains most so far is the answer as soon as it
 *       explains half of the climb of the next (aFastLeak, aSlowLeakBesideADailyBackup); if it
 *       never does, the window that explains most (aDailyCurveAlone). A climb counts as at least an
 *       eighth of that of the whole history, since it is next to nothing where use is flat
 *       (whatGrewHoursAgoAndIsFlatSince).
 *   <li>If use fell in the shortest window and rose again, and what grew in it explains less than
 *       half of its climb, that window begins when use was lowest, if that explains more
 *       (aServiceThatLeaksAgainAfterItsRestart, aFallIsNoReasonToNameNobody).
 *   <li>A longer window is the answer if what grew steadily in it is more than all that the shorter
 *       one explains (aSlowLeakBelowAFastOne). Then an item of a longer window is told beside the
 *       answer if it is a quarter of the climb of the history (aFastLeakOnTopOfASlowOne).
 *   <li>An item explains only what it has more than ever before that window, unless no window
 *       explains an eighth of the climb of the history then (aLeakBesideADailyCurve,
 *       aDailyCurveAlone). An item that was as large before is no news beside others
 *       (whatWasAsLargeBeforeIsNoNews). What consists of groups has their past
 *       (whatIsThereEachNightIsNoNews, aJobIsNoGroup); kinds and mounts have one, too
 *       (whatIsThereEachNightIsNoNews: slab, /tmp). So History keeps a peak longer than what is on
 *       a straight line (aShortBackupEachNightIsNoNews).
 *   <li>If a longer window answers, what grew in the last minutes is told, too
 *       (aLeakAndTheLastDrop).
 *   <li>What runs in a new container, session or run has the past of all of its command in such
 *       units (aBackupEachNightIsNoNews). A container says how often it was replaced, if only one
 *       had its command (aContainerThatIsReplacedOften). A process does not have the past of a
 *       larger one in its group (whatAnotherOneHadIsNoPast).
 *   <li>Windows begin an hour after the boot at most, since servers fill then
 *       (aFastLeakSoonAfterTheBoot).
 *   <li>An item grows steadily if its size is nearly a straight line (aStepIsNoTrend), and an
 *       eighth of its growth is of the last quarter of the time
 *       (aDeployThatDoubledEverythingYesterday, aFastLeakBesideACacheThatIsFull), in six snapshots
 *       or more (fewSnapshotsAreNoTrend).
 *   <li>The time before the boot is compared by group (PastTest#acrossARebootItIsByCommandAndUnit).
 *   <li>If the machine has lost more RAM than all that grew, no process is blamed
 *       (nobodyIsBlamedForRamThatTheMachineHasLost), unless it lost that before
 *       (ramThatWasLostLongBefore).
 *   <li>Memory lasts for what is free divided by the rate of what grows steadily
 *       (PastTest#aLeakSaysHowLongMemoryLasts).
 * </ol>
 */
package culprit;
