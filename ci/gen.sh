#!/usr/bin/env bash
# Makes tables from headers, tricky ones and those of real libraries. In CI libclang and the libraries are there.
set -euo pipefail
cd "$(dirname "$0")/.."
skipped="$(cargo test -p outlive-gen -- --nocapture 2>&1 | tee /dev/stderr | grep -c '^skipped:' || true)"
if [ "$skipped" != 0 ]; then
    echo "$skipped tests were skipped: ci/install.sh installs what they need" >&2
    exit 1
fi
cargo test -p outlive-cli --test gen
