#!/usr/bin/env bash
# Lints, with warnings as errors.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets -- -D warnings
