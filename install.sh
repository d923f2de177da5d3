#!/usr/bin/env bash
# Builds and installs the C library of outlive and that of the VDE hub, shared and static, with headers and pkg-config files:
#
#   ./install.sh --prefix DIR [--target TARGET]
#
# It needs cargo, and gcc (or CC) with its binutils. Nothing is installed outside of DIR. TARGET is one of Rust's for Linux
# with glibc, or x86_64-pc-windows-gnu, for which there is no hub; without it, what cargo builds for.
set -euo pipefail

usage() {
    echo "usage: ./install.sh --prefix DIR [--target TARGET]" >&2
    exit 2
}
prefix= target=
while [ $# -gt 0 ]; do
    case "$1" in
    --prefix | --target)
        [ $# -ge 2 ] || usage
        declare "${1#--}=$2"
        shift 2
        ;;
    --prefix=* | --target=*)
        declare "${1:2}"
        shift
        ;;
    *) usage ;;
    esac
done
[ -n "$prefix" ] || usage
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
cd "$(dirname "$0")"
# shellcheck source=crates/outlive-capi/archives.sh
source crates/outlive-capi/archives.sh

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
soversion=${version%.*} # before 1.0 each minor version is another library
target=${target:-${CARGO_BUILD_TARGET:-$(cargo -vV | sed -n 's/^host: //p')}}
about="Callback tables that outlive whatever C does with them"
case $target in
x86_64-pc-windows-gnu)
    CC=${CC:-$(command -v x86_64-w64-mingw32-gcc-posix || command -v x86_64-w64-mingw32-gcc || echo gcc)}
    kinds=staticlib
    ;;
*-linux-gnu)
    CC=${CC:-cc}
    kinds=cdylib,staticlib
    ;;
*)
    echo "install.sh: the C library is made for Linux with glibc and for x86_64-pc-windows-gnu, and not for $target" >&2
    exit 1
    ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include"

# What pkg-config says: describe NAME TEXT [PRIVATE LIBRARIES]
describe() {
    cat >"$prefix/lib/pkgconfig/$1.pc" <<PC
prefix=$prefix
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: $1
Description: $2
Version: $version
Libs: -L\${libdir} -l$1
Libs.private: ${3:-}
Cflags: -I\${includedir}
PC
}

# The shared library, under its own name and those by which the loader and the linker know it: share NAME FILE
share() {
    rm -f "$prefix/lib/lib$1.so"*
    install -m 755 "$2" "$prefix/lib/lib$1.so.$version"
    ln -s "lib$1.so.$version" "$prefix/lib/lib$1.so.$soversion"
    ln -s "lib$1.so.$soversion" "$prefix/lib/lib$1.so"
}

build=${CARGO_TARGET_DIR:-$PWD/target}
cargo rustc --quiet --locked -p outlive-capi --lib --profile archive --crate-type $kinds --target "$target" \
    --target-dir "$build" -- -C linker="$CC" -C link-arg="-Wl,-soname,liboutlive.so.$soversion" -C strip=debuginfo
build=$build/$target/archive
install -m 644 crates/outlive-capi/include/outlive.h "$prefix/include/outlive.h"

if [ $kinds = staticlib ]; then
    pack_outlive_windows "$build/liboutlive_capi.a" "$prefix/lib/liboutlive.a" "$folder"
    # The DLL is made of the same, and shows what the header declares.
    mkdir -p "$prefix/bin"
    { echo EXPORTS && declared 'outlive_[a-z_]*' crates/outlive-capi/include/outlive.h; } >"$folder/outlive.def"
    # shellcheck disable=SC2086 # these are words
    $CC -shared -static-libgcc ${LDFLAGS:-} "$folder/outlive.def" "$prefix/lib/liboutlive.a" $windows_libraries \
        -Wl,--out-implib,"$prefix/lib/liboutlive.dll.a" -o "$prefix/bin/outlive.dll"
    describe outlive "$about" "$windows_libraries"
    echo "installed outlive $version in $prefix"
    exit
fi
pack_outlive "$build/liboutlive_capi.a" "$prefix/lib/liboutlive.a" "$folder"
share outlive "$build/liboutlive_capi.so"
describe outlive "$about" "-ldl -lpthread"

# shellcheck disable=SC2086 # the user's flags are words
hub_object "$folder" -g ${CFLAGS:-}
pack "$prefix/lib/libvde_hub.a" "$folder/libvde_hub.o"
# shellcheck disable=SC2086
$CC -shared ${LDFLAGS:-} -Wl,-soname,"libvde_hub.so.$soversion" -o "$folder/libvde_hub.so" "$folder/libvde_hub.o"
share vde_hub "$folder/libvde_hub.so"
install -m 644 crates/outlive-vde/c/vde_hub.h "$prefix/include/vde_hub.h"
describe vde_hub "A VDE hub that is driven by its host's event loop"

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
