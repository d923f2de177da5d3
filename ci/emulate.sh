#!/usr/bin/env bash
# Runs a command in a namespace of its own where the kernel has qemu run aarch64 programs, those that others start
# included: ci/emulate.sh COMMAND... Nothing outside changes (Linux 6.7 or later).
set -euo pipefail
if [ "${1:-}" != --inside ]; then
    for package in gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user; do
        dpkg -s "$package" >/dev/null 2>&1 || apt-get install -y "$package"
    done
    exec unshare --user --map-root-user --mount "$0" --inside "$@"
fi
shift
binfmt=/proc/sys/fs/binfmt_misc
mount -t binfmt_misc binfmt_misc $binfmt
header='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":aarch64:M::$header:$mask:/usr/bin/qemu-aarch64:F" >$binfmt/register
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
exec "$@"
