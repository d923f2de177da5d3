#!/usr/bin/env bash
# Windows, x86-64: what is written for it is built with MinGW and run under Wine: the tests of the engine and of the
# guarantees, the loop, the C library, the command, and the scenarios of the hostile C library.
#
# Wine 8 has no barrier that does anything (FlushProcessWriteBuffers), so that calls take the fenced way here; what the
# barrier does on Windows nobody has seen run. The figures of `calls` are those of an emulator, and prove nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
if ! command -v x86_64-w64-mingw32-gcc-posix >/dev/null || [ ! -x /usr/lib/wine/wine64 ]; then
    apt-get install -y -qq gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix wine64 >/dev/null
fi
rustup --quiet target add $target
cargo cinstall --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-c

build="${CARGO_TARGET_DIR:-$PWD/target}"
export WINEDEBUG=-all WINEPREFIX="$build/wine"
export CC_x86_64_pc_windows_gnu=x86_64-w64-mingw32-gcc-posix
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc-posix
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=/usr/lib/wine/wine64
mkdir -p "$build"
if [ ! -e "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" ]; then
    /usr/lib/wine/wine64 wineboot --init >/dev/null 2>&1
    # A program that crashes is to end, and not to be debugged.
    /usr/lib/wine/wine64 reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' \
        /v Debugger /t REG_SZ /d none /f >/dev/null
    x86_64-w64-mingw32-gcc-posix -shared -O2 -Wall -Wextra -Werror ci/windows/bcryptprimitives.c -ladvapi32 \
        -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll"
fi
log=$(mktemp -d)
# One server for all programs: one that is about to end refuses to start processes.
trap 'rm -rf "$log"; /usr/lib/wine/wineserver64 -k || true' EXIT
# (It fails where one runs already.)
/usr/lib/wine/wineserver64 -p || true

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
tests -p outlive-cli --test gen
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
