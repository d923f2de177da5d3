#!/usr/bin/env bash
# The library compiles for systems on which nothing runs here: the engine, the Rust library with its macros, the event
# loop, the handler for a hub, and the C library. It is type-checked, which needs no linker and no headers.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=(
    aarch64-unknown-linux-gnu aarch64-linux-android aarch64-apple-darwin x86_64-apple-darwin x86_64-unknown-freebsd
    x86_64-pc-windows-msvc
)
# The C library has outlive-vde below it, without the hub, which is C for Linux.
crates=(outlive-core outlive-macros outlive outlive-loop outlive-capi)
rustup --quiet target add "${targets[@]}"
export RUSTFLAGS="-D warnings"
for target in "${targets[@]}"; do
    cargo check --quiet "${crates[@]/#/-p}" --target "$target"
    echo "$target: ${crates[*]} and outlive-vde: checked, not run"
done
