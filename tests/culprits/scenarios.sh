# shellcheck shell=bash disable=SC2034 # variables for culprits_test.sh
# What eats memory, for tests/culprits_test.sh, which sources this inside the box. A scenario is a
# function NAME that says what it is like, and some of these, each of which may be left out:
#
#   NAME_prepare   before Memory Monitor starts
#   NAME_eat       takes the memory, and returns when all of it is taken
#   NAME_clean     gives it back (units named by `unit` and `others` are stopped anyway)
#   NAME_truth     how many KiB the culprit has; by default what is charged to `unit`
#   NAME_own       what the software itself says, in words
#
# It sets: about MiB, how much it takes; beside MiB, how much of that is not the culprit's; unit, the culprit's; others, more units; lasts, how long
# above the threshold until the record is made, in seconds; expect, an extended regular expression
# that the record's first item has to match; expect_kind, the same where there is no memory
# controller to tell whose it is; needs=vm, what only a kernel of its own can show.

readonly SCENARIOS=(postgres gunicorn tmpfs pipes pool redis apache jvm build memfd page_tables container
  limit_kills oom)
readonly QUICK=(postgres gunicorn tmpfs pipes)

readonly EAT=/srv/culprits/eat.py
readonly TAKEN=/run/culprits # a file for each process that has taken what it was told to

# start UNIT COMMAND...: as a service; the kernel's first victim if memory should really run out
start() {
  local unit=$1
  shift
  # shellcheck disable=SC2086 # PROPERTIES is a list of words
  systemd-run -q --collect --unit="$unit" -p OOMScoreAdjust=1000 -p TimeoutStopSec=5 -p LimitNOFILE=65536 \
    -p WorkingDirectory=/srv/culprits ${PROPERTIES:-} -- "$@"
}

# taken N: waits until N processes have taken theirs
taken() { wait_for 600 enough "$1"; }
enough() { [ "$(find $TAKEN -type f | wc -l)" -ge "$1" ]; }

# as NAME: eat.py's processes get that name
as() {
  ln -sf /usr/bin/python3 "/run/culprits-steps/$1"
  echo "/run/culprits-steps/$1"
}

# ---------------------------------------------------------------- servers of Debian

postgres() {
  about=$SHARED_BUFFERS lasts=15
  unit=postgresql@$PG_VERSION-main.service others='clients.service'
  expect='postgres'
}
postgres_prepare() {
  pg_conftool "$PG_VERSION" main set shared_buffers "${SHARED_BUFFERS}MB"
  systemctl start "$unit"
  runuser -u postgres -- psql -qAt -c 'select 1' >/dev/null
}
# 40 clients, each of which reads a quarter of the table, by its index: what a server reads in
# order does not stay in its buffers. They stay connected.
postgres_eat() {
  local i part=$((SHARED_BUFFERS * 140 / 4))
  for i in {0..39}; do
    echo "psql -q -c 'set enable_seqscan = off' -c 'set enable_bitmapscan = off' \
      -c 'select sum(length(body)) from pages where id >= $((i % 4 * part)) and id < $((i % 4 * part + part))' \
      -c '\\! touch $TAKEN/\$\$' -c 'select pg_sleep(1000)' &"
  done >/run/clients
  PROPERTIES='-p User=postgres' start clients bash -c '. /run/clients; wait'
  taken 40
}
postgres_own() {
  runuser -u postgres -- psql -qAt -c "select 'buffers in use ' || pg_size_pretty(count(relfilenode) * 8192)
    from pg_buffercache"
}

redis() {
  about=$(mib 1000) unit=redis-server.service lasts=8
  expect='redis'
}
redis_prepare() {
  systemctl start redis-server
  redis-cli config set save '' >/dev/null
  redis-cli config set rdb-key-save-delay 20000 >/dev/null # µs: the child that saves stays for minutes
}
# 600 MiB; then the fork that saves them; then half of them are written to
redis_eat() {
  local n=$(($(mib 600) * 16)) part
  for part in "for i = 1, $n do redis.call('SET', 'k' .. i, string.rep('x', 65536)) end" \
    "redis.call('BGSAVE')" \
    "for i = 1, $n / 2 do redis.call('SETRANGE', 'k' .. i, 0, string.rep('y', 65536)) end"; do
    case $part in
      *BGSAVE*) redis-cli bgsave ;;
      *) redis-cli eval "$part" 0 ;;
    esac
  done >/dev/null
}
redis_own() { redis-cli info | tr -d '\r' | grep -E '^(used_memory_human|current_cow_size):' | paste -sd' '; }
redis_clean() { redis-cli shutdown nosave force >/dev/null 2>&1 || true; }

gunicorn() {
  about=640 unit=shop-web.service lasts=6
  expect='gunicorn|shop-web'
}
gunicorn_eat() {
  start shop-web gunicorn --config /srv/culprits/gunicorn_conf.py shop:app
  taken 12
}

apache() {
  about=$(mib 800) unit=apache2.service lasts=10
  expect='apache2'
}
apache_prepare() { systemctl start apache2; }
apache_eat() { timeout 600 /srv/culprits/visit.py 10 "$(mib 80)"; }

jvm() {
  about=$(mib 800) unit=orders.service lasts=6
  expect='java|orders|Leak'
}
jvm_eat() {
  start orders java -Xmx1200m -XX:+UseSerialGC -cp /srv/culprits Leak "$(mib 800)"
  taken 1
}

# ---------------------------------------------------------------- jobs and pools

build() {
  about=$(mib 900) unit=runner.service lasts=8
  expect='make|runner'
}
build_eat() {
  start runner setsid --wait make -j12 -f /srv/culprits/Makefile "MIB=$(mib 75)"
  taken 12
}

pool() {
  about=$(mib 1200) beside=400 unit=reports.service others='pool.service' lasts=8
  expect='report-builder|reports\.service'
}
pool_eat() {
  start pool "$(as worker)" $EAT pool 12 400 0
  taken 13
  start reports "$(as report-builder)" $EAT own "$(mib 800)"
  taken 14
}

container() {
  about=$(mib 800) unit=container-shop.service others='container-mail.service' lasts=6
  expect='shop|stock-keeper'
}
container_prepare() {
  in_container mail sleep 1000
}
container_eat() {
  in_container shop "$(as stock-keeper)" $EAT own "$(mib 800)"
  taken 1
}
in_container() { # NAME COMMAND...
  local name=$1
  shift
  start "container-$name" systemd-nspawn -q --directory=/ --volatile=yes --machine="$name" --register=no \
    --keep-unit --bind=$TAKEN --bind=/run/culprits-steps --bind-ro=/srv/culprits --link-journal=no "$@"
}

# ---------------------------------------------------------------- what no process has

tmpfs() {
  about=$(mib 900) unit=upload.service lasts=6 view=box
  expect='/tmp'
}
tmpfs_prepare() { mountpoint -q /tmp || systemctl start tmp.mount; }
tmpfs_eat() {
  start upload $EAT tmpfs /tmp/upload.part "$(mib 900)"
  taken 1
  systemctl stop upload
}
tmpfs_truth() { df -k --output=used /tmp | tail -n 1; }
tmpfs_clean() { rm -f /tmp/upload.part; }

pipes() {
  about=$(mib 900) unit=queue.service lasts=6
  expect='queue' expect_kind='pipe|not accounted|queue'
}
pipes_eat() {
  start queue "$(as queue)" $EAT pipes "$(mib 900)"
  taken 1
}
pipes_truth() { held_by_kind "$(mib 900)"; }

memfd() {
  about=$(mib 900) unit=cache.service lasts=6
  expect='cache' expect_kind='cache|memfd|shared memory|shmem|tmpfs'
}
memfd_eat() {
  start cache "$(as cache)" $EAT memfd "$(mib 900)"
  taken 1
}
memfd_truth() { held_by_kind "$(mib 900)"; }

# held_by_kind MIB: without a memory controller, what was written; nobody keeps account of it
held_by_kind() {
  if $CONTROLLER || ! enough 1; then
    charged "$unit"
  else
    echo $(($(charged "$unit") + $1 * 1024))
  fi
}

page_tables() {
  about=$(mib 800) unit=index.service lasts=6
  expect='indexer|index\.service|page tables'
}
page_tables_eat() {
  start index "$(as indexer)" $EAT page-tables "$(mib 800)"
  taken 1
}

# ---------------------------------------------------------------- kills

# Each second a service has taken more than it may, for a minute; all others have enough.
limit_kills() {
  needs=vm unit=leaky.service kills=3
  expect='leaky' expect_kill='limit|MemoryMax|memory\.max|control group|cgroup'
}
limit_kills_eat() {
  PROPERTIES='-p MemoryMax=100M -p MemorySwapMax=0 -p Restart=always -p RestartSec=1 -p StartLimitIntervalSec=0' \
    start leaky "$(as leaky)" $EAT own 200
  sleep 75
}

# The machine has no memory left, and one service has taken all of it.
oom() {
  needs=vm unit=glutton.service kills=1
  expect='glutton' expect_kill='out of memory|lack of memory|OOM'
}
oom_eat() { start glutton "$(as glutton)" $EAT own 100000; }
