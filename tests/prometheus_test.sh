#!/usr/bin/env bash
#
# Tests alerts from end to end, in a throw-away Debian with Debian's own prometheus,
# prometheus-node-exporter and prometheus-alertmanager: from a real eater to a webhook that is told
# its name, and questions to ten monitors. Takes about four minutes.
#
#   tests/prometheus_test.sh [SUITE]      SUITE: bookworm (default), trixie, …
#
# The box is made by tests/systemd-box.sh, which needs root; if it cannot, the script fails. The box
# shares this machine's network: ports 9090, 9093, 9100, 9099 and 9201 to 9210 have to be free.

set -euo pipefail

main() {
  local suite=${1:-bookworm} tree jdk=21
  tree=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
  box=$tree/tests/systemd-box.sh
  folder=$(mktemp -d /var/tmp/memory_monitor_prometheus.XXXXXX)
  trap '"$box" destroy "$folder/box" 2>/dev/null; rm -rf --one-file-system "$folder"' EXIT
  [ "$suite" != bookworm ] || jdk=17
  "$box" create "$suite" "$folder/box" prometheus prometheus-node-exporter prometheus-alertmanager \
    python3 curl rsyslog openjdk-$jdk-jre-headless
  "$box" boot "$folder/box"
  mkdir "$folder/box/root/tree"
  (cd "$tree" && cp -r install.sh memory_monitor.service MemoryMonitor.java lib docs ./*.md LICENSE tests "$folder/box/root/tree")
  "$box" run "$folder/box" -- /root/tree/tests/prometheus/in_box.sh
}

main "$@"
