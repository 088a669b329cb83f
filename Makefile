# Two commands matter: `make demo` and `make test`. Both need nothing but make and Python >= 3.11.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
UV := uv==0.13.9

# Another Python can be named: make demo PYTHON=python3.12
PYTHON ?=
# Extra words for pytest: make test ARGS="-k ledger"
ARGS ?=
# One benchmark instead of all: make bench NAME=import_time
NAME ?=

PYTEST := $(PY) -m pytest -n auto --dist loadscope --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1

.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/.base ## install, then run the main job in the sandbox: four weeks, and the one ahead
	@$(BIN)/marketing demo $(ARGS)

.PHONY: up
up: $(VENV)/.base ## serve the sandbox, Dagster's pages and its daemon on loopback; Ctrl-C stops all of it
	@$(BIN)/marketing up $(ARGS)

.PHONY: test
test: $(VENV)/.dev ## install, then run the whole test suite; ARGS="-k word" narrows it
	@$(PYTEST) $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## formatter check, linter, types and import contracts, without the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache

.PHONY: check
check: lint test ## everything that must pass before a change lands

.PHONY: format
format: $(VENV)/.dev ## rewrite the code in the house format and mend what the linter can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.dev ## run every benchmark, ending with a table of targets, or one: make bench NAME=import_time
	@set -e; \
	if [ -n "$(NAME)" ]; then \
	    [ -f "benchmarks/$(NAME).py" ] || { echo "make bench: there is no benchmarks/$(NAME).py" >&2; exit 1; }; \
	    exec $(PY) -m "benchmarks.$(NAME)" $(ARGS); \
	fi; \
	lines=$$(mktemp); \
	for file in benchmarks/[a-z]*.py; do \
	    [ -f "$$file" ] || { echo "make bench: benchmarks/ is empty" >&2; exit 1; }; \
	    name=$$(basename "$$file" .py); \
	    echo "== $$name"; \
	    { $(PY) -m "benchmarks.$$name" $(ARGS) || echo "failed: $$name"; } | tee -a "$$lines"; \
	done; \
	echo "== targets"; $(PY) -m benchmarks.targets.table < "$$lines"; \
	failed=$$(sed -n 's/^failed: / /p' "$$lines" | tr -d '\n'); rm -f "$$lines"; \
	[ -z "$$failed" ] || { echo "make bench: failed:$$failed" >&2; exit 1; }

.PHONY: faults
faults: $(VENV)/.dev ## the long fault campaign: every row in full, one table, docs/faults.md; ARGS="--row 1 --kind publish" narrows it
	@$(PY) -m marketing_pipeline_tests.faults.campaign $(ARGS)

.PHONY: lock
lock: $(VENV)/.dev ## resolve the locked versions again: requirements.lock and requirements-dev.lock
	@$(PY) -m pip install --quiet "$(UV)"
	@$(BIN)/uv pip compile $(LOCK_OPTIONS) --extra ads --output-file requirements.lock pyproject.toml
	@$(BIN)/uv pip compile $(LOCK_OPTIONS) --constraints requirements.lock --extra dev \
	    --output-file requirements-dev.lock pyproject.toml

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --group build --upgrade --fork-strategy fewest \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: clean
clean: ## remove the environment, caches and build output; never the home with your data
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find marketing_pipeline marketing_pipeline_tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# -- installation ------------------------------------------------------------------------------------------------------

# A stamp is written last, so an interrupted installation is simply continued; a second one is instant.

$(VENV)/.created:
	@python=""; \
	for candidate in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14; do \
	    [ -n "$$candidate" ] || continue; \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python="$$candidate"; break; \
	    fi; \
	    [ -z "$(PYTHON)" ] || break; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "make: Python 3.11 or newer is needed, and none was found. Install it, or name it: make PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi; \
	echo "creating $(VENV) with $$("$$python" -c 'import platform; print("Python", platform.python_version())')"; \
	"$$python" -m venv $(VENV) || { \
	    echo "make: this Python cannot create environments; on Debian and Ubuntu install python3-venv" >&2; exit 1; }; \
	touch $@

$(VENV)/.base: $(VENV)/.created requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: $(VENV)/.created requirements-dev.lock requirements.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@touch $(VENV)/.base $@

# uv takes a third of pip's time, but does not read pip's configuration: where that names an index of its own, or where
# uv cannot be had, pip does the work.
define install
echo "installing $(1)"; \
{ ! $(PY) -m pip config list 2>/dev/null | grep -q '\.index-url=\|\.no-index=' \
  && $(PY) -m pip install --quiet "$(UV)" \
  && $(BIN)/uv pip install --quiet --no-deps --compile-bytecode --python $(PY) --requirement $(1); \
} || $(PY) -m pip install --quiet --no-deps --requirement $(1) || exit 1; \
$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable . || exit 1; \
$(PY) -m compileall -q marketing_pipeline || exit 1
endef
