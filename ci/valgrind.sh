#!/usr/bin/env bash
# Memcheck over the hostile scenarios, each in a process of its own and with the end that is expected: no
# invalid access, no use of what was never written. What is left at the end is not looked at, for scenarios
# keep values for good.
#   ci/valgrind.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q --release -p outlive-cli
program=${CARGO_TARGET_DIR:-target}/release/outlive
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

left_out=""
leave_out() { left_out+=$(printf '%s\n' "${@:2}")$'\n'; }
leave_out "Valgrind has no seccomp." \
    membarrier_forbidden_before membarrier_forbidden_after membarrier_forbidden_while_inside
leave_out "Thousands of threads take minutes each." \
    short_lived_threads short_lived_threads_through_closes

names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <("$program" prove --list | awk '{ print $1 }' | grep -vxF "$left_out")

# Every other one in a process of its own: half of them each.
halves=("" "")
for number in "${!names[@]}"; do halves[number % 2]+=" ${names[number]}"; done
prove() {
    # shellcheck disable=SC2086 # a name is a word
    [ -z "$1" ] || "$program" prove --limit 600 --runner \
        "valgrind --quiet --error-exitcode=99 --fair-sched=try --log-file=$logs/%p" $1
}
prove "${halves[0]}" &
failed=0
prove "${halves[1]}" || failed=1
wait $! || failed=1

# A process that dies as it should has no exit status left to tell.
found=$(grep -lE '^==[0-9]+== (Invalid|Conditional|Use of|Syscall|Source|Mismatched|Argument|Jump)' "$logs"/* || true)
for log in $found; do
    head -n 40 "$log"
    failed=1
done
[ $failed = 0 ] && echo "memcheck has nothing to say on ${#names[@]} scenarios"
exit $failed
