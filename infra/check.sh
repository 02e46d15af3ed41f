#!/usr/bin/env bash
# Formatters, lints, infrastructure and supply-chain checks. Installs pinned tools into .local once.
#   infra/check.sh                 all of them, as CI does
#   infra/check.sh rustfmt clippy  only those, as the hooks of .pre-commit-config.yaml do
set -euo pipefail
cd "$(dirname "$0")/.."

source infra/python.sh
python_env check
tools=.local/python/check

failed=() asked=("$@") ran=()
# Runs one check, says how long it took, and goes on to the next.
check() {
  local name=$1 start=$SECONDS log; shift
  if [ ${#asked[@]} -gt 0 ] && [[ "|$(IFS='|'; echo "${asked[*]}")|" != *"|$name|"* ]]; then return; fi
  ran+=("$name")
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    printf 'ok    %-28s %3ss\n' "$name" $((SECONDS - start))
  else
    printf 'FAIL  %-28s %3ss\n' "$name" $((SECONDS - start)); sed 's/^/      /' "$log" | tail -60
    failed+=("$name")
  fi
  rm -f "$log"
}
# The same beside the others; what it says comes at the end.
beside=()
check_beside() {
  local said; said=$(mktemp)
  (failed=(); check "$@"; exit ${#failed[@]}) >"$said" 2>&1 &
  beside+=("$!" "$1" "$said"); ran+=("$1")
}

# Runs a command on the stack as CloudFormation would see it, with every option of it.
rendered() {
  local file status=0; file=$(mktemp --suffix=.json)
  .local/python/template/bin/python infra/render.py full >"$file" 2>/dev/null || { echo "infra/render.py fails; see the check named template"; return 1; }
  "$@" "$file" || status=$?
  rm -f "$file"
  return "$status"
}
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1
# The template: short, and on one core while the compiler has the other.
# What two of them use is installed before they run side by side.
for environment in template sam; do python_env "$environment"; done
check_beside "template" infra/test.sh
check_beside "cfn-lint" "$tools/bin/cfn-lint" template.yaml infra/*.yaml
# With every option on, which the one before does not see.
rendering_lint() {
  local folder status=0; folder=$(mktemp -d)
  .local/python/template/bin/python infra/render.py full "$folder" 2>/dev/null || { echo "infra/render.py fails; see the check named template"; return 1; }
  # The zones are written out by the rendering.
  "$tools/bin/cfn-lint" --ignore-checks W3010 -- "$folder"/*.json || status=$?
  rm -rf "$folder"
  return "$status"
}
check_beside "cfn-lint (every option)" rendering_lint
check_beside "sam validate" .local/python/sam/bin/sam validate --lint --template template.yaml
check_beside "checkov" env LOG_LEVEL=ERROR "$tools/bin/checkov" --file template.yaml infra/*.yaml --framework cloudformation --skip-download --compact --quiet
check_beside "policies (parliament)" rendered "$tools/bin/python" infra/policy_lint.py
check_beside "Control Tower (cfn-guard)" rendered infra/guard.sh
# It compiles for minutes where nothing was built yet, and takes what the others leave of the machine.
check_beside "sam build" nice -n 10 infra/sam_build.sh

check "rustfmt" cargo fmt --all --check
check "clippy" cargo clippy --workspace --all-targets --locked -- -D warnings
check "rustdoc" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
# The front door and the archiver know nothing of payments; no function has a second TLS or HTTP stack.
links_nothing_else() {
  local function found
  for function in webhook archiver; do
    found=$(cargo tree --locked -p "$function" -e normal --prefix none | grep -E '^payments ' || true)
    [ -z "$found" ] || { echo "$function links payments"; return 1; }
  done
  for function in webhook processor archiver publisher; do
    found=$(cargo tree --locked -p "$function" -e normal --prefix none | grep -oE '^(ring|openssl|native-tls|reqwest|ureq|isahc|async-std|smol) v|^hyper v0' | sort -u || true)
    [ -z "$found" ] || { echo "$function links $found"; return 1; }
  done
}
check "what functions link" links_nothing_else
check "cargo-deny" "$tools/bin/cargo-deny" --offline check --allow unused-wrapper bans licenses sources
# Of what is shipped, and of what only fuzzing needs.
audit() {
  for lock in Cargo.lock fuzz/Cargo.lock; do "$tools/bin/cargo-audit" audit --file "$lock" "$@" || return 1; done
}
if [ -d "${ADVISORY_DB:-}/crates" ]; then
  check "advisories (copy on disk)" audit --db "$ADVISORY_DB" --no-fetch --stale
else
  check "advisories" audit
fi
if command -v valgrind >/dev/null; then
  check "constant time" shared/verification/tests/constant_time.sh
else
  echo "skip  constant time: valgrind is not installed (apt-get install valgrind)"
fi
check "rustfmt (fuzz)" cargo fmt --manifest-path fuzz/Cargo.toml --check
if command -v c++ >/dev/null; then
  check "clippy (fuzz)" env CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}" cargo clippy --manifest-path fuzz/Cargo.toml --all-targets --locked -- -D warnings
else
  echo "skip  clippy (fuzz): libFuzzer wants a C++ compiler (apt-get install build-essential)"
fi
if cargo fuzz --version >/dev/null 2>&1; then
  check "fuzz targets" infra/fuzz.sh 10
else
  echo "skip  fuzz targets: cargo-fuzz is not installed (cargo install cargo-fuzz --locked)"
fi
check "bills of materials" python3 infra/sbom.py check
check "review dates" python3 infra/controls.py review
check "secrets" "$tools/bin/python" infra/secret_scan.py "$tools/bin/gitleaks"
if [ "${asked[*]}" = staged-secrets ]; then check "staged-secrets" "$tools/bin/python" infra/secret_scan.py "$tools/bin/gitleaks" --staged; fi
check "workflows" "$tools/bin/zizmor" --offline --quiet --persona auditor .github

for ((at = 0; at < ${#beside[@]}; at += 3)); do
  wait "${beside[at]}" || failed+=("${beside[at + 1]}")
  cat "${beside[at + 2]}"; rm -f "${beside[at + 2]}"
done

for name in "${asked[@]}"; do
  [[ "|$(IFS='|'; echo "${ran[*]}")|" == *"|$name|"* ]] || { echo "there is no check named $name"; exit 2; }
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}. Each check's command is in infra/check.sh; run it alone to see all of its output."
  exit 1
fi
echo "all checks passed in ${SECONDS}s"
