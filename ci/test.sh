#!/usr/bin/env bash
# The README's test command.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -q '^cargo test --workspace$' README.md || { echo "README.md has another test command" >&2; exit 1; }
cargo test --workspace
