#!/usr/bin/env bash
#
# Tests the installed service on a machine that runs out of memory: a virtual one with 1 GB and a
# kernel of its own, made by systemd-box.sh (SYSTEMD_BOX, or ../shared/systemd-box.sh beside the
# repository).
#
#   tests/pressure_test.sh [ROUNDS]        (1 round; takes about ten minutes, and root)
#
# First, in a container: after its start the service forks nothing, and a record reads no jar and
# loads no class. Then, in the virtual machine, memory is held at 95 % and at 98 %, by a process
# that keeps touching what it has, while another one reads files in a loop; without swap and
# with; and once without the protection that a memory cgroup gives, as on Raspberry Pi OS, whose
# kernel has it switched off. Aim: a record is on disk at most one second after it is due, plus
# what `ps aux` takes in that moment. At last the kernel's OOM killer strikes. Prints, in ms:
#
#   delay    from when the record was due (the breach's first sample and 15 s) until the log was
#            closed after fsync(2), as seen from outside every 50 ms
#   written  the same until the file had grown, before fsync(2)
#   capture  what the record says of itself
#   ps aux   at once after it, into a file
#   faults   pages that the monitor had to read from disk, from before the breach on
#   full     share of time in which all tasks waited for memory (PSI, last 10 s)
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
  [ $FAILED = 0 ]
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
  SYSTEMD_BOX=${SYSTEMD_BOX:-$TREE/../shared/systemd-box.sh}
  [ -x "$SYSTEMD_BOX" ] || { skip "no $SYSTEMD_BOX" && return; }
  [ "$(id -u)" = 0 ] || { skip "a box needs root" && return; }
  FOLDER=$(mktemp -d /var/tmp/memory_monitor_pressure.XXXXXX)
  box=$FOLDER/box
  trap clean_up EXIT
  { "$SYSTEMD_BOX" create bookworm "$box" && "$SYSTEMD_BOX" boot "$box"; } || { skip "no box" && return; }
  mkdir -p "$box/root/tree"
  (cd "$TREE" && cp -r install.sh memory_monitor.service MemoryMonitor.java lib tests "$box/root/tree")
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
said 'processes recorded'
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
  local round pid kills
  wait_for 300 said 'watching every'
  pid=$(show MainPID)
  # Compaction for huge pages takes minutes of an emulated processor.
  echo never >/sys/kernel/mm/transparent_hugepage/enabled
  echo 0 >/proc/sys/vm/compaction_proactiveness
  fallocate -l 256M /swap && chmod 600 /swap && mkswap -q /swap
  echo "$(uname -srm), $(nproc) processors, $(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB"
  printf '%5s %8s %-10s %11s %7s %8s %8s %7s %7s %6s\n' \
    hold swap protected 'used %' delay written capture 'ps aux' faults 'full %'
  for ((round = 0; round < $1; round++)); do
    hold 95 none yes
    swapon /swap
    hold 95 256M yes
    hold 98 256M yes
    swapoff /swap
    hold 98 none yes
    hold 98 none no
  done
  sed -nE '/ memory above .*total CPU/p; /^# .*(stalled|cut|in time)/p' $LOG
  kills=$(oom_kills)
  systemd-run -q --collect --unit=eat -p OOMScoreAdjust=1000 "$TREE/tests/pressure.pl" eat 101
  systemd-run -q --collect --unit=read -p OOMScoreAdjust=1000 "$TREE/tests/pressure.pl" read /usr
  wait_for 180 killed_since "$kills"
  check "the log says that the OOM killer struck" wait_for 10 grep 'the kernel has killed' $LOG
  check "so does the journal" wait_for 20 said 'the kernel has killed'
  systemctl stop read
  grep 'the kernel has killed' $LOG | cut -c 1-250
  check "it is the process that was started first ($pid)" [ "$(show MainPID)" = "$pid" ]
  check "it was never restarted" [ "$(show NRestarts)" = 0 ]
  check "nothing else was killed but what ate the memory" only_eaters_killed
}

killed_since() { [ "$(oom_kills)" -gt "$1" ]; }

oom_kills() { awk '$1 == "oom_kill" { print $2 }' /proc/vmstat; }

only_eaters_killed() {
  local killed
  killed=$(dmesg | grep -oE 'Killed process [0-9]+ \(.*\) total')
  echo "$killed"
  ! grep -v '(pressure.pl)' <<<"$killed"
}

# hold PERCENT SWAP PROTECTED: one row of the table, one test
hold() {
  local protection=64M seen=/run/pressure/seen delay ps used_low used_high faults pressure written capture
  [ "$3" = yes ] || protection=0
  systemctl set-property --runtime memory_monitor MemoryMin=$protection
  mkdir -p ${seen%/*}
  rm -f $seen*
  systemd-run -q --collect --unit=watch -p OOMScoreAdjust=-1000 -p LimitMEMLOCK=infinity \
    -p CPUSchedulingPolicy=fifo -p CPUSchedulingPriority=10 -p CPUSchedulingResetOnFork=yes \
    "$TREE/tests/pressure.pl" watch "$(show MainPID)" $LOG $seen
  wait_for 30 test -e $seen.part
  systemd-run -q --collect --unit=eat -p OOMScoreAdjust=1000 -p Restart=always "$TREE/tests/pressure.pl" eat "$1"
  systemd-run -q --collect --unit=read -p OOMScoreAdjust=1000 "$TREE/tests/pressure.pl" read /usr
  wait_for 300 test -e $seen || journalctl -q -o cat -u watch
  systemctl stop eat read watch 2>/dev/null || true
  wait_for 60 test -s $seen || true
  if [ ! -s $seen ]; then
    check "$1 %, swap $2, protected $3: a record" false
    return
  fi
  # shellcheck disable=SC1090
  . $seen
  capture=$(grep -o 'captured in [0-9]* ms' $LOG | tail -n 1 | tr -dc 0-9)
  printf '%5s %8s %-10s %11s %7s %8s %8s %7s %7s %6s\n' "$1 %" "$2" "$3" \
    "$used_low-$used_high" "$delay" "$written" "$capture" "$ps" "$faults" "$pressure"
  check "$1 %, swap $2, protected $3: on disk at most 1 s after it was due, plus ps aux" [ "$delay" -le $((1000 + ps)) ]
  wait_for 300 ended
}

ended() { tail -n 2 "$LOG" | grep 'memory back to'; }

main "$@"
