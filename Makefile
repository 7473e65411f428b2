# What one does with Ottit from a checkout. `make help` lists it.
# The runtime of models reports to its maker otherwise.
export ORT_DISABLE_TELEMETRY := 1
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down status unit test faults fuzz load verify-load soak test-containers test-provider mutants check format generate pin-images sbom audit bench client clean

# The environment's own Python once there is one; before that the first on this machine that is new enough.
PYTHON := $(shell for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
INSTALL = $(if $(PYTHON),$(PYTHON) -m deploy.local.install,$(error Ottit needs Python 3.11 or newer and found none))
OTTIT := $(if $(wildcard .venv/bin/ottit),.venv/bin/ottit,echo 'Nothing is installed here yet: make up')

# 'name: command' of each check. They run at the same time: type checkers use one core each.
TOGETHER = .venv/bin/python -m tests.side_by_side
CHECKS = 'ruff check: .venv/bin/ruff check .' 'ruff format: .venv/bin/ruff format --check .' 'mypy: .venv/bin/mypy' \
	'client types: $(INSTALL) npm run check --silent' 'client lint: $(INSTALL) npm run lint --silent'

# What is slow as a whole file is not even imported, nor are plugins that no quick test uses; and what was compiled
# is kept, whatever the shell says: importing and compiling took longer than half of the tests.
SLOW = $(shell grep -rlE '^pytestmark = .*\.(broker|e2e|long|containers|faults|provider)\b' tests --include='test_*.py')
QUICK_PYTEST = PYTHONDONTWRITEBYTECODE= .venv/bin/pytest -m "not broker and not e2e and not long and not containers and not faults and not provider" \
	-p no:schemathesis -p no:anyio -p no:xdist -p no:xdist.looponfail --hypothesis-profile=quick --ignore=tests/e2e $(SLOW:%=--ignore=%)

# A worker per core, each with its own brokers, installations and browser; more than four need too much memory.
# A file stays on one worker, because its tests may share an installation.
ALL_PYTEST = .venv/bin/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

up: ## Install what is missing, start everything, print the URL. Ctrl-C stops it
	@$(INSTALL) environment local
	@$(INSTALL) client
	@exec .venv/bin/ottit up

down: ## Stop what `make up` started
	@$(OTTIT) down

status: ## Show the processes, their memory and their lag
	@$(OTTIT) status

unit: ## Run the quick tests: no network, no broker, a few seconds
	@$(INSTALL) environment dev
	@$(QUICK_PYTEST)

test: client ## Run everything that a change must pass: the checks, then all tests
	@$(INSTALL) environment dev
	@$(TOGETHER) $(CHECKS) 'client tests: $(INSTALL) npm run test --silent' \
		'Chromium: .venv/bin/python -m tests.chromium'
	@echo '==> pytest'
	@$(ALL_PYTEST) -m "not containers and not faults and not provider"

# Of `make faults`: which faults, the first seed, seeds per test. Of `make load`, `make soak` and `make fuzz`: how much.
ONLY ?=
SEED ?=
TRIALS ?= 1
LONG ?=
RATE ?= 10
SECONDS ?= 60
MINUTES ?= 30
ERASED ?=
URL ?= http://127.0.0.1:8700
DATA ?= .ottit
JOURNAL ?= load-journal.jsonl
SEEDED = $(if $(SEED),--seed $(SEED))

faults: client ## Inject every fault into real parts (ONLY=E03 SEED=7 TRIALS=5: one line of docs/faults.md)
	@$(INSTALL) environment dev
	@.venv/bin/python -m tests.faults --trials $(TRIALS) $(SEEDED) $(if $(ONLY),--only $(ONLY)) $(if $(LONG),--long)

load: ## Send a mixed load to URL at RATE per second for SECONDS, and keep a JOURNAL
	@$(INSTALL) environment dev
	@.venv/bin/python -m tests.faults.mixed_load --url $(URL) --rate $(RATE) --seconds $(SECONDS) --journal $(JOURNAL) $(SEEDED)

verify-load: ## Judge the installation on DATA by a load's JOURNAL; search it for ERASED words
	@$(INSTALL) environment dev
	@.venv/bin/python -m tests.faults.check --journal $(JOURNAL) --data $(DATA) $(foreach word,$(ERASED),--erased $(word))

soak: client ## Mixed load with random faults for MINUTES; watch memory, files and threads
	@$(INSTALL) environment dev
	@.venv/bin/python -m tests.faults.soak --minutes $(MINUTES) $(SEEDED)

test-containers: ## Test images, compose and testcontainers with Docker; report what could not run
	@$(INSTALL) environment dev
	@.venv/bin/python -m tests.chromium
	@.venv/bin/python -m tests.containers.pull
	@.venv/bin/pytest tests/containers tests/integration -rs

test-provider: ## Judge texts through a real server for language models, from server and client (downloads 130 MB once)
	@$(INSTALL) environment provider
	@.venv/bin/pytest tests/providers -p no:schemathesis -rs

fuzz: ## Send generated input to every reader and route for MINUTES (SEED=7 repeats)
	@$(INSTALL) environment dev
	@FUZZ_MINUTES=$(MINUTES) FUZZ_SEED=$(or $(SEED),0) .venv/bin/pytest tests/fuzz -p no:schemathesis --timeout=0 -o faulthandler_timeout=0

mutants: ## Change the pure cores in small ways and count the changes that no test notices (hours)
	@$(INSTALL) environment mutants
	@.venv/bin/mutmut run --max-children 2
	@.venv/bin/python -m tests.mutation

check: client ## Run the linters and type checkers of Python and the client
	@$(INSTALL) environment dev
	@$(TOGETHER) $(CHECKS)

format: ## Format the code
	@$(INSTALL) environment dev
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .
	@$(INSTALL) npm exec -- biome check --write .

generate: ## Write the generated files: permissions, dashboard, reference pages, API, types, vectors
	@$(INSTALL) environment dev
	.venv/bin/python -m shared.security.broker_accounts > deploy/nats/accounts.conf
	.venv/bin/python -m deploy.k8s.nats_values > deploy/k8s/charts/nats.yaml
	.venv/bin/python -m deploy.observability.dashboard > deploy/observability/dashboard.json
	.venv/bin/python -m shared.security.capabilities > docs/capabilities.md
	.venv/bin/python -m deploy.settings_reference > docs/configuration.md
	.venv/bin/python -m shared.policy.typescript_types > client/src/policy/public-view.ts
	.venv/bin/python -m tests.contract.make_policy_vectors
	.venv/bin/python -m tests.contract.make_language_vectors
	.venv/bin/python -m services.gateway.http.openapi > client/openapi.json
	$(INSTALL) npm run types --silent

pin-images: ## Pin every image of others to the contents that its tag has now
	@$(INSTALL) environment dev
	@.venv/bin/python -m deploy.images
	@.venv/bin/python -m deploy.k8s.nats_values > deploy/k8s/charts/nats.yaml

sbom: ## List every locked package, as CycloneDX in build/sbom/
	@$(INSTALL) environment local
	@.venv/bin/python -m deploy.packages bills

audit: ## Compare the lock files with published weaknesses (1: weak, 3: not checked)
	@$(INSTALL) environment local
	@$(INSTALL) environment audit
	@.venv/bin/python -m deploy.packages audit

bench: ## Measure throughput, latency and memory on this machine
	@$(INSTALL) environment dev
	@$(INSTALL) client
	@.venv/bin/python -m tests.bench

client: ## Build the web client, if it has changed
	@$(INSTALL) client

clean: ## Remove everything installed and built; the data in .ottit/ stays
	rm -rf .venv .uv client/node_modules client/dist mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
