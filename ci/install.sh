#!/usr/bin/env bash
# Installs what the tests use beside Rust and a C compiler: Debian's VDE programs and library, libclang for
# `outlive gen`, and the libraries whose tables it is tried on. Without them the tests that need them say so
# and are skipped.
set -euo pipefail
packages=(vde2 vde-switch libvdeplug-dev libclang-dev pkg-config libc-ares-dev liblzma-dev libdbus-1-dev libgit2-dev)
if dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    exit 0
fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
run apt-get update -q
DEBIAN_FRONTEND=noninteractive run apt-get install -y -q --no-install-recommends "${packages[@]}"
