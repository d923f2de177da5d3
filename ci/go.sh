#!/usr/bin/env bash
# Installs the library into a prefix under target/ and tests the Go module with it.
set -euo pipefail
prefix="${CARGO_TARGET_DIR:-$PWD/target}/prefix"
./install.sh --prefix "$prefix" >/dev/null
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
cd go
unformatted="$("$(go env GOROOT)/bin/gofmt" -l .)"
if [ -n "$unformatted" ]; then
    echo "gofmt: $unformatted" >&2
    exit 1
fi
go vet ./...
go test ./...
GODEBUG=cgocheck=1 go test -count=1 -short ./...
go test -race -short ./...
go run ./cmd/story -short >/dev/null
