#!/usr/bin/env bash
# AddressSanitizer with LeakSanitizer over the tests, the C code included, and the hostile scenarios.
# Left out: what runs the compiler again (tests/ui), doctests, which the flags do not reach, what takes the memory away
# that the sanitizer needs, and bindings that are wrong on purpose, of which it stops some before they show how they fail.
set -euo pipefail
cd "$(dirname "$0")/.."
export LSAN_OPTIONS="suppressions=$PWD/ci/lsan.supp:print_suppressions=0"
# A write that must stop at the write is to kill its child as it does elsewhere: by the signal.
export ASAN_OPTIONS=handle_segv=0
ci/sanitize.sh address cargo test -p outlive -p outlive-tests -p outlive-loop -p outlive-vde -p outlive-bugs --lib --tests -- \
    --skip each_naive_binding_fails --skip each_mistake_is_one_error --skip a_member_that_cannot_be_zero --skip without_memory \
    --skip where_address_space_is_short
# Scenarios leave behind what C never gives back, and values that are kept for good.
export ASAN_OPTIONS=handle_segv=0:detect_leaks=0
# These frames must be where C made the stack: ASan keeps locals in memory of the thread, which ends
# before a fiber goes on elsewhere, and which is not the stack that a handler asked for.
own_stacks="fiber_leaves_on_another_thread fibers_deeper_than_a_record end_where_fibers_went fiber_leaves_after_it_was_given_up signal_on_another_stack"
prove() { ci/sanitize.sh address cargo run -q -p outlive-cli -- prove "$@"; }
# Whoever joins a thread waits for what the sanitizer notes at its end, which a bare system call leaves out.
beyond='^(thread_ends_by_system_call_.*|local_value_of_a_thread_that_is_gone)$'
names=$(prove --list | awk '{ print $1 }' | grep -vxF "${own_stacks// /$'\n'}" | grep -vE "$beyond")
# shellcheck disable=SC2086 # a name is a word
prove --limit 120 $names
# shellcheck disable=SC2086
ASAN_OPTIONS+=:detect_stack_use_after_return=0 prove --limit 120 $own_stacks
