#!/usr/bin/env bash
# Lints, with warnings as errors, under each cfg of the gate.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets -- -D warnings
cargo clippy -p outlive-models --test loom --test shuttle --test litmus -- -D warnings
for way in outlive_portable outlive_general; do
    RUSTFLAGS="--cfg $way" CARGO_TARGET_DIR="target/$way" cargo clippy -p outlive --all-targets -- -D warnings
done
