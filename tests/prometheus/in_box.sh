#!/usr/bin/env bash
#
# What prometheus_test.sh runs in the box, as root.

set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

PASSED=0 FAILED=0
TEXTFILES=/var/lib/prometheus/node-exporter

main() {
  step "the service is installed" ./install.sh
  step "the lines of docs/fleet.md switch the figures on" switch_on
  step "node_exporter tells them" await 20 has_metric memory_monitor_build_info
  step "and how old they are" has_metric 'node_textfile_mtime_seconds.*memory_monitor.prom'
  configure
  step "Prometheus has loaded the alerts" await 30 asks 'count(up == 1)' '[1-9]'
  step "an eater runs in a unit of its own" start_eater shopworker
  SECONDS=0
  step "the webhook is told its name" await 60 grep -qE 'memory above its threshold, shopworker ate it \(in shop.service\)' hook.log
  echo "         after $SECONDS s: $(grep -oE '"summary":"[^"]*"' hook.log | head -n 1)"
  systemctl stop shop
  SECONDS=0
  step "and that it is over" await 90 grep -q '"status":"resolved"' hook.log
  echo "         after $SECONDS s"
  start_fleet
  step "ten monitors with settings of their own are seen" await 60 asks 'count(memory_monitor_build_info{job="fleet"})' ' 10 '
  step "an eater runs on all ten" start_eater fleetworker
  step "who had incidents: ten" await 90 asks 'count(max_over_time(memory_monitor_incidents_total{job="fleet"}[1h]) > 0)' ' 10 '
  step "who was it: the same on ten" await 30 asks 'topk(1, count by (groupname) (last_over_time(instance:memory_monitor_culprit_growth_bytes:max{job="fleet"}[1h])))' 'fleetworker.* 10 '
  step "the webhook is told of one culprit on many machines" await 90 grep -qE 'fleetworker ate the memory of [0-9]+ machines' hook.log
  step "which log was cut, which monitors wait: none" asks 'sum(memory_monitor_records_waiting) + sum(memory_monitor_records_shortened_total)' ' 0 '
  step "records reach a log server by rsyslog, unchanged" ship
  systemctl stop shop memory_monitor
  step "a monitor that is stopped leaves its file behind" test -s $TEXTFILES/memory_monitor.prom
  echo "$PASSED passed, $FAILED failed, 0 skipped"
  [ $FAILED = 0 ]
}

# step NAME COMMAND...
step() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    PASSED=$((PASSED + 1))
    echo "ok       $name"
  else
    FAILED=$((FAILED + 1))
    echo "FAILED   $name: $(tail -n 5 <<<"$output")"
  fi
}

# await SECONDS COMMAND...
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 1
  done
}

has_metric() { curl -s localhost:9100/metrics | grep -q "^$1"; }

# asks QUERY PATTERN: what Prometheus answers
asks() {
  local answer
  answer=$(promtool query instant http://localhost:9090 "$1")
  echo "$answer"
  grep -qE "$2" <<<"$answer "
}

percent() { awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 } END { printf "%.2f", 100 * (t - a) / t + '"$1"' }' /proc/meminfo; }

switch_on() {
  cat >>/etc/default/memory_monitor <<EOF
MEMORY_MONITOR_THRESHOLD=$(percent 4)
MEMORY_MONITOR_DURATION=2s
MEMORY_MONITOR_RECOVERY=2s
EOF
  echo MEMORY_MONITOR_METRICS=/run/memory_monitor/memory_monitor.prom >>/etc/default/memory_monitor
  ln -s /run/memory_monitor/memory_monitor.prom $TEXTFILES/
  systemctl restart memory_monitor && systemctl restart prometheus-node-exporter
}

configure() {
  local i
  touch hook.log
  python3 tests/prometheus/webhook.py 9099 hook.log &
  cat >/etc/prometheus/alertmanager.yml <<EOF
route: {receiver: hook, group_by: [alertname, instance], group_wait: 1s, group_interval: 5s}
receivers: [{name: hook, webhook_configs: [{url: "http://localhost:9099/", send_resolved: true}]}]
EOF
  {
    cat <<EOF
global: {scrape_interval: 5s, evaluation_interval: 5s}
rule_files: [/opt/memory_monitor/lib/prometheus/memory_monitor.rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ["localhost:9093"]}]}]}
scrape_configs:
  - {job_name: node, static_configs: [{targets: ["localhost:9100"]}]}
  - job_name: fleet
    static_configs:
EOF
    for i in $(seq 9201 9210); do echo "      - {targets: ['localhost:$i']}"; done
  } >/etc/prometheus/prometheus.yml
  systemctl restart prometheus-alertmanager prometheus
}

# start_eater NAME: a unit whose one process takes 6 % of the RAM
start_eater() {
  systemctl stop shop 2>/dev/null
  systemctl reset-failed shop 2>/dev/null
  systemd-run -q --unit=shop -p OOMScoreAdjust=1000 perl "$PWD/tests/prometheus/eater.pl" "$1" \
    "$(awk '/^MemTotal/ { print int($2 * 6 / 100) }' /proc/meminfo)"
}

start_fleet() {
  local i
  for i in $(seq 1 10); do
    mkdir -p "/root/fleet/$i"
    systemd-run -q --unit="monitor$i" --working-directory="/root/fleet/$i" /usr/bin/java @/opt/memory_monitor/build/args \
      --threshold "$(percent "4.$i")" --duration "${i}s" --recovery 2s --metrics memory_monitor.prom
    systemd-run -q --unit="exporter$i" prometheus-node-exporter --web.listen-address="localhost:$((9200 + i))" \
      --collector.disable-defaults --collector.textfile --collector.textfile.directory="/root/fleet/$i"
  done
}

# Two rsyslogs, one on each side of a TCP connection; to the records comes a line as long as one may
# be: 48 KB with its line feed.
ship() {
  local name from=/var/log/memory_monitor/memory_monitor.jsonl to
  to=/var/log/memory_monitor-$(hostname).jsonl
  printf '{"type":"longest","text":"%049123d"}\n' 0 >>$from
  for name in rsyslog-server rsyslog; do
    systemd-run -q --unit=$name-test rsyslogd -n -i "/run/$name-test.pid" -f "$PWD/lib/prometheus/$name.conf"
  done
  await 30 cmp -s $from "$to"
  cmp $from "$to" && [ "$(wc -L <"$to")" = 49151 ]
}

main
