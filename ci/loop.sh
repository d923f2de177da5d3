#!/usr/bin/env bash
# The event loop on tokio; and its tests, and those of the hub on it, again on `poll`, which is for all systems but Linux.
set -euo pipefail
cd "$(dirname "$0")/.."
# And on tokio.
cargo test -q -p outlive-loop --features tokio --test tokio
cargo clippy -q -p outlive-loop --features tokio --all-targets -- -D warnings
# Folders of its own: other flags would have everything else built again.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/poll"
export RUSTFLAGS="--cfg outlive_poll" RUSTDOCFLAGS="--cfg outlive_poll"
cargo test -q -p outlive-loop -p outlive-vde 2>&1 | grep -v '^outlive: bad token: '
cargo clippy -q -p outlive-loop --all-targets -- -D warnings
