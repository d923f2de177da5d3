#!/usr/bin/env bash
# Makes tables from headers, tricky ones and those of real libraries, and sees that the Go packages that are
# checked in are what their headers give. In CI libclang and the libraries are there. ci/go.sh has the real
# libraries call these packages.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
cargo test -p outlive-gen -- --nocapture 2>&1 | tee "$log"
if grep '^skipped:' "$log" >&2; then
    echo "ci/install.sh installs what these tests need" >&2
    exit 1
fi
cargo test -p outlive-cli --test gen --test listing --test init

cargo build -p outlive-cli
outlive() { "$target/debug/outlive" "$@"; }
sums() { find . -name '*_trampolines.[ch]' -o -name '*.go' | LC_ALL=C sort | xargs sha256sum; }
cd go
before="$(sums)"
commands="$(grep -rh '^// outlive gen go ' --include='*.go' . | sort -u)"
while read -r _ command; do
    eval "$command"
done <<<"$commands"
if ! difference="$(diff <(echo "$before") <(sums))"; then
    echo "generated packages are not what their headers give; now they are:" >&2
    echo "$difference" >&2
    exit 1
fi
