#!/usr/bin/env bash
# Installs the library into a prefix under target/, if it is older than the sources, and prints where that is.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix="${CARGO_TARGET_DIR:-$PWD/target}/prefix"
newer=$([ -e "$prefix/made" ] && find Cargo.lock Cargo.toml install.sh crates -newer "$prefix/made" -type f -print -quit || echo none)
if [ -n "$newer" ]; then
    ./install.sh --prefix "$prefix" >&2
    touch "$prefix/made"
fi
echo "$prefix"
