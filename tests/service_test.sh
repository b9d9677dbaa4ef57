#!/usr/bin/env bash
#
# Tests install.sh and memory_monitor.service in throw-away Debians with a real systemd:
#
#   tests/service_test.sh [--vm] [SUITE...]      SUITE: bookworm, trixie, … (default: these two)
#
# --vm adds the limits that only a kernel of its own enforces (slow: a machine is emulated).
# The boxes are made by tests/systemd-box.sh, which needs root. A suite is skipped where no box
# boots; if no test could run, the script fails.

set -euo pipefail

readonly V1_0_0=831b816 # whose install.sh did without a package
PASSED=0 FAILED=0 SKIPPED=0

main() {
  local with_vm=false suites=() suite
  while [ $# -gt 0 ]; do
    case $1 in
      --vm) with_vm=true ;;
      -*)
        echo "usage: tests/service_test.sh [--vm] [SUITE...]" >&2
        exit 2
        ;;
      *) suites+=("$1") ;;
    esac
    shift
  done
  [ ${#suites[@]} -gt 0 ] || suites=(bookworm trixie)

  TREE=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
  SYSTEMD_BOX=$TREE/tests/systemd-box.sh
  FOLDER=$(mktemp -d /var/tmp/memory_monitor_test.XXXXXX)
  trap clean_up EXIT
  for suite in "${suites[@]}"; do
    SECONDS=0
    SUITE=$suite BOX=$FOLDER/$suite
    if make_box; then
      test_suite
      ! $with_vm || test_in_vm
      destroy_box "$BOX"
    fi
    echo "$suite took $SECONDS s"
  done
  echo "$PASSED passed, $FAILED failed, $SKIPPED skipped"
  [ $FAILED = 0 ] && [ $PASSED -gt 0 ]
}

make_box() {
  local output
  [ "$(id -u)" = 0 ] || { skip "a box needs root" && return 1; }
  output=$("$SYSTEMD_BOX" create "$SUITE" "$BOX" 2>&1 && "$SYSTEMD_BOX" boot "$BOX" 2>&1) ||
    { skip "no box: $(tail -n 1 <<<"$output")" && return 1; }
  mkdir "$BOX/root/tree" "$BOX/root/tree-1.0.0"
  (cd "$TREE" && cp -r install.sh memory_monitor.service MemoryMonitor.java lib docs ./*.md LICENSE "$BOX/root/tree")
  git -C "$TREE" -c safe.directory="$TREE" archive $V1_0_0 2>/dev/null | tar -x -C "$BOX/root/tree-1.0.0" 2>/dev/null || true
}

destroy_box() { "$SYSTEMD_BOX" destroy "$1" 2>/dev/null; }

clean_up() {
  local state
  for state in "$FOLDER"/*.box; do
    [ ! -d "$state" ] || destroy_box "${state%.box}"
  done
  rm -rf --one-file-system "$FOLDER"
}

skip() {
  SKIPPED=$((SKIPPED + 1))
  echo "skipped: $SUITE: $1"
}

# step NAME <SCRIPT: one counted test; passes if every command of the script succeeds. It is
# run by bash in the box, in the copy of the tree.
step() {
  local start=$EPOCHREALTIME rc=0 output
  output=$({ helpers && cat; } | "$SYSTEMD_BOX" run "$BOX" -- bash -euo pipefail -s 2>&1 | tr -d '\0') || rc=$?
  report "$1" "$rc" "$start" "$output"
}

report() { # NAME RC START OUTPUT
  local verdict=passed
  PASSED=$((PASSED + 1))
  if [ "$2" != 0 ]; then
    verdict=FAILED
    PASSED=$((PASSED - 1)) FAILED=$((FAILED + 1))
    tail -n 30 <<<"$4" | sed 's/^/    /'
  fi
  printf '%s: %s: %s (%d ms)\n' "$verdict" "$SUITE" "$1" $(((${EPOCHREALTIME/./} - ${3/./}) / 1000))
}

# What the steps have in common
helpers() {
  cat <<'EOF'
cd ~/tree
program=/opt/memory_monitor
source=$program/MemoryMonitor.java
unit=/lib/systemd/system/memory_monitor.service
deb=$(echo ~/deb/memory-monitor_*_all.deb) # of the tree as it is
defaults=/etc/default/memory_monitor
logs=/var/log/memory_monitor
log=$logs/memory_monitor.log
wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "in vain: $*"; return 1; }
    sleep 0.1
  done
}
show() { systemctl show --value -p "$1" memory_monitor; }
journal() { journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$(show InvocationID)" "$@"; }
status() { systemctl status --no-pager -l memory_monitor; }
watching() { journal | grep 'watching every'; }
restarted() { systemctl restart memory_monitor && wait_for 30 watching; }
recorded() { grep '^USER .*COMMAND$' "$log"; }
processes() { cat /sys/fs/cgroup"$(show ControlGroup)"/cgroup.procs; }
fails() { ! "$@"; }
apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y "$@" </dev/null 2>&1; }
apt_install() { apt_get install --reinstall --allow-downgrades --no-install-recommends -o Dpkg::Options::=--force-confold "$@"; }
set -x
EOF
}

test_suite() {
  test_installing
  test_watching
  test_surviving
  test_editing
  test_power_cut
  test_updating
  test_leaving
  test_odd_machines
  test_taking_over
  test_without_network
}

# ---------------------------------------------------------------- a fresh machine

test_installing() {
  step "without root: one line says what is missing" <<'EOF'
cp install.sh /tmp
output=$(setpriv --reuid=65534 /tmp/install.sh 2>&1) && exit 1
[ "$output" = "install.sh: root is needed: sudo ./install.sh" ]
EOF
  step "on a 32-bit system: one line says what is supported" <<'EOF'
mkdir ~/armhf
printf '#!/bin/sh\n[ "$*" = --print-architecture ] && echo armhf || exec /usr/bin/dpkg "$@"\n' >~/armhf/dpkg
chmod +x ~/armhf/dpkg
output=$(PATH=~/armhf:$PATH ./install.sh 2>&1) && exit 1
[ "$output" = "install.sh: this system is armhf, and only amd64 and arm64 are supported (of Raspberry Pi OS: 64-bit)" ]
EOF
  step "without network: nothing is started, and it says how to go on" <<'EOF'
fails command -v java
mv /etc/resolv.conf /etc/resolv.conf.off
trap 'mv /etc/resolv.conf.off /etc/resolv.conf' EXIT
output=$(./install.sh 2>&1) && exit 1
grep 'install.sh: apt-get could not install that' <<<"$output"
tail -n 1 <<<"$output" | grep 'install.sh: not finished; nothing was started.*run install.sh again'
fails systemctl cat memory_monitor
EOF
  step "fresh install: says what it brings and how large that is, where the log is and which line sets it" <<'EOF'
output=$(./install.sh 2>&1)
grep 'install.sh:   Need to get [0-9.]* MB of archives' <<<"$output"
line=$(grep -n 'static final String LOG_FILE = ' $source | cut -d: -f1)
grep "install.sh: its log is $log, set in $source, line $line: static final String LOG_FILE" <<<"$output"
fails grep -v '^[a-z./]*: ' <<<"$output"
EOF
  step "active, enabled, and the first sample taken" <<'EOF'
systemctl is-active memory_monitor
systemctl is-enabled memory_monitor
journal PRIORITY=6 | grep "^memory_monitor [0-9.]*: RAM [0-9.]* % used; watching every 1 s, .* log $log\$"
EOF
  step "apt has it as a package: each file is as delivered, what only the build needed may go" <<'EOF'
[ "$(dpkg -V memory-monitor)" = "" ]
[ "$(apt-mark showauto maven help2man default-jdk-headless | wc -l)" = 3 ]
apt-mark showmanual | grep -x memory-monitor
./install.sh --package | grep "built .*/memory-monitor_.*_all.deb"
mkdir ~/deb
mv memory-monitor_*_all.deb ~/deb
EOF
  step "manual and completion" <<'EOF'
zcat /usr/share/man/man1/memory_monitor.1.gz | sed 's/\\//g' >~/manual
for word in snapshot --html MEMORY_MONITOR_THRESHOLD $defaults $source; do grep -F -e "$word" ~/manual; done
[ "$(bash -c 'set +eu; source /usr/share/bash-completion/completions/memory_monitor; complete -p memory_monitor' | wc -l)" = 1 ]
status | grep 'Docs: man:memory_monitor(1)'
EOF
  test_lintian
  step "what the program may remember is its own" <<'EOF'
[ "$(stat -c '%U:%G %a' /var/lib/memory_monitor)" = "memory_monitor:memory_monitor 750" ]
EOF
  step "one JVM, straight from the build, as its own user" <<'EOF'
[ "$(processes)" = "$(show MainPID)" ]
[ "$(tr '\0' ' ' </proc/"$(show MainPID)"/cmdline)" = "/usr/bin/java @$program/build/args " ]
[ "$(stat -c %U:%G /proc/"$(show MainPID)")" = memory_monitor:memory_monitor ]
EOF
  step "systemd-analyze verify has nothing to say" <<'EOF'
[ "$(systemd-analyze verify --man=no $unit 2>&1)" = "" ]
[ "$(systemd-analyze verify --man=no ./memory_monitor.service 2>&1)" = "" ]
EOF
  step "exposure at most 1.0" <<'EOF'
exposure=$(systemd-analyze security --no-pager memory_monitor | sed -n 's/.*exposure level.*: \([0-9.]*\).*/\1/p')
awk "BEGIN { exit !($exposure <= 1.0) }"
EOF
  step "the service user can write neither the program nor its build, only its log folder" <<'EOF'
[ "$(find $program ! -user root)" = "" ]
[ "$(setpriv --reuid=memory_monitor --regid=memory_monitor --clear-groups \
  find $program $unit $defaults /etc/logrotate.d /var/cache/memory_monitor $logs -writable ! -type l | grep -v "^$logs")" = "" ]
EOF
  step "the settings are shown with their defaults, as comments" <<'EOF'
memory_monitor status | sed -n "s|$logs/||; s/^\(MEMORY_MONITOR_[^ ]*\) .*/#\1/p" >~/status
[ "$(wc -l <~/status)" = 8 ]
while read -r line; do grep -qxF "$line" $defaults; done <~/status
[ "$(grep '^[^#]' $defaults)" = "" ]
EOF
  step "a second run changes nothing, nor does it mind JAVA_TOOL_OPTIONS" <<'EOF'
before=$(find $program -type f -exec sha256sum {} + | sort)
JAVA_TOOL_OPTIONS=-Dfile.encoding=UTF-8 JDK_JAVA_OPTIONS=-Dsun.jnu.encoding=UTF-8 ./install.sh
[ "$(find $program -type f -exec sha256sum {} + | sort)" = "$before" ]
EOF
}

# Debian's own critic, on this machine: in the box it would be another hundred packages.
test_lintian() {
  local start=$EPOCHREALTIME output rc=0
  command -v lintian >/dev/null || { skip "no lintian" && return; }
  output=$(lintian --allow-root "$BOX"/root/deb/*.deb 2>&1) || rc=$?
  ! grep -q '^E:' <<<"$output" || rc=1
  report "lintian has nothing above a warning" $rc "$start" "$output"
}

# ---------------------------------------------------------------- the main job

test_watching() {
  step "a real breach is recorded, by the settings in /etc/default" <<'EOF'
useradd someone_else_with_a_long_name
systemd-run -q --uid=someone_else_with_a_long_name sleep 1234567
systemd-run -q script -qc 'sleep 7654321' /dev/null
sed -i 's/^#\(MEMORY_MONITOR_THRESHOLD=\).*/\11/; s/^#\(MEMORY_MONITOR_DURATION=\).*/\11s/
  /MEMORY_MONITOR_ON_INCIDENT=/d' $defaults
recipe=$(sed -n "s/^--on-incident '\(.*logger --journald\)'$/\1/p" /usr/share/doc/memory-monitor/programs.md)
echo "MEMORY_MONITOR_ON_INCIDENT='$recipe; echo \"\$INCIDENT_EVENT by \$(id -un)\" >on_incident'" >>$defaults
ps -eo pid= >~/pids.before
restarted
wait_for 10 recorded
ps -eo user:32=,pid=,tty= >~/ps.after
EOF
  step "the table holds every process, with owner and terminal as ps shows them" <<'EOF'
awk '
  FILENAME ~ /before/ { before[$1] = 1 }
  FILENAME ~ /after/ && $2 in before { expected[$2] = $1 " " $3 }
  FILENAME ~ /log$/ { recorded[$2] = $1 " " $7 }
  END {
    for (pid in expected) {
      n++
      if (expected[pid] != recorded[pid]) { wrong++; print pid, expected[pid], "recorded:", recorded[pid] }
    }
    print n " compared, " wrong + 0 " wrong"
    exit (n < 5 || wrong)
  }' ~/pids.before ~/ps.after $log
grep '^root  *1 ' $log
grep '^someone_else_with_a_long_name .*[ /]sleep 1234567$' $log
grep '^root .* pts/[0-9]* .*[ /]sleep 7654321$' $log
EOF
  step "the same record as JSON, and the command for an incident has run" <<'EOF'
[ "$(grep -c '^{"type":"incident",.*}$' $logs/memory_monitor.jsonl)" = 1 ]
grep -q '^{"type":"process",.*sleep 1234567.*}$' $logs/memory_monitor.jsonl
wait_for 10 grep '^incident by memory_monitor$' $logs/on_incident
id=$(sed -n 's/^{"type":"incident","incident":"\([^"]*\)".*/\1/p' $logs/memory_monitor.jsonl)
message=$(grep -o 'MESSAGE_ID=[0-9a-f]*' $defaults)
found() { journalctl -q -o cat "$message" "INCIDENT=$id" PRIORITY=4 | grep '^memory above 1 % .*: .* in '; }
wait_for 10 found
EOF
  step "the command memory_monitor shows what was recorded, to whoever may read it" <<'EOF'
cd /
memory_monitor report | grep -E '^[0-9]+ +20[0-9: +-]+ .*, so far .* %'
memory_monitor report 1 >~/one
memory_monitor report --last | cmp - ~/one
grep 'is no time' <<<"$(memory_monitor report --since 'one minute ago' 2>&1)"
memory_monitor report --last | grep ' memory above 1 % for '
memory_monitor report --html ~/page.html
grep -c '<script type="application/json" class="table">' ~/page.html
memory_monitor snapshot | grep '^USER .*COMMAND$'
setpriv --reuid=65534 --regid=65534 --groups=adm memory_monitor report | grep ', so far '
output=$(setpriv --reuid=65534 --regid=65534 --clear-groups memory_monitor report 2>&1) && exit 1
grep "cannot read $logs/memory_monitor.jsonl: permission denied; use sudo, or become a member of group adm" <<<"$output"
output=$(memory_monitor -t 1 2>&1) && exit 1
grep 'the service watches already' <<<"$output"
EOF
  step "the log is memory_monitor:adm 0640, its folder 0750 (and set-group-ID)" <<'EOF'
[ "$(stat -c '%U:%G %a' $log)" = "memory_monitor:adm 640" ]
[ "$(stat -c '%U:%G %a' $logs)" = "memory_monitor:adm 2750" ]
EOF
  step "the journal has the incident, as a warning" <<'EOF'
[ "$(journal PRIORITY=4 | grep -c 'memory above 1 %.*processes in')" = 1 ]
EOF
  step "logrotate forced: the next record is in the new file" <<'EOF'
apt-get install -y -qq --no-install-recommends logrotate
logrotate -f /etc/logrotate.d/memory_monitor
[ -s $log.1 ]
[ ! -s $log ]
[ "$(stat -c '%U:%G %a' $log)" = "memory_monitor:adm 640" ]
restarted
wait_for 10 recorded
[ "$(grep -c '^USER ' $log.1)" = 1 ]
EOF
  step "a log whose folder was deleted comes again, with the same modes" <<'EOF'
rm -r $logs
restarted
wait_for 10 recorded
[ "$(stat -c '%U:%G %a' $log)" = "memory_monitor:adm 640" ]
[ "$(stat -c '%U:%G %a' $logs)" = "memory_monitor:adm 2750" ]
EOF
  step "the command memory_monitor has the settings as systemd reads them" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults; systemctl restart memory_monitor' EXIT
cat >>$defaults <<'END'
NONE
# comment
MEMORY_MONITOR_JSON=nowhere
; comment
 MEMORY_MONITOR_JSON = "memory_"'monitor.jsonl'   
MEMORY_MONITOR_METRICS=a\
b.prom
END
sed -i 's/b.prom$/&\r/' $defaults
restarted
systemd-run -q --wait --pipe --collect -p EnvironmentFile=$defaults env -0 </dev/null | grep -z ^MEMORY_MONITOR | sort -z >~/witness
sort -z /run/memory_monitor.settings | cmp - ~/witness
grep -z '^MEMORY_MONITOR_JSON=memory_monitor.jsonl$' ~/witness
grep -z '^MEMORY_MONITOR_METRICS=ab.prom$' ~/witness
[ "$(stat -c '%U:%G %a' /run/memory_monitor.settings)" = "root:adm 640" ]
memory_monitor report | grep -E '^[0-9]+ +20[0-9: +-]+ .*, no end .* %'
MEMORY_MONITOR_JSON=/tmp/other memory_monitor report | grep ', no end '
setpriv --reuid=65534 --regid=65534 --groups=adm memory_monitor report | grep ', no end '
rm $defaults
memory_monitor --version
EOF
  step "status says whether it watches, with which settings, and what the last incident was" <<'EOF'
memory_monitor status >~/status
grep '^memory_monitor [0-9.]* watches since 20.* PID ' ~/status
grep "^MEMORY_MONITOR_THRESHOLD=1 .* $defaults$" ~/status
grep '^MEMORY_MONITOR_RECOVERY=.* RECOVERY in MemoryMonitor.java$' ~/status
grep -E '^last incident: 20.*, peak [0-9.]+ %' ~/status
setpriv --reuid=65534 --regid=65534 --clear-groups memory_monitor status >~/status
fails grep -E '^MEMORY_MONITOR' ~/status
grep '^its settings are for root and group adm: sudo memory_monitor status$' ~/status
systemctl stop memory_monitor
trap 'systemctl start memory_monitor' EXIT
[ "$(memory_monitor status >~/status && echo 0 || echo $?)" = 3 ]
grep '^the settings of its last start:$' ~/status
grep -E '^memory_monitor [0-9.]+ does not watch: inactive .dead. since .*; sudo systemctl start memory_monitor$' ~/status
memory_monitor report --since now | grep -E '^no incident .*does not watch: inactive'
EOF
  step "check tries an edit and all settings, without a restart" <<'EOF'
cp $defaults ~/good.default
cp $source ~/good.java
trap 'cp ~/good.default $defaults; cp ~/good.java $source; memory_monitor check' EXIT
pid=$(show MainPID)
echo 'MEMORY_MONITOR_DURATION=1x' >>$defaults
sed -i 's/ RECOVERY = "[^"]*"/ RECOVERY = "7s"/' $source
output=$(memory_monitor check 2>&1) && exit 1
[ "$(grep '^memory_monitor: ' <<<"$output")" = \
  "memory_monitor: MEMORY_MONITOR_DURATION: '1x' is not a time: write it as 500ms, 15s, 2m or plain seconds; taken instead: '15s', DURATION in MemoryMonitor.java" ]
cp ~/good.default $defaults
echo 'MEMORY_MONITOR_METRICS=/run/memory_monitor/memory_monitor.prom' >>$defaults
memory_monitor check
cp ~/good.default $defaults
memory_monitor check | grep '^MEMORY_MONITOR_RECOVERY=7s$'
memory_monitor check | tail -n 1 | grep '^all right; a change counts after: sudo systemctl restart memory_monitor$'
memory_monitor status | grep "^$source was changed since its last start: sudo systemctl restart memory_monitor$"
[ "$(show MainPID)" = "$pid" ]
output=$(setpriv --reuid=65534 --regid=65534 --clear-groups memory_monitor check 2>&1) && exit 1
[ "$output" = "memory_monitor: only root can try what the service may: sudo memory_monitor check" ]
setpriv --reuid=65534 --regid=65534 --clear-groups memory_monitor help check | grep '^Usage: memory_monitor check'
EOF
  step "the command memory_monitor says what there is, even in a folder that is gone" <<'EOF'
mkdir ~/gone
cd ~/gone
rmdir ~/gone
memory_monitor help | grep '^  report '
memory_monitor help report | grep -e --last
output=$(memory_monitor repotr 2>&1) && exit 1
grep "^memory_monitor: there is no command 'repotr'; there are .*report" <<<"$output"
EOF
  step "a log with another name is rotated, or it is said that it is not" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults; systemctl restart memory_monitor; rm -rf $logs/sub' EXIT
fails grep 'is not rotated' <<<"$(journal)"
echo 'MEMORY_MONITOR_LOG=mem.txt' >>$defaults
restarted
fails grep 'is not rotated' <<<"$(journal)"
echo 'MEMORY_MONITOR_LOG=memory' >>$defaults
restarted
journal PRIORITY=4 | grep "^$logs/memory is not rotated, for no rule in /etc/logrotate.d names it"
printf '"%s" /else {\n}\n' $logs/memory >/etc/logrotate.d/mine
restarted
rm /etc/logrotate.d/mine $logs/mem.txt
fails grep 'is not rotated' <<<"$(journal)"
install -d -m 2750 -o memory_monitor -g adm $logs/sub
echo 'MEMORY_MONITOR_LOG=sub/x.log' >>$defaults
restarted
journal PRIORITY=4 | grep "^$logs/sub/x.log is not rotated"
journal PRIORITY=4 | grep "^$logs/sub/x.jsonl is not rotated"
EOF
}

# ---------------------------------------------------------------- survival

test_surviving() {
  step "kill -9: it is back" <<'EOF'
pid=$(show MainPID)
kill -9 "$pid"
wait_for 20 fails kill -0 "$pid"
wait_for 20 systemctl is-active memory_monitor
wait_for 20 watching
systemctl is-active memory_monitor
[ "$(show MainPID)" != "$pid" ]
EOF
  step "the history outlives a restart: snapshot tells what has grown since before it, to root" <<'EOF'
systemd-run -q --unit=eater perl -e 'sleep 1 until -e "/run/eat"; $x = "b" x ($ARGV[0] << 20); sleep 600' 300
trap 'systemctl stop eater; rm -f /run/eat' EXIT
history=/var/lib/memory_monitor/history
[ "$(stat -c '%U:%G %a' $history)" = "memory_monitor:memory_monitor 640" ]
[ "$(stat -c %s $history)" -le 4194304 ]
touch /run/eat
eaten() { [ "$(ps -o rss= -p "$(systemctl show --value -p MainPID eater)")" -gt 300000 ]; }
wait_for 30 eaten
restarted
memory_monitor snapshot --short | tee ~/short | grep -E '^# (grown|new) in .*perl \([0-9]+\) in eater'
fails grep '^USER ' ~/short
fails grep -E '^# (grown|new) in ' <<<"$(STATE_DIRECTORY=/nowhere memory_monitor snapshot --short)"
cd /
setpriv --reuid=65534 --regid=65534 --groups=adm memory_monitor snapshot --short >~/short 2>&1
fails grep -iE 'history|denied' ~/short
[ "$(ls -A /var/lib/memory_monitor)" = history ]
EOF
  step "ten crashes in a row do not make it give up" <<'EOF'
mkdir -p /run/systemd/system/memory_monitor.service.d
printf '[Service]\nRestartSec=100ms\nExecStart=\nExecStart=/bin/false\n' \
  >/run/systemd/system/memory_monitor.service.d/crash.conf
grep -q '^RestartSteps=' $unit && echo 'RestartSteps=0' >>/run/systemd/system/memory_monitor.service.d/crash.conf
systemctl daemon-reload
systemctl restart memory_monitor
enough() { [ "$(show NRestarts)" -ge 10 ]; }
wait_for 30 enough
rm -r /run/systemd/system/memory_monitor.service.d
systemctl daemon-reload
wait_for 20 watching
EOF
  step "it stops within 2 s, and that counts as success" <<'EOF'
start=$(date +%s%N)
systemctl stop memory_monitor
[ $((($(date +%s%N) - start) / 1000000)) -lt 2000 ]
[ "$(show Result)" = success ]
[ "$(show ActiveState)" = inactive ]
[ "$(show ExecMainStatus)" = 143 ]
EOF
  local start=$EPOCHREALTIME output rc=0
  output=$("$SYSTEMD_BOX" stop "$BOX" 2>&1 && "$SYSTEMD_BOX" boot "$BOX" 2>&1) || rc=$?
  report "the box reboots" "$rc" "$start" "$output"
  step "after the reboot it is active again, without hands, no later than the system" <<'EOF'
wait_for 20 watching
systemctl is-active memory_monitor
wait_for 60 systemctl is-active multi-user.target
[ "$(show ActiveEnterTimestampMonotonic)" -le \
  "$(systemctl show --value -p ActiveEnterTimestampMonotonic multi-user.target)" ]
wait_for 10 recorded
EOF
}

# ---------------------------------------------------------------- edited in place

test_editing() {
  step "an edit is live after a restart, even if it was saved with CRLF, and leaves one JVM and one build" <<'EOF'
sed -i 's/LOG_FILE = "[^"]*"/LOG_FILE = "elsewhere.log"/' $source
cp $source ~/good
sed -i 's/$/\r/' $source
restarted
head -n 1 $program/build/args | grep -e '-XX:-UsePerfData$'
journal | grep "log $logs/elsewhere.log"
log=$logs/elsewhere.log
wait_for 10 recorded
[ "$(stat -c '%U:%G %a' $log)" = "memory_monitor:adm 640" ]
[ "$(processes)" = "$(show MainPID)" ]
[ "$(ls -d $program/build-*)" = "$(readlink -f $program/build)" ]
EOF
  step "a user who locks what he may read holds up neither a start nor an update" <<'EOF'
trap 'kill $(jobs -p)' EXIT
for name in $program $program/build* $program/lib /usr/share/memory-monitor /run /run/memory_monitor*; do
  if setpriv --reuid=nobody --clear-groups test -r $name; then
    setpriv --reuid=nobody --clear-groups flock --no-fork $name sleep 600 >/dev/null 2>&1 &
  fi
done
sleep 1
timeout 60 systemctl restart memory_monitor
timeout 30 /usr/share/memory-monitor/lib/service-update
EOF
  step "a name with other letters, under a locale that is set, but not generated" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults' EXIT
printf 'LANG=de_DE.UTF-8\nMEMORY_MONITOR_LOG=Büro.log\n' >>$defaults
restarted
journal | grep "log $logs/Büro.log"
EOF
  step "an edit of a source of one's own, which //SOURCES names, is live as well" <<'EOF'
cp ~/good $source
mkdir $program/mine
echo 'package mine; public class Words { public static String words() { return "first"; } }' >$program/mine/Words.java
sed -i 's|^//FILES|//SOURCES mine/*.java\n&|; s|^ *VERSION,$|mine.Words.words() + &|' $source
grep 'words() + *VERSION,' $source
restarted
journal | grep '^memory_monitor first[0-9.]*: RAM'
sed -i s/first/second/ $program/mine/Words.java
restarted
journal | grep '^memory_monitor second[0-9.]*: RAM'
rm -r $program/mine
restarted
status | grep 'Status: .*mine.*the last good build keeps watching'
cp ~/good $source
EOF
  step "an edit that does not compile: the last good build watches, the error is in plain sight" <<'EOF'
sed -i 's/LOG_FILE = "elsewhere.log";/LOG_FILE = "elsewhere.log"/' $source
line=$(grep -n 'LOG_FILE = "elsewhere.log"$' $source | cut -d: -f1)
restarted
systemctl is-active memory_monitor
journal | grep "log $logs/elsewhere.log"
journalctl -u memory_monitor -p err | grep "MemoryMonitor.java:$line: error: ';' expected"
status | grep "Status: .*MemoryMonitor.java:$line: error: ';' expected; the last good build keeps watching"
status | grep "memory_monitor\[[0-9]*\]: MemoryMonitor.java:$line: error: ';' expected"
EOF
  step "an edit that compiles but does not run: likewise" <<'EOF'
sed 's/^.*class MemoryMonitor .*{$/&\nstatic { if (true) throw new IllegalStateException("not today"); }/' ~/good >$source
fails cmp -s ~/good $source
restarted
status | grep 'Status: .*does not run; the last good build keeps watching'
journalctl -u memory_monitor -p err | grep 'not today'
EOF
  step "an edit with a slip in a setting: likewise" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults' EXIT
sed -i '/^MEMORY_MONITOR_THRESHOLD=/d' $defaults # which would go before the edit
sed 's/ THRESHOLD = "80"/ THRESHOLD = "eighty"/' ~/good >$source
fails cmp -s ~/good $source
good=$(readlink $program/build)
restarted
status | grep "Status: .*error: THRESHOLD in MemoryMonitor.java: 'eighty' .*; the last good build keeps watching"
[ "$(ls -d $program/build-*)" = "$program/$good" ]
EOF
  step "an edit that moves the log to where the service's user may not write: likewise" <<'EOF'
mkdir -p /srv/logs
sed 's/LOG_FILE = "[^"]*"/LOG_FILE = "\/srv\/logs\/some.log"/' ~/good >$source
restarted
status | grep 'Status: .*/srv/logs/some.log.*; the last good build keeps watching'
journal | grep "log $logs/elsewhere.log"
[ "$(ls -A /srv/logs)" = "" ]
EOF
  step "an edit of ON_INCIDENT: the trial of the build runs nothing of it, and leaves no history" <<'EOF'
sed 's/ ON_INCIDENT = ""/ ON_INCIDENT = "touch \/ran"/; s/ LOG_FILE = "[^"]*"/ LOG_FILE = "elsewhere.log"/' ~/good >$source
fails cmp -s ~/good $source
good=$(readlink $program/build)
systemctl stop memory_monitor
touch ~/stopped
STATE_DIRECTORY=/var/lib/memory_monitor $program/lib/service-build
[ "$(readlink $program/build)" != "$good" ]
[ ! -e /ran ]
[ "$(find / -xdev -newer ~/stopped -name '*history*' ! -path '/proc/*')" = "" ]
EOF
  step "a slip in /etc/default, quoted as systemd reads it: the constant stands in, which is told; an edit is live all the same" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults' EXIT
printf '%s\n' '; remark' ' MEMORY_MONITOR_INTERVAL="of\' 'ten" ' >>$defaults
for by in hand service; do
  { cat ~/good && echo "// an edit by $by"; } >$source
  good=$(readlink $program/build)
  [ $by = service ] || $program/lib/service-build
  restarted
  [ "$(readlink $program/build)" != "$good" ]
  journal | grep 'watching every 1 s'
  journal PRIORITY=3 | grep "MEMORY_MONITOR_INTERVAL: 'often' "
  status | grep "Status: .*MEMORY_MONITOR_INTERVAL: 'often' "
done
cp ~/good.default $defaults
printf '%s\n' '; remark' ' MEMORY_MONITOR_INTERVAL="2\' 's" ' >>$defaults
restarted
fails grep 'Status:' <<<"$(status)"
journal | grep 'watching every 2 s'
EOF
  step "new //DEPS: the line 'Status:' says what to run, and that brings them" <<'EOF'
sed 's/^\/\/DEPS org.slf4j:.*/&\n\/\/DEPS org.apiguardian:apiguardian-api:1.1.2/' ~/good >$source
restarted
status | grep 'Status: .*the last good build keeps watching'
command=$(status | sed -n 's/.*Status: .*run sudo \(.*\) once.*/\1/p')
$command
restarted
ls $program/build/lib | grep apiguardian
fails grep 'Status:' <<<"$(status)"
EOF
}

# ---------------------------------------------------------------- power cut

test_power_cut() {
  step "a build that is not complete is made again" <<'EOF'
: >$program/build/args
restarted
truncate -s 1000 $program/build/MemoryMonitor.jar
restarted
fails grep 'Status:' <<<"$(status)"
[ "$(ls -d $program/build-*)" = "$(readlink -f $program/build)" ]
rm $program/build/classes.jsa # as if the disk had been full when it was made
sed -i '/ classes.jsa$/d' $program/build/files
restarted
[ -s $program/build/classes.jsa ]
EOF
  step "a build that is killed, at whatever moment: the one before or the new one runs" <<'EOF'
cp $source ~/before
for seconds in 0.2 0.7 1.5 2.2 3 4; do
  echo "// edited $seconds" >>$source
  timeout -s KILL $seconds $program/lib/service-build || [ $? = 137 ]
  java @$program/build/args --version
done
restarted
fails grep 'Status:' <<<"$(status)"
[ "$(ls -d $program/build-*)" = "$(readlink -f $program/build)" ]
cp ~/before $source
EOF
  local start=$EPOCHREALTIME output rc=0
  output=$(unshare --mount --propagation private bash -euo pipefail -c "$(power_cut)" - "$BOX" 2>&1) || rc=$?
  if [ $rc = 77 ]; then
    skip "a power cut after a build: no loop devices"
  else
    report "a power cut after a build: what is on the disk then runs" $rc "$start" "$output"
  fi
}

# A script, run outside of the box: builds on a file system in a file, which then holds what a
# disk would hold if power were cut. ext4 has written the names by then, but of the data only what
# somebody asked it to.
power_cut() {
  cat <<'EOF'
box=$1 folder=/srv/build
truncate -s 200M "$box/srv/disk"
mkfs.ext4 -q "$box/srv/disk"
mkdir -p "$box$folder"
mount -o loop,commit=1 "$box/srv/disk" "$box$folder" || exit 77
mount -t proc proc "$box/proc"
mount --rbind /dev "$box/dev"
in_box() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$box" "$@"; }
set -x
cp -a "$box"/opt/memory_monitor/{MemoryMonitor.java,lib} "$box$folder"
jars=$(printf "$folder/jars/%s:" $(ls "$box/opt/memory_monitor/build/lib"))
cp -rL "$box/opt/memory_monitor/build/lib" "$box$folder/jars"
in_box $folder/lib/service-build "${jars%:}"
first=$(readlink "$box$folder/build")
sync
echo '// an edit' >>"$box$folder/MemoryMonitor.java"
in_box $folder/lib/service-build
[ "$(readlink "$box$folder/build")" != "$first" ]
sleep 3
cp "$box/srv/disk" "$box/srv/disk.cut"
umount "$box$folder"
mount -o loop "$box/srv/disk.cut" "$box$folder"
ls -lR "$box$folder/build/"
in_box java @$folder/build/args --version
[ "$(find "$box$folder"/lib "$box$folder"/build/ -name '*.j*' -empty)" = "" ]
EOF
}

# ---------------------------------------------------------------- updates

test_updating() {
  step "an update merges with what was edited, and a changed /etc/default stays; a setting that is wrong is told, and it watches" <<'EOF'
cp $defaults ~/good.default
trap 'cp ~/good.default $defaults' EXIT
echo 'MEMORY_MONITOR_INTERVAL=often' >>$defaults
cp $defaults ~/edited.default
cp -r ~/tree ~/newer
cd ~/newer
echo '// of a newer version' >>MemoryMonitor.java
echo '# more' >>lib/debian/default
mkdir lib/room
echo 'package room; final class Room {}' >lib/room/Room.java
touch $program/lib/Old.java
output=$(./install.sh 2>&1)
fails grep -i edited <<<"$output"
grep "install.sh: it says: .*MEMORY_MONITOR_INTERVAL: 'often'" <<<"$output"
watching
grep 'LOG_FILE = "elsewhere.log"' $source
tail -n 1 $source | grep 'of a newer version'
cmp MemoryMonitor.java $source.orig
diff -r -x debian lib $program/lib
cmp ~/edited.default $defaults
grep '# more' $defaults.dpkg-dist
journal | grep "log $logs/elsewhere.log"
cp ~/good.default $defaults
restarted
fails grep Status: <<<"$(status)"
EOF
  step "an update of the very line that was edited: the old version runs on as it was, which each start says" <<'EOF'
cp -r ~/newer ~/newest
cd ~/newest
sed -i 's/ LOG_FILE = "[^"]*"/ LOG_FILE = "newest.log"/' MemoryMonitor.java
echo 'package room; final class Room { int size; }' >lib/room/Room.java
cp $source ~/edited
./install.sh 2>&1 | grep -i 'MemoryMonitor.java was edited where the new version differs'
cmp ~/edited $source
diff -r -x debian ~/newer/lib $program/lib
restarted
journal | grep "log $logs/elsewhere.log"
journal PRIORITY=4 | grep "it goes on with its own, old lib/, until you have edited MemoryMonitor.java.new at its lines <<<<<<<"
status | grep 'Status: .*old lib/'
grep -A 4 '^<<<<<<< edited$' $source.new | grep -A 1 '^=======$' | grep 'newest.log'
sed -i '/ ON_INCIDENT = ""/s/$/ \/\/ still edited/' $source
restarted
journal | grep "log $logs/elsewhere.log"
status | grep 'Status: .*old lib/'
[ "$(readlink -f $program/build)" = "$(ls -d $program/build-*)" ]
EOF
  step "once the admin has put that right, the new version runs" <<'EOF'
sed -i '/^<<<<<<< edited$/,/^=======$/d; /^>>>>>>> new$/d' $source.new
restarted
journal | grep "log $logs/newest.log"
diff -r -x debian ~/newest/lib $program/lib
[ "$(ls -A $program | grep -v '^build' | paste -sd ' ')" = ".delivered MemoryMonitor.java MemoryMonitor.java.orig lib" ]
fails grep Status: <<<"$(status)"
EOF
  step "so it does when MemoryMonitor.java.new was moved to where it belongs" <<'EOF'
sed -i 's/ LOG_FILE = "[^"]*"/ LOG_FILE = "third.log"/' $source
apt_install $deb
grep '<<<<<<< edited' $source.new
mv $source.new $source
sed -i '/^<<<<<<< edited$/d; /^=======$/,/^>>>>>>> new$/d' $source
restarted
journal | grep "log $logs/third.log"
diff -r -x debian lib $program/lib
fails grep Status: <<<"$(status)"
EOF
  step "update with the disk full: the old build runs on, and once there is room the new one" <<'EOF'
cp -a $program ~/program
mount -t tmpfs -o size=$(($(du -sk $program | cut -f1) + 100))k none $program
trap 'systemctl stop memory_monitor || true; umount $program; rm -r ~/program; systemctl start memory_monitor' EXIT
cp -a ~/program/. $program
cp ~/tree/MemoryMonitor.java $source
output=$(cd ~/newest && ./install.sh 2>&1)
grep -i 'no space left' <<<"$output"
journal | grep "log $logs/third.log"
systemctl is-active memory_monitor
java @$program/build/args --version
mount -o remount,size=200m $program
restarted
fails grep Status: <<<"$(status)"
cmp $source ~/newest/MemoryMonitor.java
diff -r -x debian ~/newest/lib $program/lib
EOF
}

# ---------------------------------------------------------------- leaving

test_leaving() {
  step "the four manual steps leave systemd clean" <<'EOF'
systemctl stop memory_monitor
systemctl show memory_monitor -p Result,ExecMainStatus # to be seen where it has failed
journalctl -u memory_monitor -n 9 -o cat
systemctl disable memory_monitor
rm /lib/systemd/system/memory_monitor.service
systemctl daemon-reload
[ "$(show LoadState)" = not-found ]
[ "$(systemctl list-units --all --no-legend 'memory_monitor*')" = "" ]
[ "$(systemctl list-unit-files --no-legend 'memory_monitor*')" = "" ]
[ "$(systemctl --failed --no-legend)" = "" ]
[ "$(find /etc/systemd /run/systemd /lib/systemd/ -name '*memory_monitor*')" = "" ]
grep 'its unit was removed: sudo ./install.sh' <<<"$(memory_monitor status)"
EOF
  step "installed again after that, it runs" <<'EOF'
./install.sh
systemctl is-active memory_monitor
systemctl is-enabled memory_monitor
EOF
  step "uninstall leaves the logs, the settings and what was edited, and says so" <<'EOF'
cp ~/tree/MemoryMonitor.java $source
echo '// my edit' >>$source
output=$(./install.sh --uninstall)
grep "left: $program, for its MemoryMonitor.java is edited" <<<"$output"
grep "uninstalled; the logs and the settings stay" <<<"$output"
tail -n 1 $source | grep 'my edit'
ls $logs/*.log $defaults /var/lib/memory_monitor/history
[ "$(ls -d $program/build* /var/cache/memory_monitor* /run/memory_monitor* $unit* /usr/bin/memory_monitor 2>/dev/null)" = "" ]
[ "$(show LoadState)" = not-found ]
fails pgrep -u memory_monitor
EOF
  step "uninstall again: fine" <<'EOF'
./install.sh --uninstall
EOF
  step "installed again, the edit of old is still there, and live" <<'EOF'
apt_install $deb
tail -n 1 $source | grep 'my edit'
wait_for 30 watching
EOF
  step "purge leaves nothing, even if the group has members" <<'EOF'
usermod --append --groups memory_monitor someone_else_with_a_long_name
mkdir -p /etc/systemd/system/memory_monitor.service.d
./install.sh --purge | grep 'purged'
[ "$(find / -xdev \( -path /root -o -path /proc -o -path /sys \) -prune -o \
  \( -name '*memory?monitor*' -o -nouser -o -nogroup \) -print)" = "" ]
fails id memory_monitor
fails getent group memory_monitor
[ "$(systemctl list-unit-files --no-legend 'memory_monitor*')" = "" ]
[ "$(systemctl --failed --no-legend)" = "" ]
EOF
  step "purge and uninstall again: fine" <<'EOF'
./install.sh --purge
./install.sh --uninstall
EOF
  step "a user and a group that were there before are used, and stay" <<'EOF'
groupadd --system memory_monitor
useradd --system --gid memory_monitor memory_monitor
before=$(getent passwd memory_monitor; getent group memory_monitor)
apt_install $deb
wait_for 30 watching
apt_get purge memory-monitor | grep 'left: the user memory_monitor, who was there before'
[ "$(getent passwd memory_monitor; getent group memory_monitor)" = "$before" ]
userdel memory_monitor
EOF
}

# ---------------------------------------------------------------- odd machines

test_odd_machines() {
  step "/opt is a link into /home, where the service cannot see it: that is said, and nothing is done" <<'EOF'
mv /opt /opt.off
mkdir /home/opt
ln -s /home/opt /opt
trap 'rm /opt; mv /opt.off /opt' EXIT
output=$(./install.sh 2>&1) && exit 1
grep '/opt/memory_monitor is /home/opt/memory_monitor, where the service cannot see it' <<<"$output"
output=$(apt_install $deb) && exit 1
grep '/opt/memory_monitor is /home/opt/memory_monitor, where the service cannot see it' <<<"$output"
[ "$(ls -A /home/opt)" = "" ]
[ ! -e $unit ]
apt_get purge memory-monitor
rmdir /home/opt
EOF
  step "/opt is a link to elsewhere: settings are checked there as well" <<'EOF'
mkdir -p /data/opt /data/logs
mv /opt /opt.off
ln -s /data/opt /opt
ln -s /data/logs $logs
apt_install $deb
wait_for 30 watching
cp $defaults ~/good.default
echo 'MEMORY_MONITOR_LOG=/data/elsewhere.log' >>$defaults
echo '// an edit' >>$source
output=$($program/lib/service-build 2>&1) && exit 1
grep "error: MEMORY_MONITOR_LOG: '/data/elsewhere.log' " <<<"$output"
cp ~/good.default $defaults
restarted
EOF
  step "the log folder is a link: purge leaves it, and says so" <<'EOF'
[ -e /data/logs/memory_monitor.log ]
apt_get purge memory-monitor | grep "left: $logs, a link to /data/logs"
ls /data/logs/memory_monitor.log
rm -r /data/logs
output=$(apt_install $deb 2>&1) || true
grep "$logs leads to /data/logs, which is not there" <<<"$output"
apt_get purge memory-monitor
rm -r $logs /data /opt
mv /opt.off /opt
EOF
  step "/opt noexec: it runs, and an edit is live" <<'EOF'
mount -t tmpfs -o noexec none /opt
trap 'systemctl stop memory_monitor || true; umount /opt' EXIT
apt_install $deb
wait_for 30 watching
memory_monitor report
echo '// edited' >>$source
restarted
fails grep Status: <<<"$(status)"
apt_get purge memory-monitor
EOF
  step "/opt read-only: the service starts, uninstall goes on to its end and names what it has to leave" <<'EOF'
apt_install $deb
wait_for 30 watching
mount --bind /opt /opt
mount -o remount,bind,ro /opt
trap 'systemctl stop memory_monitor || true; umount /opt; rm -rf $program' EXIT
restarted
memory_monitor report
./install.sh --uninstall | grep "left: $program/.*, which cannot be removed"
fails systemctl is-active memory_monitor
[ ! -e $unit ]
./install.sh --purge | grep "left: $program, which cannot be removed"
fails id memory_monitor
EOF
  step "no /etc/default, and a mask: it is there, and does not start until it is unmasked" <<'EOF'
mv /etc/default /etc/default.off
systemctl mask memory_monitor
apt_install $deb
fails systemctl is-active memory_monitor
[ -s $defaults ]
cp -r /etc/default.off/. /etc/default
rm -r /etc/default.off
systemctl unmask memory_monitor
restarted
apt_get purge memory-monitor
EOF
}

# ---------------------------------------------------------------- from 1.0.0

test_taking_over() {
  [ -e "$BOX/root/tree-1.0.0/install.sh" ] || { skip "version 1.0.0 is not in this clone" && return; }
  step "1.0.0, installed by its script, with an edit, a setting and a record" <<'EOF'
cd ~/tree-1.0.0
./install.sh
sed -i 's/ THRESHOLD = "80"/ THRESHOLD = "0.5"/; s/ DURATION = "15s"/ DURATION = "1s"/' $source
echo 'MEMORY_MONITOR_RECOVERY=14s' >>$defaults
restarted
wait_for 10 recorded
EOF
  step "the package takes it over: edit, setting, log; one JVM, one unit" <<'EOF'
output=$(./install.sh 2>&1)
fails grep -i 'edited' <<<"$output"
grep ' THRESHOLD = "0.5"' $source
cmp MemoryMonitor.java $source.orig
diff -r -x debian lib $program/lib
grep '^MEMORY_MONITOR_RECOVERY=14s' $defaults
ls $defaults.dpkg-dist
[ "$(grep -c '^USER ' $log)" -ge 1 ]
journal | grep 'incident above 0.5 % for 1 s'
fails grep Status: <<<"$(status)"
[ "$(processes)" = "$(show MainPID)" ]
[ "$(readlink -f "$(command -v memory_monitor)")" = /usr/share/memory-monitor/lib/command ]
[ "$(ls -A $program | grep -v '^build' | paste -sd ' ')" = ".delivered MemoryMonitor.java MemoryMonitor.java.orig lib" ]
[ "$(dpkg -V memory-monitor | grep -v ' c /etc/default/memory_monitor$')" = "" ]
./install.sh --purge
[ "$(find / -xdev \( -path /root -o -path /proc -o -path /sys \) -prune -o \
  \( -name '*memory?monitor*' -o -nouser -o -nogroup \) -print)" = "" ]
EOF
  step "1.0.0 with an edit where the new version differs: it runs on as it was until that is put right" <<'EOF'
(cd ~/tree-1.0.0 && ./install.sh)
mkdir $program/mine
echo 'package mine; class Words {}' >$program/mine/Words.java
sed -i 's|^//SOURCES.*|& mine/Words.java|' $source
restarted
cp $source ~/edited
output=$(apt_install $deb)
grep 'it goes on with its own, old lib/' <<<"$output"
wait_for 30 watching
cmp ~/edited $source
diff -r ~/tree-1.0.0/lib $program/lib
status | grep 'Status: .*old lib/'
[ ! -e $defaults.dpkg-dist ]
grep '<<<<<<< edited' $source.new
sed -i '/^<<<<<<< edited$/,/^=======$/d; /^>>>>>>> new$/d' $source.new
restarted
cmp $source.orig $source
diff -r -x debian lib $program/lib
fails grep Status: <<<"$(status)"
apt_get purge memory-monitor
EOF
}

# ---------------------------------------------------------------- built elsewhere

test_without_network() {
  step "on another machine: without network, a JDK or Maven, a JRE alone" <<'EOF'
apt-mark manual default-jre-headless
apt_get autoremove
fails command -v javac
fails command -v mvn
fails command -v help2man
mv /etc/resolv.conf /etc/resolv.conf.off
trap 'mv /etc/resolv.conf.off /etc/resolv.conf' EXIT
apt_install $deb
wait_for 30 watching
[ -s $program/build/classes.jsa ]
memory_monitor snapshot | grep '^USER .*COMMAND$'
[ "$(dpkg -V memory-monitor)" = "" ]
sed -i 's/ THRESHOLD = "80"/ THRESHOLD = "75"/' $source
restarted
status | grep 'Status: .*no JDK to compile what was edited: sudo apt-get install default-jdk-headless; the last good build keeps watching'
EOF
  step "an edit that a JDK has compiled stays live when that has gone, with another JVM too" <<'EOF'
apt_install default-jdk-headless
restarted
journal | grep 'incident above 75 %'
apt_get purge '*-jdk-headless'
fails command -v javac
touch "$(dirname "$(realpath /usr/bin/java)")"/../lib/modules
before=$(readlink $program/build)
restarted
[ "$(readlink $program/build)" != "$before" ]
journal | grep 'incident above 75 %'
fails grep Status: <<<"$(status)"
EOF
}

# ---------------------------------------------------------------- a kernel of its own

test_in_vm() {
  step "installed once more, for a machine of 1 GB with a kernel of its own" <<'EOF'
apt_get purge memory-monitor
./install.sh
sed -i 's/^#\(MEMORY_MONITOR_DURATION=\).*/\12s/' $defaults
EOF
  local start=$EPOCHREALTIME output rc=0
  output=$("$SYSTEMD_BOX" stop "$BOX" 2>&1 && { helpers && vm_steps; } >"$BOX/root/vm_steps" &&
    "$SYSTEMD_BOX" vm "$BOX" -- bash vm_steps 2>&1) || rc=$?
  grep -E "^(passed|FAILED|    )" <<<"$output" | sed -E "s/^(passed|FAILED): /&$SUITE: /" || true
  PASSED=$((PASSED + $(grep -c '^passed: ' <<<"$output" || true)))
  FAILED=$((FAILED + $(grep -c '^FAILED: ' <<<"$output" || true)))
  report "the machine runs to its end" "$rc" "$start" "$output"
}

# Run in the machine, after the helpers. What eats memory does so in a unit of its own: systemd
# stops a unit of which the kernel killed a process, and that would be this script.
vm_steps() {
  cat <<'EOF'
{ set +x; } 2>/dev/null
try() { # NAME COMMAND: like step
  local output
  if output=$(set +e; (set -eux -o pipefail; eval "$2") 2>&1); then
    echo "passed: $1"
  else
    sed 's/^/    /' <<<"$output"
    echo "FAILED: $1"
  fi
}
cgroup=/sys/fs/cgroup$(show ControlGroup)
pid=$(show MainPID)

try "started at boot" 'wait_for 60 watching; systemctl is-active memory_monitor'
try "the limits are the kernel's" '
  [ "$(cat $cgroup/memory.{min,max,swap.max} $cgroup/pids.max $cgroup/cpu.weight | paste -sd " ")" = \
    "67108864 268435456 0 64 1000" ]
  [ "$(cat /proc/$pid/oom_score_adj)" = -900 ]
  [ "$(ps -o ni= -p $pid | tr -d " ")" = -10 ]'
try "it has no network" '[ "$(grep -c : /proc/$pid/net/dev)" = 1 ]; grep lo: /proc/$pid/net/dev'
try "memory that really runs short is recorded, the one who ate it first" '
  systemd-run -q --unit=eater perl -e "push @x, \"b\" x (1 << 20) for 1..700; sleep 600"
  wait_for 120 recorded
  grep -A 1 "^USER " $log | tail -n 1 | grep perl
  systemctl stop eater'
try "it outlives the one whom the kernel kills for want of memory" '
  systemd-run -q --unit=eater perl -e "push @x, \"b\" x (1 << 20) while 1"
  killed() { journalctl -q -k -o cat | grep "Out of memory: Killed process .*perl"; }
  wait_for 300 killed
  [ "$(show MainPID)" = $pid ]
  kill -0 $pid'
try "a command for an incident that takes more than MemoryMax= is killed, and the watch goes on" '
  echo "MEMORY_MONITOR_THRESHOLD=0.1" >>$defaults
  echo "MEMORY_MONITOR_ON_INCIDENT=\"perl -e '\''push @x, 1 x 1e6 while 1'\''\"" >>$defaults
  systemctl restart memory_monitor
  wait_for 60 watching
  new=$(show MainPID)
  killed() { journal | grep "command ended with exit status 137"; }
  wait_for 120 killed
  [ "$(show MainPID)" = $new ]
  sed -i "/ON_INCIDENT=.perl/d; /THRESHOLD=0.1/d" $defaults
  systemctl restart memory_monitor
  wait_for 60 watching
  pid=$(show MainPID)'
try "the compiler has room below MemoryMax=" '
  echo "// edited" >>$source
  systemctl restart memory_monitor
  wait_for 300 watching
  fails grep Status: <<<"$(status)"
  [ "$(show MainPID)" != $pid ]
  cat $cgroup/memory.peak $cgroup/memory.events
  grep "^oom_kill 0$" $cgroup/memory.events'
EOF
}

main "$@"
