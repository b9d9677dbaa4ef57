#!/usr/bin/env bash
#
# Makes Memory Monitor a service of this machine (Debian and its kin, with systemd), as the package
# memory-monitor, which is built here.
#
#   sudo ./install.sh               install or update; what you edited is kept
#   ./install.sh --package          only build memory-monitor_VERSION_all.deb here, for other machines
#   sudo ./install.sh --uninstall   as apt remove memory-monitor: the logs and what you edited stay
#   sudo ./install.sh --purge       as apt purge memory-monitor: those go too
#
# Each may be run again at any time. What the package puts where:
#
#   /usr/share/memory-monitor       the program as delivered
#   /opt/memory_monitor             the program as you edit it, and its build
#   memory_monitor(1)               the command and its manual
#   memory_monitor.service          the unit
#   /etc/default/memory_monitor     settings
#   /etc/logrotate.d/memory_monitor rotation of the log
#   /var/log/memory_monitor         the log, for group adm to read
#   /var/lib/memory_monitor         what the service remembers
#   memory_monitor                  the system user and its group

set -euo pipefail
umask 022
PATH=$PATH:/usr/sbin:/sbin # which plain `su` does not set

readonly PACKAGE=memory-monitor
readonly UNIT=memory_monitor
readonly FIRST_SAMPLE_TIMEOUT=90 # seconds; a Raspberry Pi needs about ten
readonly APT=(env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y --no-install-recommends
  -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)

main() {
  case "$#${1:-}" in
    0) install_service ;;
    1--package)
      build .
      say "built $package"
      ;;
    1--uninstall) leave remove ;;
    1--purge) leave purge ;;
    *) die "usage: install.sh [--package | --uninstall | --purge]" ;;
  esac
}

say() { printf 'install.sh: %s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

check_machine() {
  [ "$(id -u)" = 0 ] || die "root is needed: sudo ./install.sh${1:+ $1}"
  if ! dpkg --version >/dev/null 2>&1 || ! apt-get --version >/dev/null 2>&1; then
    die "this is not Debian or one of its kin"
  fi
  case $(dpkg --print-architecture) in
    amd64 | arm64) ;;
    *) die "this system is $(dpkg --print-architecture), and only amd64 and arm64 are supported (of Raspberry Pi OS: 64-bit)" ;;
  esac
  [ -d /run/systemd/system ] || die "systemd does not run this machine"
}

install_service() {
  check_machine
  cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
  sh lib/debian/preinst upgrade # refuses an /opt that the service could not see
  folder=$(mktemp -d)
  trap unfinished EXIT
  chmod 755 "$folder" # for apt's own user
  build "$folder"
  say "installing ${package##*/}"
  local how=(install --reinstall --allow-downgrades -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
  say_size "${how[@]}" "$package"
  "${APT[@]}" "${how[@]}" "$package" </dev/null >"$folder/apt" 2>&1 || { tail -n 20 "$folder/apt" >&2; die "apt-get could not install it, for the reason above"; }
  sed -n '/^Setting up memory-monitor/,${/^Setting up\|^Creat\|^Processing/d;p}' "$folder/apt" >&2 # what the build says
  start_service
}

unfinished() {
  local state="nothing was started"
  rm -rf "$folder"
  ! systemctl -q is-active $UNIT || state="the service that ran before keeps running"
  say "not finished; $state. When the reason above is mended, run install.sh again" >&2
}

# build FOLDER: the package, whose path is in $package then
build() {
  local folder manual missing=() rc=0
  folder=$(realpath "$1")
  cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
  jdk_fits || missing+=('default-jdk-headless (>= 2:1.17) | openjdk-17-jdk-headless')
  command -v help2man >/dev/null || missing+=(help2man)
  command -v mvn >/dev/null || missing+=(maven)
  manual=$(apt-mark showmanual)
  [ ${#missing[@]} = 0 ] || install_tools "${missing[@]}"
  say "building the package"
  quietly lib/debian/package "$folder" || rc=1
  package=$(find "$folder" -maxdepth 1 -name "${PACKAGE}_*_all.deb" -printf '%T@ %p\n' | sort -n | sed -n '$s/[^ ]* //p')
  # What only the build needed goes with `apt autoremove`
  comm -13 <(echo "$manual") <(apt-mark showmanual) | xargs -r apt-mark auto >/dev/null
  [ $rc = 0 ] || die "the build failed, for the reason above"
}

install_tools() { # DEPENDENCY...
  local wanted
  wanted=$(IFS=, && echo "$*")
  [ "$(id -u)" = 0 ] || die "to build it these are needed: sudo apt-get update && sudo apt-get satisfy -y '$wanted'"
  quietly "${APT[@]}" update || true # that failed need not matter; if it does, the installation says so
  say "this is installed to build it, and goes with apt autoremove: ${wanted//,/, }"
  say_size satisfy "$wanted"
  quietly "${APT[@]}" satisfy "$wanted" || die "apt-get could not install that, for the reason above"
  jdk_fits || die "/usr/bin/java and javac are still older than 17: choose others with update-alternatives --config"
}

# say_size APT-GET-ARGUMENT...: what it would fetch and take on the disk
say_size() { "${APT[@]}" --assume-no "$@" 2>/dev/null | sed -n 's/^Need to get\|^After this/install.sh:   &/p' || true; }

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

start_service() {
  local end=$((SECONDS + FIRST_SAMPLE_TIMEOUT)) started where=/etc/default/memory_monitor
  trap - EXIT # from here on systemd tries again and again
  rm -r "$folder"
  systemctl -q enable $UNIT # even after the four steps by hand that remove it
  systemctl start $UNIT || die "it does not start; see: systemctl status $UNIT"
  # The program says that it watches after the first sample, not before.
  until started=$(journal_since_start | grep -m 1 'watching every'); do
    if [ $SECONDS -ge $end ] || [ "$(systemctl show -p NRestarts --value $UNIT)" -ge 3 ]; then
      die "it does not get to its first sample: $(journalctl -q -o cat -u $UNIT -t $UNIT | tail -n 1)"
    fi
    sleep 0.2
  done
  say "it runs: $started"
  journal_since_start -p err | sed 's/^/install.sh: it says: /' >&2
  grep -qs '^MEMORY_MONITOR_LOG=' $where || where="/opt/memory_monitor/MemoryMonitor.java, line $(
    grep -m 1 -n 'String LOG_FILE =' /opt/memory_monitor/MemoryMonitor.java | sed 's/: */: /'
  )"
  say "its log is ${started##*, log }, set in $where"
  say "after an edit: sudo systemctl restart $UNIT; to see what was recorded: sudo memory_monitor report"
}

journal_since_start() { # JOURNALCTL-OPTION...
  journalctl -q -o cat _SYSTEMD_INVOCATION_ID="$(systemctl show -p InvocationID --value $UNIT)" "$@"
}

leave() { # remove | purge
  check_machine "--uninstall or --purge"
  if [ "$(dpkg-query -W -f '${db:Status-Status}' $PACKAGE 2>/dev/null || echo not-installed)" = not-installed ]; then
    [ ! -e /opt/memory_monitor/.installed ] || die "this was installed by an older install.sh: install once more, then uninstall"
    say "the package $PACKAGE is not installed"
    return
  fi
  local said
  said=$("${APT[@]}" "$1" $PACKAGE </dev/null 2>&1) || { tail -n 20 <<<"$said" >&2; die "apt-get could not $1 it, for the reason above"; }
  sed -n 's/^memory-monitor: left/install.sh: left/p' <<<"$said"
  case $1 in
    remove) say "uninstalled; the logs and the settings stay: install.sh --purge removes them too" ;;
    purge) say "purged" ;;
  esac
}

main "$@"
