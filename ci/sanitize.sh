#!/usr/bin/env bash
# Runs a command with Rust and C built for a sanitizer: `ci/sanitize.sh address cargo test -p outlive`.
# The stable compiler does it, told to allow what it calls unstable. The standard library is not
# instrumented. Builds go to target/address and target/thread.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizer=$1
shift
export RUSTC_BOOTSTRAP=1
# A shared object that is loaded finds the sanitizer's runtime in the program: -rdynamic.
export RUSTFLAGS="-Zsanitizer=$sanitizer -Cunsafe-allow-abi-mismatch=sanitizer -Clink-args=-rdynamic"
export CFLAGS="-fsanitize=$sanitizer -fno-omit-frame-pointer"
# Named, so that what runs in the compiler (macros, build scripts) is built as usual.
CARGO_BUILD_TARGET=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/$sanitizer"
exec "$@"
