#!/usr/bin/env bash
# The four functions as they are released:   infra/release.sh arm64|x86_64 FOLDER
# For each FOLDER/tollgate-FUNCTION-ARCHITECTURE.zip with its bootstrap, and beside it .cdx.json, its bill of materials; and
# SHA256SUMS-ARCHITECTURE. Nothing of the machine, the folder or the hour is in them: infra/reproducible.sh compares two builds.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 2 ] || { sed -n 2,4p "$0"; exit 2; }
architecture=$1
mkdir -p "$2"
folder=$(realpath "$2")
case $architecture in
  arm64) target=aarch64-unknown-linux-gnu ;;
  x86_64) target=x86_64-unknown-linux-gnu ;;
  *) echo "arm64 or x86_64, not $architecture"; exit 2 ;;
esac

source infra/python.sh
python_env build
AUDITABLE=0.7.7
[ -x ".local/cargo-auditable-$AUDITABLE/bin/cargo-auditable" ] ||
  cargo install --quiet --locked --version "$AUDITABLE" --root ".local/cargo-auditable-$AUDITABLE" cargo-auditable
PATH=$PWD/.local/python/build/bin:$PWD/.local/cargo-auditable-$AUDITABLE/bin:$PATH

# Where the sources and the crates lay is not in the binary; the C of AWS-LC names its files as well.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
remap="--remap-path-prefix=$PWD=/src --remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$(rustc --print sysroot)=/rust"
export RUSTFLAGS=$remap
export CFLAGS="-ffile-prefix-map=$PWD=/src -ffile-prefix-map=$cargo_home=/cargo"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

for function in webhook processor archiver publisher; do
  echo "== $function"
  # One at a time: together, each would get the features that another needs. 2.34 is the glibc of Amazon Linux 2023.
  cargo auditable lambda build --release --locked -p "$function" --target "$target.2.34"
  built=$(cargo metadata --locked --no-deps --format-version 1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/lambda/$function/bootstrap
  name=$folder/tollgate-$function-$architecture
  python3 infra/sbom.py check "$function" "$target" "$built"
  python3 infra/sbom.py write "$function" "$target" > "$name.cdx.json"
  python3 - "$built" "$name.zip" <<'PY'
import sys, zipfile
source, archive = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
entry.external_attr, entry.compress_type, entry.create_system = 0o100755 << 16, zipfile.ZIP_DEFLATED, 3
with zipfile.ZipFile(archive, "w") as out:
    out.writestr(entry, open(source, "rb").read(), compresslevel=9)
PY
done
(cd "$folder" && sha256sum tollgate-*-"$architecture".* > "SHA256SUMS-$architecture")
cat "$folder/SHA256SUMS-$architecture"
