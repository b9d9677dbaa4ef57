//SOURCES Answer.java GroupKey.java Growth.java History.java Levels.java Owners.java Pool.java
//SOURCES Replacements.java Rise.java Series.java Share.java Sharing.java Snapshot.java
//SOURCES SnapshotBytes.java Trend.java Window.java

/**
 * What ate the memory: what the kernel says goes in, the answer comes out. Nothing is read and
 * nothing is put into words here.
 *
 * <p>Reading → Sharing (each page once) → Snapshot → History → Rise (what changed between two
 * moments, with Replacements and Pool) → Levels (what that is called) → Window (which of five
 * windows answers, with Trend) → Answer.
 *
 * <p>Each rule stands with the test that fails without it; tests are AnswerTest's unless another
 * class is named.
 *
 * <p>The three laws:
 *
 * <ol>
 *   <li>Raw growth explains first: a group gets what its share grew by, but no more than its raw
 *       figures did (sharingTurnsNoOldMemoryIntoGrowth); then what its raw figures grew by beyond
 *       that (rawGrowthExplainsFirst); then what it shared before and shares no more
 *       (whatIsNoMoreShared).
 *   <li>What is named as grown or new adds up to no more than memory and swap rose by, and what was
 *       given back beside (FuzzTest#whatAteItIsALineThatMakesSense); where the kernel's figures
 *       contradict each other, that is told as doubt (figuresThatContradictEachOtherAreDoubtful);
 *       what is gone and whose files are still in memory is told once
 *       (whatIsGoneAndStillThereIsToldOnce), and so is what was given back
 *       (whatWasGivenBackCountsOnce).
 *   <li>Nothing that grew stays unnamed: a process, else a unit, else a kind, at last memory of
 *       processes that cannot be seen (nothingThatGrewStaysUnnamed); where nothing tells several
 *       apart, all of them are named as one, or their unit (whereNothingTellsThemApart).
 * </ol>
 *
 * <p>Each page once, in Sharing:
 *
 * <ol>
 *   <li value="4">What Σ RssAnon is more than AnonPages is taken off the forked, in proportion to
 *       what each can share with its parent (sharedAfterFork, aParentThatIsSmallSharesLittle); of a
 *       unit's processes, what they are more than its charge (whoSharesWithWhom: task).
 *   <li>What has executed a program shares nothing with its parent (aProgramThatWasExecuted).
 *   <li>Where the parent has gone, or is process 1, which may have adopted them, the largest of
 *       their session stands in for it (siblingsStandInForAParentThatHasGone, whoSharesWithWhom:
 *       shell).
 *   <li>If that is not enough, whoever was forked may share all that it has; only then it is taken
 *       off those who have executed a program (whoWasForkedSharesBeforeWhoWasExecuted,
 *       whoSharesWithWhom: etl).
 *   <li>A unit's processes have no more than it is charged (aUnitsChargeIsTheTruth,
 *       whoSharesWithWhom: qemu, db); what groups that are gone left to it is no such charge
 *       (whoSharesWithWhom: sh).
 *   <li>Of shared memory a group has what its largest process maps, and more only if somebody must
 *       have it (sharedMemory).
 *   <li>Processes that cannot be seen are taken to stay as they are
 *       (whatCannotBeSeenIsTakenToStay).
 *   <li>Nobody has more than there is (neverMoreThanThereIs).
 * </ol>
 *
 * <p>What changed, in Rise:
 *
 * <ol>
 *   <li value="12">Processes have no more shared memory than Mapped of meminfo rose by, and what
 *       others have unmapped (noMoreSharedMemoryThanHasBeenMapped, memoryThatNoProcessHas: old and
 *       new); where units are charged, their charge is the limit instead, for Mapped falls when
 *       programs are dropped from memory (memoryThatNoProcessHas: db in db).
 *   <li>What nobody claims is not told if it is a sixteenth or less, since figures are read one
 *       after the other (figuresReadOneAfterTheOtherDrift).
 *   <li>A container that was replaced under another name counts with what it is larger by than the
 *       one before that is nearest in size (whatGrew, manyContainersAreReplaced), and is not told
 *       as gone (aContainerThatIsReplacedOften).
 *   <li>A process under a new name counts with what it is larger by (whatGrew: sh and java, ray), and
 *       has not gone (whoTakesAnotherNameHasNotGone).
 *   <li>What was swapped out is not given back (whatGrew: a in swap).
 *   <li>What was given back by MADV_FREE is known by unit (whatWasGivenBackLazilyIsKnownByUnit);
 *       without charges, if one group alone grew, that one took it
 *       (whatWasGivenBackLazilyIsTakenByWhoGrew). Who takes it again is one who has had as much.
 *   <li>Of a process that is ending, the kernel may still have to take memory back: what no raw
 *       figure explains is that, and nobody's (whatAKilledProcessHasNotGivenBackYetIsNobodys).
 *   <li>What units, files in memory and mounts gave back is there to be taken, beside the rise;
 *       what comes back from swap is no rise (memoryThatNoProcessHas: b, /dev/shm, a with 610 MiB).
 *   <li>Processes have no more page tables and stacks than there are, and of slab what their
 *       threads take, if it has grown by that (nothingThatGrewStaysUnnamed: chatd).
 *   <li>A mount that fills is told with the unit whose files fill it; sockets and what the kernel
 *       holds for a unit are told with it, and no more than there is (memoryThatNoProcessHas).
 *   <li>What a unit leaves behind is no growth (whatAUnitLeavesBehindIsNoGrowth).
 *   <li>What is gone is told at its largest, and a process of a group that runs only if the group
 *       has lost as much (goneIsThatAtItsLargest, whatGrew: web); what is being killed is gone
 *       (whatGrew: b).
 * </ol>
 *
 * <p>What it is called, in Levels:
 *
 * <ol>
 *   <li value="23">A process is named instead of its group if most of the group's growth is its own
 *       (whatGrew, aWorkerThatGrowsIsNamedItself). What a new child may share with others is not
 *       its own (aChildThatSharesIsNoCulprit), nor is shared memory that several may have
 *       (memoryThatNoProcessHas: worker). Where only groups are known of the time before, no
 *       process, job or user is named (whatIsKnownByGroupMakesNoProcessAndNoUserTheCulprit).
 *   <li>If nothing explains half, the lowest that does of unit, job, command and user is named
 *       (aUnitOfManyNames, aJobOfManyNames, aCommandInManyUnits, aUserOfManySessions), or the
 *       lowest that explains a quarter (aUnitOfManyNamesBesideOthers), unless one item is nearly
 *       all of it (whatGrew: java in app). Where memory has not risen, half of what was given back
 *       is explained (whatWasGivenBackIsToBeExplainedToo).
 *   <li>A job is named rather than the login session in which it runs (aBuildInALoginSession).
 *   <li>What is named at a higher level is not named once more below
 *       (aUnitThatIsNamedIsNotToldOnceMoreAsItsUser), and what it leaves of a group stays named
 *       (twoJobsOfTheSameNames).
 *   <li>What grew less than a MiB is not worth a word (whatGrew).
 * </ol>
 *
 * <p>Which window answers, in Window and Trend. The climb of a window is what use has risen by
 * since it was lowest in that window; a window explains what its items grew by, as far as they are
 * named.
 *
 * <ol>
 *   <li value="28">The shortest window answers that explains half of the climb of the next longer
 *       one (aFastLeak, aSlowLeakBesideADailyBackup). If none does, the one answers that explains
 *       most (aDailyCurveAlone). Where use has been flat for hours the climb is next to nothing; it
 *       counts as an eighth of that of the whole history (whatGrewHoursAgoAndIsFlatSince).
 *   <li>A longer window answers if what grew steadily in it is more than all that the shorter one
 *       explains (aSlowLeakBelowAFastOne). Else what grew in it by a quarter of the climb of the
 *       history is told beside the answer (aFastLeakOnTopOfASlowOne).
 *   <li>What had been as large before explains nothing, unless nothing else grew
 *       (aLeakBesideADailyCurve, aDailyCurveAlone); the event does not name it beside what is news
 *       (whatWasAsLargeBeforeIsNoNews).
 *   <li>What came on top in the last minutes is told after what explains most of the climb
 *       (aLeakAndTheLastDrop).
 *   <li>A container keeps its past under another name, if only one has its command
 *       (aContainerThatIsReplacedOften).
 *   <li>What grew within an hour of the boot is no news (aFastLeakSoonAfterTheBoot).
 *   <li>Steady is what is nearly a straight line and still grows
 *       (aDeployThatDoubledEverythingYesterday, aFastLeakBesideACacheThatIsFull), at six snapshots
 *       or more (fewSnapshotsAreNoTrend).
 *   <li>The time before the machine was booted is compared by group; the first hour after the boot
 *       is skipped (PastTest#acrossARebootItIsByCommandAndUnit).
 *   <li>Where the machine has lost more RAM than what grew, nobody is blamed
 *       (nobodyIsBlamedForRamThatTheMachineHasLost).
 *   <li>Where something grows steadily, memory lasts as long as what is free divided by that
 *       (PastTest#aLeakSaysHowLongMemoryLasts).
 * </ol>
 */
package culprit;
