#!/usr/bin/env bash
# The C library: its header is that of its sources, C programs use it (tests/c), and it installs so that
# pkg-config leads a C compiler to it, shared and static.
set -euo pipefail
cd "$(dirname "$0")/.."

cbindgen=0.29.4
command -v cbindgen >/dev/null || cargo install --locked cbindgen --version "$cbindgen"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
crates/outlive-capi/header.sh "$folder/outlive.h"
if ! diff -u crates/outlive-capi/include/outlive.h "$folder/outlive.h" >&2; then
    echo "crates/outlive-capi/include/outlive.h is not that of the sources: run crates/outlive-capi/header.sh" >&2
    exit 1
fi

cargo test -p outlive-capi

prefix=$(ci/prefix.sh)
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
tests=crates/outlive-capi/tests/c
compile() {
    local program=$1
    shift
    "$compiler" -std=c11 -O2 -Wall -Wextra -Werror -pedantic -D_GNU_SOURCE -pthread \
        "$tests/$program.c" "$tests/check.c" -o "$folder/$program" "$@"
}
# Each program says by itself whether it is content.
for linking in shared archives static musl; do
    unset LD_LIBRARY_PATH
    compiler=${CC:-cc}
    case $linking in
    shared)
        flags=$(pkg-config --cflags --libs outlive vde_hub)
        export LD_LIBRARY_PATH="$prefix/lib"
        ;;
    # The archives, and the system's libraries as they are.
    archives)
        flags=$(PKG_CONFIG_PATH="$prefix/lib/outlive-static/pkgconfig" pkg-config --cflags --libs outlive vde_hub)
        ;;
    static) flags="-static $(pkg-config --static --cflags --libs outlive vde_hub)" ;;
    musl)
        flags="-static $(pkg-config --static --cflags --libs outlive vde_hub)"
        compiler=musl-gcc
        ;;
    esac
    for program in calls tables shapes hub speed; do
        # shellcheck disable=SC2086
        compile "$program" $flags
    done
    if [ "$linking" != shared ] && ldd "$folder/calls" 2>&1 | grep -q liboutlive; then
        echo "$linking: the program needs the shared library" >&2
        exit 1
    fi
    "$folder/calls" 2>"$folder/said"
    "$folder/tables" 2>"$folder/said"
    "$folder/shapes" 2>"$folder/said"
    "$folder/hub" "$folder/hub.ctl" 0 2>"$folder/said" | grep -q listening
    echo "$linking: $("$folder/speed")"
done
readelf -d "$prefix/lib/liboutlive.so" | grep -q 'SONAME.*\[liboutlive\.so\.[0-9]*\.[0-9]*\]'
# Other programs see what the headers declare, and nothing else: of the hub in the archive, too.
seen=$({ nm -D --defined-only "$prefix/lib/liboutlive.so"; nm -g --defined-only "$prefix/lib/liboutlive.a"; } |
    awk 'NF == 3 { print $3 }' | grep -v '^outlive_' || true)
if [ -n "$seen" ]; then
    echo "liboutlive.so or liboutlive.a shows more than it should:" $seen >&2
    exit 1
fi
declared=$(grep -oE '\b(init_vde_context|vde_hub_[a-z_]+)\(' crates/outlive-vde/c/vde_hub.h | tr -d '(' | sort)
for library in -D:libvde_hub.so -g:libvde_hub.a; do
    if ! difference=$(diff <(echo "$declared") \
        <(nm "${library%%:*}" --defined-only "$prefix/lib/${library#*:}" | awk 'NF == 3 { print $3 }' | sort)); then
        echo "${library#*:} shows (>) what vde_hub.h does not declare, or lacks (<) what it does:" >&2
        echo "$difference" >&2
        exit 1
    fi
done
