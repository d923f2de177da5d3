#!/usr/bin/env bash
# Model-checks the core with loom (tests/models/loom), each model in a process of its own. LOOM_MAX_PREEMPTIONS says
# how many preemptions an interleaving may have; with 3 it takes ten times as long. `ci/models.sh WORD` runs those
# whose name has the word.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(cargo test -p outlive-models --release --test loom --no-run 2>&1 | tee -a /dev/stderr |
    sed -n 's/^ *Executable.*(\(.*\))$/\1/p')
"$program" --list "${1:-}" | sed -n 's/: test$//p' | tee >(wc -l | sed 's/$/ models/' >&2) |
    xargs -P "$(nproc)" -I {} sh -c '
        "$0" --exact "$1" --test-threads=1 >"$2/$(echo "$1" | tr -c "a-z_\n" _)" 2>&1 ||
            { cat "$2/$(echo "$1" | tr -c "a-z_\n" _)" >&2; exit 255; }' "$program" {} "$(mktemp -d)"
echo "all models passed"
