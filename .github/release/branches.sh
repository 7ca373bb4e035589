#!/usr/bin/env bash
# Pushes what a release brings to the repository itself: `branches.sh DIST`.
# release/vVERSION: one commit on top of the tag, with the checksums that action.yml takes the binaries by and the
#   formula. It is what users of the action pin, and becomes a pull request.
# hook: what pre-commit and prek clone, tagged hook-vVERSION. It has no history in common with the source, so that
#   installing the hook builds nothing.
set -euo pipefail
dist=$1 release=$PWD/.github/release/release.py
version=$(python3 "$release" version)
export GIT_AUTHOR_NAME=nhilint-release GIT_AUTHOR_EMAIL=nhilint-release@users.noreply.github.com
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
# git asks gh for the token, which stays in the environment of this step.
gh auth setup-git

git switch --quiet --create "release/v$version"
mkdir -p Formula
python3 "$release" action "$dist" >.github/action/checksums.txt
python3 "$release" formula "$dist" >Formula/nhilint.rb
git add .github/action/checksums.txt Formula/nhilint.rb
git commit --quiet --message "Let the action and Homebrew take the binaries of $version"
git push --quiet origin "release/v$version"
gh pr create --head "release/v$version" --title "Release $version" \
  --body "Checksums of the released binaries. Users of the action pin $(git rev-parse HEAD)."

address=$(git remote get-url origin)
hook=$(mktemp -d)
trap 'rm -rf "$hook"' EXIT
git -C "$hook" init --quiet --initial-branch hook
if git -C "$hook" fetch --quiet --depth 1 "$address" hook 2>/dev/null; then git -C "$hook" reset --quiet --soft FETCH_HEAD; fi
python3 "$release" hook "$hook"
git -C "$hook" add --all
git -C "$hook" commit --quiet --message "$version"
git -C "$hook" tag "hook-v$version"
git -C "$hook" push --quiet "$address" hook "hook-v$version"
