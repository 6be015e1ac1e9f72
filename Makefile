# Everything a person or a machine does with Rollcall. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run test test-relaunch test-away chaos fuzz bench bench-start bench-relaunch bench-panel bench-search bench-directory bench-scim bench-openapi bench-load
.PHONY: deploy undeploy audit-verify token scim-token env fault sbom advisories setup lambda-tools
.PHONY: all build site release system rust python node bench-program

PORT ?= 8080
ROLE ?= operator

# What deploying is told by the command line.
export STACK REGION PARAMETERS OPERATOR YES FUNCTION SITE HOST_ARCHIVE HOST_ARCHITECTURE
# Where rustup puts cargo, for a shell that was there before it.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
# Function, host and site are built at the same time, while what they don't need yet is downloaded.
TOGETHER = --no-print-directory -j$(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))

# What the benches measure with, and hold the index against, is no part of the workspace, so that no test builds it.
BENCH_PROGRAM = tests/bench/search/Cargo.toml

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

run: system ## build Rollcall and serve it from a local cloud (PORT=8080)
	@python3 -m infra.local.ports $(PORT)
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/python -m infra.local serve --port $(PORT)

test: ## set up, then run every test of every kind
	@tests/run

test-relaunch: system ## run the relaunch through every fault at every step, and print what came of it
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/pytest tests/test_relaunch_matrix.py -n 3

test-away: system ## have every part of AWS, and the issuer, away in every way under every route, and print what came of it
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/pytest tests/test_away.py --whole-table

chaos: system ## break the local cloud at random (SECONDS=600 SEED=… CLOUDS=1; or KILLS=12 for so many kills at each step)
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/python -m tests.chaos --clouds $(or $(CLOUDS),1) $(if $(SEED),--seed $(SEED)) \
	  $(if $(KILLS),--kills $(KILLS),--seconds $(or $(SECONDS),600))

fuzz: rust ## run the property tests on many other cases (CASES=20000 ONLY=part-of-a-name)
	@PROPTEST_CASES=$(or $(CASES),20000) cargo test --locked -- $(ONLY)

bench: bench-start bench-relaunch bench-panel bench-search bench-directory bench-scim bench-openapi bench-load ## measure what is promised of Rollcall's speed

bench-start: release ## how fast the function starts and answers, and its memory, beside the same in Python
	@.venv/bin/python -m tests.bench.start

bench-relaunch: system ## how long a relaunch takes in the local cloud, and what of that is Rollcall's own
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/python -m tests.bench.relaunch

bench-panel: system ## how quickly the operations panel's calls are answered when there were a thousand relaunches
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/python -m tests.bench.panel

bench-scim: system ## whether an identity provider that asks 25 times a second is answered, for a minute (RATE=25 SECONDS=60)
	@$(MAKE) $(TOGETHER) all
	@.venv/bin/python -m tests.bench.scim --rate $(or $(RATE),25) --seconds $(or $(SECONDS),60)

bench-openapi: system ## whether every operation answers as the document says, asked hundreds of times (EXAMPLES=500)
	@$(MAKE) $(TOGETHER) all
	@infra/setup test
	@.venv/bin/python -m tests.openapi --examples $(or $(EXAMPLES),500)

bench-load: system ## whether host and function hold out against 200 connections for a minute, and lose nothing (CONNECTIONS=200 SECONDS=60 RATE=100)
	@$(MAKE) $(TOGETHER) all
	@infra/setup load
	@.venv/bin/python -m tests.bench.load --connections $(or $(CONNECTIONS),200) --seconds $(or $(SECONDS),60) \
	  --rate $(or $(RATE),100)

bench-search: release bench-program ## how fast anyone is found among a hundred to a million people, beside SQLite and tantivy
	@.venv/bin/python -m tests.bench.search

bench-directory: release bench-program ## how fast files go in and out, and one employee is read and written, among a hundred and a million
	@.venv/bin/python -m tests.bench.directory

# With clippy in place of rustc, since no test builds it.
bench-program: rust
	@RUSTC_WORKSPACE_WRAPPER=$(CURDIR)/tests/clippy cargo build --locked --release --manifest-path $(BENCH_PROGRAM) \
	  --target-dir target/bench

deploy: $(if $(FUNCTION),python,setup) ## deploy into an AWS account (STACK=rollcall REGION=… OPERATOR=e-mail PARAMETERS="…" YES=1; infra/deploy tells all)
	@infra/deploy

undeploy: python ## remove a deployment, and keep its tables, photos and people (STACK=rollcall REGION=…)
	@infra/undeploy

audit-verify: python ## hold a deployment's audit log against its seal (STACK=rollcall REGION=…)
	@.venv/bin/python -m infra.audit --stack $(or $(STACK),rollcall) $(if $(REGION),--region $(REGION))

token: ## print a bearer token of the running local cloud (ROLE=operator, editor or reader)
	@.venv/bin/python -m infra.local token $(ROLE)

scim-token: ## print a token by which an identity provider keeps the running local cloud's directory (NAME="what it is for")
	@.venv/bin/python -m infra.local scim-token "$(or $(NAME),by hand)"

env: ## print shell commands that point AWS tools at the running local cloud: eval "$$(make -s env)"
	@.venv/bin/python -m infra.local env

fault: ## break EC2 on purpose in the running local cloud (DO="no-capacity --times 1", DO=clear, DO=-h; else a list)
	@.venv/bin/python -m infra.local fault $(DO)

sbom: rust python ## write what is in function, host and site, crate by crate, into target/sbom as CycloneDX
	@.venv/bin/python -m infra.sbom target/sbom

advisories: rust ## hold the crates against the advisories that RustSec knows today (takes a network)
	@infra/setup test
	@.tools/checks/bin/cargo-deny --locked check advisories

setup: ## install what is missing
	@infra/setup

lambda-tools: system ## install cargo-lambda, to run and call the function by hand (400 MB)
	@infra/setup lambda

all: build site python ## build everything for development, and serve nothing

# --examples, though there are none: so the features of the dependencies are those that `cargo test` asks for, and the
# SDK crates, which take minutes, are built once for both.
build: rust ## build the function and the host binary, for development
	@cargo build --locked --bins --examples

site: rust node ## build the site into target/site
	@frontend/build

release: rust python sbom ## build the function as it is deployed, check its size, and tell what is in it
	@cargo build --locked --release -p rollcall-control-plane
	@.venv/bin/python -m infra.package target/release/bootstrap target/release/bootstrap.zip

rust python node: system
	@infra/setup $@

system:
	@infra/setup system
