#!/usr/bin/env bash
# The C library for Windows: outlive.dll and the static library as install.sh makes them, the header in C and C++, and the C
# programs of the tests linked with each library and run. It wants MinGW, and where this is not Windows, Wine in
# WINEPREFIX: ci/windows.sh sees to both.
set -euo pipefail
cd "$(dirname "$0")/.."

mingw=x86_64-w64-mingw32
cc=$(command -v $mingw-gcc-posix || command -v $mingw-gcc)
cxx=$(command -v $mingw-g++-posix || command -v $mingw-g++ || true)
runner=${CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER-/usr/lib/wine/wine64}
export WINEDEBUG=-all
prefix="${CARGO_TARGET_DIR:-$PWD/target}/windows-prefix"
CC=$cc ./install.sh --prefix "$prefix" --target x86_64-pc-windows-gnu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tests=crates/outlive-capi/tests/c
warnings=(-Wall -Wextra -Werror -pedantic -I "$prefix/include")
said="$folder/said"

# What the DLL shows is what the header declares.
shown=$($mingw-objdump -p "$prefix/bin/outlive.dll" |
    sed -n '/^\[Ordinal\/Name Pointer\]/,/^$/s/.*[[:space:]]\(outlive_[a-z_]*\|_*rust_[a-z_]*\)$/\1/p' | sort)
declared=$(grep -oE '\boutlive_[a-z_]+\(' "$prefix/include/outlive.h" | tr -d '(' | sort -u)
diff <(echo "$declared") <(echo "$shown") || { echo "outlive.dll does not show what outlive.h declares" >&2; exit 1; }

if [ -n "$cxx" ]; then
    printf '#include <outlive.h>\nstatic_assert(sizeof(outlive_pass) == 64, "");\n' >"$folder/header.cc"
    "$cxx" -std=c++11 -fsyntax-only "${warnings[@]}" "$folder/header.cc"
    echo "the header is one of C++"
else
    echo "left out: the header in C++, for there is no $mingw-g++"
fi

run() { $runner "$folder/$1.exe" "${@:2}" 2>"$said"; }
fail() { echo "$*: it said" >&2; cat "$said" >&2; exit 1; }
for linking in dll static; do
    if [ $linking = dll ]; then
        libraries=("$prefix/lib/liboutlive.dll.a")
        cp "$prefix/bin/outlive.dll" "$folder"
    else
        read -ra private <<<"$(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/outlive.pc")"
        libraries=("$prefix/lib/liboutlive.a" "${private[@]}")
        rm "$folder/outlive.dll"
    fi
    for program in calls ends tables shapes reports handler speed; do
        "$cc" -std=c11 -O1 -D_GNU_SOURCE "${warnings[@]}" -I crates/outlive-vde/c -I $tests/windows -static \
            $tests/$program.c $tests/check.c -o "$folder/$program.exe" "${libraries[@]}" -lws2_32
        run $program >"$folder/out" || fail "$linking: $program"
        echo "$linking: $program is content $(tr -d '\r' <"$folder/out")"
    done
done

# How a program ends: these must not be content.
if run tables write >"$folder/out"; then fail "a table that C does not write was written"; fi
grep -q writing "$folder/out"
if run reports abort; then fail "a panic did not abort, though the type asks for it"; fi
grep -q 'asks to abort' "$said" || fail "no word of why it aborted"
if OUTLIVE_ON_INCIDENT=abort run calls; then fail "the first incident did not abort"; fi
grep -q '^outlive: late call: listener.on_line' "$said" || fail "no word of the incident"
OUTLIVE_REPORT=exit run reports exit || fail "reports exit"
grep -q '^outlive: never released: listener: live at exit' "$said" || fail "no report at exit"
echo "a sealed table, an abort on a panic, an abort on an incident, the report at exit: as on Linux"
