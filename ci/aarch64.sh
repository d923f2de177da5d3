#!/usr/bin/env bash
# The tests, the scenarios and the control for aarch64 Linux under qemu's user mode, which shows what the compiler makes
# of the code there, the ABI, thread-local storage, unwinding, signals, forks, system calls and layouts. What concerns
# memory runs again with pages of 64 KiB. The models, not these runs, speak for weak ordering: the processor below the
# emulator orders more than an aarch64 may. Half an hour, and 6 GB.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu

if [ "${1:-}" != emulated ]; then
    rustup --quiet target add $target
    exec ci/emulate.sh "$0" emulated
fi
export CARGO_BUILD_TARGET=$target CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# Tests compile C by themselves, with CC; what runs in the compiler is the host's.
export CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ NM=aarch64-linux-gnu-nm
export HOST_CC=gcc CC_x86_64_unknown_linux_gnu=gcc
# Nobody looks at variables or backtraces here.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=line-tables-only RUST_BACKTRACE=0

# What is left out, and why.
left_out=() skips=() scenarios=()
leave_out() { left_out+=("${*:2}: $1"); }
leave_out_tests() { leave_out "$@"; for name in "${@:2}"; do skips+=(--skip "$name"); done; }
leave_out_scenarios() { leave_out "$@"; scenarios+=("${@:2}"); }
leave_out "loom and shuttle run the same interleavings wherever they are compiled" outlive-models
leave_out "the emulator has its own timing, and orders as its host does" "the litmus tests"
leave_out "they run in the compiler or before it, on the host" outlive-macros outlive-gen
leave_out "they have scripts of their own, ci/go.sh and ci/soak.sh" "go/," "the soak"
leave_out_tests "they run the compiler, or read sources" \
    each_mistake_is_one_error a_member_that_cannot_be_zero no_file_uses a_circle_is_found
leave_out_tests "prove runs them below" every_scenario_is_survived
# From here on it is qemu 7.2 that is at fault.
leave_out "LeakSanitizer needs ptrace(2)" "leaks in the C tests of the hub"
export ASAN_OPTIONS=detect_leaks=0
leave_out_tests "vfork is a fork, so that nobody is told of a program that cannot be started" a_runner_that_is_not_there
leave_out_tests "RLIMIT_AS limits nothing" without_memory_a_value_is_not_held where_address_space_is_short
leave_out_tests "qemu aborts when a child of several threads makes a thread" a_child_calls_closes_and_makes_tables
leave_out_scenarios "qemu aborts when a child of several threads makes a thread" underscore_fork_while_threads_are_inside
# A child gets qemu's own locks as they are, held by threads that it does not have: no other test may run meanwhile.
forks=(a_value_that_another_thread_was_inside_of_is_kept_in_the_child a_close_that_waits_for_the_forking_thread
    a_fork_inside_a_callback a_value_that_another_thread_has_lent_is_refused_in_the_child)

log=$(mktemp)
output=$(mktemp)
trap 'rm -f "$log" "$output"' EXIT
failed=()
# Runs a command, of which only the sums are shown unless it fails.
run() {
    local begun=$SECONDS name="$*"
    echo "== ${name:0:120}"
    if ! "$@" >"$output" 2>&1; then
        failed+=("$name")
        cat "$output"
    fi
    sums "$output"
    cat "$output" >>"$log"
    echo "== $((SECONDS - begun)) s"
}
sums() {
    awk '/^test result: / { any = 1; passed += $4; failed += $6; ignored += $8 }
        END { if (any) print passed " tests passed, " failed " failed, " ignored " are ignored by their own word" }' "$1"
    grep -hE '^[0-9]+ of [0-9]+ scenarios ' "$1" || true
}
tests() {
    run cargo test --no-fail-fast "${@}" -- --show-output "${skips[@]}" "${forks[@]/#/--skip=}"
    run cargo test -p outlive-tests --test fork -- --show-output "${skips[@]}" --test-threads=1
}
prove() {
    local names
    names=$(cargo run --release -q -p outlive-cli -- prove --list | awk '{ print $1 }' |
        grep -vxF "$(printf '%s\n' "${scenarios[@]}")")
    # shellcheck disable=SC2086 # a name is a word
    run cargo run --release -q -p outlive-cli -- prove --limit 240 "$@" $names
}
tests --lib --bins --tests -p outlive-core -p outlive -p outlive-tests -p outlive-hostile -p outlive-capi \
    -p outlive-loop -p outlive-vde -p outlive-bugs -p outlive-cli -p outlive-soak -p outlive-bench
run cargo test --doc -p outlive -p outlive-core -p outlive-loop -p outlive-vde
prove
prove --control
echo "== the figures of an emulator prove nothing; the counts must be right"
run cargo run --release -q -p outlive-bench -- calls --quick
cat "$output"

export QEMU_PAGESIZE=65536
echo "== with pages of 64 KiB"
leave_out_scenarios "a backtrace maps its own program, which qemu does wrong with pages of 64 KiB" panic_while_unwinding
tests --lib --tests -p outlive-core -p outlive-tests
prove

echo "== in all"
sums "$log"
grep -hE '^skipped: ' "$log" | sort | uniq -c || true
printf 'left out: %s\n' "${left_out[@]}"
for name in ${failed[@]+"${failed[@]}"}; do echo "FAILED: ${name:0:200}" >&2; done
[ ${#failed[@]} = 0 ]
