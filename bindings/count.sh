#!/usr/bin/env bash
# The figures of README.md: `bindings/count.sh [FOLDER...]` counts our crates, and other folders of Rust to compare them with.
# What is counted, and how, is in ci/lines.sh.
set -euo pipefail
others=()
for folder in "$@"; do others+=("$(realpath "$folder")"); done
cd "$(dirname "$0")/.."
ci/lines.sh bindings/*/src ${others[@]+"${others[@]}"}
for shim in bindings/*/c/*.c; do
    # Without blank lines, and without those that are only a comment.
    printf '%-40s %8d lines of C\n' "$shim" "$(grep -cvE '^ *(/?\*.*)?$' "$shim")"
done
