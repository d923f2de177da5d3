# shellcheck shell=bash
# For scripts that source it in the repository's root: MinGW and Wine, which runs their programs in a prefix under target/,
# until they call end_wine.
if ! command -v x86_64-w64-mingw32-gcc-posix >/dev/null || [ ! -x /usr/lib/wine/wine64 ]; then
    apt-get install -y -qq gcc-mingw-w64-x86-64-posix g++-mingw-w64-x86-64-posix wine64 >/dev/null
fi
export WINEDEBUG=-all WINEPREFIX="${CARGO_TARGET_DIR:-$PWD/target}/wine"
mkdir -p "${WINEPREFIX%/*}"
# Standard libraries of Rust and Go want a DLL that Wine 8 lacks.
if [ ! -e "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" ]; then
    /usr/lib/wine/wine64 wineboot --init >/dev/null 2>&1
    # A program that crashes is to end, and not to be debugged.
    /usr/lib/wine/wine64 reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' \
        /v Debugger /t REG_SZ /d none /f >/dev/null
    x86_64-w64-mingw32-gcc-posix -shared -O2 -Wall -Wextra -Werror ci/windows/bcryptprimitives.c -ladvapi32 \
        -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll"
fi
# One server for all programs: one that is about to end refuses to start processes. (It fails where one runs already.)
/usr/lib/wine/wineserver64 -p || true
end_wine() { /usr/lib/wine/wineserver64 -k || true; }
