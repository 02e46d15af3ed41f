#!/usr/bin/env bash
# Control Tower's proactive controls on a rendered stack:   infra/guard.sh RENDERED.json
# The checker and its rules come from one npm package, held to its hash.
set -euo pipefail
cd "$(dirname "$0")/.."

package=@cdklabs/cdk-validator-cfnguard version=0.0.62
sha512=4a0da4f34ebb07400827cd901522e11d3508ab13984ca001bd5ad31e2c9cea3d2b136347962d9d88862a7fec3e0e4b8328261880c20e81adcead830e1d4c3499
tools=.local/cfn-guard-$version
case $(uname -sm) in
  "Linux x86_64") binary=ubuntu/x86_64 ;;
  "Linux aarch64") binary=ubuntu/aarch64 ;;
  "Darwin arm64") binary=macos/aarch64 ;;
  *) binary=macos/x86_64 ;;
esac
if [ ! -d "$tools" ]; then
  command -v npm >/dev/null || { echo "npm is missing: apt-get install npm"; exit 1; }
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  npm pack --silent --pack-destination "$folder" "$package@$version" >/dev/null
  echo "$sha512  $(echo "$folder"/*.tgz)" | sha512sum --check --quiet
  mkdir -p "$folder/guard"
  tar -xzf "$folder"/*.tgz -C "$folder/guard" --strip-components=1 "package/bin/$binary" package/rules
  chmod +x "$folder/guard/bin/$binary/cfn-guard"
  mv "$folder/guard" "$tools"
fi
python3 infra/control_tower.py "$tools/bin/$binary/cfn-guard" "$tools/rules" "$1"
