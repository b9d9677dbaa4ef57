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
# It sets: about MiB, how much it takes; beside MiB, how much of that is not the culprit's; unit, the
# culprit's; others, more units; lasts, how long above the threshold until the record is made, in
# seconds; expect, an extended regular expression that the record's first item has to match;
# expect_kind, the same where there is no memory controller to tell whose it is; is_kernel=true, if
# that of version 1 does not tell either; needs=vm, what only a kernel of its own can show.

readonly SCENARIOS=(postgres gunicorn redis apache jvm workers saving readers zgc lazy replaced two_leaks
  build pool segments container jobs
  tmpfs own_tmpfs pipes memfd system_v packets locked page_tables threads bpf first_thread huge_pages
  same_pages swapped swapped_files ram_shrinks limit_kills oom)
readonly QUICK=(gunicorn/with workers/without zgc/without segments/without tmpfs/with)

readonly EAT=/srv/culprits/eat.py
readonly TAKEN=/run/culprits # a file for each process that has taken what it was told to

# start UNIT COMMAND...: as a service; the kernel's first victim if memory should really run out
start() {
  local unit=$1
  shift
  if mountpoint -q "$VERSION1"; then
    mkdir -p "$(version1 "$unit.service")"
    # shellcheck disable=SC2016 # it is the inner bash that expands them; systemd makes $ of $$
    set -- bash -c 'echo $BASHPID >"$0/cgroup.procs"; exec "$@"' "$(version1 "$unit.service")" "$@"
  fi
  # shellcheck disable=SC2086 # PROPERTIES is a list of words
  systemd-run -q --collect --unit="$unit" -p OOMScoreAdjust=1000 -p TimeoutStopSec=5 -p LimitNOFILE=65536 \
    -p WorkingDirectory=/srv/culprits ${PROPERTIES:-} -- "$@"
}

# taken N: waits until N processes have taken theirs
taken() { wait_for 300 enough "$1"; }
enough() { [ "$(find $TAKEN -type f | wc -l)" -ge "$1" ]; }

# tell UNIT N: tells those that wait, and waits until N of them have taken what they were told to
tell() {
  find $TAKEN -type f -delete
  systemctl kill --signal=USR1 "$1"
  taken "$2"
}

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

# ---------------------------------------------------------------- beside others

# Preforked workers write to what they have shared with their parent until now; nothing else grows.
workers() {
  about=$(mib 800) unit=shop-web.service lasts=10
  expect='web-worker|shop-web'
}
workers_prepare() {
  start shop-web "$(as web-worker)" $EAT prefork 8 "$(mib 400)" "$(mib 100)"
  taken 8
}
workers_eat() { tell shop-web 8; }

# A store that forks to save itself, and is written to meanwhile
saving() {
  about=$(mib 600) unit=store.service lasts=8
  expect='store'
}
saving_prepare() {
  start store "$(as store)" $EAT save "$(mib 900)" "$(mib 600)"
  taken 1
}
saving_eat() { tell store 2; }

# A pool reads its shared memory for the first time; that a process maps more of it takes nothing.
readers() {
  about=$(mib 600) unit=import.service others=pool.service lasts=6
  expect='importer|import\.service'
}
readers_prepare() {
  start pool "$(as reader)" $EAT readers 8 "$(mib 500)"
  taken 8
}
readers_eat() {
  tell pool 8
  start import "$(as importer)" $EAT own "$(mib 600)"
  taken 9
}

# ZGC maps its heap three times: RssShmem is three times what there is.
zgc() {
  about=$(mib 700) unit=export.service others=orders.service lasts=6 view=box
  expect='/dev/shm'
}
zgc_prepare() {
  start orders java -Xmx1200m -XX:+UseZGC -cp /srv/culprits Leak "$(mib 500)" gc
  taken 1
}
zgc_eat() {
  start export "$(as exporter)" $EAT tmpfs /dev/shm/export.csv "$(mib 700)"
  taken 2
}
zgc_truth() { df -k --output=used /dev/shm | tail -n 1; }
zgc_clean() { rm -f /dev/shm/export.csv; }

# What is given back by MADV_FREE is the process's until it is needed, and takes nothing.
lazy() {
  about=$(mib 500) unit=import.service others=go.service lasts=6
  expect='importer|import\.service'
}
lazy_eat() {
  start go "$(as go-server)" $EAT lazy "$(mib 800)"
  taken 1
  start import "$(as importer)" $EAT own "$(mib 500)"
  taken 2
}

# A large process is killed while another one grows: memory rises by the difference.
replaced() {
  about=$(mib 500) beside=-$(mib 600) unit=import.service others=cache.service lasts=6
  expect='importer|import\.service'
}
replaced_prepare() {
  start cache "$(as cache)" $EAT own "$(mib 600)"
  start import "$(as importer)" $EAT grow 20 "$(mib 1100)"
  taken 2
}
replaced_eat() {
  systemctl kill --signal=KILL cache
  tell import 1
}

two_leaks() {
  about=$(mib 750) beside=$(mib 350) unit=orders.service others=mail.service lasts=6
  expect='orders'
}
two_leaks_prepare() {
  start orders "$(as orders)" $EAT grow 20 "$(mib 400)"
  start mail "$(as mailer)" $EAT grow 20 "$(mib 350)"
  taken 2
}
two_leaks_eat() {
  tell mail 1
  tell orders 1
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

# A pool with one shared memory, and processes with a shared memory of their own each, in one unit:
# without a memory controller nothing tells who has what, but the unit is certain.
segments() {
  about=$(mib 1200) unit=web.service lasts=8
  expect='web(\.service)? \+'
}
segments_eat() {
  start web bash -c "$(as pool) $EAT readers 12 $(mib 200) & exec $(as worker) $EAT segments 5 $(mib 200)"
  taken 18
  tell web 12 # the pool reads
}

# Two jobs in a scope whose groups are delegated, as those of a batch system
jobs() {
  about=$(mib 800) unit=batch.service lasts=10
  expect='job_102' expect_kind='job_102|batch'
}
jobs_prepare() {
  local group=/sys/fs/cgroup/system.slice/batch.service
  PROPERTIES=-pDelegate=yes start batch sleep 100000
  mkdir $group/supervisor
  cat $group/cgroup.procs >$group/supervisor/cgroup.procs
  [ "$CONTROLLER" != 2 ] || echo +memory >$group/cgroup.subtree_control
  in_job 101 $EAT own "$(mib 500)"
  taken 1
}
jobs_eat() {
  local i
  for i in {1..8}; do in_job 102 "$(as "step$((i % 4))")" $EAT own "$(mib 100)"; done
  taken 9
}
in_job() { # NUMBER COMMAND...
  local group=batch.service/job_$1 groups
  shift
  groups=("/sys/fs/cgroup/system.slice/$group")
  ! mountpoint -q "$VERSION1" || groups+=("$(version1 "$group")")
  mkdir -p "${groups[@]}"
  (
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
    exec setsid "$@" >/dev/null 2>&1
  ) &
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
  about=$(mib 900) unit=queue.service lasts=6 is_kernel=true
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

# held_by_kind MIB: what was written, where nobody keeps account of it
held_by_kind() {
  if [ "$(how)" = memory.stat ] || { [ "$sees" = with ] && ! $is_kernel; } || ! enough 1; then
    charged "$unit"
  else
    echo $(($(charged "$unit") + $1 * 1024))
  fi
}

# A service's tmpfs in a mount namespace of its own
own_tmpfs() {
  about=$(mib 700) unit=shop.service lasts=6
  expect='shop' expect_kind='shop|shared memory|tmpfs'
}
own_tmpfs_eat() {
  PROPERTIES='-p TemporaryFileSystem=/mnt:size=2g' start shop "$(as shop)" $EAT tmpfs /mnt/cache "$(mib 700)"
  taken 1
}
own_tmpfs_truth() { held_by_kind "$(mib 700)"; }

# Its creator has ended, and nobody is attached to it.
system_v() {
  about=$(mib 700) unit=loader.service lasts=6
  expect='loader' expect_kind='System V|shared memory|shmem'
  # Version 2 charges what a unit leaves behind to the slice around it.
  [ "$CONTROLLER" != 2 ] || expect='files in memory in system\.slice'
}
system_v_eat() {
  start loader "$(as loader)" $EAT system-v "$(mib 700)"
  taken 1
}
system_v_truth() { awk 'NR > 1 { kib += $(NF - 1) / 1024 } END { printf "%d\n", kib }' /proc/sysvipc/shm; }
system_v_clean() { ipcrm --all=shm; }

# A ring for captured packets
packets() {
  about=$(mib 400) unit=capture.service lasts=6
  expect='capture|sniffer|not accounted'
}
packets_eat() {
  start capture "$(as sniffer)" $EAT packets "$(mib 400)"
  taken 1
}
packets_truth() { if enough 1; then echo $(($(mib 400) * 1024)); else echo 0; fi; }

# A file's pages, locked so that they stay
locked() {
  needs=vm
  about=$(mib 700) unit=index.service lasts=6
  expect='indexer|index\.service'
}
locked_eat() {
  start index "$(as indexer)" $EAT locked /var/tmp/index "$(mib 700)"
  taken 1
}
locked_truth() { unit_status VmLck; }
locked_clean() { rm -f /var/tmp/index; }

# unit_status KEY: the sum of a line of status over the unit's processes, in KiB
unit_status() {
  processes "$unit" | while read -r pid; do cat "/proc/$pid/status"; done | awk -v key="$1:" '$1 == key { sum += $2 } END { print sum + 0 }'
}

# Threads that do nothing: each has a stack in the kernel.
threads() {
  about=$(mib 300) unit=chat.service lasts=10 is_kernel=true
  expect='chat'
}
threads_eat() {
  PROPERTIES='-p TasksMax=infinity' start chat "$(as chatd)" $EAT threads "$(mib 8000)"
  taken 1
}
threads_truth() { if [ "$(how)" = memory.stat ]; then charged "$unit"; else echo $(($(charged "$unit") + $(meminfo KernelStack) + $(meminfo SUnreclaim))); fi; }

bpf() {
  about=$(mib 500) unit=falco.service lasts=6 is_kernel=true
  expect='falco' expect_kind='vmalloc|eBPF'
}
bpf_eat() {
  start falco "$(as falco)" $EAT bpf "$(mib 500)"
  taken 1
}
bpf_truth() { if [ "$(how)" = memory.stat ]; then charged "$unit"; else echo $(($(charged "$unit") + $(meminfo VmallocUsed))); fi; }

# A daemon whose first thread has ended: its own status has no sizes then.
first_thread() {
  about=$(mib 700) unit=media.service lasts=6
  expect='mediad|media\.service'
}
first_thread_eat() {
  start media "$(as mediad)" $EAT first-thread-ends "$(mib 700)"
  taken 1
}
first_thread_truth() { if [ "$(how)" = memory.stat ]; then charged "$unit"; else meminfo AnonPages; fi; }

# Huge pages that a process takes beside some that nobody uses
huge_pages() {
  needs=vm
  about=$(mib 600) beside=100 unit=database.service lasts=6
  expect='db-writer'
}
huge_pages_prepare() { echo 1000 >/proc/sys/vm/nr_overcommit_hugepages; }
huge_pages_eat() {
  start database "$(as db-writer)" $EAT huge "$(mib 500)"
  taken 1
  echo $(($(meminfo HugePages_Total) + 50)) >/proc/sys/vm/nr_hugepages
}
huge_pages_truth() { unit_status HugetlbPages; }
huge_pages_clean() { echo 0 | tee /proc/sys/vm/nr_overcommit_hugepages >/proc/sys/vm/nr_hugepages; }

# Guests whose equal pages are merged, beside a process that grows
same_pages() {
  needs=vm
  about=$(mib 400) unit=import.service others='guest1.service guest2.service guest3.service' lasts=6
  expect='importer|import\.service'
}
same_pages_prepare() {
  local i
  for i in 1 2 3; do start guest$i "$(as guest)" $EAT same "$(mib 300)"; done
  taken 3
  echo 30000 >/sys/kernel/mm/ksm/pages_to_scan
  echo 1 >/sys/kernel/mm/ksm/run
  wait_for 300 merged || true
  echo 0 >/sys/kernel/mm/ksm/run
}
merged() { [ "$(cat /sys/kernel/mm/ksm/pages_sharing)" -ge $(($(mib 600) * 240)) ]; }
same_pages_eat() {
  start import "$(as importer)" $EAT own "$(mib 400)"
  taken 4
}

# One that grows takes the RAM of forked workers that do nothing: they are swapped out.
swapped() {
  needs=vm
  about=$(mib 3400) unit=import.service others=shop-web.service lasts=15
  expect='importer|import\.service'
}
swapped_prepare() {
  dd if=/dev/zero of=/var/tmp/swap bs=1M count=600 status=none # the disk has 1 GiB left
  chmod 600 /var/tmp/swap
  mkswap -q /var/tmp/swap
  swapon /var/tmp/swap
  start shop-web "$(as web-worker)" $EAT prefork 8 "$(mib 700)" 0
  taken 9
}
swapped_eat() {
  start import "$(as importer)" $EAT own "$(mib 3400)"
  taken 10
}
swapped_own() { echo "swap in use: $((($(meminfo SwapTotal) - $(meminfo SwapFree)) / 1024)) MiB"; }
swapped_clean() {
  swapoff /var/tmp/swap
  rm /var/tmp/swap
}

# So do files in memory, which are swapped out themselves.
swapped_files() {
  swapped
  unit=export.service expect='/dev/shm'
}
swapped_files_prepare() {
  swapped_prepare
  mount -o remount,size=3g /dev/shm
}
swapped_files_eat() {
  start export "$(as exporter)" $EAT tmpfs /dev/shm/export.csv "$(mib 3400)"
  taken 10
}
swapped_files_truth() { zgc_truth; }
swapped_files_own() { swapped_own; }
swapped_files_clean() {
  zgc_clean
  swapped_clean
}

# The machine loses RAM, as one does whose host takes some back, and no process grows.
ram_shrinks() {
  needs=vm
  about=50 lasts=6
  expect='RAM shrank'
}
# Not each block can be taken off: the kernel keeps what cannot move.
ram_shrinks_eat() {
  local block total
  total=$(meminfo MemTotal)
  for block in $(printf '%s\n' /sys/devices/system/memory/memory*/state | sort -rV); do
    [ $((total - $(meminfo MemTotal))) -lt $((800 * 1024)) ] || return 0
    echo offline 2>/dev/null >"$block" || true
  done
  return 1
}
ram_shrinks_truth() { echo $((-$(meminfo MemTotal))); }
ram_shrinks_clean() {
  local block
  for block in /sys/devices/system/memory/memory*/state; do echo online 2>/dev/null >"$block" || true; done
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
