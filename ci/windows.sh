#!/usr/bin/env bash
# Windows, x86-64: what is written for it is built with MinGW and run under Wine: the tests of the engine and of the
# guarantees, the loop, the C library, the command, the public bugs, and the scenarios of the hostile C library.
#
# Wine 8 has no barrier that does anything (FlushProcessWriteBuffers), so that calls take the fenced way here; what the
# barrier does on Windows nobody has seen run. The figures of `calls` are those of an emulator, and prove nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
rustup --quiet target add $target

build="${CARGO_TARGET_DIR:-$PWD/target}"
export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc-posix
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-posix
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=/usr/lib/wine/wine64
log=$(mktemp -d)
# shellcheck source=ci/wine.sh
source ci/wine.sh
trap 'rm -rf "$log"; end_wine' EXIT

# Runs tests, shows what fails, and counts.
tests() {
    echo "--- cargo test $*"
    if ! cargo test --quiet --target $target "$@" >"$log/tests" 2>&1; then
        grep -a '^---- \|panicked at\|^error\|^test result: FAILED' -A 3 "$log/tests" | tail -n 100 >&2
        return 1
    fi
    grep -a '^test result' "$log/tests" >>"$log/results"
    awk '/^test result/ { passed += $4; out += $12 } END { print passed " tests passed" (out ? ", " out " were left out by name" : "") }' "$log/tests"
}
tests -p outlive-core --lib
# What runs the compiler again, or reads the sources, is no different here.
tests -p outlive-tests --no-fail-fast -- \
    --skip each_mistake_is_one_error --skip a_bare_member_without --skip a_member_that_cannot_be_zero --skip no_file_uses
tests -p outlive-loop
tests -p outlive-vde --no-default-features
tests -p outlive-capi
tests -p outlive-cli --test gen --test bugs
tests -p outlive-bugs
bash ci/capi_windows.sh

echo "--- the command"
command="$build/$target/debug/outlive.exe"
run() { /usr/lib/wine/wine64 "$command" "$@" | tr -d '\r'; }
run --help | grep '^ *prove ' >/dev/null
run gen rust --help | grep -e --table >/dev/null

echo "--- scenarios"
# The second copy of the library, which a scenario loads.
cargo build --quiet --target $target -p outlive-cli -p outlive-hostile
run prove --limit 120
run prove --control --limit 120
run prove --list | awk '{ print $1 }' | sort >"$log/here"
cargo run --quiet -p outlive-cli -- prove --list | awk '{ print $1 }' | sort >"$log/linux"
echo "$(comm -12 "$log/here" "$log/linux" | wc -l) scenarios are those of Linux, $(comm -23 "$log/here" "$log/linux" | wc -l) are Windows' own;"
echo "left out are these of Linux, which fork, or are about signals and system calls:"
comm -13 "$log/here" "$log/linux" | paste -sd ' ' | fold -s -w 110 | sed 's/^/    /'

echo "--- calls, under an emulator: these figures prove nothing"
cargo run --quiet --release --target $target -p outlive-bench -- calls --quick
awk '{ passed += $4; out += $12 } END { print "in all " passed " tests passed; left out by name: " out }' "$log/results"
