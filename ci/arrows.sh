#!/usr/bin/env bash
# No file of a crate uses, directly or through others, one that uses it.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -q -p outlive-tests --test arrows
