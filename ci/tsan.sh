#!/usr/bin/env bash
# ThreadSanitizer over the tests, the C code included. It sees the pairs of releases and acquires of the
# gate; of the asymmetric fences it knows nothing, for which there are the models and the litmus tests.
# Left out: what runs the compiler again (tests/ui), doctests, and children forked from many threads,
# which the runtime does not support.
set -euo pipefail
cd "$(dirname "$0")/.."
export TSAN_OPTIONS="suppressions=$PWD/ci/tsan.supp:print_suppressions=0:handle_segv=0"
ci/sanitize.sh thread cargo test -p outlive -p outlive-tests -p outlive-loop -p outlive-vde --lib --tests -- \
    --skip each_mistake_is_one_error --skip a_bare_member_without --skip litmus
