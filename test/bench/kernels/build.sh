#!/usr/bin/env bash
# Builds the kernels beside their sources, with clang and lld of Debian 12 (packages clang-14, lld-14).
set -euo pipefail
cd "$(dirname "$0")"
for source in *.c; do
  clang-14 --target=wasm32 -O2 -fno-builtin-memcpy -fno-builtin-memset -nostdlib -ffreestanding \
    -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 "$source" -o "${source%.c}.wasm"
done
