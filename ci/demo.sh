#!/usr/bin/env bash
# What the README says to try first: the public bugs, which must fail by hand and not with the library; and the
# demonstration, which must hold, and move at least 10,000 frames.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --release -- bugs
cargo run --release -- demo
cargo run --release -q -- demo --seconds 2 --clients 8 --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
delivered = sum(phase["frames_delivered"] for phase in report["phases"])
print("frames delivered:", delivered)
sys.exit(not (report["ok"] and delivered >= 10000))'
