#!/usr/bin/env bash
# The handlers of `crates/outlive-dialects`, each with the real library: formatting, lints, documentation, tests, and that no
# trampoline is written by hand. What Debian has is installed; a test that lacks a program or library is skipped and says so.
#   ci/dialects.sh             everything
#   ci/dialects.sh address     the tests under AddressSanitizer with LeakSanitizer, the libraries that are compiled here too
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(dbus pkg-config cmake)
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    { run apt-get update -q && DEBIAN_FRONTEND=noninteractive run apt-get install -y -q --no-install-recommends "${packages[@]}"; } ||
        echo "not all of these could be installed, some tests are skipped: ${packages[*]}" >&2
fi
manifest=(--manifest-path crates/outlive-dialects/Cargo.toml)
if [ "${1:-}" = address ]; then
    export LSAN_OPTIONS="suppressions=$PWD/ci/lsan.supp:print_suppressions=0"
    ci/sanitize.sh address cargo test "${manifest[@]}" --locked --all-features --tests
    exit
fi
target=$(realpath -m "${CARGO_TARGET_DIR:-target}/dialects")
export CARGO_TARGET_DIR=$target
found=$(git ls-files -z 'crates/outlive-dialects/*.rs' | xargs -0 grep -lE 'extern "(C|system)" fn \w+[^;]*\{ *$' || true)
if [ -n "$found" ]; then
    echo "trampolines written by hand:" >&2
    echo "$found" >&2
    exit 1
fi
(cd crates/outlive-dialects && cargo fmt --all --check)
for feature in $(sed -n '/^\[features\]/,/^$/s/^\([a-z]*\) = .*/\1/p' crates/outlive-dialects/Cargo.toml); do
    cargo clippy "${manifest[@]}" --locked --features "$feature" -- -D warnings # alone
done
cargo clippy "${manifest[@]}" --locked --all-features --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc "${manifest[@]}" --locked --no-deps --all-features
cargo test "${manifest[@]}" --locked --all-features
