#!/usr/bin/env bash
# Lints, with warnings as errors.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets -- -D warnings
cargo clippy -p outlive-models --test loom --test shuttle --test litmus -- -D warnings
