#!/usr/bin/env bash
# ThreadSanitizer over the tests, the C code included. It sees the pairs of releases and acquires of the
# gate; of the asymmetric fences it knows nothing, for which there are the models and the litmus tests.
# Left out: what runs the compiler again (tests/ui, bare_members), the litmus tests, and doctests, which
# the flags do not reach; and the hostile scenarios, whose fibers and handlers ThreadSanitizer cannot follow:
# they are AddressSanitizer's and memcheck's.
set -euo pipefail
cd "$(dirname "$0")/.."
# The scenes that must die by SIGSEGV do; children forked from many threads make threads of their own.
export TSAN_OPTIONS="suppressions=$PWD/ci/tsan.supp:print_suppressions=0:handle_segv=0:die_after_fork=0"
# A backtrace's symbols are cached under a lock of std's, which is not seen.
export RUST_BACKTRACE=0
ci/sanitize.sh thread cargo test -p outlive -p outlive-tests -p outlive-loop -p outlive-vde --lib --tests --no-fail-fast -- \
    --skip each_mistake_is_one_error --skip a_bare_member_without --skip litmus
