#!/usr/bin/env bash
#
# Makes Memory Monitor a service of this machine (Debian and its kin, with systemd).
#
#   sudo ./install.sh               install; or update, keeping what you edited
#   sudo ./install.sh --uninstall   remove it, except for the logs and what you edited
#   sudo ./install.sh --purge       remove those too
#
# Each may be run again at any time. What it puts where:
#
#   /opt/memory_monitor                           the program and its build
#   /usr/local/bin/memory_monitor                 the command: memory_monitor report
#   /lib/systemd/system/memory_monitor.service    the unit
#   /etc/default/memory_monitor                   settings
#   /etc/logrotate.d/memory_monitor               rotation of the log
#   /var/log/memory_monitor                       the log, for group adm to read
#   /var/cache/memory_monitor                     JBang, for a later change of the //DEPS lines
#   memory_monitor                                the system user and its group

set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin # which plain `su` does not set

readonly NAME=memory_monitor
readonly PROGRAM=/opt/$NAME
readonly COMMAND=/usr/local/bin/$NAME
readonly UNIT=/lib/systemd/system/$NAME.service
readonly DEFAULTS=/etc/default/$NAME
readonly LOGROTATE=/etc/logrotate.d/$NAME
readonly LOGS=/var/log/$NAME
readonly CACHE=/var/cache/$NAME

readonly EDITABLE=("$PROGRAM/MemoryMonitor.java" "$DEFAULTS" "$LOGROTATE")
readonly INSTALLED=$PROGRAM/.installed # their checksums as last delivered: what differs was edited

readonly FIRST_SAMPLE_TIMEOUT=90 # seconds; a Raspberry Pi needs about ten

main() {
  case $# in
    0) set -- --install ;;
    1) ;;
    *) usage ;;
  esac
  case $1 in
    --install | --uninstall | --purge) ;;
    *) usage ;;
  esac
  check_machine
  case $1 in
    --install) install_service ;;
    --uninstall) uninstall ;;
    --purge) purge ;;
  esac
}

usage() { die "usage: install.sh [--uninstall | --purge]"; }
say() { printf 'install.sh: %s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

check_machine() {
  [ "$(id -u)" = 0 ] || die "root is needed: sudo ./install.sh"
  if ! dpkg --version >/dev/null 2>&1 || ! apt-get --version >/dev/null 2>&1; then
    die "this is not Debian or one of its kin"
  fi
  case $(dpkg --print-architecture) in
    amd64 | arm64) ;;
    *) die "this system is $(dpkg --print-architecture), and only amd64 and arm64 are supported (of Raspberry Pi OS: 64-bit)" ;;
  esac
  [ -d /run/systemd/system ] || die "systemd does not run this machine"
}

# ---------------------------------------------------------------- install, update

# In this order: a failure before the restart leaves the old service running, or none.
install_service() {
  cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
  ls MemoryMonitor.java lib/service-build lib/jbang $NAME.service >/dev/null ||
    die "MemoryMonitor.java, lib/ and $NAME.service must be beside install.sh"
  trap unfinished EXIT
  need_jdk
  copy_program
  need_user
  say "building"
  "$PROGRAM/lib/service-build" || die "the build failed, for the reason above"
  put_configuration
  put_command
  start_service
}

unfinished() {
  local state="nothing was started"
  ! systemctl -q is-active $NAME || state="the service that ran before keeps running"
  say "not finished; $state. When the reason above is mended, run install.sh again" >&2
}

need_jdk() {
  if jdk_fits; then return; fi
  say "installing a JDK"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300)
  # A failed update need not matter; if it does, the installation says so.
  quietly "${apt[@]}" update || true
  quietly "${apt[@]}" satisfy 'default-jdk-headless (>= 2:1.17) | openjdk-17-jdk-headless' ||
    die "apt-get could not install a JDK, for the reason above"
  jdk_fits || die "/usr/bin/java and javac are still older than 17: choose others with update-alternatives --config"
}

jdk_fits() {
  local program version # without JAVA_TOOL_OPTIONS, of which a JVM gives notice in its first line
  for program in /usr/bin/java /usr/bin/javac; do
    [ -x $program ] || return 1
    version=$(env -i $program -version 2>&1 | sed -n '1s/^[^0-9]*\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ] || return 1
  done
}

# quietly COMMAND...: show its output only if it fails
quietly() {
  local output
  output=$("$@" </dev/null 2>&1) || { tail -n 20 <<<"$output" >&2; return 1; }
}

copy_program() {
  local file mode
  while read -r file; do
    if [ -x "$file" ]; then mode=755; else mode=644; fi
    mkdir -p "$PROGRAM/${file%/*}"
    put "$PROGRAM/$file" $mode <"$file"
  done < <(find lib -type f)
  while read -r file; do # of an older version
    [ -e "${file#"$PROGRAM"/}" ] || rm "$file"
  done < <(find $PROGRAM/lib -type f)
  find $PROGRAM/lib -type d -empty -delete
  put_editable $PROGRAM/MemoryMonitor.java <MemoryMonitor.java
}

put() { # TARGET MODE <CONTENT: in one step, whole or not at all, even if power is cut
  cat >"$1.part"
  chmod "$2" "$1.part"
  sync "$1.part"
  mv "$1.part" "$1"
}

put_editable() { # TARGET <CONTENT: like put, but what the admin edited stays
  local new
  put "$1.new" 644
  new="$(sha256sum <"$1.new" | cut -d' ' -f1)  $1"
  if edited "$1" && ! cmp -s "$1" "$1.new"; then
    say "$1 was edited and stays; the new one is beside it: $1.new"
  else
    # Both count as delivered until it is in place: power may be cut in between.
    { cat $INSTALLED 2>/dev/null || true; echo "$new"; } | put $INSTALLED 644
    mv "$1.new" "$1"
  fi
  { grep -vs " $1\$" $INSTALLED || true; echo "$new"; } | put $INSTALLED 644
}

edited() { [ -e "$1" ] && ! grep -qsxF "$(sha256sum "$1")" $INSTALLED; }

# The comment tells --purge what was made here.
need_user() {
  local group=(--user-group) made="user and group"
  if getent group $NAME >/dev/null; then
    group=(--gid "$NAME") made=user
  elif id -u $NAME >/dev/null 2>&1; then
    groupadd --system $NAME
  fi
  id -u $NAME >/dev/null 2>&1 ||
    useradd --system "${group[@]}" --comment "Memory Monitor ($made made by install.sh)" \
      --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin $NAME
}

put_configuration() {
  default_settings | put_editable $DEFAULTS
  mkdir -p "$(dirname $LOGROTATE)" # logrotate itself is not needed
  logrotate_rule | put_editable $LOGROTATE
  unit_for_this_systemd | put $UNIT 644
}

# Somebody else's file of that name stays: it does not begin as ours does.
put_command() {
  if [ -e $COMMAND ] && ! is_our_command; then
    say "$COMMAND is not ours and stays; the command is $PROGRAM/lib/command"
  else
    mkdir -p "${COMMAND%/*}"
    ln -sfn $PROGRAM/lib/command $COMMAND
  fi
}

is_our_command() { [ "$(readlink $COMMAND)" = $PROGRAM/lib/command ]; }

default_settings() {
  cat <<'END'
# Settings of the service memory_monitor. They go before the constants at the top of
# /opt/memory_monitor/MemoryMonitor.java; behind a # are the defaults.
# After a change: systemctl restart memory_monitor

# Memory use, in percent, that has to be exceeded …
#MEMORY_MONITOR_THRESHOLD=80
# … for this long (500ms, 15s, 2m) to be an incident, …
#MEMORY_MONITOR_DURATION=15s
# … which ends when it has not been exceeded for this long.
#MEMORY_MONITOR_RECOVERY=15s
# Time between two samples.
#MEMORY_MONITOR_INTERVAL=1s

# The log, relative to /var/log/memory_monitor. The service may write nowhere else, unless
# `systemctl edit memory_monitor` allows it: [Service], then ReadWritePaths=/the/folder
#MEMORY_MONITOR_LOG=memory_monitor.log
# The same records as JSON Lines, for programs and for `memory_monitor report`.
MEMORY_MONITOR_JSON=memory_monitor.jsonl
# Figures for Prometheus, see lib/prometheus/README.md.
#MEMORY_MONITOR_METRICS=
# What sh runs for each incident and at its end, as user memory_monitor; empty: nothing.
# It has no network, unless `systemctl edit memory_monitor` gives it one: [Service], then
# PrivateNetwork=no, IPAddressDeny= and RestrictAddressFamilies=AF_INET AF_INET6, a line each
#MEMORY_MONITOR_ON_INCIDENT=
END
}

logrotate_rule() {
  cat <<'END'
/var/log/memory_monitor/*.log /var/log/memory_monitor/*.jsonl {
    su memory_monitor adm
    create 0640 memory_monitor adm
    weekly
    maxsize 50M
    rotate 8
    missingok
    notifempty
    compress
    # The record that is just being written goes on into the old file.
    delaycompress
    # After a start, the last record may be in the file that ends with .1.
    nodateext
}
END
}

# What the unit keeps behind '# systemd 254: ' is for that version and later.
unit_for_this_systemd() {
  local version
  version=$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
  if [ "$version" -ge 254 ]; then sed 's/^# systemd 254: //' $NAME.service; else cat $NAME.service; fi
}

start_service() {
  systemctl daemon-reload
  systemctl -q enable $NAME
  say "starting"
  trap - EXIT # from here on systemd tries again and again
  systemctl restart $NAME || die "it does not start; see: systemctl status $NAME"
  local end=$((SECONDS + FIRST_SAMPLE_TIMEOUT)) started
  # The program says that it watches after the first sample, not before.
  until started=$(journal_since_start | grep -m 1 'watching every'); do
    if [ $SECONDS -ge $end ] || [ "$(systemctl show -p NRestarts --value $NAME)" -ge 3 ]; then
      die "it does not get to its first sample: $(journalctl -q -o cat -u $NAME -t $NAME | tail -n 1)"
    fi
    sleep 0.2
  done
  say "it runs: $started"
  say "its log is ${started##*, log }, set in $PROGRAM/MemoryMonitor.java, line" \
    "$(grep -m 1 -n 'String LOG_FILE =' $PROGRAM/MemoryMonitor.java | sed 's/: */: /')"
  say "after an edit: sudo systemctl restart $NAME; to see what was recorded: sudo $NAME report"
}

journal_since_start() {
  journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$(systemctl show -p InvocationID --value $NAME)"
}

# ---------------------------------------------------------------- uninstall, purge

uninstall() {
  local file kept=()
  if [ -e $UNIT ]; then
    systemctl -q disable --now $NAME
    rm $UNIT
    systemctl daemon-reload
  fi
  for file in "${EDITABLE[@]}"; do
    rm -f "$file.new" "$file.new.part"
    if edited "$file"; then kept+=("$file"); else rm -f "$file"; fi
  done
  ! is_our_command || rm $COMMAND
  if [ -d $PROGRAM ]; then
    (cd $PROGRAM && rm -rf lib build build-* build.new .installed*)
    rmdir --ignore-fail-on-non-empty $PROGRAM
  fi
  rm -rf $CACHE /run/$NAME
  for file in $LOGS /etc/systemd/system/$NAME.service.d; do
    [ ! -e "$file" ] || kept+=("$file")
  done
  ! id -u $NAME >/dev/null 2>&1 || kept+=("the user $NAME, who owns the logs")
  if [ ${#kept[@]} = 0 ]; then
    say "uninstalled; nothing is left of it"
  else
    say "uninstalled; left: $(printf '%s, ' "${kept[@]}" | sed 's/, $//'). install.sh --purge removes that too"
  fi
}

purge() {
  local kept
  uninstall >/dev/null
  rm -rf $PROGRAM $LOGS /etc/systemd/system/$NAME.service.d
  rm -f "${EDITABLE[@]}"
  systemctl daemon-reload
  remove_user
  kept=$(
    ! id -u $NAME >/dev/null 2>&1 || echo "the user $NAME"
    ! getent group $NAME >/dev/null || echo "the group $NAME"
  )
  if [ -z "$kept" ]; then
    say "purged; nothing is left of it but the packages that apt installed"
  else
    say "purged; left, because install.sh did not make it or others need it: ${kept//$'\n'/, }"
  fi
}

# The user and the group that need_user made, and no others
remove_user() {
  case $(getent passwd $NAME | cut -d: -f5) in
    *"(user and group made by install.sh)")
      userdel $NAME
      ! getent group $NAME >/dev/null || groupdel $NAME || true # userdel leaves one that has members
      ;;
    *"(user made by install.sh)")
      usermod --gid nogroup $NAME # for userdel takes the user's group along
      userdel $NAME
      ;;
  esac
}

main "$@"
