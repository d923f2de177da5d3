#!/usr/bin/env bash
# ThreadSanitizer over the tests, the hostile scenarios and a short soak, the C code included. It sees the
# pairs of releases and acquires of the gate; of the asymmetric fences it knows nothing, for which there are
# the models and the litmus tests. Fibers and forks it follows, for it is told of them.
# Left out: what runs the compiler again (tests/ui, bare_members), the litmus tests, and doctests, which
# the flags do not reach, and bindings that are wrong on purpose.
set -euo pipefail
cd "$(dirname "$0")/.."
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
# The scenes that must die by SIGSEGV do; children forked from many threads make threads of their own.
export TSAN_OPTIONS="suppressions=$PWD/ci/tsan.supp:print_suppressions=0:handle_segv=0:die_after_fork=0:log_path=$reports/report"
# A backtrace's symbols are cached under a lock of std's, which is not seen.
export RUST_BACKTRACE=0
failed=0
ci/sanitize.sh thread cargo test -p outlive -p outlive-tests -p outlive-loop -p outlive-vde -p outlive-bugs --lib --tests --no-fail-fast -- \
    --skip each_naive_binding_fails --skip each_mistake_is_one_error --skip a_member_that_cannot_be_zero --skip without_memory --skip where_address_space_is_short --skip no_file_uses || failed=1

prove() { ci/sanitize.sh thread cargo run -q -p outlive-cli -- prove "$@"; }
# A step after each instruction also steps through ThreadSanitizer's own code, which is not to be entered
# twice; and it has room for 65536 functions on a stack, of which ten thousand calls are more.
# It waits for each thread that is joined to have ended by the library's ways, not by a bare system call.
beyond='^(stepped_.*|ended_at_the_bottom_of_a_recursion|thread_ends_by_system_call_.*|local_value_of_a_thread_that_is_gone)$'
# A panic allocates, and so does a close; here the handler is C's, and C raises the signal itself, where
# nobody is in the allocator. ThreadSanitizer would name any allocation in a handler.
handlers='^(panic_in_a_signal_handler|signal_on_another_stack)$'
names=$(prove --list | awk '{ print $1 }')
# shellcheck disable=SC2046 # a name is a word
prove --limit 120 $(grep -vE "$beyond|$handlers" <<<"$names") || failed=1
# shellcheck disable=SC2046
TSAN_OPTIONS+=:report_signal_unsafe=0 prove --limit 120 $(grep -E "$handlers" <<<"$names") || failed=1

# A third of a minute.
ci/sanitize.sh thread cargo run -q -p outlive-soak -- 0.34 || failed=1

# A process that dies as it should has no exit status left to tell.
for report in "$reports"/*; do
    [ -e "$report" ] || continue
    head -n 60 "$report"
    failed=1
done
[ $failed = 0 ] && echo "ThreadSanitizer has nothing to say"
exit $failed
