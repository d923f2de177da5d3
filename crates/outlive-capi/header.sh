#!/usr/bin/env bash
# Makes include/outlive.h from the sources, with cbindgen; `header.sh FILE` makes FILE instead.
set -euo pipefail
cd "$(dirname "$0")"
made=$(mktemp)
trap 'rm -f "$made"' EXIT
cbindgen --quiet --config cbindgen.toml --crate outlive-capi --output "$made" .
# Rust's heading for what the caller of a function promises.
sed 's|^// # Safety$|// The caller promises:|; s|[[:space:]]*$||' "$made" >"${1:-include/outlive.h}"
