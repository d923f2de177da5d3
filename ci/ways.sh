#!/usr/bin/env bash
# The guarantees again without membarrier (outlive_portable), and by the general way in alone
# (outlive_general). What the compiler says of mistakes is the same, and left out.
set -euo pipefail
cd "$(dirname "$0")/.."
for way in outlive_portable outlive_general; do
    echo "== $way"
    RUSTFLAGS="--cfg $way" CARGO_TARGET_DIR="target/$way" cargo test -p outlive -p outlive-tests -- \
        --skip each_mistake_is_one_error --skip a_bare_member_without
done
