#!/usr/bin/env bash
# The guarantees again without membarrier (outlive_portable), and by the general way in alone
# (outlive_general).
set -euo pipefail
cd "$(dirname "$0")/.."
for way in outlive_portable outlive_general; do
    echo "== $way"
    RUSTFLAGS="--cfg $way" CARGO_TARGET_DIR="target/$way" cargo test -p outlive -p outlive-tests
done
