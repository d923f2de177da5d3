#!/usr/bin/env bash
# Random load on tables and on event loops, for so many minutes each (1 unless given): nothing is lost, and nothing is left
# over.
# `ci/soak.sh 10 --seed 42` makes the choices of an earlier run again.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -p outlive-soak -- "${@:-1}"
cargo run --release -p outlive-churn -- "${@:-1}"
