#!/usr/bin/env bash
# Fuzzes what reads bytes of strangers, one target after another. What is found goes on from run to run (fuzz/corpus);
# an input that breaks a promise is kept in fuzz/artifacts, and cargo fuzz prints how to run it again.
#   infra/fuzz.sh                 every target for 60 seconds
#   infra/fuzz.sh 300 screen wire those targets for 300 seconds each
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
targets=("${@:2}")
cargo fuzz --version >/dev/null 2>&1 || { echo "cargo-fuzz is missing: cargo install cargo-fuzz --locked"; exit 1; }
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

# Coverage counters are no stable feature of the compiler. No sanitizer: our own code has nothing that is `unsafe`.
export RUSTC_BOOTSTRAP=1
cargo fuzz build -s none
for target in "${targets[@]}"; do
  echo "== $target"
  # Inputs grow quickly, because most that are short hold nothing; memory beyond 512 MB is a failure.
  cargo fuzz run -s none "$target" -- -max_total_time="$seconds" -max_len=4096 -len_control=10 \
    -rss_limit_mb=512 -timeout=10 -verbosity=0 -print_final_stats=1
done
