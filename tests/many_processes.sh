#!/usr/bin/env bash
#
# many_processes.sh - what an incident is like among more processes than a machine has
#
#   sudo tests/many_processes.sh [-s SECONDS] [N]     (60 seconds; N: 27000)
#
# Starts N idle processes of one user, in a PID namespace of its own, and the monitor with a
# threshold of 0.1 %. Prints what it says, with the second at which it says it, the notes of its
# records, its memory, the most heap that was in use behind a collection (of 15.5 MB), and its exit
# status: 143 is right. N processes take 0.1 MB each; 60,000 need a larger kernel.pid_max, which
# counts for the whole machine. All ends with the script.

set -euo pipefail

main() {
    if [ "${1:-}" != --inside ]; then
        exec unshare --pid --fork --kill-child --mount-proc "$0" --inside "$@"
    fi
    shift
    local seconds=60 option processes monitor status=0
    while getopts s: option; do
        case $option in
            s) seconds=$OPTARG ;;
            *) return 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    processes=${1:-27000}
    if [ $((processes + 2000)) -gt "$(cat /proc/sys/kernel/pid_max)" ]; then
        echo "kernel.pid_max does not allow that many" >&2
        return 1
    fi
    cd "$(dirname "$0")/.."
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    lib/jbang MemoryMonitor.java --version # builds it
    sleepers "$processes"
    SECONDS=0
    JAVA_TOOL_OPTIONS="-Xlog:gc:file=$folder/gc" lib/jbang MemoryMonitor.java -t 0.1 -d 2s -l "$folder/log" \
        > >(while IFS= read -r line; do echo "$SECONDS s: $line"; done) 2>&1 &
    monitor=$!
    sleep "$seconds"
    grep -E '^(VmHWM|RssAnon)' "/proc/$monitor/status"
    kill "$monitor"
    wait "$monitor" || status=$?
    grep -a '^# ' "$folder/log" || true
    echo "rows in the log: $(grep -ac ' /*[^ ]*sleepers' "$folder/log" || true)"
    echo "heap behind a collection: $(grep -oE -- '->[0-9]+M' "$folder/gc" | tr -dc '0-9\n' | sort -n | tail -n 1) MB at most"
    echo "exit status: $status"
}

# N children of one program, as small as can be; they end with it
sleepers() {
    cc -O1 -x c -o "$folder/sleepers" - <<'C'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int count, char **words) {
    long wanted = atol(words[1]), i;
    for (i = 0; i < wanted; i++) {
        pid_t child = fork();
        if (child < 0) { perror("fork"); break; }
        if (!child) { prctl(PR_SET_PDEATHSIG, SIGKILL); pause(); _exit(0); }
    }
    printf("%ld\n", i);
    fflush(stdout);
    pause();
}
C
    chmod 755 "$folder"
    setpriv --reuid=1234 --regid=1234 --clear-groups "$folder/sleepers" "$1" >"$folder/count" &
    until [ -s "$folder/count" ]; do sleep 0.5; done
    echo "$(cat "$folder/count") processes"
}

main "$@"
