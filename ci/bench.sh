#!/usr/bin/env bash
# A short run of the benchmarks, Rust's and Go's: the figures are for reading, the counts must be right.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -q -p outlive-bench -- calls --quick
cargo run --release -q -p outlive-bench -- scale --quick
cargo run --release -q -p outlive-bench -- loop --quick
cargo run --release -q -p outlive-bench -- go --quick
