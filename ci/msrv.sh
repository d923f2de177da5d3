#!/usr/bin/env bash
# What users build with, where it is not what .ci/run tests with:
#   ci/msrv.sh [PART...]
#   minimum   tests and scenarios with the oldest Rust that Cargo.toml promises (or its number: ci/msrv.sh 1.85)
#   versions  the published crates with the oldest and the newest Rust, each with the newest and the oldest dependencies
#   abort     scenarios where panics abort
#   lto       scenarios where the whole program is optimised at once
#   size      the tests of the guarantees, optimised for size
#   musl      the tests of the guarantees and the scenarios in static programs
# Without a part: all of them. The last lines say how much ran, and what was left out and why.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=line-tables-only
minimum=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
targets=$(realpath -m "${CARGO_TARGET_DIR:-target}")
scratch=$(mktemp -d)
notes=$scratch/notes
touch "$notes"
trap 'cat "$notes"; rm -rf "$scratch"' EXIT

note() { echo "$part: $1" >>"$notes"; }

# Tests that are left out of the next run, with the reason.
skipped=()
leave_out() {
    local name
    for name in "${@:2}"; do
        skipped+=(--skip "$name")
        note "left out: $name: $1"
    done
}
run_tests() {
    cargo test --locked --no-fail-fast "$@" -- "${skipped[@]}" 2>&1 | tee "$scratch/log"
    note "$(awk '/^test result:/ { ran += $4; left += $8 + $12 } END { print ran " tests passed, " left " left out" }' "$scratch/log")"
    while read -r line; do note "left out: $line"; done < <(sed -n 's/^test \(.*\) \.\.\. ignored, /\1: /p' "$scratch/log")
    skipped=()
}
run_scenarios() {
    cargo run --locked --quiet --release -p outlive-cli -- prove --limit 120 | tee "$scratch/log"
    note "$(tail -n 1 "$scratch/log")"
}
leave_out_words() {
    leave_out "it is about what the newest compiler says" \
        each_mistake_is_one_error_in_words a_member_that_cannot_be_zero_and_has_no_method
}

minimum() (
    rustup --quiet toolchain install "$minimum" --profile minimal
    export RUSTUP_TOOLCHAIN=$minimum
    leave_out_words
    leave_out "the scenarios run in a release build" every_scenario_is_survived
    note "left out: package outlive-models: Shuttle asks for a newer Rust"
    run_tests --workspace --exclude outlive-models
    run_scenarios
    ci/check-platforms.sh
    note "the library compiles for the other systems, too"
)

# The published crates alone, as one workspace without tests.
copy_published() {
    local published=(outlive-core outlive-macros outlive outlive-loop outlive-vde outlive-capi) members manifest
    git ls-files -z Cargo.toml Cargo.lock README.md "${published[@]/#/crates/}" | xargs -0 cp --parents -t "$1"
    members=$(printf '"crates/%s", ' "${published[@]}")
    sed -i -e "s|^members = .*|members = [${members%, }]|" \
        -e '/^exclude =/d; /^default-members =/d; /^\[profile/,$d' "$1/Cargo.toml"
    for manifest in "$1"/crates/*/Cargo.toml; do
        awk '/^\[/ { skip = /dev-dependencies/ } !skip' "$manifest" >"$manifest.new"
        mv "$manifest.new" "$manifest"
    done
}
versions() (
    rustup toolchain list | grep -q '^nightly' || rustup --quiet toolchain install nightly --profile minimal
    rustup --quiet toolchain install "$minimum" --profile minimal
    mkdir "$scratch/published"
    copy_published "$scratch/published"
    cd "$scratch/published"
    newest=$(rustup show active-toolchain | cut -d' ' -f1)
    for dependencies in newest oldest; do
        if [ $dependencies = newest ]; then
            cargo update --quiet
        else
            # The newest Cargo makes the lock file only.
            cargo +nightly update --quiet -Zdirect-minimal-versions
        fi
        for toolchain in "$minimum" "$newest"; do
            RUSTUP_TOOLCHAIN=$toolchain cargo build --locked --quiet
            note "the published crates build with $toolchain and the $dependencies dependencies"
        done
    done
)

abort() (
    export CARGO_PROFILE_RELEASE_PANIC=abort
    run_scenarios
)

lto() (
    export CARGO_PROFILE_RELEASE_LTO=fat
    run_scenarios
)

size() (
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=s
    leave_out_words
    run_tests --release -p outlive-core -p outlive -p outlive-tests --lib --tests
)

musl() (
    machine=$(uname -m)
    if ! dpkg -s musl-tools linux-libc-dev >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo -n); fi
        "${as_root[@]}" apt-get update -q
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends musl-tools linux-libc-dev
    fi
    rustup --quiet target add "$machine-unknown-linux-musl"
    export CARGO_BUILD_TARGET=$machine-unknown-linux-musl
    # musl-gcc does not find the kernel's headers.
    kernel=$CARGO_TARGET_DIR/kernel
    mkdir -p "$kernel"
    ln -sfn /usr/include/linux /usr/include/asm-generic "/usr/include/$machine-linux-gnu/asm" "$kernel/"
    export "CFLAGS_${machine}_unknown_linux_musl=-idirafter $kernel"
    leave_out_words
    run_tests -p outlive-core -p outlive -p outlive-loop -p outlive-tests --lib --tests
    run_scenarios
)

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(minimum versions abort lto size musl)
for part in "${parts[@]}"; do
    [ "$part" != "$minimum" ] || part=minimum
    case $part in
    minimum | versions | abort | lto | size | musl) ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
    begun=$SECONDS
    export CARGO_TARGET_DIR=$targets/$part
    "$part"
    note "$((SECONDS - begun)) s"
done
