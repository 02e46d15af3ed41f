# Each target says what it does, does nothing twice, and fails with a sentence. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
FUNCTIONS := webhook processor archiver publisher
TOLLGATE := target/release/tollgate
# The tests' own stack, beside the one of `make run`.
TEST_STACK := --dir .local/test
# Made by infra/test.sh.
PYTHON := PYTHONDONTWRITEBYTECODE=1 .local/python/template/bin/python

.PHONY: help run down test properties check bench build
help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

build: ## the four functions and the tool, for this machine, as they are shipped
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from https://rustup.rs (1.95 or newer)"; exit 1; }
	@command -v cc >/dev/null || { echo "a C compiler is missing: apt-get install build-essential"; exit 1; }
	cargo build --release --locked $(addprefix -p ,$(FUNCTIONS)) -p tollgate

run: build ## the local stack, with signed sample webhooks; it stays up
	$(TOLLGATE) up

down: ## stops the local stack
	@if [ -x $(TOLLGATE) ]; then $(TOLLGATE) down; else echo "nothing is built, so nothing runs"; fi

test: build ## all tests, the stack end to end among them
	infra/test.sh
	$(TOLLGATE) up --no-samples $(TEST_STACK) --port 4576
	status=0; $(PYTHON) infra/calls.py .local/test cargo test --locked --workspace --no-fail-fast || status=$$?; \
	.local/python/sam/bin/python infra/lifecycle.py .local/test || status=$$?; \
	$(TOLLGATE) down $(TEST_STACK); exit $$status

properties: ## what wants many inputs: payments, ids that are no card numbers, a long replay
	cargo test --release --locked -p payments --lib
	cargo test --release --locked -p pipeline --lib a_million_ids -- --ignored
	cargo test --locked -p tollgate a_hundred_thousand -- --ignored

check: ## formatters, lints, infrastructure and supply-chain checks
	infra/check.sh

bench: build ## start-up and cost of a delivery, function by function
	cargo run --release --locked -q -p tests --bin bench
