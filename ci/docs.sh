#!/usr/bin/env bash
# Documentation, with warnings as errors; and the picture of the README is what its program draws.
set -euo pipefail
cd "$(dirname "$0")/.."
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
cargo run -q -p outlive-tests --example life | diff docs/life.svg -
