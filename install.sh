#!/usr/bin/env bash
# Builds and installs the C library of outlive and that of the VDE hub, with headers and pkg-config files:
#
#   ./install.sh --prefix DIR
#
# It needs Rust, a C compiler and pkg-config. cargo-c, which makes the shared library, is installed by cargo if it is
# not there; for that OpenSSL's headers (Debian: libssl-dev) and Rust 1.95 must be.
set -euo pipefail

cargo_c=0.10.24+cargo-0.98.0 # the newest one for Rust 1.95

usage() {
    echo "usage: ./install.sh --prefix DIR" >&2
    exit 2
}
prefix=
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix)
        [ $# -ge 2 ] || usage
        prefix=$2
        shift 2
        ;;
    --prefix=*)
        prefix=${1#*=}
        shift
        ;;
    *) usage ;;
    esac
done
[ -n "$prefix" ] || usage
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
cd "$(dirname "$0")"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
soversion=${version%.*} # before 1.0 each minor version is another library
target=$(cargo metadata --format-version 1 --no-deps | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
CC=${CC:-cc}

# It is used once: unoptimised it is there sooner.
command -v cargo-cinstall >/dev/null || cargo install --debug --locked cargo-c --version "$cargo_c"
cargo cinstall --release --manifest-path crates/outlive-capi/Cargo.toml --prefix "$prefix" --libdir "$prefix/lib"

# The hub is plain C.
objects=$target/vde_hub-c
rm -rf "$objects"
mkdir -p "$objects" "$prefix/lib/pkgconfig" "$prefix/include"
for source in crates/outlive-vde/c/*.c; do
    $CC -std=c11 -O2 -g -fPIC -Wall -Wextra -D_GNU_SOURCE ${CFLAGS:-} -c "$source" -o "$objects/$(basename "$source" .c).o"
done
# One object, of which only what the header declares is to be seen: vde_hub__ begins what the files share.
$CC -r -nostdlib -o "$objects/whole" "$objects"/*.o
${OBJCOPY:-objcopy} --wildcard --keep-global-symbol=init_vde_context --keep-global-symbol='vde_hub_[!_]*' \
    "$objects/whole" "$objects/vde_hub"
rm -f "$prefix/lib/libvde_hub.a"
${AR:-ar} rcs "$prefix/lib/libvde_hub.a" "$objects/vde_hub"
$CC -shared ${LDFLAGS:-} -Wl,-soname,"libvde_hub.so.$soversion" -o "$prefix/lib/libvde_hub.so.$version" "$objects/vde_hub"
ln -sf "libvde_hub.so.$version" "$prefix/lib/libvde_hub.so.$soversion"
ln -sf "libvde_hub.so.$soversion" "$prefix/lib/libvde_hub.so"
install -m 644 crates/outlive-vde/c/vde_hub.h "$prefix/include/vde_hub.h"
cat >"$prefix/lib/pkgconfig/vde_hub.pc" <<PC
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: vde_hub
Description: A VDE hub that is driven by its host's event loop
Version: $version
Libs: -L\${libdir} -lvde_hub
Cflags: -I\${includedir}
PC

# The static libraries in a folder of their own, for programs that are to be linked with these though the shared ones
# are there: PKG_CONFIG_PATH=$prefix/lib/outlive-static/pkgconfig
static=$prefix/lib/outlive-static
mkdir -p "$static/pkgconfig"
for library in outlive vde_hub; do
    ln -sf "../lib$library.a" "$static/lib$library.a"
    sed -e 's|^libdir=.*|libdir=${prefix}/lib/outlive-static|' "$prefix/lib/pkgconfig/$library.pc" |
        awk '/^Libs:/ { libs = $0; next } /^Libs.private:/ { sub(/^Libs.private:/, ""); private = $0; next }
            { print } END { print libs private }' >"$static/pkgconfig/$library.pc"
done
echo "installed outlive $version and vde_hub $version in $prefix"
