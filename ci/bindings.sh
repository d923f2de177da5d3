#!/usr/bin/env bash
# The bindings of `bindings/`, with a C compiler alone: formatting, lints, tests, examples, and that no trampoline is
# written by hand.
#   ci/bindings.sh [CRATE...]           of all crates, or of these folders of bindings/
#   ci/bindings.sh address [CRATE...]   the tests and the examples under AddressSanitizer with LeakSanitizer, where cc
#                                       compiles the C code, that too
set -euo pipefail
cd "$(dirname "$0")/.."
manifest=(--manifest-path bindings/Cargo.toml)
sanitizer=()
if [ "${1:-}" = address ]; then
    sanitizer=(ci/sanitize.sh address)
    export LSAN_OPTIONS="suppressions=$PWD/ci/lsan.supp:print_suppressions=0"
    shift
else
    target=$(realpath -m "${CARGO_TARGET_DIR:-target}/bindings")
    export CARGO_TARGET_DIR=$target
fi
crates=("$@")
[ ${#crates[@]} -gt 0 ] || mapfile -t crates < <(cd bindings && ls -d ./*/Cargo.toml | cut -d/ -f2)
packages=()
for crate in "${crates[@]}"; do packages+=(-p "outlive-$crate"); done

# A function that C could call, with a name and so with a body: types of functions have none.
found=$(git ls-files -z 'bindings/*.rs' | xargs -0 grep -lPzo 'extern\s+("[^"]*"\s+)?fn\s+\w' || true)
if [ -n "$found" ]; then
    echo "trampolines written by hand:" >&2
    echo "$found" >&2
    exit 1
fi
if [ ${#sanitizer[@]} = 0 ]; then
    (cd bindings && cargo fmt --all --check)
    cargo clippy "${manifest[@]}" --locked "${packages[@]}" --all-targets -- -D warnings
    cargo test "${manifest[@]}" --locked "${packages[@]}"
else
    "${sanitizer[@]}" cargo test "${manifest[@]}" --locked "${packages[@]}" --lib --tests
fi
for crate in "${crates[@]}"; do
    for example in "bindings/$crate"/examples/*.rs; do
        [ -e "$example" ] || continue
        ${sanitizer[@]+"${sanitizer[@]}"} cargo run -q "${manifest[@]}" --locked -p "outlive-$crate" --example "$(basename "$example" .rs)"
    done
done
