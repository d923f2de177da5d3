#!/usr/bin/env bash
# What is published: each crate packs, in the order of their dependencies, and builds as it was packed; and what
# the lock file of a program gains that uses the library, for all systems.
set -euo pipefail
cd "$(dirname "$0")/.."
# Built anew: cargo takes a crate that was packed before, under the same version, for the same.
target="${CARGO_TARGET_DIR:-$PWD/target}/packages"
rm -rf "$target"
export CARGO_TARGET_DIR=$target
published=(outlive-core outlive-macros outlive outlive-loop outlive-vde outlive-capi)
cargo package --quiet --allow-dirty "${published[@]/#/-p}"
for name in "${published[@]}"; do
    ls "$target/package/$name"-[0-9]*.crate
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gains() {
    local most=$1 features=$2 count
    rm -rf "$folder/program"
    cargo new --quiet --vcs none "$folder/program"
    echo "outlive = { path = \"$PWD/crates/outlive\"$features }" >>"$folder/program/Cargo.toml"
    cargo generate-lockfile --quiet --manifest-path "$folder/program/Cargo.toml"
    count=$(($(grep -c '^name = ' "$folder/program/Cargo.lock") - 1))
    echo "a program's lock file gains $count packages${features:+ with${features#,}}, at most $most"
    sed -n 's/^name = "\(.*\)"/  \1/p' "$folder/program/Cargo.lock" | grep -vx '  program'
    [ "$count" -le "$most" ]
}
gains 10 ""
gains 5 ", default-features = false"
cargo check --quiet -p outlive --no-default-features
