#!/usr/bin/env bash
# Runs each fuzz target for so many seconds (20 unless given), with AddressSanitizer, on the stable
# toolchain. A crash fails, and its input stays under tests/fuzz/artifacts. What a run learns stays
# under tests/fuzz/corpus, which is not in the repository; the seeds are.
#   ci/fuzz.sh SECONDS [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../tests/fuzz"
seconds=${1:-20}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(operations macro_input)
export RUSTC_BOOTSTRAP=1
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
for target in "${targets[@]}"; do
    cargo fuzz build --fuzz-dir . "$target"
done
for target in "${targets[@]}"; do
    echo "== $target: $seconds s"
    mkdir -p "corpus/$target" "artifacts/$target"
    log="artifacts/$target.log"
    if ! cargo fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -max_len=1024 -len_control=0 -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1 >"$log" 2>&1; then
        tail -n 60 "$log"
        echo "$target failed; the input and the log are in tests/fuzz/artifacts" >&2
        exit 1
    fi
    grep -E '^stat::(number_of_executed_units|average_exec_per_sec)' "$log"
done
