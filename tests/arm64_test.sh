#!/usr/bin/env bash
#
# Tests the whole on arm64, in an emulated machine of 1 GB with a kernel of its own: the package that was
# built here, the service and a record, each cell beside `ps aux`, and a machine that runs out of memory.
#
#   sudo tests/arm64_test.sh [SUITE]       SUITE: bookworm (default), trixie, …; takes about an hour
#
# The machine is made by tests/systemd-box.sh, which needs root; if it cannot, the script fails.

set -euo pipefail
export LC_ALL=C.UTF-8

readonly MINUTES=90 # the most that the machine may take

main() {
  TREE=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
  if [ "${1:-}" = --inside ]; then
    inside
    return
  fi
  local box folder suite=${1:-bookworm}
  box=$TREE/tests/systemd-box.sh
  folder=$(mktemp -d /var/tmp/memory_monitor_arm64.XXXXXX)
  # shellcheck disable=SC2064 # now: a local variable is gone by then
  trap "'$box' destroy '$folder/box' 2>/dev/null; rm -rf --one-file-system '$folder'" EXIT
  "$box" create "$suite/arm64" "$folder/box" default-jdk-headless maven
  mkdir "$folder/box/root/tree"
  (cd "$TREE" && cp -r install.sh memory_monitor.service MemoryMonitor.java lib docs ./*.md LICENSE tests "$folder/box/root/tree")
  (cd "$folder/box/root/tree" && "$TREE/install.sh" --package)
  # shellcheck disable=SC2016 # it is bash in the machine that expands it; its console shows how far it is
  BOX_VM_MEM=1024 BOX_VM_TIMEOUT=$((60 * MINUTES)) \
    "$box" vm "$folder/box" -- bash -c '"$0" --inside 2>&1 | tee /dev/console; exit ${PIPESTATUS[0]}' /root/tree/tests/arm64_test.sh
}

inside() {
  local failed=0
  cd "$TREE"
  printf '%s, %s processors, %s MiB, pages of %s bytes\n' "$(uname -srm)" "$(nproc)" \
    "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" "$(getconf PAGESIZE)"
  step "the package installs" apt-get install -y --no-install-recommends ./memory-monitor_*_all.deb
  step "the service records" records
  step "each cell is that of ps" lib/jbang tests/MemoryMonitorTest.java FidelityTest
  step "it holds out when memory runs out" tests/pressure_test.sh --inside 1
  echo "$((4 - failed)) passed, $failed failed, 0 skipped"
  [ $failed = 0 ]
}

step() { # NAME COMMAND...
  local name=$1
  shift
  SECONDS=0
  if "$@"; then
    echo "passed: $name ($SECONDS s)"
  else
    echo "FAILED: $name ($SECONDS s)"
    failed=$((failed + 1))
  fi
}

records() {
  local log=/var/log/memory_monitor/memory_monitor.log
  cp /etc/default/memory_monitor /root/defaults
  printf 'MEMORY_MONITOR_THRESHOLD=0\nMEMORY_MONITOR_DURATION=2s\n' >>/etc/default/memory_monitor
  systemctl restart memory_monitor
  for _ in {1..120}; do
    sleep 1
    ! grep -q 'captured in' $log 2>/dev/null || break
  done
  grep 'captured in' $log
  grep -E '^(VmHWM|VmRSS|RssAnon)' "/proc/$(systemctl show --value -p MainPID memory_monitor)/status"
  mv /root/defaults /etc/default/memory_monitor
  systemctl restart memory_monitor
  rm -f /var/log/memory_monitor/*
}

main "$@"
