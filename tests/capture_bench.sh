#!/usr/bin/env bash
#
# capture_bench.sh - how long a record takes, beside ps aux, on this machine and now
#
#   tests/capture_bench.sh [-r RUNS] [-c BYTES] [N...]     (5 runs; N: 1000 5000)
#
# For each N it starts N idle processes, with command lines of BYTES if asked for. Then RUNS
# times: ps aux, a new monitor up to its first record, ps aux. It prints medians, in
# milliseconds:
#
#   processes  in the record: the N, and what else was there
#   capture    as the monitor says it: from the first read to the last row
#   on disk    from the moment at which the record was due until its event was printed, which
#              is after the fsync. The clock for that starts when the start event is read here.
#   ps aux     ps aux >/dev/null, wall time
#   ratios     capture : ps aux, on disk : ps aux
#
# Figures, no verdict. A process takes about 0.3 MB of memory, or more with long command lines.

set -euo pipefail
export LC_ALL=C.UTF-8

readonly DURATION=2 # seconds that the monitor watches before its record

main() {
    local runs=5 bytes=0 option
    while getopts r:c: option; do
        case $option in
            r) runs=$OPTARG ;;
            c) bytes=$OPTARG ;;
            *) return 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    [ $# -gt 0 ] || set -- 1000 5000

    cd "$(dirname "$0")/.."
    folder=$(mktemp -d)
    trap 'end_monitor; rm -rf "$folder"' EXIT
    local version
    version=$(lib/jbang MemoryMonitor.java --version)
    printf '%s, %s, %s processors, %s\n' \
        "$version" "$(ps --version)" "$(nproc)" "$(uname -srm)"
    printf '%9s %9s %9s %9s %13s %13s\n' \
        processes 'capture' 'on disk' 'ps aux' 'capture : ps' 'on disk : ps'
    local n
    for n; do
        bench "$n" "$bytes" "$runs"
    done
}

# bench N BYTES RUNS
bench() {
    local capture=() on_disk=() ps=() run
    start_children "$1" "$2"
    for ((run = 0; run < $3; run++)); do
        time_ps
        first_record
        time_ps
    done
    end_children
    local c d p
    c=$(median "${capture[@]}") d=$(median "${on_disk[@]}") p=$(median "${ps[@]}")
    printf '%9d %9s %9s %9s %13s %13s\n' "$processes" "$(tenths "$c" 1000)" "$(tenths "$d" 1000)" \
        "$(tenths "$p" 1000)" "$(hundredths "$c" "$p")" "$(hundredths "$d" "$p")"
}

# start_children N BYTES: all forks of one perl, which ends them when its stdin closes
start_children() {
    local argument=
    printf -v argument "%$2s" ''
    # shellcheck disable=SC2016
    coproc CHILDREN {
        exec perl -e '
            $SIG{$_} = "IGNORE" for qw(INT TERM); $| = 1;
            for (1 .. $ARGV[0]) {
                my $pid = fork // do { print "fork: $!\n"; last };
                if (!$pid) { close STDIN; close STDOUT; sleep while 1 }
                push @pids, $pid;
            }
            print "ready\n" if @pids == $ARGV[0];
            1 while sysread STDIN, $_, 4096;
            kill "KILL", @pids;
            1 while wait > 0;' "$1" "${argument// /x}"
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

# Runs a monitor up to its first record; adds to capture and on_disk, sets processes
first_record() {
    local line start end
    # Above 0 % from the first sample on: the record is due DURATION later
    exec {monitor_out}< <(exec lib/jbang MemoryMonitor.java -t 0 -d "${DURATION}s" -l "$folder/log")
    monitor=$!
    read -r -t 300 -u "$monitor_out" line
    start=${EPOCHREALTIME/./}
    while read -r -t 300 -u "$monitor_out" line; do
        end=${EPOCHREALTIME/./}
        [[ $line != memory* ]] || break # else a busy machine has been noticed
    done
    end_monitor
    [[ $line =~ ' '([0-9]+)' processes recorded in '([0-9]+)' ms'$ ]] || {
        echo "unexpected: $line" >&2
        return 1
    }
    processes=${BASH_REMATCH[1]}
    capture+=($((BASH_REMATCH[2] * 1000)))
    on_disk+=($((end - start - DURATION * 1000000)))
    rm "$folder/log"
}

end_monitor() {
    [ -n "${monitor:-}" ] || return 0
    kill "$monitor" 2>/dev/null || true
    exec {monitor_out}<&-
    wait "$monitor" || true
    monitor=
}

time_ps() {
    local start=${EPOCHREALTIME/./}
    ps aux >/dev/null
    ps+=($((${EPOCHREALTIME/./} - start)))
}

median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

tenths() { # A B: A / B with one decimal
    local tenths=$(($1 * 10 / $2))
    echo "$((tenths / 10)).$((tenths % 10))"
}

hundredths() { # A B: A / B with two decimals
    printf '%d.%02d\n' "$(($1 / $2))" "$(($1 * 100 / $2 % 100))"
}

main "$@"
