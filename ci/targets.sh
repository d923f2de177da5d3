#!/usr/bin/env bash
# The library compiles for the systems that it is written for and that nothing runs on here.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=(aarch64-unknown-linux-gnu aarch64-linux-android aarch64-apple-darwin x86_64-unknown-freebsd)
rustup --quiet target add "${targets[@]}"
for target in "${targets[@]}"; do
    RUSTFLAGS="-D warnings" cargo check -p outlive --target "$target"
done
