#!/usr/bin/env bash
# No hand-written trampoline outside the library's own generic ones: an `extern "C" fn` with a body, or one
# of the ABI `system`, is allowed only where it is listed here, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."
allowed='^crates/outlive/src/private/(arity|serve).rs$'  # the generic trampolines and destroy notify
allowed+='|^crates/outlive/src/lone/(arity|host).rs$'  # those of lone functions
allowed+='|^crates/outlive-macros/src/expand.rs$'  # one that nobody calls, for the compiler to look at the struct
allowed+='|^crates/outlive-core/src/(exit|settle).rs$'  # the handlers of a process' and a thread's end
allowed+='|^crates/outlive-core/src/call.rs$'  # what trampolines call, of an ABI that does not unwind
allowed+='|^crates/outlive-capi/src/'                # the functions of the C library
allowed+='|^ci/go/'                                  # another Rust library beside ours in one program
allowed+='|^bench/src/'                            # the peers that the benchmark compares with
allowed+='|^crates/outlive-loop/tests/running.rs$'  # a signal handler
allowed+='|^crates/outlive-vde/tests/handler.rs$'  # the callback of the hub that the tests are
allowed+='|^tests/hostile/src/binding/'             # the control: trampolines as they are written by hand
allowed+='|^tests/hostile/src/(loaded|warm).rs$'           # what C calls in the object that a scenario loads and unloads
allowed+='|^examples/bugs/src/bugs/[a-z_]+/naive.rs$'  # the bugs as they are without the library
allowed+='|^crates/outlive-macros/src/check/tests.rs$|^tests/ui/'  # what the macro refuses
allowed+='|^tests/fuzz/targets/operations/owed.rs$'  # C's own functions, which the host calls
found=$(git ls-files '*.rs' | xargs grep -lE '^[^/]*extern "(C|system)" fn [a-z_]+.*\{ *$|^[^/]*extern "(C|system)" fn [a-z_]+[(<][^;]*$' | grep -vE "$allowed" || true)
if [ -n "$found" ]; then
    echo "functions that C could call, with a body, outside the list in $0:" >&2
    echo "$found" >&2
    exit 1
fi
