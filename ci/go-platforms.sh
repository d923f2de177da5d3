#!/usr/bin/env bash
# The Go module for the other platforms that it has archives for: fresh modules that use it, and the tests of package
# outlive, for linux/arm64 under qemu's user mode and for windows/amd64 under Wine.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Runs a package's tests, compiled before, and counts: tests PACKAGE RUNNER... [-- NAME...], where tests NAME are left out.
tests() {
    local package=$1 runner=() skipped=
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        runner+=("$1")
        shift
    done
    [ $# = 0 ] || skipped=$(shift; IFS='|'; echo "^($*)\$")
    if ! (cd "go/$package" && "${runner[@]}" "$folder/tests.exe" -test.v -test.short ${skipped:+"-test.skip=$skipped"} >"$folder/log" 2>&1); then
        grep -a -A 12 '^--- FAIL\|^panic\|^fatal' "$folder/log" >&2 || tail -n 40 "$folder/log" >&2
        return 1
    fi
    echo "$package: $(grep -ac '^--- PASS' "$folder/log") tests passed; left out: ${skipped:-none}"
}

export CGO_ENABLED=1
compile() { go -C go test -c -o "$folder/tests.exe" "./$1"; }

ci/emulate.sh ci/go-module.sh linux-arm64
(
    export GOARCH=arm64 CC=aarch64-linux-gnu-gcc
    for package in outlive vde; do
        compile $package
        tests $package "$PWD/ci/emulate.sh"
    done
)

# shellcheck source=ci/wine.sh
source ci/wine.sh
trap 'rm -rf "$folder"; end_wine' EXIT
ci/go-module.sh windows-amd64
(
    export GOOS=windows CC=x86_64-w64-mingw32-gcc-posix
    compile outlive
    # Go's numbers of errno and its way to abort are others there.
    tests outlive /usr/lib/wine/wine64 -- \
        TestARefusingMethodTellsWhyInErrno TestAnAbortingTableNamesThePanic TestGoexitInACallbackAbortsByName
)
