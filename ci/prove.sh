#!/usr/bin/env bash
# Every scenario of the hostile C library in a release build, and the control: the same scenarios against
# hand-written trampolines. `ci/prove.sh every` runs them also in a debug build, with the whole program
# optimised at once (LTO), and with panics that abort, which skips what needs a panic to be caught.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -q -p outlive-cli -- prove --limit 120
cargo run --release -q -p outlive-cli -- prove --control
[ "${1:-}" = every ] || exit 0
cargo run -q -p outlive-cli -- prove --limit 120
targets="${CARGO_TARGET_DIR:-$PWD/target}"
CARGO_PROFILE_RELEASE_LTO=fat CARGO_TARGET_DIR="$targets/lto" cargo run --release -q -p outlive-cli -- prove --limit 120
CARGO_PROFILE_RELEASE_PANIC=abort CARGO_TARGET_DIR="$targets/abort" cargo run --release -q -p outlive-cli -- prove --limit 120
