#!/usr/bin/env bash
# Memcheck over the hostile scenarios, each in a process of its own: no invalid access, no use of what was
# never written. What is left at the end is not looked at: scenarios keep values for good.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build -q -p outlive-cli
