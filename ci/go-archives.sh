#!/usr/bin/env bash
# Makes the static libraries that Go programs link, one folder under go/lib for each platform, from the sources:
#
#   ci/go-archives.sh [PLATFORM...]           makes them: linux-amd64, linux-arm64, windows-amd64, or all
#   ci/go-archives.sh --check [PLATFORM...]   makes them elsewhere, and fails if they are not those in go/lib
#
# The same sources, in whatever folder, and the same tools give the same bytes. go/lib/tools.txt says which tools those
# were: with others nothing is compared, and --check fails and says so.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=crates/outlive-capi/archives.sh
source crates/outlive-capi/archives.sh

rust=1.95.0

check=
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
platforms=("$@")
[ ${#platforms[@]} -gt 0 ] || platforms=(linux-amd64 linux-arm64 windows-amd64)
for platform in "${platforms[@]}"; do
    case $platform in
    linux-amd64 | linux-arm64 | windows-amd64) ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
done

# Sets what a platform is built with.
choose() {
    platform=$1
    case $platform in
    linux-amd64) target=x86_64-unknown-linux-gnu tools=x86_64-linux-gnu packages="gcc binutils libc6-dev" ;;
    linux-arm64) target=aarch64-unknown-linux-gnu tools=aarch64-linux-gnu packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;;
    windows-amd64) target=x86_64-pc-windows-gnu tools=x86_64-w64-mingw32 packages=gcc-mingw-w64-x86-64-posix ;;
    esac
    cc=$tools-gcc
    [ "$platform" != windows-amd64 ] || cc=$tools-gcc-posix
}

install_tools() {
    export RUSTUP_TOOLCHAIN=$rust
    rustup toolchain list | grep -q "^$rust-" || rustup --quiet toolchain install "$rust" --profile minimal
    for name in "${platforms[@]}"; do
        choose "$name"
        rustup --quiet target add "$target"
        if ! command -v "$cc" >/dev/null; then
            if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo -n); fi
            # shellcheck disable=SC2086 # these are words
            DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends $packages >/dev/null
        fi
    done
}

# What decides the bytes beside the sources.
tools() {
    rustc -V
    for name in linux-amd64 linux-arm64 windows-amd64; do
        choose "$name"
        if command -v "$cc" >/dev/null; then
            echo "$platform: $("$cc" --version | head -n 1); $("$tools-ld" --version | head -n 1)"
        else
            grep "^$platform: " go/lib/tools.txt || echo "$platform: unknown"
        fi
    done
}

# The Rust library, with no path of this machine in it.
build_outlive() {
    local flag flags=() sources home
    home=${CARGO_HOME:-$HOME/.cargo}
    sources="$(rustc --print sysroot)/lib/rustlib/src/rust"
    # The last one that fits counts.
    for flag in "$home=/cargo" "$sources=/rust" "$PWD=/outlive"; do
        flags+=(--remap-path-prefix "$flag")
    done
    # Between flags a character that no path has.
    CARGO_ENCODED_RUSTFLAGS=$(printf '%s\x1f' "${flags[@]}" | head -c -1) CARGO_INCREMENTAL=0 \
        CARGO_TARGET_DIR=$build cargo rustc --quiet --locked -p outlive-capi --lib \
        --profile archive --crate-type staticlib --target "$target"
    cp "$build/$target/archive/liboutlive_capi.a" "$folder/all.a"
}

make_linux() {
    local CC=$cc
    pack_outlive "$folder/all.a" "$made/liboutlive.a" "$folder"
    hub_object "$folder" -g0 -U_FORTIFY_SOURCE -fno-stack-protector -fno-ident -ffile-prefix-map="$PWD="
    pack "$made/libvde_hub.a" "$folder/libvde_hub.o"
}

glibc=2.17
# Fails if one of the platform's archives needs what glibc 2.17 lacks, or shows what is not ours.
check_symbols() {
    local libraries=() library
    for library in libc.so.6 libpthread.so.0 libdl.so.2 libm.so.6 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1; do
        library=$("$cc" -print-file-name=$library)
        [ ! -e "$library" ] || libraries+=("$library")
    done
    # The oldest version of each symbol; the last ones stood in glibc's static part before they had a version.
    "$tools-readelf" -W --dyn-syms "${libraries[@]}" |
        sed -n 's/.* \([A-Za-z0-9_]*\)@@\{0,1\}GLIBC_\([0-9.]*\).*/\2 \1/p' | sort -V |
        awk '!seen[$2]++' >"$folder/versions"
    printf '2.2 %s\n' stat fstat lstat atexit >>"$folder/versions"
    for library in "$made"/*.a; do
        "$tools-nm" "$library" | awk 'NF == 2 && $1 == "U" { print $2 }' |
            sort -u |
            while read -r symbol; do
                version=$(awk -v "symbol=$symbol" '$2 == symbol { print $1 }' "$folder/versions" | sort -V | head -n 1)
                if [ "$(printf '%s\n' "${version:-none}" $glibc | sort -V | tail -n 1)" != $glibc ]; then
                    echo "$library needs $symbol of glibc ${version:-(none has it)}, and is to need no more than $glibc" >&2
                    exit 1
                fi
            done
    done
}

make() { # PLATFORM: into $made
    folder=$(mktemp -d "$scratch/XXXXXX")
    build_outlive
    case $platform in
    windows-*) CC=$cc pack_outlive_windows "$folder/all.a" "$made/liboutlive.a" "$folder" ;;
    *)
        make_linux
        check_symbols
        ;;
    esac
    for archive in "$made"/*.a; do
        "$tools-nm" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }'
    done >"$folder/shown"
    if grep -vE '^(outlive_|init_vde_context$|vde_hub_[^_])' "$folder/shown" >&2; then
        echo "the archives of $platform show these" >&2
        exit 1
    fi
    # The Go command looks for changes in what it compiles, not in what it links.
    cat >"$made/sum.go" <<GO
// Code generated by ci/go-archives.sh; DO NOT EDIT.

package lib

// Sum is the SHA-256 of what is linked. It is here because the Go command links again only if the code has changed.
var Sum = "$(cat "$made"/*.a | sha256sum | cut -d ' ' -f 1)"
GO
}

install_tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
build=${CARGO_TARGET_DIR:-$PWD/target}/go-archives
tools >"$scratch/tools.txt"
if [ -n "$check" ] && ! diff go/lib/tools.txt "$scratch/tools.txt" >&2; then
    echo "the archives in go/lib were made with other tools (<) than those here (>), which give other bytes: use the former," >&2
    echo "or run ci/go-archives.sh and check in what it makes" >&2
    exit 1
fi
for name in "${platforms[@]}"; do
    choose "$name"
    made=go/lib/$platform
    [ -z "$check" ] || made=$scratch/$platform
    mkdir -p "$made"
    make
    for archive in "$made"/*.a; do
        size=$(stat -c %s "$archive")
        echo "$platform/$(basename "$archive"): $size bytes"
        if [ "$size" -gt 1500000 ]; then
            echo "it is to have at most 1.5 MB" >&2
            exit 1
        fi
    done
    if [ -n "$check" ] && ! diff -r --exclude=archive.go "go/lib/$platform" "$made" >&2; then
        echo "go/lib/$platform is not what the sources give: run ci/go-archives.sh" >&2
        exit 1
    fi
done
[ -n "$check" ] || cp "$scratch/tools.txt" go/lib/tools.txt
