#!/usr/bin/env bash
#
# A throw-away Debian with a real systemd as PID 1, on a machine that needs none itself: for the
# tests of install.sh, the unit and what runs under them.
#
#   systemd-box.sh create SUITE[/ARCH] DIR [PACKAGE...]   make a root file system
#   systemd-box.sh boot    DIR [NSPAWN-OPTION...]         boot it, wait until it is up
#   systemd-box.sh run     DIR -- CMD [ARG...]            run a command in the booted box
#   systemd-box.sh stop    DIR                            power it off
#   systemd-box.sh status  DIR                            say whether it runs
#   systemd-box.sh destroy DIR                            stop it and delete DIR
#   systemd-box.sh vm      DIR -- CMD [ARG...]            one-shot: boot a COPY of the (stopped)
#                                                         box in QEMU, run CMD, power off
#
# SUITE  bookworm, trixie, ...       ARCH  amd64 (default: the host's), arm64 (emulated, slow)
#
# Every sub-command may be repeated: create leaves a finished DIR alone, boot of a booted
# box and stop of a stopped one succeed. `run` and `vm` exit with CMD's exit status
# (125: the box itself failed). `run` passes stdin through: run DIR -- bash -s < script.
#
# The container (boot/run) shares the host's network and kernel; the controllers of
# cgroup v2 are there only if the host's kernel has them free for v2. If it has not,
# MemoryMax=/MemoryHigh=/MemoryLow=/TasksMax=/CPUQuota= are accepted but not enforced:
# check those with `vm`, which has its own kernel.
#
# Environment:
#   BOX_CACHE           finished root file systems are kept here as tar files (/var/tmp/systemd-box)
#   BOX_REFRESH=1       create: rebuild the cached tar file
#   BOX_MIRROR, BOX_SECURITY_MIRROR   use these instead of the host's apt sources
#   BOX_BOOT_TIMEOUT    seconds (120)        BOX_STOP_TIMEOUT  seconds (60; emulated boxes: 10)
#   BOX_VM_MEM          MiB (1024)           BOX_VM_CPUS (2)   BOX_VM_TIMEOUT seconds (900)
#
# State lives in DIR.box/ (console.log, pid files). Only processes started here are ended,
# by PID, after comparing the start time. Needs root and Debian packages only.

# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2153 # SUITE and ARCH are read from the box
# shellcheck disable=SC2317 # the sub-commands are called by name

set -euo pipefail
umask 022

CACHE=${BOX_CACHE:-/var/tmp/systemd-box}
MARK=.systemd-box
BASE_PACKAGES=(systemd systemd-sysv dbus libpam-systemd libnss-systemd ca-certificates procps iproute2 kmod)

say() { printf 'systemd-box: %s\n' "$*" >&2; }
die() { say "$*"; exit 125; }
usage() { sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 125; }

# ---------------------------------------------------------------- host side helpers

# need PROGRAM PACKAGE [PACKAGE...]: install the packages if the program is missing
need() {
  local prog=$1; shift
  command -v "$prog" >/dev/null 2>&1 && return 0
  local apt=(apt-get -o DPkg::Lock::Timeout=300 -q -y --no-install-recommends)
  say "installing on the host: $*"
  DEBIAN_FRONTEND=noninteractive "${apt[@]}" install "$@" >&2 || {
    "${apt[@]}" update >&2
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install "$@" >&2
  } || die "cannot install $*"
  command -v "$prog" >/dev/null 2>&1 || die "$prog is still missing"
}

# The main and the security mirror, from whatever apt sources the host has.
find_mirrors() {
  MIRROR=${BOX_MIRROR:-} SECURITY_MIRROR=${BOX_SECURITY_MIRROR:-}
  local uri rel codename
  # shellcheck disable=SC1091
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  while read -r uri rel; do
    case $rel in
      "$codename") MIRROR=${MIRROR:-$uri} ;;
      "$codename-security") SECURITY_MIRROR=${SECURITY_MIRROR:-$uri} ;;
    esac
  done < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | sort -u)
  [ -n "$MIRROR" ] || die "no Debian mirror in the host's apt sources (set BOX_MIRROR)"
}

sources_list() { # SUITE
  printf 'deb %s %s main\ndeb %s %s-updates main\n' "$MIRROR" "$1" "$MIRROR" "$1"
  [ -z "$SECURITY_MIRROR" ] || printf 'deb %s %s-security main\n' "$SECURITY_MIRROR" "$1"
}

# The host's apt download settings (proxies, retries, date checks), as an apt.conf
apt_settings() {
  apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date|ForceIPv4)([: ]).*".+";$' || true
}

# foreign ARCH: true if the host's processor cannot run it
foreign() {
  case $(dpkg --print-architecture)/$1 in
    amd64/i386) return 1 ;;
    *) [ "$(dpkg --print-architecture)" != "$1" ] ;;
  esac
}

qemu_name() { case $1 in arm64) echo aarch64 ;; armhf | armel) echo arm ;; amd64) echo x86_64 ;; *) echo "$1" ;; esac; }

# Command prefix (array WRAP) under which programs of ARCH run. The binfmt_misc file
# system is mounted in a private mount namespace: the kernel forgets the registration
# when the last process of that namespace is gone.
set_wrap() { # ARCH
  WRAP=()
  foreign "$1" || return 0
  local q; q=$(qemu_name "$1")
  need "qemu-$q-static" qemu-user-static
  need arch-test arch-test
  WRAP=(unshare --mount --propagation private bash -c '
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc || exit 125
    [ -e "/proc/sys/fs/binfmt_misc/$0" ] || cat "/usr/lib/binfmt.d/$0.conf" >/proc/sys/fs/binfmt_misc/register || exit 125
    exec "$@"' "qemu-$q")
}

# ---------------------------------------------------------------- processes

# Start time of PID (fails for a dead or a zombie process)
start_time() {
  local s
  s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  s=${s##*) }
  # shellcheck disable=SC2086
  set -- $s
  case $1 in Z | X) return 1 ;; esac
  echo "${20}"
}

remember() { echo "$2 $(start_time "$2")" >"$STATE/$1"; } # FILE PID

# recall FILE: print the PID if that very process still lives
recall() {
  local pid t
  read -r pid t 2>/dev/null <"$STATE/$1" || return 1
  [ -n "$t" ] && [ "$(start_time "$pid")" = "$t" ] && echo "$pid"
}

leader_of() { # NSPAWN-PID: its child that is PID 1 of a nested PID namespace
  local c
  # shellcheck disable=SC2013 # they are words of one line
  for c in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
    if awk '/^NSpid:/ { ok = NF >= 3 && $NF == 1 } END { exit !ok }' "/proc/$c/status" 2>/dev/null; then
      echo "$c"; return 0
    fi
  done
  return 1
}

gone_within() { # SECONDS PID STARTTIME
  local end=$((SECONDS + $1))
  while [ "$(start_time "$2")" = "$3" ]; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

# cgroup hierarchies a container needs its own node in: v2, and name=systemd of v1 if mounted
cgroup_roots() {
  awk '$2 ~ "^/sys/fs/cgroup" && ($3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /name=systemd/)) { print $2 }' /proc/mounts
}

# ---------------------------------------------------------------- a box

open_box() { # DIR: sets DIR STATE NAME
  [ -n "${1:-}" ] || usage
  DIR=$(realpath -m -- "$1")
  [ "$DIR" != / ] || die "not on /"
  STATE=$DIR.box
  NAME=box-$(printf %s "$DIR" | sha256sum | cut -c1-10)
}

made_box() {
  open_box "$@"
  [ -f "$DIR/$MARK" ] || die "$DIR is no finished box (create it first)"
  # shellcheck disable=SC1090
  . "$DIR/$MARK" # SUITE= ARCH=
}

lock_box() {
  mkdir -p "$STATE"
  exec 9>"$STATE/lock"
  flock -w 300 9 || die "$STATE is locked"
}

network_files() { # ROOT: what name look-ups need
  rm -f "$1/etc/resolv.conf"
  cat /etc/resolv.conf >"$1/etc/resolv.conf"
  { grep -v '^127\.0\.1\.1' /etc/hosts || true; echo "127.0.1.1 $(cat "$1/etc/hostname")"; } >"$1/etc/hosts"
  chmod 644 "$1/etc/resolv.conf" "$1/etc/hosts"
}

# template SUITE ARCH PACKAGE...: prints the path of a tar file with that system
template() {
  local suite=$1 arch=$2; shift 2
  local list tar tmp rc=0
  list=$(printf '%s\n' "$@" | sort -u | paste -sd,)
  tar=$CACHE/$suite-$arch-$(printf %s "$list" | sha256sum | cut -c1-10).tar
  if [ ! -s "$tar" ] || [ "${BOX_REFRESH:-0}" = 1 ]; then
    need mmdebstrap mmdebstrap debian-archive-keyring
    set_wrap "$arch"
    find_mirrors
    mkdir -p "$CACHE"
    tmp=$(mktemp -d "$CACHE/.build.XXXXXX")
    sources_list "$suite" >"$tmp/sources.list"
    apt_settings >"$tmp/apt.conf"
    mkdir "$tmp/ca"
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$tmp/ca" {} + 2>/dev/null || true
    say "building $suite/$arch with: $list"
    "${WRAP[@]}" mmdebstrap --mode=root --format=tar --variant=minbase --architectures="$arch" \
      --include="$list" --aptopt="$tmp/apt.conf" --dpkgopt=force-unsafe-io \
      --customize-hook='mkdir -p "$1/usr/local/share/ca-certificates"' \
      --customize-hook="cp -rT '$tmp/ca' \"\$1/usr/local/share/ca-certificates\"" \
      --customize-hook='chroot "$1" update-ca-certificates >/dev/null' \
      "$suite" "$tmp/out.tar" "$tmp/sources.list" >"$tmp/log" 2>&1 9>&- || rc=$?
    if [ "$rc" != 0 ]; then tail -n 30 "$tmp/log" >&2; rm -rf "$tmp"; die "mmdebstrap failed ($rc)"; fi
    mv "$tmp/out.tar" "$tar"
    rm -rf "$tmp"
  fi
  echo "$tar"
}

cmd_create() {
  [ $# -ge 2 ] || usage
  local spec=$1 suite arch tar unit; shift
  suite=${spec%%/*} arch=$(dpkg --print-architecture)
  case $spec in */*) arch=${spec#*/} ;; esac
  open_box "$1"; shift
  lock_box
  if [ -f "$DIR/$MARK" ]; then say "$DIR exists already"; return 0; fi
  if [ -d "$DIR" ] && [ -n "$(ls -A "$DIR")" ] && [ ! -f "$STATE/creating" ]; then die "$DIR is not empty"; fi
  tar=$(template "$suite" "$arch" "${BASE_PACKAGES[@]}" "$@") || exit 125
  : >"$STATE/creating"
  rm -rf --one-file-system -- "$DIR"
  mkdir -p "$DIR"
  tar -C "$DIR" --numeric-owner --xattrs --xattrs-include='*' -xpf "$tar"

  basename "$DIR" | tr -c 'A-Za-z0-9\n' - | sed 's/^-*//; s/-*$//; s/^$/box/' | cut -c1-40 >"$DIR/etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$DIR/etc/machine-id"
  network_files "$DIR"
  if foreign "$arch"; then
    # qemu-user lacks what systemd needs to hand credentials to its own helpers
    # shellcheck disable=SC2013 # no unit has a blank in its name
    for unit in $(grep -lrE '^(Load|Import)Credential' "$DIR/usr/lib/systemd/system" 2>/dev/null); do
      mkdir -p "$DIR/etc/systemd/system/${unit##*/}.d"
      { echo '[Service]'; grep -oE '^(Load|Import|Set)Credential[A-Za-z]*=' "$unit" | sort -u; } \
        >"$DIR/etc/systemd/system/${unit##*/}.d/emulated.conf"
    done
  fi
  printf 'SUITE=%s\nARCH=%s\n' "$suite" "$arch" >"$DIR/$MARK"
  rm -f "$STATE/creating"
  say "created $DIR ($suite/$arch)"
}

cmd_boot() {
  made_box "$@"; shift
  lock_box
  local pid='' leader r end state
  if pid=$(recall nspawn.pid) && leader=$(leader_of "$pid"); then say "$DIR runs already (leader $leader)"; return 0; fi
  [ -z "$pid" ] || die "nspawn $pid runs, but its container does not: stop it first"
  sweep
  need systemd-nspawn systemd-container
  need nsenter util-linux
  [ -n "$(cgroup_roots)" ] || die "no cgroup v2 file system is mounted under /sys/fs/cgroup"
  network_files "$DIR"
  set_wrap "$ARCH"
  (
    exec </dev/null >"$STATE/console.log" 2>&1 9>&-
    for r in $(cgroup_roots); do
      mkdir -p "$r/$NAME"
      echo "$BASHPID" >"$r/$NAME/cgroup.procs"
    done
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    # bpf: IPAddressDeny=, DeviceAllow=;  no host systemd: --register=no --keep-unit
    exec setsid "${WRAP[@]}" systemd-nspawn --quiet --boot --directory="$DIR" --machine="$NAME" \
      --hostname="$(cat "$DIR/etc/hostname")" --register=no --keep-unit --console=pipe --link-journal=no \
      --resolv-conf=off --timezone=off --system-call-filter=bpf "$@"
  ) &
  pid=$!
  remember nspawn.pid "$pid"
  disown

  end=$((SECONDS + ${BOX_BOOT_TIMEOUT:-120})) state=
  while :; do
    recall nspawn.pid >/dev/null || { tail -n 20 "$STATE/console.log" >&2; sweep; die "the container ended while booting"; }
    leader=$(leader_of "$pid") || { sleep 0.05; [ "$SECONDS" -lt "$end" ] || die "no container after all this time; see $STATE/console.log"; continue; }
    [ -n "$(recall leader.pid)" ] || remember leader.pid "$leader"
    if [ -S "/proc/$leader/root/run/systemd/private" ]; then
      state=$(enter "$leader" timeout 60 systemctl is-system-running 2>/dev/null) || true
      case $state in running | degraded) break ;; esac
    fi
    [ "$SECONDS" -lt "$end" ] || die "not up after ${BOX_BOOT_TIMEOUT:-120} s (state: ${state:-none}); see $STATE/console.log"
    sleep 0.1
  done
  say "$DIR is up: $state (nspawn $pid, leader $leader)"
  [ "$state" = running ] || enter "$leader" systemctl --failed --no-legend --plain >&2 || true
}

# enter LEADER CMD...: in the container's namespaces and cgroup, with its capabilities
enter() {
  local leader=$1 bnd cg r i drop='' last; shift
  bnd=$((16#$(awk '/^CapBnd:/ { print $2 }' "/proc/$leader/status")))
  last=$(cat /proc/sys/kernel/cap_last_cap)
  for ((i = 0; i <= last; i++)); do (((bnd >> i) & 1)) || drop+=",-cap_$i"; done
  cg=$(awk -F: '$1 == 0 { sub("/init.scope$", "", $3); print $3 }' "/proc/$leader/cgroup")
  local env=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root
    SHELL=/bin/bash LANG=C.UTF-8 TERM="${TERM:-dumb}" DEBIAN_FRONTEND=noninteractive)
  for i in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!i:-}" ] || env+=("$i=${!i}")
  done
  r=$(awk '$3 == "cgroup2" && $2 ~ "^/sys/fs/cgroup" { print $2; exit }' /proc/mounts)
  (
    # The process moves itself (by fd 8) once it is inside: a process of the host in a cgroup
    # of the container would make the container's systemctl stumble.
    { mkdir -p "$r$cg/box-run" && exec 8>"$r$cg/box-run/cgroup.procs"; } 2>/dev/null || exec 8>/dev/null
    exec 9>&-
    exec setpriv ${drop:+--bounding-set "${drop#,}"} \
      nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup -- env -i "${env[@]}" \
      /bin/sh -c 'echo 0 >&8; exec 8>&-; cd /root; exec "$@"' sh "$@"
  )
}

cmd_run() {
  made_box "$@"; shift
  [ "${1:-}" != -- ] || shift
  [ $# -ge 1 ] || usage
  local pid leader
  if ! pid=$(recall nspawn.pid) || ! leader=$(leader_of "$pid"); then die "$DIR is not booted"; fi
  enter "$leader" "$@"
}

# remove what a dead container left behind (its PID 1 outlives an nspawn that was killed hard)
sweep() {
  local r leader t
  if leader=$(recall leader.pid); then
    t=$(start_time "$leader")
    kill -KILL "$leader" 2>/dev/null || true
    gone_within 10 "$leader" "$t" || die "leader $leader does not end"
  fi
  for r in $(cgroup_roots); do
    [ ! -d "$r/$NAME" ] || find "$r/$NAME" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  rmdir "/run/systemd/nspawn/propagate/$NAME" 2>/dev/null || true
  rm -f "$STATE/nspawn.pid" "$STATE/leader.pid"
}

cmd_stop() {
  made_box "$@"
  lock_box
  local pid t leader lt='' wait=60
  if ! pid=$(recall nspawn.pid); then sweep; say "$DIR is stopped"; return 0; fi
  t=$(start_time "$pid")
  if leader=$(leader_of "$pid"); then lt=$(start_time "$leader"); fi
  ! foreign "$ARCH" || wait=10
  kill -TERM "$pid" 2>/dev/null || true # nspawn asks the container's systemd to power off
  if ! gone_within "${BOX_STOP_TIMEOUT:-$wait}" "$pid" "$t"; then
    foreign "$ARCH" || say "$DIR does not power off; killing it"
    kill -TERM "$pid" 2>/dev/null || true # the second one makes nspawn kill it
    gone_within 10 "$pid" "$t" || kill -KILL "$pid" 2>/dev/null || true
  fi
  if [ -n "$lt" ] && [ "$(start_time "$leader")" = "$lt" ]; then kill -KILL "$leader" 2>/dev/null || true; fi
  gone_within 10 "$pid" "$t" || die "nspawn $pid does not end"
  [ -z "$lt" ] || gone_within 10 "$leader" "$lt" || die "leader $leader does not end"
  sweep
  say "stopped $DIR"
}

cmd_status() {
  made_box "$@"
  local pid leader
  if pid=$(recall nspawn.pid) && leader=$(leader_of "$pid"); then
    echo "$DIR $SUITE/$ARCH nspawn=$pid leader=$leader $(enter "$leader" systemctl is-system-running 2>/dev/null || true)"
  else
    echo "$DIR $SUITE/$ARCH stopped"; return 3
  fi
}

cmd_destroy() {
  open_box "$@"
  if [ -f "$DIR/$MARK" ]; then cmd_stop "$DIR"; rm -rf --one-file-system -- "$DIR"; fi
  [ ! -f "$STATE/lock" ] || rm -rf --one-file-system -- "$STATE"
}

# ---------------------------------------------------------------- virtual machine

# kernel_kit SUITE ARCH: prints a folder with vmlinuz, initrd.img and lib/modules
kernel_kit() {
  local kit=$CACHE/kernel-$1-$2 tar
  if [ ! -s "$kit/vmlinuz" ]; then
    tar=$(template "$1" "$2" "linux-image-cloud-$2" initramfs-tools systemd systemd-sysv udev ca-certificates zstd) || exit 125
    rm -rf "$kit" "$kit.new"; mkdir -p "$kit.new/root"
    tar -C "$kit.new/root" -xf "$tar" --wildcards './boot/*' './lib/modules/*' './usr/lib/modules/*' 2>/dev/null || true
    cp "$kit.new"/root/boot/vmlinuz-* "$kit.new/vmlinuz"
    cp "$kit.new"/root/boot/initrd.img-* "$kit.new/initrd.img"
    mkdir -p "$kit.new/modules/usr/lib"
    cp -a "$kit.new"/root/usr/lib/modules "$kit.new/modules/usr/lib/" 2>/dev/null ||
      cp -a "$kit.new"/root/lib/modules "$kit.new/modules/usr/lib/"
    rm -rf "$kit.new/root"
    mv "$kit.new" "$kit"
    rm -f "$tar"
  fi
  echo "$kit"
}

cmd_vm() {
  made_box "$@"; shift
  [ "${1:-}" != -- ] || shift
  [ $# -ge 1 ] || usage
  lock_box
  ! recall nspawn.pid >/dev/null || die "$DIR is booted: stop it first"
  local q kit work size console machine rc=0 args=("$@")
  q=$(qemu_name "$ARCH")
  case $ARCH in
    amd64) need "qemu-system-$q" qemu-system-x86 seabios; console=ttyS0 machine=(-machine pc -cpu max) ;;
    arm64) need "qemu-system-$q" qemu-system-arm; console=ttyAMA0 machine=(-machine virt -cpu cortex-a72) ;;
    *) die "vm: no machine for $ARCH" ;;
  esac
  need mke2fs e2fsprogs
  kit=$(kernel_kit "$SUITE" "$ARCH") || exit 125
  work=$STATE/vm
  rm -rf "$work"; mkdir -p "$work/top/box-vm" "$work/work" "$work/all"
  local etc=$work/top/etc
  mkdir -p "$etc/systemd/system/multi-user.target.wants"
  { echo '#!/bin/bash'; printf '%q ' "${args[@]}"; echo; } >"$work/top/box-vm/cmd"
  cat >"$work/top/box-vm/start" <<'EOF'
#!/bin/bash
exec </dev/null >/box-vm/out 2>&1
export HOME=/root USER=root LOGNAME=root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
for n in /sys/class/net/*; do
  n=${n##*/}; [ "$n" != lo ] || continue
  { ip link set "$n" up && ip addr add 10.0.2.15/24 dev "$n" && ip route add default via 10.0.2.2; } 2>/dev/null
done
systemctl is-system-running --wait >/box-vm/state
cd /root
bash /box-vm/cmd
echo $? >/box-vm/rc
cut -d' ' -f1 /proc/uptime >/box-vm/uptime
sync
systemctl --no-block poweroff
EOF
  cat >"$etc/systemd/system/box-vm.service" <<'EOF'
[Unit]
Description=systemd-box command
After=multi-user.target
[Service]
Type=exec
ExecStart=/bin/bash /box-vm/start
EOF
  ln -s ../box-vm.service "$etc/systemd/system/multi-user.target.wants/box-vm.service"
  echo 'nameserver 10.0.2.3' >"$etc/resolv.conf"
  size=$(($(du -sm --one-file-system "$DIR" | cut -f1) + $(du -sm "$kit/modules" | cut -f1) + 1024))
  unshare --mount --propagation private bash -c '
    set -e
    mount -t overlay overlay -o "lowerdir=$2/modules:$1,upperdir=$3/top,workdir=$3/work" "$3/all"
    mke2fs -q -F -t ext4 -m 0 -d "$3/all" "$3/disk.img" "$4M" >/dev/null' - "$DIR" "$kit" "$work" "$size" || die "cannot make the disk image"
  timeout --foreground "${BOX_VM_TIMEOUT:-900}" "qemu-system-$q" -accel tcg,thread=multi "${machine[@]}" \
    -smp "${BOX_VM_CPUS:-2}" -m "${BOX_VM_MEM:-1024}" -display none -monitor none -no-reboot -nodefaults \
    -kernel "$kit/vmlinuz" -initrd "$kit/initrd.img" \
    -append "root=/dev/vda rw console=$console quiet net.ifnames=0 panic=-1 systemd.getty_auto=no" \
    -drive "file=$work/disk.img,if=none,id=d0,format=raw,cache=unsafe" -device virtio-blk-pci,drive=d0 \
    -netdev user,id=n0 -device virtio-net-pci,netdev=n0,romfile= \
    -serial "file:$STATE/vm-console.log" </dev/null >"$STATE/vm-qemu.log" 2>&1 9>&- || rc=$?
  e2fsck -fy "$work/disk.img" >/dev/null 2>&1 || true
  for f in out rc state uptime; do debugfs -R "dump /box-vm/$f $work/$f" "$work/disk.img" >/dev/null 2>&1 || true; done
  cat "$work/out" 2>/dev/null || true
  if [ ! -s "$work/rc" ]; then
    cat "$STATE/vm-qemu.log" >&2; tail -n 20 "$STATE/vm-console.log" >&2 || true
    rm -f "$work/disk.img"
    die "the virtual machine gave no result (qemu: $rc)"
  fi
  say "vm: $(cat "$work/state"), guest uptime at the end $(cat "$work/uptime") s"
  rc=$(cat "$work/rc")
  rm -rf "$work"
  return "$rc"
}

# ---------------------------------------------------------------- main

main() {
  [ $# -ge 1 ] || usage
  local sub=$1; shift
  case $sub in
    create | boot | run | stop | status | destroy | vm) ;;
    *) usage ;;
  esac
  [ "$(id -u)" = 0 ] || die "needs root"
  "cmd_$sub" "$@"
}

main "$@"; exit
