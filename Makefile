# Everything a person or a machine does with Rollcall. `make help` lists it.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test test-relaunch deploy undeploy token env fault setup lambda-tools port build site release

PORT ?= 8080
ROLE ?= operator

# What deploying is told by the command line.
export STACK REGION PARAMETERS OPERATOR YES FUNCTION SITE HOST_ARCHIVE HOST_ARCHITECTURE

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

run: setup port build site ## build Rollcall and serve it from a local cloud (PORT=8080)
	@.venv/bin/python -m infra.local serve --port $(PORT)

test: ## set up, then run every test of every kind
	@tests/run

test-relaunch: setup build site ## run the relaunch through every fault at every step, and print what came of it
	@.venv/bin/pytest tests/test_relaunch_matrix.py

deploy: ## deploy into an AWS account (STACK=rollcall REGION=… OPERATOR=e-mail PARAMETERS="…" YES=1; infra/deploy tells all)
	@$(if $(FUNCTION),infra/setup python,infra/setup) && infra/deploy

undeploy: ## remove a deployment, and keep its tables, photos and people (STACK=rollcall REGION=…)
	@infra/setup python && infra/undeploy

token: ## print a bearer token of the running local cloud (ROLE=operator, editor or reader)
	@.venv/bin/python -m infra.local token $(ROLE)

env: ## print shell commands that point AWS tools at the running local cloud: eval "$$(make -s env)"
	@.venv/bin/python -m infra.local env

fault: ## break EC2 on purpose in the running local cloud (DO="no-capacity --times 1", DO=clear, DO=-h; else a list)
	@.venv/bin/python -m infra.local fault $(DO)

setup: ## install what is missing
	@infra/setup

lambda-tools: ## install cargo-lambda, to run and call the function by hand (400 MB)
	@infra/setup lambda

# --examples, though there are none: so the features of the dependencies are those that `cargo test` asks for, and the
# SDK crates, which take minutes, are built once for both.
build: ## build the function and the host binary, for development
	@cargo build --locked --bins --examples

site: ## build the site into target/site
	@frontend/build

release: ## build the function as it is deployed, and check its size
	@infra/setup python
	@cargo build --locked --release -p rollcall-control-plane
	@.venv/bin/python -m infra.package target/release/bootstrap target/release/bootstrap.zip --limit-mb 6

port:
	@python3 -m infra.local.ports $(PORT)
