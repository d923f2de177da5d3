#!/usr/bin/env bash
# Every scenario of the hostile C library, in a release build (the tests do it in a debug build), and
# the control: the same scenarios against hand-written trampolines.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -q -- prove --limit 120
cargo run --release -q -- prove --control
