#!/usr/bin/env bash
# `sam build` as docs/deploy.md says, for this machine's processor, and a look at what it made (infra/built.py).
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=$(uname -m | sed 's/aarch64/arm64/')

source infra/python.sh
for name in template sam build; do python_env "$name"; done
# The last stands first: cargo-lambda finds zig by the Python that it finds.
PATH=$PWD/.local/python/build/bin:$PWD/.local/python/sam/bin:$PATH

# The path is what is looked at: how it links, what it copies where. The optimised code is built by `make build`, by
# infra/release.sh and by `sam build` as it is meant, for whose link-time optimisation alone this would wait for minutes.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
# Nothing that another build makes can be used here, and none waits for the other.
export CARGO_TARGET_DIR=$PWD/target/sam
# cargo-lambda would have rustup install what is missing; the compiler can build for the machine that it runs on.
export RUSTUP=none SAM_CLI_TELEMETRY=0

sam build --parameter-overrides "Architecture=$architecture" --build-dir target/sam/build
.local/python/template/bin/python infra/built.py target/sam/build
