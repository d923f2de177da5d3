#!/usr/bin/env bash
# Runs the scenarios that are too long for loom, in random interleavings (tests/models/shuttle). OUTLIVE_RUNS says how
# many of each kind a scenario gets.
set -euo pipefail
cd "$(dirname "$0")/.."
export OUTLIVE_RUNS="${OUTLIVE_RUNS:-3000}"
cargo test -p outlive-models --release --test shuttle
