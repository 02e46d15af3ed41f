#!/usr/bin/env bash
# Two release builds of this commit, in two folders, one hash each:   infra/reproducible.sh [arm64|x86_64]
# As slow as two release builds, so no part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=${1:-$(uname -m | sed 's/aarch64/arm64/')}
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "what is not committed is not built"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for build in one another-of-them; do
  git clone --quiet --no-hardlinks . "$folder/$build"
  mkdir -p "$folder/$build/.local"
  # The tools are the same and need not be installed again.
  for tools in .local/python .local/cargo-auditable-*; do
    [ ! -e "$tools" ] || ln -s "$PWD/$tools" "$folder/$build/.local/"
  done
  echo "=== $build: $architecture"
  CARGO_TARGET_DIR=$folder/$build/target "$folder/$build/infra/release.sh" "$architecture" "$folder/$build/release"
done
diff "$folder/one/release/SHA256SUMS-$architecture" "$folder/another-of-them/release/SHA256SUMS-$architecture" ||
  { echo "the two builds differ"; exit 1; }
echo "two builds, one hash"
