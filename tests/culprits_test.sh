#!/usr/bin/env bash
#
# Does the first line that an admin reads tell the truth? Real software eats memory in a real
# Debian; how much is measured without Memory Monitor; then what its record says is compared.
#
#   sudo tests/culprits_test.sh [--vm] [--quick] [--program FOLDER] [SUITE...] [SCENARIO[/with|/without]...]
#
#   --vm        in a virtual machine with a kernel of its own and with the memory controller of
#               control groups v2, instead of a container (its processor is emulated: hours)
#   --quick     a few scenarios, in bookworm: three minutes, once its packages are there
#   --program   the checkout that is tested; default: this one
#   SUITE       bookworm, trixie, … (default: these two)
#   SCENARIO    see tests/culprits/scenarios.sh (default: all); /with: only with a memory controller,
#               /without: only without one (default: both)
#
# A scenario passes if the culprit is the first item of the first note below the table, its figure
# is within 15 % of the truth, no figure in the notes is larger than what exists, what the first note
# says grew or is new is together no more than what memory rose by and what it says is gone, and the
# event line names the culprit too.
#
# With a memory controller: that of version 2 in a virtual machine; in a container the host's, of
# version 1, if it has one. Without: what the kernel has of it is hidden from Memory Monitor, as on
# Raspberry Pi OS.
#
# The truth is what the unit's memory.stat charges it with, hidden or not; in a container, without
# it, what smaps_rollup says of its processes (Pss, so that each page counts once) and their page
# tables. Beside it stands by how much MemAvailable and SwapFree fell, with the free pages that a
# CPU keeps at hand. Where that is far off, somebody else on the host has taken or freed memory
# meanwhile, and the scenario is repeated.
#
# The service runs in its sandbox. In a container it sees the host's /proc, for meminfo is the
# host's as well. The boxes are made by tests/systemd-box.sh, which needs root. A suite is
# skipped where no box boots; if no scenario could run, the script fails.

set -euo pipefail
export LC_ALL=C.UTF-8

PASSED=0 FAILED=0 SKIPPED=0
readonly PACKAGES=(default-jre-headless postgresql redis-server gunicorn apache2 libapache2-mod-perl2 make
  python3-minimal python3 perl systemd-container util-linux)
readonly LOG=/var/log/memory_monitor/memory_monitor.log
readonly HISTORY=/var/lib/memory_monitor/history
readonly ATTEMPTS=4
readonly TOLERANCE=15 # percent

main() {
  local vm=false inside=false suites=() scenarios=() suite
  TREE=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
  PROGRAM=$TREE
  # shellcheck disable=SC1091
  . "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/culprits/scenarios.sh"
  while [ $# -gt 0 ]; do
    case $1 in
      --inside) inside=true ;;
      --vm) vm=true ;;
      --quick) suites+=(bookworm) scenarios+=("${QUICK[@]}") ;;
      --program)
        [ -f "${2:-}/MemoryMonitor.java" ] || usage
        PROGRAM=$(realpath "$2")
        shift
        ;;
      -*) usage ;;
      *)
        # shellcheck disable=SC2153
        if [[ " ${SCENARIOS[*]} " = *" ${1%/with*} "* ]]; then scenarios+=("$1"); else suites+=("$1"); fi
        ;;
    esac
    shift
  done
  [ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)
  [ ${#scenarios[@]} -gt 0 ] || scenarios=("${SCENARIOS[@]}")

  if $inside; then
    SUITE=${suites[*]}
    run_scenarios "${scenarios[@]}"
  else
    SYSTEMD_BOX=$TREE/tests/systemd-box.sh
    FOLDER=$(mktemp -d /var/tmp/memory_monitor_culprits.XXXXXX)
    trap clean_up EXIT
    for suite in "${suites[@]}"; do
      SECONDS=0
      SUITE=$suite BOX=$FOLDER/$suite
      if make_box; then
        if $vm; then run_in_vm "${scenarios[@]}"; else run_in_box "${scenarios[@]}"; fi
        destroy_box "$BOX"
      fi
      echo "$suite took $SECONDS s"
    done
  fi
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ $FAILED = 0 ] && [ $PASSED -gt 0 ]
}

usage() {
  echo "usage: tests/culprits_test.sh [--vm] [--quick] [--program FOLDER] [SUITE...] [SCENARIO[/with|/without]...]" >&2
  exit 2
}

skip() {
  SKIPPED=$((SKIPPED + 1))
  echo "skipped: $SUITE: $1"
}

# ---------------------------------------------------------------- outside

make_box() {
  local output
  [ "$(id -u)" = 0 ] || { skip "a box needs root" && return 1; }
  output=$("$SYSTEMD_BOX" create "$SUITE" "$BOX" "${PACKAGES[@]}" 2>&1) &&
    copy_program "$BOX/opt/memory_monitor" &&
    cp -r "$TREE/tests/culprits" "$BOX/srv" &&
    "$JAVAC" --release 17 -d "$BOX/srv/culprits" "$TREE/tests/culprits/Leak.java" &&
    mkdir -p "$BOX/root/tree/tests" &&
    cp -r "$TREE/tests/culprits_test.sh" "$TREE/tests/culprits" "$BOX/root/tree/tests" &&
    cp "$PROGRAM/memory_monitor.service" "$BOX/etc/systemd/system" &&
    output+=$("$SYSTEMD_BOX" boot "$BOX" --private-network --bind=/proc:/run/host-proc 2>&1) &&
    output+=$(provision | in_box bash -euo pipefail -s 2>&1) && return
  skip "no box: $(tail -n 3 <<<"$output")"
  return 1
}

# copy_program FOLDER: jars and the JVM's arguments, as //RUNTIME_OPTIONS has them
copy_program() {
  local jars jar path=()
  jars=$(cd "$PROGRAM" && lib/jbang build MemoryMonitor.java && lib/jbang info classpath MemoryMonitor.java) || return
  JAVAC=$(command -v javac) || return
  mkdir -p "$1"
  IFS=: read -ra jars <<<"$jars"
  for jar in "${jars[@]}"; do
    cp "$jar" "$1"
    path+=("/opt/memory_monitor/${jar##*/}")
  done
  {
    sed -n 's|^//RUNTIME_OPTIONS ||p' "$PROGRAM/MemoryMonitor.java"
    (IFS=: && echo "-cp ${path[*]}")
    echo MemoryMonitor
  } >"$1/args"
}

# In the box, once: users, services as they are to be, a table of 1.2 GB
provision() {
  cat <<'EOF'
mkdir -p /etc/systemd/system/memory_monitor.service.d
cat >/etc/systemd/system/memory_monitor.service.d/culprits.conf <<'END'
[Service]
ExecStartPre=
ExecStartPre=+-/usr/bin/install -d -m 2750 -o memory_monitor -g adm /var/log/memory_monitor
ExecStart=
ExecStart=/usr/bin/java @/opt/memory_monitor/args
END
useradd --system memory_monitor
for unit in apache2 redis-server postgresql@; do
  mkdir -p /etc/systemd/system/$unit.service.d
  printf '[Service]\nOOMScoreAdjust=1000\n' >/etc/systemd/system/$unit.service.d/culprits.conf
done
[ -e /usr/lib/systemd/system/tmp.mount ] || cp /usr/share/systemd/tmp.mount /etc/systemd/system
a2dismod -q -f mpm_event
a2enmod -q mpm_prefork perl
cp /srv/culprits/apache.conf /etc/apache2/conf-enabled/culprits.conf
systemctl daemon-reload
systemctl disable -q --now apache2 redis-server postgresql
read -r version cluster _ < <(pg_lsclusters -h)
systemctl stop postgresql@$version-$cluster
for setting in fsync=off wal_level=minimal max_wal_senders=0 autovacuum=off jit=off huge_pages=off max_parallel_workers_per_gather=0; do
  pg_conftool $version $cluster set ${setting/=/ }
done
systemctl start postgresql@$version-$cluster
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 <<'END'
create extension pg_buffercache;
create unlogged table pages (id int primary key, body text);
alter table pages alter column body set storage plain;
insert into pages select i, repeat('x', 7900) from generate_series(0, 149999) i;
vacuum analyze pages;
checkpoint;
END
systemctl stop postgresql@$version-$cluster
EOF
}

in_box() { "$SYSTEMD_BOX" run "$BOX" -- "$@"; }

run_in_box() { # SCENARIO...
  in_box bash /root/tree/tests/culprits_test.sh --inside "$SUITE" "$@" >"$FOLDER/out" 2>&1 || true
  count
}

run_in_vm() { # SCENARIO...
  "$SYSTEMD_BOX" stop "$BOX" 2>/dev/null
  # shellcheck disable=SC2016 # it is bash in the machine that expands them; its console shows how far it is
  BOX_VM_MEM=3072 BOX_VM_TIMEOUT=7200 \
    "$SYSTEMD_BOX" vm "$BOX" -- bash -c '"$0" --inside "$@" 2>&1 | tee /dev/console' \
    /root/tree/tests/culprits_test.sh "$SUITE" "$@" >"$FOLDER/out" 2>&1 || true
  count
}

# Shows the output of what ran inside, and adds up what its closing line says
count() {
  local counts
  cat "$FOLDER/out"
  read -ra counts < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$FOLDER/out")
  [ ${#counts[@]} = 3 ] || counts=(0 1 0)
  PASSED=$((PASSED + counts[0])) FAILED=$((FAILED + counts[1])) SKIPPED=$((SKIPPED + counts[2]))
}

destroy_box() { "$SYSTEMD_BOX" destroy "$1" 2>/dev/null; }

clean_up() {
  local state
  for state in "$FOLDER"/*.box; do
    [ ! -d "$state" ] || destroy_box "${state%.box}"
  done
  rm -rf --one-file-system "$FOLDER"
}

# ---------------------------------------------------------------- inside

readonly VERSION1=/run/memory-controller # where the host's is mounted, in a container

run_scenarios() { # SCENARIO...
  local scenario mode
  cd /
  CONTROLLER=''
  mkdir -p $VERSION1
  if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
    CONTROLLER=2
    sed 's/memory//' /sys/fs/cgroup/cgroup.controllers >/run/controllers
  elif mount -t cgroup -o memory memory $VERSION1 2>/dev/null; then
    CONTROLLER=1
    umount $VERSION1
  fi
  # shellcheck disable=SC2034 # for the scenarios
  PERCENT=100 SHARED_BUFFERS=1024 SLOW=1
  if [ ! -e /run/host-proc ]; then
    # shellcheck disable=SC2034
    PERCENT=70 SHARED_BUFFERS=640 SLOW=4 # a small machine whose processor is emulated
    # Compaction for huge pages takes minutes of it.
    echo never | tee /sys/kernel/mm/transparent_hugepage/enabled >/dev/null || true
    echo 0 | tee /proc/sys/vm/compaction_proactiveness >/dev/null || true
  fi
  # shellcheck disable=SC2034
  PG_VERSION=$(pg_lsclusters -h | cut -d' ' -f1)
  mkdir -p "$TAKEN" /run/culprits-steps
  chmod 1777 "$TAKEN"
  TABLE=$(mktemp)
  printf '%s, %s, %s processors, %s MiB, memory controller: %s\n' "$SUITE" "$(uname -srm)" "$(nproc)" \
    $(($(meminfo MemTotal) / 1024)) "${CONTROLLER:-none}"
  for scenario; do
    for mode in with without; do
      [[ $scenario = */* && $scenario != */$mode ]] || test_scenario "${scenario%/*}" $mode
    done
  done
  echo "scenario | memory controller | truth, MiB | MemAvailable, MiB | first note | figure, MiB | deviation, %"
  cat "$TABLE"
}

test_scenario() { # NAME with|without
  local name=$1 sees=$2 attempt=1 lasted=1 about='' beside=0 unit='' others='' lasts='' expect='' expect_kind='' expect_kill=''
  local is_kernel=false needs='' view=machine kills='' start=$SECONDS
  if [ "$sees" = with ] && [ -z "$CONTROLLER" ]; then
    skip "$name: there is no memory controller"
    return
  fi
  "$name"
  if [ "$needs" = vm ] && [ -e /run/host-proc ]; then
    skip "$name: needs a kernel of its own (--vm)"
    return
  fi
  if [ -n "$kills" ]; then
    [ "$sees" = without ] || test_kills
    return
  fi
  if [ "$sees" = without ] || { $is_kernel && [ "$CONTROLLER" = 1 ]; }; then expect=${expect_kind:-$expect}; fi
  lasts=$((lasts * SLOW))
  while ! measure; do
    [ $attempt -lt $ATTEMPTS ] || break
    attempt=$((attempt + 1))
    echo "    $name: once more: $again$disturbed"
    clean
  done
  report
  clean
}

# measure: one run; false, with the reason in `again`, if it tells nothing
measure() {
  local truth_before available_before
  again='' disturbed='' truth=0 fell=0 exists=0 own=''
  if [ "$sees $CONTROLLER" = 'with 1' ] && ! mountpoint -q $VERSION1; then
    mount -t cgroup -o memory memory $VERSION1 # before `start`, which uses it
  fi
  optional prepare
  adopt
  watch "$(awk "BEGIN { print 100 * ($(used) + $about * 1024 * 0.6) / $(meminfo MemTotal) }")" $((lasts * lasted))
  truth_before=$(truth)
  available_before=$(available)
  "${name}_eat" || { again="${name}_eat fails"; return 1; }
  if [ -s $LOG ]; then
    again='the record was made before all was eaten'
    lasted=$((lasted * 2))
    return 1
  fi
  wait_for $((lasts * lasted + 60)) recorded || { again='no record'; return 1; }
  truth=$(($(truth) - truth_before))
  [ $truth -gt 0 ] || { again='the truth is nothing'; return 1; }
  fell=$((available_before - $(available) - beside * 1024))
  exists=$(($(meminfo MemTotal) - $(meminfo MemFree) + $(meminfo SwapTotal) - $(meminfo SwapFree)))
  own=$(optional own)
  if [ $((100 * (fell - truth) / truth)) -gt 20 ] || [ $((100 * (truth - fell) / truth)) -gt 20 ]; then
    disturbed="what is available fell by $((fell / 1024)) MiB, the truth is $((truth / 1024)) MiB"
    return 1
  fi
}

report() {
  local lines item size deviation wrong
  mapfile -t lines < <(/srv/culprits/record.py "$LOG" "$(event || true)" \
    "$truth" "$exists" "$((fell + beside * 1024))" "$TOLERANCE" "$expect")
  while [[ ${lines[0]:-} = '    '* ]]; do
    echo "${lines[0]}"
    lines=("${lines[@]:1}")
  done
  IFS=$'\t' read -r item size deviation <<<"${lines[0]}"
  echo "    the truth: $((truth / 1024)) MiB, by $(how); the figure is $deviation % off"
  [ -z "$own" ] || echo "    the software itself: $own"
  [ -z "$disturbed" ] || echo "    disturbed by others: $disturbed"
  echo "$name | $sees | $((truth / 1024)) ($(how)) | $((fell / 1024)) | $item | $size | $deviation" >>"$TABLE"
  wrong=$again
  for item in "${lines[@]:1}"; do wrong+=${wrong:+; }$item; done
  verdict "$wrong"
}

# verdict WRONG: counts; passed if nothing is wrong
verdict() {
  if [ -z "$1" ]; then
    PASSED=$((PASSED + 1))
    echo "passed: $SUITE: $name $sees ($((SECONDS - start)) s)"
  else
    FAILED=$((FAILED + 1))
    echo "FAILED: $SUITE: $name $sees ($((SECONDS - start)) s): $1"
  fi
}

# A limit that kills, or a machine out of memory: the log has to tell which, and whom, and not
# more than one line a minute.
test_kills() {
  local lines wrong=''
  optional prepare
  watch 99.9 15
  "${name}_eat"
  wait_for 300 killed || wrong='no line about it'
  lines=$(kill_lines || true)
  printf '    %s\n' "${lines//$'\n'/$'\n    '}"
  grep -qE "$expect" <<<"$lines" || wrong+="${wrong:+; }nobody named /$expect/"
  grep -qiE "$expect_kill" <<<"$lines" || wrong+="${wrong:+; }not told as /$expect_kill/"
  [ "$(wc -l <<<"$lines")" -le "$kills" ] || wrong+="${wrong:+; }$(wc -l <<<"$lines") lines"
  verdict "$wrong"
  clean
}
killed() { kill_lines | grep .; }
kill_lines() { grep -E '^[^#]*(killed|OOM)' "$LOG"; }

# watch THRESHOLD SECONDS: starts Memory Monitor with an empty log; returns when it knows what was before
watch() {
  local binds=('[Service]')
  if [ "$view" = machine ] && [ -e /run/host-proc ]; then binds+=(BindPaths=/run/host-proc:/proc); fi
  if [ "$sees $CONTROLLER" = 'without 2' ]; then
    binds+=(BindReadOnlyPaths=/run/controllers:/sys/fs/cgroup/cgroup.controllers)
  fi
  mkdir -p /run/systemd/system/memory_monitor.service.d
  printf '%s\n' "${binds[@]}" >/run/systemd/system/memory_monitor.service.d/view.conf
  cat >/etc/default/memory_monitor <<EOF
MEMORY_MONITOR_THRESHOLD=$1
MEMORY_MONITOR_DURATION=$2s
MEMORY_MONITOR_INTERVAL=500ms
EOF
  rm -f $LOG $HISTORY # what another scenario took is no news of this one
  systemctl daemon-reload
  systemctl restart memory_monitor
  wait_for 300 watching || { journal >&2 && exit 1; }
  sleep 12 # it looks at all processes every 10 s
}

clean() {
  # shellcheck disable=SC2086
  systemctl stop memory_monitor $unit $others 2>/dev/null || true
  optional clean
  # shellcheck disable=SC2086
  systemctl reset-failed $unit $others 2>/dev/null || true
  find "$TAKEN" -type f -delete
  leave
  sleep 2
}

# adopt: puts what the units run into groups of the memory controller of version 1, as systemd would
# where that is in use. `start` does it before a program begins.
adopt() {
  local each pid
  mountpoint -q $VERSION1 || return 0
  for each in $unit $others; do
    mkdir -p "$(version1 "$each")"
    processes "$each" | while read -r pid; do echo "$pid" >"$(version1 "$each")/cgroup.procs" || true; done
  done
}
version1() { echo "$VERSION1/system.slice/$1"; } # UNIT

leave() {
  mountpoint -q $VERSION1 || return 0
  find $VERSION1/system.slice -mindepth 1 -depth -type d -exec rmdir {} + || true
  umount $VERSION1
}

optional() { ! declare -F "${name}_$1" >/dev/null || "${name}_$1"; }

wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

show() { systemctl show --value -p "$1" memory_monitor; }
journal() { journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$(show InvocationID)"; }
watching() { journal | grep 'watching every'; }
event() { journal | grep -m 1 'memory above .*total CPU'; }
recorded() { grep -q '^# ' $LOG && event; }
mib() { echo $(($1 * PERCENT / 100)); }

# ---------------------------------------------------------------- the truth, in KiB

meminfo() { awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo; }
# In RAM and swap. MemAvailable leaves out the free pages that each CPU keeps at hand, 200 MiB after a large process has ended.
available() { echo $(($(meminfo MemAvailable) + $(meminfo SwapFree) + $(awk '$1 == "count:" { n += $2 } END { print n }' /proc/zoneinfo) * $(getconf PAGESIZE) / 1024)); }
used() { echo $(($(meminfo MemTotal) - $(meminfo MemAvailable))); }
truth() { if declare -F "${name}_truth" >/dev/null; then "${name}_truth"; else charged "$unit"; fi; }

how() {
  case $sees$CONTROLLER in
    *2) echo memory.stat ;;
    with1) echo 'memory.stat and page tables' ;;
    *) echo Pss ;;
  esac
}

processes() { # UNIT
  local group
  group=$(systemctl show --value -p ControlGroup "$1")
  [ -z "$group" ] || find "/sys/fs/cgroup$group" -name cgroup.procs -exec cat {} + 2>/dev/null || true
}

charged() { # UNIT
  local group
  group=$(systemctl show --value -p ControlGroup "$1")
  if [ -z "$group" ]; then
    echo 0
  elif [ "$(how)" = memory.stat ]; then
    cat "/sys/fs/cgroup$group"/memory.{stat,swap.current} | awk '
      $1 ~ /^(anon|shmem|kernel|sock|zswap)$/ { sum += $2 }
      $1 == "slab_reclaimable" { sum -= $2 }
      NF == 1 { sum += $1 }
      END { printf "%d\n", sum / 1024 }'
  else
    {
      processes "$1" | while read -r pid; do
        cat "/proc/$pid"/{smaps_rollup,status} 2>/dev/null || true
      done
      [ "$(how)" = Pss ] || sed 's/$/ bytes/' "$(version1 "$1")/memory.stat"
    } | awk -v how="$(how)" '
      /^VmPTE:/ || how == "Pss" && /^(Pss_Anon|Pss_Shmem|SwapPss):/ { sum += $2 }
      /^total_(rss|shmem|swap) / { sum += $2 / 1024 }
      END { printf "%d\n", sum }'
  fi
}

main "$@"
