#!/usr/bin/env bash
# What a user of the Go module has: fresh modules in empty folders, which find this one by `replace`.
#
#   ci/go-module.sh [linux-amd64 | linux-arm64 | windows-amd64]
#
# Here, which is linux-amd64, that is the README's example with Go and a C compiler alone in the search path and no
# environment, linked in each way that there is, beside another Rust library, and where it cannot be built. The others
# run under qemu and Wine, which ci/go-platforms.sh provides.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
platform=${1:-linux-amd64}
folder=$(mktemp -d)
# Go's caches are not to be written, not even by their owner.
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT

# What makes 20 s on a machine that has nothing else to do; on a busy one only this is the same each time.
most_seconds=20

case $platform in
linux-amd64) compiler=gcc for_target=() run=() ;;
linux-arm64)
    compiler=aarch64-linux-gnu-gcc run=() for_target=(GOARCH=arm64)
    ;;
windows-amd64)
    compiler=x86_64-w64-mingw32-gcc-posix run=(/usr/lib/wine/wine64)
    for_target=(GOOS=windows)
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
[ $compiler = gcc ] || for_target+=(CGO_ENABLED=1 "CC=$compiler")

# Go, and a C compiler with the programs it calls.
mkdir "$folder/bin" "$folder/home"
for program in "$(go env GOROOT)/bin/go" "$compiler" "${compiler%gcc*}"{as,ld}; do
    ln -s "$(command -v "$program")" "$folder/bin/"
done
alone() { env -i "HOME=$folder/home" "PATH=$folder/bin" GOTOOLCHAIN=local "${for_target[@]}" "$@"; }

new_module() {
    rm -rf "${folder:?}/module"
    mkdir "$folder/module"
    cd "$folder/module"
    alone go mod init example.com/fresh 2>/dev/null
    alone go mod edit -require outlive.dev/go@v0.0.0 -replace "outlive.dev/go=$repository/go"
}
# (The linker warns of what is static and loads libraries.)
build() { alone go build -o program.exe "$@" . 2>said || { cat said >&2; return 1; }; }
# Runs the program, which is to print a line.
runs() {
    local line=$1 printed
    shift
    if ! printed=$("${run[@]}" ./program.exe 2>said | tr -d '\r') || ! grep -qxF "$line" <<<"$printed"; then
        echo "$*: not '$line' but: $printed" >&2
        cat said >&2
        exit 1
    fi
    echo "$platform: $*"
}

# The first build, that of Go's own packages included.
build_in_time() {
    local TIMEFORMAT='%R %U %S' wall user system
    if ! { time build; } 2>times; then
        cat times >&2
        return 1
    fi
    read -r wall user system <times
    echo "$platform: built in $wall s, $user + $system s of processors"
    if awk "BEGIN { exit $user + $system <= $most_seconds }"; then
        echo "that is to take $most_seconds s" >&2
        return 1
    fi
}

# A table that a package of the user's holds, as outlive gen go makes it.
new_module
cp -r "$repository/go/internal/keeper" .
rm -f keeper/*_test.go
# Outside of our module the generator puts a copy of the header there.
cp "$repository/go/outlive/outlive.h" keeper/
cp "$repository/ci/go/held.go" main.go
build_in_time
runs "42 2, then -1" "a table that a generated package holds, called by C on two threads and too late"
if [ "$platform" = windows-amd64 ]; then
    if "${compiler%-gcc*}-objdump" -p program.exe | grep -i 'DLL Name: lib' >&2; then
        echo "a program needs these beside those of Windows" >&2
        exit 1
    fi
    exit 0
fi

example() {
    new_module
    sed -n '/^```go$/,/^```$/{/^```/!p}' "$repository/go/README.md" >main.go
}
listens="clients connect to ctl"
example
build
runs "$listens" "the README's example"
rm -rf example.ctl
build -ldflags '-linkmode external -extldflags -static'
runs "$listens" "static, with glibc"
rm -rf example.ctl
[ "$platform" = linux-amd64 ] || exit 0

alone go mod vendor
build
runs "$listens" "vendored"
rm -rf example.ctl vendor
if ! command -v musl-gcc >/dev/null; then
    if [ "$(id -u)" = 0 ]; then as_root=(); else as_root=(sudo -n); fi
    "${as_root[@]}" apt-get install -y -q --no-install-recommends musl-tools
fi
for linking in static dynamic; do
    flags=$([ $linking = dynamic ] || echo "-linkmode external -extldflags -static")
    CC=musl-gcc go build -o program.exe -ldflags "$flags" . 2>said || { cat said >&2; exit 1; }
    [ $linking = static ] || readelf -l program.exe | grep -q ld-musl
    runs "$listens" "$linking, with musl"
    rm -rf example.ctl
done

# Another Rust library with its own copy of Rust's standard library, of the same version as this one's.
rustc=rustc
! command -v rustup >/dev/null || rustc="rustup run $(sed -n 's/^rustc \([0-9.]*\) .*/\1/p' "$repository/go/lib/tools.txt") rustc"
new_module
$rustc --crate-type staticlib -O "$repository/ci/go/other.rs" -o libother.a
cp "$repository/ci/go/beside.go" main.go
build
runs "tick true, other 6, other -1" "beside another Rust library, which catches its own panic"
build -ldflags '-linkmode external -extldflags -static'
runs "tick true, other 6, other -1" "the same, static"

# A panic is caught in an archive that is packed as this one's are, whatever it is linked with.
$rustc --crate-type staticlib -O -C lto=fat "$repository/ci/go/panics.rs" -o all.a
mkdir packing
(
    # shellcheck source=crates/outlive-capi/archives.sh
    source "$repository/crates/outlive-capi/archives.sh"
    declared() { echo outlive_panics; }
    CC=gcc
    pack_outlive all.a libpanics.a packing
)
for linking in gcc "gcc -static" musl-gcc "musl-gcc -static"; do
    # shellcheck disable=SC2086 # the compiler and its flag
    $linking "$repository/ci/go/panics.c" libpanics.a -ldl -lpthread -o panics
    RUST_BACKTRACE=1 ./panics 2>said || { cat said >&2; exit 1; }
    echo "$platform: a panic is caught, linked by $linking"
done

# Where it cannot be built, one error says why.
refused() {
    local words=$1
    shift
    if alone "$@" go build -o program.exe . 2>said; then
        echo "$*: it was built" >&2
        exit 1
    fi
    if [ "$(grep -c '\.go:[0-9]*:[0-9]*: ' said)" != 1 ] || ! grep -qF "$words" said; then
        echo "$*: not one error with '$words', but:" >&2
        cat said >&2
        exit 1
    fi
    echo "$*: $words"
}
example
refused "outlive needs cgo" CGO_ENABLED=0
# The compiler is asked for preprocessing only before Go's own packages are compiled: a stand-in is enough.
refused "outlive has no archive for this platform" CGO_ENABLED=1 GOARCH=riscv64 CC=gcc
