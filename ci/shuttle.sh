#!/usr/bin/env bash
# Runs the scenarios that are too long for loom, in random interleavings (crates/outlive/src/raw/scenarios).
# OUTLIVE_RUNS says how many of each kind a scenario gets.
set -euo pipefail
cd "$(dirname "$0")/.."
export OUTLIVE_RUNS="${OUTLIVE_RUNS:-3000}"
RUSTFLAGS="--cfg outlive_shuttle" CARGO_TARGET_DIR=target/outlive_shuttle cargo test -p outlive --release --lib scenarios
