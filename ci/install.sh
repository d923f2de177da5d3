#!/usr/bin/env bash
# Installs what the tests and the checks use beside Rust and a C compiler: Debian's VDE programs and
# library, and valgrind. Without VDE the tests that need it say so and are skipped.
set -euo pipefail
packages=(vde2 vde-switch libvdeplug-dev valgrind binutils procps)
if dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    exit 0
fi
run() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
run apt-get update -q
DEBIAN_FRONTEND=noninteractive run apt-get install -y -q --no-install-recommends "${packages[@]}"
