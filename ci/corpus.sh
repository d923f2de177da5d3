#!/usr/bin/env bash
# Generates callback tables and functions of Debian's C libraries for Rust and Go, compiles them, has C call each callback, and
# prints what works, what needs which option, and what cannot be mapped and why. It fails if fewer than 9 of 10 work with the
# options that the tool proposes. The libraries' packages are installed by apt; what cannot be had is skipped by name.
#
#   ci/corpus.sh                 installs, and tries all
#   ci/corpus.sh lzma_allocator  tries one
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
corpus() { "$target/debug/outlive-corpus" --folder "$target/corpus" "$@"; }
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
cargo build -p outlive-corpus

missing=()
for package in $(corpus --packages); do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ ${#missing[@]} != 0 ]; then
    run apt-get update -q || true
    available=()
    for package in "${missing[@]}"; do
        if apt-cache show "$package" >/dev/null 2>&1; then
            available+=("$package")
        else
            echo "no package $package" >&2
        fi
    done
    if [ ${#available[@]} != 0 ]; then
        DEBIAN_FRONTEND=noninteractive run apt-get install -y -q --no-install-recommends "${available[@]}" ||
            echo "could not install ${available[*]}: what they have is skipped" >&2
    fi
fi
corpus "$@"
