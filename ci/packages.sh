#!/usr/bin/env bash
# What is published: each crate packs, in the order of their dependencies, and builds as it was packed; and what
# the lock file of a program gains that uses the library, for all systems.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Cargo unpacks what it packed below its home, and takes a crate of the same version that was packed in the same place
# before for the same. So this has a target and a home of its own, which share only what was downloaded.
target="${CARGO_TARGET_DIR:-$PWD/target}/packages"
rm -rf "$target"
export CARGO_TARGET_DIR=$target
home="${CARGO_HOME:-$HOME/.cargo}"
mkdir -p "$home/registry/index" "$home/registry/cache" "$folder/home/registry"
for shared in registry/index registry/cache config.toml credentials.toml; do
    [ ! -e "$home/$shared" ] || ln -s "$home/$shared" "$folder/home/$shared"
done
export CARGO_HOME=$folder/home
published=(outlive-core outlive-macros outlive outlive-loop outlive-vde outlive-capi)
cargo package --quiet --allow-dirty "${published[@]/#/-p}"
for name in "${published[@]}"; do
    ls "$target/package/$name"-[0-9]*.crate
done

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
