#!/usr/bin/env bash
# How long `outlive check` takes for 100,000 lines of Go and C, and how much memory: at most 3 s and 500 MB. The sources are
# made here, half of each language, with functions that call each other across files; the best of three runs counts.
# OUTLIVE may name a command that is built.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${OUTLIVE:-}" ]; then
    cargo build --quiet --release -p outlive-cli
    OUTLIVE=${CARGO_TARGET_DIR:-target}/release/outlive
fi
outlive=$(realpath "$OUTLIVE")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 - "$scratch" "$outlive" <<'PYTHON'
import os, resource, subprocess, sys, time

folder, outlive = sys.argv[1:]
FILES, FUNCTIONS = 100, 42

def c_file(n):
    lines = ['#include "all.h"', f"struct list{n} {{ struct list{n} *next; void *data; cb call; }};", f"static struct list{n} *all{n};"]
    for k in range(FUNCTIONS):
        lines += [
            f"int c{n}_{k}(struct object *o, cb call, void *data)", "{", f"    struct list{n} *node = malloc(sizeof *node);",
            "    if (node == NULL || o == NULL) {", "        return -1;", "    }", "    node->call = call;",
            "    node->data = data; /* until the object ends */", f"    node->next = all{n};", f"    all{n} = node;",
            f"    return c{(n + 1) % FILES}_{(k * 7 + 1) % FUNCTIONS}(o, call, o->data);", "}"]
    return lines

def go_file(n):
    lines = ["package p", "", '// #include "all.h"', 'import "C"', "", "import (", '\t"runtime/cgo"', '\t"unsafe"', ")", ""]
    for k in range(FUNCTIONS):
        lines += [
            f"func (o *Object) Set{n}x{k}(v any, size int) error {{", f"\th := cgo.NewHandle(v) // number {k}",
            "\tif size < 0 {", '\t\treturn errors.New("a negative size")', "\t}", "\tbuffer := make([]byte, size)",
            f"\tif C.c{n}_{k}(o.c, C.cb(C.goCallback), unsafe.Pointer(h)) != 0 {{", "\t\treturn o.fail(buffer)", "\t}",
            f"\treturn o.Set{(n + 3) % FILES}x{(k * 5 + 2) % FUNCTIONS}(v, len(buffer))", "}", ""]
    return lines

total = 0
for n in range(FILES):
    for name, lines in ((f"f{n}.c", c_file(n)), (f"f{n}.go", go_file(n))):
        total += len(lines)
        with open(os.path.join(folder, name), "w") as out:
            out.write("\n".join(lines) + "\n")
assert total >= 100_000, total

best, cpu = float("inf"), 0.0
for _ in range(3):
    before, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    status = subprocess.run([outlive, "check", "--json", folder], stdout=subprocess.DEVNULL).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert status in (0, 1), status
    if time.monotonic() - before < best:
        best = time.monotonic() - before
        cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"{total} lines: {best:.2f} s ({cpu:.2f} s of processors), {megabytes:.0f} MB; load {os.getloadavg()[0]:.1f}")
sys.exit(best > 3 or megabytes > 500)
PYTHON
