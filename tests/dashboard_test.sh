#!/usr/bin/env bash
#
# Each query of lib/prometheus/memory_monitor.dashboard.json has an answer: asked of Debian's
# prometheus, which has the figures of a real monitor in an incident by way of Debian's
# prometheus-node-exporter. Takes half a minute; needs ports 9291 and 9292 of the loopback.

set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

main() {
  local program
  for program in prometheus prometheus-node-exporter python3; do
    if ! command -v $program >/dev/null; then
      echo "skipped: it needs $program"
      echo "0 passed, 0 failed, 1 skipped"
      return
    fi
  done
  folder=$(mktemp -d) pids=()
  trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$folder"' EXIT
  mkdir "$folder/textfiles"
  start lib/jbang MemoryMonitor.java -t "$(percent 1)" -d 1s --log "$folder/log" --metrics "$folder/textfiles/memory_monitor.prom"
  await "the first look" grep -qs ^memory_monitor_memory_used_ratio "$folder/textfiles/memory_monitor.prom"
  start perl tests/prometheus/eater.pl eater "$(awk '/^MemTotal/ { print int($2 * 5 / 100) }' /proc/meminfo)"
  await "an incident with a culprit" grep -qs '^memory_monitor_culprit_growth_bytes' "$folder/textfiles/memory_monitor.prom"
  start prometheus-node-exporter --web.listen-address=localhost:9292 --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$folder/textfiles"
  cat >"$folder/prometheus.yml" <<EOF
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$PWD/lib/prometheus/memory_monitor.rules.yml"]
scrape_configs: [{job_name: node, static_configs: [{targets: ["localhost:9292"]}]}]
EOF
  start prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" --web.listen-address=localhost:9291
  await "what the rules record" asks 'count(instance:memory_monitor_culprit_growth_bytes:max)'
  await "two samples of a counter" asks 'rate(memory_monitor_incidents_total[1m])'
  if python3 tests/prometheus/dashboard_queries.py lib/prometheus/memory_monitor.dashboard.json http://localhost:9291; then
    echo "1 passed, 0 failed, 0 skipped"
  else
    echo "0 passed, 1 failed, 0 skipped"
    return 1
  fi
}

start() {
  "$@" >>"$folder/output" 2>&1 &
  pids+=($!)
}

# await WHAT COMMAND...
await() {
  local what=$1 end=$((SECONDS + 120))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      tail -n 5 "$folder/output"
      echo "no sign of $what within two minutes"
      echo "0 passed, 1 failed, 0 skipped"
      exit 1
    fi
    sleep 0.5
  done
}

asks() { promtool query instant http://localhost:9291 "$1" | grep -q '=>'; }

percent() { awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 } END { printf "%.2f", 100 * (t - a) / t + '"$1"' }' /proc/meminfo; }

main "$@"
