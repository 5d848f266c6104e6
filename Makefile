# Every target creates what it needs; the machine brings Python 3.11 to 3.13 and make.
# A stamp under the environment says which pinned file it was filled from.

ENV := .venv
BENCH_ENV := .venv-bench
SCAN_ENV := .venv-scan
MUTATE_ENV := .venv-mutate
PY := $(ENV)/bin/python
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
SEEDS ?= 10000
KILLS ?= 500
MINUTES ?= 10
WORKERS ?= auto
ROWS ?=
ONLY ?=
SAMPLE ?=
SEED ?= 1
PYTEST_ARGS ?=
# What is pinned is pinned whole: nothing else is looked for.
INSTALL := -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps
EDITABLE := -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

# As many processes as there are cores, unless WORKERS says otherwise; 0 is this process alone.
# Each begins with neighbours, which share what they make first, and ends with what others left.
# What failed and what was skipped is named at the end.
SPREAD := -rfEs --numprocesses $(WORKERS) --dist worksteal
UNIT := -m pytest tests/unit $(SPREAD) --maxprocesses 8
# These start whole servers, each with processes of its own: more at once would only wait.
SERVED := -m pytest $(SPREAD) --maxprocesses 4
# Every port's promise on memory and on Postgres, and the first order as the README has it.
SHORT := tests/contracts $(wildcard tests/integration/contracts/test_postgres*.py) tests/integration/test_readme.py

# Weak code is ruff's (S): what is silenced says why beside it. What looks like a secret and is none
# stands in .secrets.baseline by its value, with the reason; where git lists nothing, nothing would
# be looked at: that fails first. pip-audit lists what its index tells no vulnerabilities of: a
# mirror may serve packages and know nothing of their holes.
define SCAN
git ls-files --error-unmatch .secrets.baseline > /dev/null
git ls-files -z | xargs -0 $(SCAN_ENV)/bin/detect-secrets-hook --baseline .secrets.baseline
$(SCAN_ENV)/bin/pip-audit --progress-spinner=off --require-hashes --disable-pip --requirement requirements/test.txt
endef

# Without kept bytecode every server that a test starts would be compiled anew: seconds each.
unexport PYTHONDONTWRITEBYTECODE

# The console's own files; what is vendored and what is made is not ours to write.
CONSOLE := adapters/http/console
define CHECK_CONSOLE
$(ENV)/bin/oxfmt --check -c tests/browser/oxfmtrc.json $(CONSOLE) '!**/vendor/**' '!**/types/**' '!**/*.html'
$(ENV)/bin/oxlint -c tests/browser/oxlintrc.json --ignore-pattern '$(CONSOLE)/vendor/**' $(CONSOLE)
$(PY) -m tests.browser.node
endef

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test test-all unit check services-up services-down bench scan mutate lock gpu simulate torture fuzz vendor picture clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

run: $(ENV)/.run ## Start Ballast: embedded Postgres, paper broker, replayed prices
	$(ENV)/bin/ballast serve

test: $(ENV)/.test ## Run the unit suite, the contracts on memory and Postgres, and the first order
	$(PY) $(UNIT) $(PYTEST_ARGS)
	$(PY) $(SERVED) $(SHORT) $(PYTEST_ARGS)

# The browser's suite runs beside the others, and is shown behind them.
test-all: test $(ENV)/.browser ## Run that, then all else: Kafka, Redis, whole servers, torture and fuzz rounds
	mkdir -p out
	$(PY) -m pytest tests/browser $(PYTEST_ARGS) > out/browser.txt 2>&1 & browser=$$!; \
	$(PY) $(SERVED) tests/integration $(SHORT:%=--ignore=%) $(PYTEST_ARGS); long=$$?; \
	wait $$browser; browser=$$?; cat out/browser.txt; exit $$((long || browser))

services-up: $(ENV)/.test ## Start Postgres, Redis and Kafka on loopback for the tests: ONLY=redis,kafka
	$(PY) -m tests.services up $(if $(ONLY),--only $(ONLY))

services-down: $(ENV)/.test ## Stop what services-up started and remove its data
	$(PY) -m tests.services down $(if $(ONLY),--only $(ONLY))

unit: $(ENV)/.test ## Run the unit suite alone: WORKERS=0 in one process, as a debugger needs
	$(PY) $(UNIT) $(PYTEST_ARGS)

check: $(ENV)/.browser $(SCAN_ENV)/.scan ## Check format, lint, types, import contracts and scans
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(ENV)/bin/lint-imports --no-logo
	$(CHECK_CONSOLE)
	$(SCAN)

scan: $(SCAN_ENV)/.scan ## Look for secrets in files and known holes in what is pinned
	$(SCAN)

# mutmut imports the tests and a copy of the product with its mutants: what is installed there is
# what the tests need, and not the product itself.
mutate: $(ENV)/.test $(MUTATE_ENV)/.mutate ## Count the mutants of the core that unit tests notice: ONLY=risk SAMPLE=200 SEED=1
	$(PY) -m tests.mutation --tools $(MUTATE_ENV)/bin --seed $(SEED) \
		$(if $(ONLY),--only $(ONLY)) $(if $(SAMPLE),--sample $(SAMPLE))

# Ballast is measured on the versions that it ships with, NautilusTrader on those it pins.
bench: $(ENV)/.browser $(BENCH_ENV)/.bench ## Measure beside the peers: make bench ROWS=gate,submit
	BALLAST_BENCH_NAUTILUS_PYTHON=$(CURDIR)/$(BENCH_ENV)/bin/python \
		$(PY) -m bench $(if $(ROWS),--rows $(ROWS))

# Without a GPU each thing that it would try is named, and that is no failure.
gpu: $(ENV)/.test ## Try and measure the engines of GPUs where there is one, else say what is skipped
	$(PY) -m tests.gpu

simulate: $(ENV)/.run ## Run the whole application under a virtual clock: SEEDS=10000
	$(PY) -m tests.simulation --seeds $(SEEDS)

torture: $(ENV)/.test ## Kill the server again and again and count the damage: KILLS=500
	$(PY) -m tests.torture --kills $(KILLS)

fuzz: $(ENV)/.test ## Feed every parser nonsense: MINUTES=10 for each
	$(PY) -m tests.fuzz --minutes $(MINUTES)

# Constrained by test.txt, so that run, test, cluster and gpu never disagree on a version. bench.txt
# stands alone: the peers it measures against pin older packages, hence the second environment.
COMPILE = $(ENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links --upgrade
lock: $(ENV)/.python ## Pin requirements/*.txt anew from pyproject.toml
	$(PY) $(INSTALL) --require-hashes -r requirements/lock.txt
	$(COMPILE) --group lock -o requirements/lock.txt
	$(COMPILE) pyproject.toml --group build --group test --extra compute --extra cpu --extra kafka \
		--extra redis --extra anomaly --extra report --extra mcp -o requirements/test.txt
	$(COMPILE) pyproject.toml --group build -c requirements/test.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml --group build --extra cpu --extra kafka --extra redis \
		--extra mcp -c requirements/test.txt -o requirements/cluster.txt
	$(COMPILE) pyproject.toml --group build --extra gpu -c requirements/test.txt \
		-o requirements/gpu.txt
	$(COMPILE) pyproject.toml --group build --group bench --extra compute --extra report \
		-o requirements/bench.txt
	$(COMPILE) --group scan -o requirements/scan.txt
	$(COMPILE) --group mutate -c requirements/test.txt -o requirements/mutate.txt
	$(COMPILE) --group browser -c requirements/test.txt -o requirements/browser.txt

# npm brings what tests/browser/package-lock.json pins; a file with another digest than the one that
# vendor.toml says is an error, unless WRITE says that it is meant.
vendor: $(ENV)/.browser ## Make the console's vendored libraries anew, and the types of the API: WRITE=1
	$(PY) -m tests.browser.vendor $(if $(WRITE),--write)
	$(PY) -m tests.browser.api_types

picture: $(ENV)/.browser ## Take the README's picture of the console anew
	$(PY) -m tests.browser.picture

clean: ## Remove environments, caches and build output; data under var/ stays
	@if [ -e out/services/state.json ] && [ -x $(PY) ]; then $(PY) -m tests.services down; fi
	rm -rf $(ENV) $(BENCH_ENV) $(SCAN_ENV) $(MUTATE_ENV) build dist out mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The first interpreter that is new enough, old enough, runs, and can make an environment.
$(ENV)/.python $(BENCH_ENV)/.python $(SCAN_ENV)/.python $(MUTATE_ENV)/.python:
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
			echo "environment $(@D) from $$("$$python" --version) ($$(command -v "$$python"))"; \
			"$$python" -m venv --clear $(@D) && touch $@ && exit 0; \
			exit 1; \
		fi; \
	done; \
	echo "error: no usable Python among: $(PYTHONS). Ballast needs Python 3.11, 3.12 or 3.13 with its venv module" >&2; \
	echo "(on Debian: apt-get install python3 python3-venv). Name another with: make PYTHON=/path/to/python" >&2; \
	exit 1

$(ENV)/.run: requirements/run.txt pyproject.toml $(ENV)/.python
	$(PY) $(INSTALL) --require-hashes -r requirements/run.txt
	$(PY) $(EDITABLE)
	@touch $@

# test.txt holds all of run.txt at the same versions, so a later `make run` installs nothing.
$(ENV)/.test: requirements/test.txt pyproject.toml $(ENV)/.python
	$(PY) $(INSTALL) --require-hashes -r requirements/test.txt
	$(PY) $(EDITABLE)
	@touch $(ENV)/.run $@

# The console's tests drive the Chromium that the system has; its checks bring a Node of their own.
$(ENV)/.browser: requirements/browser.txt $(ENV)/.test
	$(PY) $(INSTALL) --require-hashes -r requirements/browser.txt
	@touch $@

$(BENCH_ENV)/.bench: requirements/bench.txt pyproject.toml $(BENCH_ENV)/.python
	$(BENCH_ENV)/bin/python $(INSTALL) --require-hashes -r requirements/bench.txt
	$(BENCH_ENV)/bin/python $(EDITABLE)
	@touch $@

$(SCAN_ENV)/.scan: requirements/scan.txt $(SCAN_ENV)/.python
	$(SCAN_ENV)/bin/python $(INSTALL) --require-hashes -r requirements/scan.txt
	@touch $@

$(MUTATE_ENV)/.mutate: requirements/test.txt requirements/mutate.txt $(MUTATE_ENV)/.python
	$(MUTATE_ENV)/bin/python $(INSTALL) --require-hashes -r requirements/test.txt
	$(MUTATE_ENV)/bin/python $(INSTALL) --require-hashes -r requirements/mutate.txt
	@touch $@
