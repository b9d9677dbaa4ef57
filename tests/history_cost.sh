#!/usr/bin/env bash
#
# history_cost.sh - what the history of process sizes costs, on this machine and now
#
#   tests/history_cost.sh [-s SECONDS] [N...]     (60 seconds; N: 100 1000 5000)
#
# For each N it starts N idle processes, then two monitors one after the other: this one, and a
# copy that never notes sizes after its start. Each runs for 10 seconds, and is then measured for
# SECONDS. It prints:
#
#   processes  the N, and what else there is: with root's rights a namespace of its own hides
#              the machine's other processes
#   CPU        processor time of the monitor, in seconds per hour and in percent of a core
#   RSS        its resident memory at the end, in MiB; of that anonymous memory
#
# Figures, no verdict. The threshold is 100 %: a machine that is never above it is measured.

set -euo pipefail
export LC_ALL=C.UTF-8

readonly SETTLE=10 # the JVM's start and the rehearsal are not what is measured

main() {
    if [ "${1:-}" = --inside ]; then
        shift
    elif unshare --pid --fork --mount-proc true 2>/dev/null; then
        exec unshare --pid --fork --kill-child --mount-proc "$0" --inside "$@"
    fi
    local seconds=60 option n
    while getopts s: option; do
        case $option in
            s) seconds=$OPTARG ;;
            *) return 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || set -- 100 1000 5000

    cd "$(dirname "$0")/.."
    folder=$(mktemp -d)
    trap 'end_monitor; rm -rf "$folder"' EXIT
    mkdir "$folder/without"
    cp -r MemoryMonitor.java lib "$folder/without"
    sed -Ei 's/(long (CALM|MOVED)_SECONDS = )[0-9]*;/\11_000_000;/' "$folder/without/lib/culprit/History.java"
    if [ "$(grep -c '_SECONDS = 1_000_000;' "$folder/without/lib/culprit/History.java")" != 2 ]; then
        echo "CALM_SECONDS and MOVED_SECONDS are not where they were" >&2
        return 1
    fi
    # What they print is their version; both are built then
    lib/jbang MemoryMonitor.java --version
    lib/jbang "$folder/without/MemoryMonitor.java" --version >/dev/null
    printf '%s processors, load before: %s\n' "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
    printf '%9s %-8s %10s %8s %8s %8s\n' processes history 's per hour' '% core' 'RSS MiB' 'anon MiB'
    for n; do
        start_children "$n"
        measure with MemoryMonitor.java "$seconds"
        measure without "$folder/without/MemoryMonitor.java" "$seconds"
        end_children
    done
    printf 'load after: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
}

# start_children N: all forks of one perl, which ends them when its stdin closes. Each has so
# much memory of its own that it is part of the history, which leaves out small ones.
start_children() {
    # shellcheck disable=SC2016
    coproc CHILDREN {
        exec perl -e '
            $SIG{$_} = "IGNORE" for qw(INT TERM); $| = 1; my $size = 1 << 18;
            for (1 .. $ARGV[0]) {
                my $pid = fork // do { print "fork: $!\n"; last };
                if (!$pid) { close STDIN; close STDOUT; $m = "x" x $size; sleep while 1 }
                push @pids, $pid;
            }
            print "ready\n" if @pids == $ARGV[0];
            1 while sysread STDIN, $_, 4096;
            kill "KILL", @pids;
            1 while wait > 0;' "$1"
    }
    local answer
    read -r -t 300 -u "${CHILDREN[0]}" answer
    [ "$answer" = ready ] || { echo "cannot start $1 processes: $answer" >&2; return 1; }
}

end_children() {
    local pid=$CHILDREN_PID input=${CHILDREN[1]}
    exec {input}>&-
    wait "$pid"
}

# measure LABEL SCRIPT SECONDS
measure() {
    local before
    exec {monitor_out}< <(exec lib/jbang "$2" -t 100 -l "$folder/log")
    monitor=$!
    read -r -t 300 -u "$monitor_out" # a line means that the JVM has replaced the launcher
    sleep $SETTLE
    before=$(cpu_nanos)
    sleep "$3"
    awk -v processes="$(printf '%s\n' /proc/[1-9]* | wc -l)" -v label="$1" \
        -v nanos="$(($(cpu_nanos) - before))" -v wall="$3" \
        '/^VmRSS:/ { rss = $2 } /^RssAnon:/ { anon = $2 }
         END { used = nanos / 1e9 / wall
               printf "%9d %-8s %10.1f %8.3f %8.1f %8.1f\n",
                 processes, label, used * 3600, used * 100, rss / 1024, anon / 1024 }' \
        "/proc/$monitor/status"
    end_monitor
}

# Processor time of the monitor's threads so far, in nanoseconds: clock ticks are too coarse
cpu_nanos() {
    cat /proc/"$monitor"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d", sum }'
}

end_monitor() {
    [ -n "${monitor:-}" ] || return 0
    kill "$monitor" 2>/dev/null || true
    exec {monitor_out}<&-
    wait "$monitor" || true
    monitor=
}

main "$@"
