#!/usr/bin/env bash
# Model-checks the gate, the records, the slots and the closes with loom (crates/outlive/src/raw/models).
# LOOM_MAX_PREEMPTIONS=5 takes minutes for the largest models.
set -euo pipefail
cd "$(dirname "$0")/.."
export LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-4}"
RUSTFLAGS="--cfg outlive_loom" CARGO_TARGET_DIR=target/outlive_loom cargo test -p outlive --release --lib models
