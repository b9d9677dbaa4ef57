#!/usr/bin/env bash
#
# Tests the installed service on a machine that runs out of memory: a virtual one with 1 GB and a
# kernel of its own, made by tests/systemd-box.sh, which needs root. If it cannot, the script fails.
#
#   tests/pressure_test.sh [ROUNDS]        (1 round; takes about fifteen minutes, and root)
#
# First, in a container: after its start the service forks nothing, and a record reads no jar and
# loads no class. Then, in the virtual machine, the clock is set back and forth; and memory is held
# at 95 % and at 98 %, by processes that keep touching what they have, while another one reads
# files in a loop: without swap and with, and without the protection that a memory cgroup gives, as
# on Raspberry Pi OS, whose kernel has it switched off. Where the kernel does not let use get so
# far, it kills the one that asks for the last bit, which then comes again. Aim: a record is on disk
# at most one second after it is due, plus what `ps aux` takes in that moment. At last the kernel's
# OOM killer strikes at the one that has it all. Prints, in ms:
#
#   delay    from when the record was due (the breach's first sample and 15 s) until the log was
#            closed after fsync(2), as seen from outside every 50 ms
#   written  the same until the file had grown, before fsync(2)
#   capture  what the record says of itself
#   ps aux   at once after it, into a file
#   faults   pages that the monitor had to read from disk, from before the breach on
#   full     share of time in which all tasks waited for memory (PSI, last 10 s)
#   kills    processes that the kernel killed for lack of memory meanwhile
#
# A guest without hardware virtualization is slow: ps aux takes ten times as long as on its host.

set -euo pipefail
export LC_ALL=C.UTF-8

PASSED=0 FAILED=0 SKIPPED=0
readonly LOG=/var/log/memory_monitor/memory_monitor.log

main() {
  local inside=false rounds=1
  if [ "${1:-}" = --inside ]; then
    inside=true
    shift
  fi
  [ $# = 0 ] || rounds=$1
  TREE=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
  if $inside; then
    pressure "$rounds"
  else
    test_in_boxes "$rounds"
  fi
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ $FAILED = 0 ] && [ $PASSED -gt 0 ]
}

# check NAME COMMAND...: counts as one test, passed if COMMAND succeeds
check() {
  local name=$1
  shift
  if "$@"; then
    PASSED=$((PASSED + 1))
    echo "passed: $name"
  else
    FAILED=$((FAILED + 1))
    echo "FAILED: $name"
  fi
}

skip() {
  SKIPPED=$((SKIPPED + 1))
  echo "skipped: $1"
}

wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "in vain: $*"; return 1; }
    sleep 0.2
  done
}

show() { systemctl show --value -p "$1" memory_monitor; }
journal() { journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$(show InvocationID)"; }
said() { journal | grep "$1"; }

# ---------------------------------------------------------------- outside

test_in_boxes() { # ROUNDS
  local box counts
  SYSTEMD_BOX=$TREE/tests/systemd-box.sh
  [ "$(id -u)" = 0 ] || { skip "a box needs root" && return; }
  FOLDER=$(mktemp -d /var/tmp/memory_monitor_pressure.XXXXXX)
  box=$FOLDER/box
  trap clean_up EXIT
  { "$SYSTEMD_BOX" create bookworm "$box" && "$SYSTEMD_BOX" boot "$box"; } || { skip "no box" && return; }
  mkdir -p "$box/root/tree"
  (cd "$TREE" && cp -r install.sh memory_monitor.service MemoryMonitor.java lib docs ./*.md LICENSE tests "$box/root/tree")
  check "install.sh installs it" in_box tree/install.sh
  check "after its start it forks nothing, reads no jar and loads no class" in_box bash -s < <(nothing_new)
  "$SYSTEMD_BOX" stop "$box"
  BOX_VM_MEM=1024 BOX_VM_TIMEOUT=$((900 + 600 * $1)) \
    "$SYSTEMD_BOX" vm "$box" -- bash tree/tests/pressure_test.sh --inside "$1" | tee "$FOLDER/out" || true
  read -ra counts < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$FOLDER/out")
  [ ${#counts[@]} = 3 ] || counts=(0 1 0)
  PASSED=$((PASSED + counts[0])) FAILED=$((FAILED + counts[1])) SKIPPED=$((SKIPPED + counts[2]))
  echo "in all:"
}

in_box() { "$SYSTEMD_BOX" run "$FOLDER/box" -- "$@"; }

clean_up() {
  [ ! -d "$FOLDER/box" ] || "$SYSTEMD_BOX" destroy "$FOLDER/box"
  rm -rf --one-file-system "$FOLDER"
}

# A script: the service under strace(1), from its start until 10 s after its first record
nothing_new() {
  declare -f wait_for show journal said
  cat <<'END'
set -euo pipefail
command -v strace >/dev/null || apt-get -qq -y install strace >/dev/null
cp /etc/default/memory_monitor /root/defaults
classes=/var/log/memory_monitor/classes.txt
# _JAVA_OPTIONS counts after the arguments, one of which is -Xlog:disable
cat >/etc/default/memory_monitor <<SETTINGS
MEMORY_MONITOR_THRESHOLD=0
MEMORY_MONITOR_DURATION=20s
_JAVA_OPTIONS=-Xlog:class+load:file=$classes
SETTINGS
systemctl restart memory_monitor
wait_for 60 said 'watching every'
before=$(wc -l <$classes)
timeout 32 strace -f -qq -y -o trace -e trace=%process,openat,read,pread64 -p "$(show MainPID)" || true
said ' processes in '
forks=$(grep -cE ' (v?fork|clone3?|execve(at)?)\(' trace) || true
reads=$(grep -cE '(\.jar|/modules)[>"]' trace) || true
new=$(tail -n +$((before + 1)) $classes)
echo "$before classes until its start event, $(grep -c . <<<"$new") after it; then" \
  "$forks calls of fork, clone and execve, $reads of jars and the JDK's modules"
[ "$before" -gt 100 ] && grep -q 'memory_monitor\.log' trace # else nothing was seen at all
[ -z "$new" ] && [ "$forks" = 0 ] && [ "$reads" = 0 ] ||
  { head -n 5 <<<"$new" && grep -E ' (v?fork|clone3?|execve(at)?)\(|(\.jar|/modules)[>"]' trace | head -n 5 && exit 1; }
mv /root/defaults /etc/default/memory_monitor
systemctl restart memory_monitor
rm -f /var/log/memory_monitor/*
END
}

# ---------------------------------------------------------------- inside the virtual machine

pressure() { # ROUNDS
  local round pid kills lines
  wait_for 300 said 'watching every'
  pid=$(show MainPID)
  # Compaction for huge pages takes minutes of an emulated processor.
  echo never >/sys/kernel/mm/transparent_hugepage/enabled
  echo 0 >/proc/sys/vm/compaction_proactiveness
  fallocate -l 64M /swap && chmod 600 /swap && mkswap -q /swap
  echo "$(uname -srm), $(nproc) processors, $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB"
  check "the clock, set back and forth, has no say in when a record is due" clock
  row hold swap protected 'used %' delay written capture 'ps aux' faults 'full %' kills
  for ((round = 0; round < $1; round++)); do
    hold 95 none yes
    hold 98 none no
    hold 98 none yes
    swapon /swap
    hold 95 64M yes
    hold 98 64M no
    hold 98 64M yes
    swapoff /swap
  done
  sed -nE '/ memory above .*total CPU/p; /^# .*(stalled|cut|in time)/p' $LOG
  kills=$(oom_kills) lines=$(wc -l <$LOG)
  culprit eat 1000 eat 101
  culprit read 1000 read /usr
  wait_for 180 killed_since "$kills"
  # Kills are told once a minute at most, and the last row may have had some
  check "the log says that the OOM killer struck" wait_for 80 struck_since "$lines"
  check "so does the journal" wait_for 20 said "$(struck_since "$lines" | cut -d ' ' -f 3- || echo none)"
  systemctl stop eat read
  check "it is the process that was started first ($pid)" [ "$(show MainPID)" = "$pid" ]
  check "it was never restarted" [ "$(show NRestarts)" = 0 ]
  check "nothing else was killed but what ate the memory" only_eaters_killed
}

clock() {
  local log=/var/tmp/clock.log out=/var/tmp/clock.out program begin millis shift
  java @/opt/memory_monitor/build/args -t 0 -d 8s -l $log >$out &
  program=$!
  wait_for 100 grep 'watching every' $out
  begin=$(uptime_millis)
  for shift in '1 hour ago' '3 hours' '2 hours ago'; do
    sleep 1
    date -s "$shift"
  done
  wait_for 20 grep ' processes in ' $out
  millis=$(($(uptime_millis) - begin))
  kill $program
  wait $program || true
  echo "due after 8,000 ms, recorded after $millis:"
  cat $out
  [ $millis -gt 7000 ] && [ $millis -lt 10000 ] && [ "$(grep -c 'total CPU' $log)" = 1 ] && ! grep stalled $out
}

uptime_millis() { awk '{ print int($1 * 1000) }' /proc/uptime; }

killed_since() { [ "$(oom_kills)" -gt "$1" ]; }

struck_since() { tail -n +$(($1 + 1)) "$LOG" | grep -m 1 'the kernel has killed'; }

oom_kills() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

only_eaters_killed() {
  local killed
  killed=$(dmesg | grep -oE 'Killed process [0-9]+ \(.*\) total')
  echo "$killed"
  ! grep -v 'ssure.pl) total' <<<"$killed" # before its exec(2) systemd calls it "(ssure.pl)"
}

row() { printf '%5s %5s %-9s %10s %6s %8s %8s %7s %7s %7s %6s\n' "$@"; }

# culprit UNIT OOM_SCORE_ADJ ARGUMENT...: starts pressure.pl
culprit() {
  systemd-run -q --collect --unit="$1" -p OOMScoreAdjust="$2" -p TimeoutStopSec=5 \
    -p Restart=always -p StartLimitIntervalSec=0 "$TREE/tests/pressure.pl" "${@:3}"
}

# hold PERCENT SWAP PROTECTED: one row of the table, one test
hold() {
  local protection=64M seen=/run/pressure/seen delay ps used_low used_high faults pressure kills written capture
  [ "$3" = yes ] || protection=0
  systemctl set-property --runtime memory_monitor MemoryMin=$protection
  mkdir -p ${seen%/*}
  rm -f $seen*
  systemd-run -q --collect --unit=watch -p OOMScoreAdjust=-1000 -p LimitMEMLOCK=infinity \
    -p CPUSchedulingPolicy=fifo -p CPUSchedulingPriority=10 -p CPUSchedulingResetOnFork=yes \
    "$TREE/tests/pressure.pl" watch "$(show MainPID)" $LOG $seen
  wait_for 30 test -e $seen.part
  # Most of it is taken by one that the kernel leaves alone as long as there is the other
  culprit eat 100 eat $(($1 - 5))
  culprit edge 1000 eat "$1" $(($1 - 6))
  culprit read 900 read /usr
  wait_for 300 test -e $seen || journalctl -q -o cat -u watch
  systemctl stop edge eat read watch 2>/dev/null || true
  wait_for 60 test -s $seen || true
  if [ ! -s $seen ]; then
    check "$1 %, swap $2, protected $3: a record" false
    return
  fi
  # shellcheck disable=SC1090
  . $seen
  capture=$(grep -o 'captured in [0-9]* ms' $LOG | tail -n 1 | tr -dc 0-9)
  row "$1 %" "$2" "$3" "$used_low-$used_high" "$delay" "$written" "$capture" "$ps" "$faults" \
    "$pressure" "$kills"
  check "$1 %, swap $2, protected $3: on disk at most 1 s after it was due, plus ps aux" [ "$delay" -le $((1000 + ps)) ]
  wait_for 300 ended
}

ended() { tail -n 2 "$LOG" | grep 'memory back to'; }

main "$@"
