#!/usr/bin/env bash
# Builds the archive and the wheel of one target: `build.sh TARGET FOLDER MATURIN`. The files of the archive lie at its
# top, as Homebrew and install-action expect.
set -euo pipefail
target=$1 maturin=$3
mkdir -p "$2"
into=$(cd "$2" && pwd)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
suffix=
case $target in *-windows-*) suffix=.exe ;; esac

case $target in
  *-linux-*) export "CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_LINKER=$PWD/.github/release/linker.sh" ;;
esac

cargo build --locked --profile dist --all-features --target "$target"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp "${CARGO_TARGET_DIR:-target}/$target/dist/nhilint$suffix" LICENSE README.md CHANGELOG.md "$stage"
tar -czf "$into/nhilint-v$version-$target.tar.gz" -C "$stage" "nhilint$suffix" LICENSE README.md CHANGELOG.md

wheel=(build --profile dist --all-features --target "$target" --out "$into")
# A static binary runs with any C library of Linux.
case $target in *-musl) wheel+=(--compatibility manylinux_2_17 musllinux_1_1) ;; esac
"$maturin" "${wheel[@]}"
