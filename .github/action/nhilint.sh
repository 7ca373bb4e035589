# What the action runs: `find` puts nhilint, helm and kustomize in place, `check` lints, compares and annotates.
# Read with `source` by the shell of the step: until folders of the workspace are taken out of PATH no program is
# started. Every input comes through the environment. For bash from 3.2 on (macOS) and that of Git for Windows.
# shellcheck shell=bash
set -euo pipefail

fail() {
  echo "::error title=nhilint::$1"
  exit 2
}

warn() {
  echo "::warning title=nhilint::$1"
}

# A folder as this shell writes it: Windows has `D:\a`.
folder() {
  (cd -- "$1" && pwd -P)
}

# PATH without what is linted: none of its programs is run.
without_workspace() {
  local workspace real outside=
  workspace=$(folder "$GITHUB_WORKSPACE")
  while IFS= read -r -d : part; do
    real=$(folder "$part" 2>/dev/null) || continue
    case $real/ in
      "$workspace"/*) ;;
      *) outside=$outside:$real ;;
    esac
  done <<<"$PATH:"
  PATH=${outside#:}
}

# What this machine is called: by Rust, and by the archives of helm and kustomize.
platform() {
  target='' system='' suffix=''
  case $(uname -s)/$(uname -m) in
    Linux/x86_64) target=x86_64-unknown-linux-musl system=linux-amd64 ;;
    Linux/aarch64 | Linux/arm64) target=aarch64-unknown-linux-musl system=linux-arm64 ;;
    Darwin/x86_64) target=x86_64-apple-darwin system=darwin-amd64 ;;
    Darwin/arm64) target=aarch64-apple-darwin system=darwin-arm64 ;;
    MINGW*/x86_64 | MSYS*/x86_64) target=x86_64-pc-windows-msvc system=windows-amd64 suffix=.exe ;;
  esac
}

# Brings the archive of an address, or the file of its name from the mirror, and takes it with its checksum only.
fetch() { # SHA256 ADDRESS FILE
  local from=$2 schemes='=https' sum
  if [ -n "${INPUT_MIRROR:-}" ]; then
    from=${INPUT_MIRROR%/}/${2##*/} schemes='=http,https'
  fi
  curl --fail --silent --show-error --location --proto "$schemes" --retry 2 --connect-timeout 10 --max-time 300 \
    --output "$3" -- "$from" || return 1
  if command -v sha256sum >/dev/null; then sum=$(sha256sum <"$3"); else sum=$(shasum -a 256 <"$3"); fi
  if [ "${sum%% *}" != "$1" ]; then
    rm -f -- "$3"
    fail "$from has the checksum ${sum%% *} instead of $1: it was not used"
  fi
}

# Takes a program out of an archive.
unpack() { # ARCHIVE NAME
  local into=$1.d at
  mkdir -p "$into" "$programs"
  case $1 in
    *.zip) unzip -q -o "$1" -d "$into" ;;
    *) tar -xzf "$1" -C "$into" ;;
  esac
  for at in "$into/$2$suffix" "$into/$system/$2$suffix"; do
    if [ -f "$at" ]; then
      mv -f -- "$at" "$programs/$2$suffix"
      chmod +x "$programs/$2$suffix"
    fi
  done
  rm -rf -- "$1" "$into"
  [ -f "$programs/$2$suffix" ] || fail "${1##*/} holds no $2"
}

# The released nhilint of the version of this very commit; checksums.txt is empty where there is none yet.
released() {
  local version address archive sum name
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
  address=$(sed -n 's/^repository = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
  archive=nhilint-v$version-$target.tar.gz
  [ -n "$target" ] || return 1
  while read -r sum name; do
    if [ "${name%$'\r'}" = "$archive" ]; then
      mkdir -p "$programs"
      if fetch "$sum" "$address/releases/download/v$version/$archive" "$programs/$archive"; then
        unpack "$programs/$archive" nhilint
        return 0
      fi
      warn "$archive cannot be fetched, so nhilint is built"
      return 1
    fi
  done <"$GITHUB_ACTION_PATH/.github/action/checksums.txt"
  return 1
}

# Builds nhilint in the action's folder: cargo would obey a .cargo/config.toml of the linted repository.
built() {
  local code=0
  echo "::group::build nhilint"
  (cd "$GITHUB_ACTION_PATH" &&
    CARGO_TARGET_DIR=$programs/target cargo install --locked --path . --root "$programs/built") || code=$?
  echo "::endgroup::"
  [ "$code" -eq 0 ] || fail "building nhilint failed, see the log above"
  mv -f -- "$programs/built/bin/nhilint$suffix" "$programs/nhilint$suffix"
}

# helm and kustomize, where the machine has none. Where they are needed and cannot be had, the check ends with 2.
renderers() {
  local name known sum address
  for name in helm kustomize; do
    if command -v "$name" >/dev/null; then continue; fi
    known=''
    while read -r sum address; do
      case ${address##*/} in
        "$name"[-_]v*"${system%-*}"[-_]"${system#*-}".*) known="$sum ${address%$'\r'}" ;;
      esac
    done <"$GITHUB_ACTION_PATH/.github/action/programs.txt"
    if [ -n "$system" ] && [ -n "$known" ]; then
      sum=${known%% *} address=${known#* }
      mkdir -p "$programs"
      if fetch "$sum" "$address" "$programs/${address##*/}"; then
        unpack "$programs/${address##*/}" "$name"
        continue
      fi
    elif [ "$name" = kustomize ] && command -v go >/dev/null; then
      # No checksum of it is known for this system. Go holds what it builds against its own database of checksums.
      (cd "$GITHUB_ACTION_PATH" && GOBIN=$programs go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2) && continue
    fi
    warn "$name is not on the PATH and cannot be fetched: what needs it is not rendered"
  done
}

find_nhilint() {
  local binary
  without_workspace
  programs=$(folder "$RUNNER_TEMP")/nhilint
  platform
  if binary=$(command -v nhilint); then
    :
  elif binary=$programs/nhilint$suffix && { [ -x "$binary" ] || released; }; then
    :
  elif command -v cargo >/dev/null; then
    built
  else
    fail "there is no released nhilint for this commit and machine, and no cargo to build one: install either in an earlier step"
  fi
  if [ "${INPUT_INSTALL_RENDERERS:-}" = true ]; then
    renderers
    PATH=$PATH:$programs
  fi
  "$binary" --version
  {
    echo "path=$PATH"
    echo "binary=$binary"
  } >>"$GITHUB_OUTPUT"
}

# The runner obeys commands in any line of the log. Only the format `github` writes nothing else and escapes what it
# quotes; all other text may quote the manifests and is shown with commands switched off by a word nobody can guess.
show() {
  if [ -s "$1" ]; then
    echo "::stop-commands::$word"
    cat -- "$1"
    echo
    echo "::$word::"
  fi
}

# Adds an argument for each line, so that nothing is split or expanded.
add_lines() { # TEXT [PREFIX]
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [ -n "$line" ]; then command+=("${2:-}$line"); fi
  done <<<"$1"
}

check() {
  local before code=0
  verdict='' annotates=false token=$INPUT_TOKEN
  # Nothing but what comments has the token.
  unset INPUT_TOKEN
  # shellcheck disable=SC2153
  PATH=$PROGRAMS
  scratch=$(mktemp -d)
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  case $INPUT_ANNOTATE/$PULL_REQUEST_FROM in
    true/?* | auto/"${GITHUB_REPOSITORY:-none}") if has annotate; then annotates=true; fi ;;
  esac
  # What comments or, where it may not, annotates the lines, does so once.
  if [ "$annotates" = true ] && [ "$INPUT_FORMAT" = github ]; then INPUT_FORMAT=text; fi
  command=("$BINARY" check "--format=$INPUT_FORMAT")
  if [ -n "$INPUT_PRESET" ]; then command+=("--preset=$INPUT_PRESET"); fi
  if [ -n "$INPUT_FAIL_ON" ]; then command+=("--fail-on=$INPUT_FAIL_ON"); fi
  if [ -n "$INPUT_FAIL_ON_UNJUDGED" ]; then command+=("--fail-on-unjudged=$INPUT_FAIL_ON_UNJUDGED"); fi
  if [ -n "$INPUT_SELECT" ]; then command+=("--select=$INPUT_SELECT"); fi
  if [ -n "$INPUT_IGNORE" ]; then command+=("--ignore=$INPUT_IGNORE"); fi
  if [ -n "$INPUT_BASELINE" ]; then command+=("--baseline=$INPUT_BASELINE"); fi
  if [ -n "$INPUT_SARIF_FILE" ]; then
    command+=("--output=sarif=$INPUT_SARIF_FILE")
    # A file of an earlier run must not pass for this one's.
    rm -f -- "$INPUT_SARIF_FILE"
  fi
  # What annotations have no room for stands in the summary of the job.
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then command+=("--output=markdown=$GITHUB_STEP_SUMMARY"); fi
  command+=("--output=json=$scratch/report.json")
  if [ -n "${CACHE_DIR:-}" ]; then command+=("--cache-dir=$CACHE_DIR"); fi
  add_lines "$INPUT_HELM_VALUES" --helm-values=
  add_lines "$INPUT_ARGS"
  command+=(--)
  before=${#command[@]}
  add_lines "$INPUT_PATHS"
  if [ "${#command[@]}" -eq "$before" ]; then command+=(.); fi

  "${command[@]}" >"$scratch/out" 2>"$scratch/err" || code=$?
  if [ "$INPUT_FORMAT" = github ]; then cat -- "$scratch/out"; else show "$scratch/out"; fi
  show "$scratch/err"
  compare
  comment
  {
    echo "exit-code=$code"
    counts
    if [ -n "$verdict" ]; then echo "verdict=$verdict"; fi
    if [ -n "$INPUT_SARIF_FILE" ] && [ -f "$INPUT_SARIF_FILE" ]; then
      printf 'sarif-file<<%s\n%s\n%s\n' "$word" "$INPUT_SARIF_FILE" "$word"
    fi
  } >>"$GITHUB_OUTPUT"
  rm -rf -- "$scratch"
  exit "$code"
}

# The numbers of the report. Each stands on a line of its own, and no text of the input can: it has no line ends there.
counts() {
  local name key
  if [ ! -f "$scratch/report.json" ]; then return 0; fi
  for name in errors:error warnings:warning infos:info files:files; do
    key=${name#*:}
    sed -n '/^  "summary": {$/,/^  }/s/^    "'"$key"'": \([0-9][0-9]*\),\{0,1\}$/'"${name%:*}"'=\1/p' "$scratch/report.json"
  done
}

# Whether nhilint has a command; an older one may be installed, or one that was built without it.
has() {
  "$BINARY" "$1" --help >/dev/null 2>&1
}

# What the pull request does to who can do what, by `nhilint diff`. It never changes how the step ends, and what cannot
# be compared is unknown.
compare() {
  if [ "$INPUT_DIFF" != true ] || [ -z "$BASE_SHA" ] || ! has diff; then return 0; fi
  command=("$BINARY" diff)
  if [ -n "${CACHE_DIR:-}" ]; then command+=("--cache-dir=$CACHE_DIR"); fi
  add_lines "$INPUT_HELM_VALUES" --helm-values=
  add_lines "$INPUT_PATHS" --path=
  "${command[@]}" --format=json -- "$BASE_SHA" >"$scratch/diff.json" 2>"$scratch/err" || true
  verdict=$(sed -n 's/^  "verdict": "\([a-z]*\)",\{0,1\}$/\1/p' "$scratch/diff.json")
  case $verdict in
    increased | decreased | equal | unknown)
      if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        "${command[@]}" --format=markdown -- "$BASE_SHA" >>"$GITHUB_STEP_SUMMARY" 2>/dev/null || true
      fi
      ;;
    *)
      verdict=unknown
      rm -f -- "$scratch/diff.json"
      show "$scratch/err"
      warn "the pull request was not compared with its base: \`fetch-depth: 0\` for actions/checkout brings what is needed"
      ;;
  esac
}

# Comments on the pull request, by `nhilint annotate`, which writes annotations where it may not comment.
comment() {
  if [ "$annotates" != true ] || [ ! -f "$scratch/report.json" ]; then return 0; fi
  command=("$BINARY" annotate "--report=$scratch/report.json")
  if [ -f "$scratch/diff.json" ]; then command+=("--diff=$scratch/diff.json"); fi
  GITHUB_TOKEN=$token "${command[@]}" 2>"$scratch/err" || warn "the pull request has no comments, see the log below"
  show "$scratch/err"
}

case ${1:-} in
  find) find_nhilint ;;
  check) check ;;
  *) fail "the action has no step \`${1:-}\`" ;;
esac
