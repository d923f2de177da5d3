#!/usr/bin/env bash
# The guarantees again by the other ways in: with a fence in each call where membarrier(2) is missing, with each
# call counted in its slot, and on threads that have not called before. What the compiler says of mistakes is
# the same, and left out.
set -euo pipefail
cd "$(dirname "$0")/.."
for way in OUTLIVE_GATE=fenced OUTLIVE_GATE=counted OUTLIVE_TEST_THREADS=cold; do
    echo "== $way"
    env "$way" cargo test -q -p outlive -p outlive-tests -- \
        --skip each_mistake_is_one_error --skip a_member_that_cannot_be_zero --skip no_file_uses
done
