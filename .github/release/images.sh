#!/usr/bin/env bash
# Builds and pushes the images of both architectures: `images.sh DIST`. The context is made of the released archives and
# of helm and kustomize, each by the checksum that the action uses.
set -euo pipefail
dist=$1
version=$(python3 .github/release/release.py version)
image=ghcr.io/$(printf %s "$GITHUB_REPOSITORY" | tr '[:upper:]' '[:lower:]')
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
bash .github/release/context.sh "$dist" "$context"

printf %s "$REGISTRY_TOKEN" | docker login ghcr.io --username "$GITHUB_ACTOR" --password-stdin
docker buildx create --use
for target in nhilint renderers; do
  tag=$version
  if [ "$target" = renderers ]; then tag=$version-renderers; fi
  docker buildx build --file .github/release/Dockerfile --target "$target" --platform linux/amd64,linux/arm64 \
    --label "org.opencontainers.image.source=https://github.com/$GITHUB_REPOSITORY" \
    --tag "$image:$tag" --push "$context"
done
