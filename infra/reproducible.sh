#!/usr/bin/env bash
# Two release builds of this commit, in two folders, one hash each:   infra/reproducible.sh [arm64|x86_64]
# As slow as two release builds, so no part of `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=${1:-$(uname -m | sed 's/aarch64/arm64/')}
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "what is not committed is not built"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Both before the first is built: whoever commits in the meantime would make two sources of one.
for build in one another-of-them; do
  git clone --quiet --no-hardlinks . "$folder/$build"
  mkdir "$folder/$build/.local"
  # Not the virtual environments, which hold the name of their folder.
  for tool in .local/cargo-auditable-*; do
    [ ! -e "$tool" ] || ln -s "$PWD/$tool" "$folder/$build/.local/"
  done
done
for build in one another-of-them; do
  echo "=== $build: $architecture"
  CARGO_TARGET_DIR=$folder/$build/target "$folder/$build/infra/release.sh" "$architecture" "$folder/$build/release"
done
if ! diff "$folder/one/release/SHA256SUMS-$architecture" "$folder/another-of-them/release/SHA256SUMS-$architecture"; then
  trap - EXIT
  echo "the two builds differ; both are in $folder"
  exit 1
fi
wc --bytes "$folder"/one/release/*.zip | sed "s|$folder/one/release/||"
echo "two builds, one hash, in $((SECONDS / 60)) minutes"
