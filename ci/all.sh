#!/usr/bin/env bash
# Everything: what decides whether work lands, and what takes too long for that. Hours, and 40 GB under target/.
# A step that fails does not keep the others from running; each is named at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() {
    local begun=$SECONDS
    echo "=== $*"
    "$@" || failed+=("$*")
    echo "=== $*: $((SECONDS - begun)) s"
}
step .ci/run
step ci/prove.sh every
step ci/msrv.sh
step ci/aarch64.sh
step ci/windows.sh
step ci/go-platforms.sh
step ci/corpus.sh
step ci/tsan.sh
step ci/valgrind.sh
step ci/shuttle.sh
step ci/fuzz.sh 120
step ci/soak.sh 10
step ci/dialects.sh
step ci/dialects.sh address
step ci/bindings.sh
step ci/bindings.sh address
step ci/mutants.sh
echo "=== all of it: $((SECONDS / 60)) minutes"
for name in ${failed[@]+"${failed[@]}"}; do echo "FAILED: $name" >&2; done
[ ${#failed[@]} = 0 ]
