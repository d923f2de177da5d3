#!/usr/bin/env bash
# Runs a command with Rust and C built for a sanitizer: `ci/sanitize.sh address cargo test -p outlive`.
# The stable compiler does it, told to allow what it calls unstable. The standard library is not
# instrumented; what ThreadSanitizer must know of it is in tsan_std.c. Builds go to target/address and
# target/thread.
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizer=$1
shift
export RUSTC_BOOTSTRAP=1
# A shared object that is loaded finds the sanitizer's runtime in the program: -rdynamic.
export RUSTFLAGS="-Zsanitizer=$sanitizer -Cunsafe-allow-abi-mismatch=sanitizer -Clink-args=-rdynamic"
export CFLAGS="-fsanitize=$sanitizer -fno-omit-frame-pointer"
# Named, so that what runs in the compiler (macros, build scripts) is built as usual.
CARGO_BUILD_TARGET=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_BUILD_TARGET
target=$(realpath -m "${CARGO_TARGET_DIR:-target}/$sanitizer")
export CARGO_TARGET_DIR=$target

# Puts a wrapper of tsan_std.c around a function of the standard library.
defines=()
wrap() {
    local name=$1 function=$2 symbol
    symbol=$(grep -E "^_RNvM[A-Za-z0-9]*_?[A-Za-z0-9]+_3std$function\$" <<<"$symbols" || true)
    if [ "$(wc -w <<<"$symbol")" != 1 ]; then
        echo "the standard library has no one function $function, which ci/tsan_std.c wraps as $name" >&2
        exit 1
    fi
    defines+=("-D$name=\"$symbol\"")
    RUSTFLAGS+=" -Clink-arg=-Wl,--wrap=$symbol"
}
if [ "$sanitizer" = thread ]; then
    symbols=$(readelf -Ws "$(rustc --print target-libdir)"/libstd-*.rlib | awk '$5 == "GLOBAL" && $7 != "UND" { print $8 }')
    wrap MUTEX_LOCK '3sys4sync5mutex5futexNtB[0-9]_5Mutex14lock_contended'
    wrap RWLOCK_READ '3sys4sync6rwlock5futexNtB[0-9]_6RwLock14read_contended'
    wrap RWLOCK_WRITE '3sys4sync6rwlock5futexNtB[0-9]_6RwLock15write_contended'
    wrap ONCE_CALL '3sys4sync4once5futexNtB[0-9]_4Once4call'
    wrap BARRIER_WAIT '4sync7barrierNtB[0-9]_7Barrier4wait'
    wrap SCOPE_COUNT_OUT '6thread6scopedNtB[0-9]_9ScopeData29decrement_num_running_threads'
    mkdir -p "$target"
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -O1 -fPIC -fexceptions "${defines[@]}" -c ci/tsan_std.c -o "$target/tsan_std.o"
    RUSTFLAGS+=" -Clink-arg=-Wl,--wrap=__tsan_atomic64_fetch_sub -Clink-arg=$target/tsan_std.o"
fi
exec "$@"
