#!/usr/bin/env bash
# Fills a folder that the images are built from: `context.sh DIST CONTEXT`. MIRROR is where helm and kustomize come from
# instead of their own addresses.
set -euo pipefail
dist=$1 context=$2
version=$(python3 .github/release/release.py version)
for pair in amd64:x86_64 arm64:aarch64; do
  into=$context/${pair%:*}
  mkdir -p "$into"
  tar -xzf "$dist/nhilint-v$version-${pair#*:}-unknown-linux-musl.tar.gz" -C "$into" nhilint
done
while read -r sum address; do
  name=${address##*/}
  case $name in
    *linux[-_]amd64.tar.gz) into=$context/amd64 ;;
    *linux[-_]arm64.tar.gz) into=$context/arm64 ;;
    *) continue ;;
  esac
  from=$address
  if [ -n "${MIRROR:-}" ]; then from=$MIRROR/$name; fi
  curl --fail --silent --show-error --location --output "$context/$name" -- "$from"
  echo "$sum  $context/$name" | sha256sum --check --quiet
  tar -xzf "$context/$name" -C "$into"
  rm "$context/$name"
  if [ -f "$into/linux-${into##*/}/helm" ]; then mv "$into/linux-${into##*/}/helm" "$into/helm"; fi
done <.github/action/programs.txt
