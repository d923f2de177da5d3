#!/usr/bin/env bash
# Every scenario of the hostile C library in a release build, and the control: the same scenarios against
# hand-written trampolines. `ci/prove.sh every` runs them also in a debug build; ci/msrv.sh has other builds.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -q -p outlive-cli -- prove --limit 120
cargo run --release -q -p outlive-cli -- prove --control
[ "${1:-}" = every ] || exit 0
cargo run -q -p outlive-cli -- prove --limit 120
