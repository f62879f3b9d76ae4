# `make help` says what there is. PYTHON is the interpreter that .venv is made with.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
# Trusts whom the machine trusts, as pip does: a company's own certificate, for one.
NPM := NODE_OPTIONS=--use-system-ca $(BIN)/npm
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins"

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help venv demo test lint types contracts pytest generate docs bench torture pins clean

help:
	@echo 'make demo       compile the starter example, explain it, and run its host'
	@echo 'make test       lint, types, contracts and pytest'
	@echo 'make lint       ruff check, ruff format --check'
	@echo 'make types      mypy'
	@echo 'make contracts  import-linter: which module may import which'
	@echo 'make pytest     the tests; ARGS="..." goes to pytest'
	@echo 'make generate   write every generated file anew'
	@echo 'make docs       build the site of docs/ in build/docs'
	@echo 'make bench      measure; ARGS="hot boots …" names what'
	@echo 'make torture    search long for inputs that break it'
	@echo 'make pins       write requirements/*.txt anew from pyproject.toml; ARGS=--upgrade for newer versions'
	@echo 'make venv       only set up .venv (every target above does it when needed)'
	@echo 'make clean      remove .venv, caches and builds'

venv: .venv/.installed

# The pinned packages; made anew when the pins change.
.venv/.pinned: requirements/dev.txt
	@command -v '$(PYTHON)' >/dev/null || { \
		echo "codemation needs Python 3.11 or newer; '$(PYTHON)' is not here. Name one: make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "codemation needs Python 3.11 or newer; '$(PYTHON)' is" \
			"$$('$(PYTHON)' -V 2>&1). Name another: make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@echo 'Setting up .venv ...'
	@'$(PYTHON)' -m venv --clear .venv
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The project itself, in place; made anew when its metadata change.
.venv/.installed: .venv/.pinned pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q compiler
	@touch $@

# What runs on Node.js: the language server of VS Code's TOML extension, Ajv, and BullMQ.
.venv/.editors: .venv/.pinned tests/editors/package.json tests/editors/package-lock.json
	@echo 'Setting up what runs on Node.js ...'
	@mkdir -p .venv/editors
	@cp tests/editors/package.json tests/editors/package-lock.json .venv/editors/
	@$(NPM) ci --prefix .venv/editors --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

demo: venv
	$(BIN)/codemation compile --root examples/starter --explain
	$(BIN)/python examples/starter/host.py
	$(BIN)/codemation db status --root examples/starter

test: lint types contracts pytest

lint: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: venv
	$(BIN)/mypy

contracts: venv
	$(BIN)/lint-imports --no-logo

# Compiled, as hundreds of tests start processes that import them.
pytest: venv .venv/.editors
	@$(BIN)/python -m compileall -q compiler tests
	$(BIN)/pytest --numprocesses=auto --dist=worksteal $(ARGS)

generate: venv
	$(BIN)/python -m tests.generate

# Every warning is an error: a page in no table of contents, a link that leads nowhere.
docs: .venv/.docs
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env docs build/docs
	@echo 'build/docs/index.html'

.venv/.docs: .venv/.installed requirements/docs.txt
	@$(PIP) install --require-hashes -r requirements/docs.txt
	@touch $@

bench: .venv/.bench
	$(BIN)/python -m tests.bench $(ARGS)

# What the measurements compare with; only they need it.
.venv/.bench: .venv/.installed requirements/bench.txt
	@$(PIP) install --require-hashes -r requirements/bench.txt
	@touch $@

torture: venv .venv/.editors
	$(BIN)/python -m tests.torture

pins: venv
	$(PIN) --output-file requirements/runtime.txt $(ARGS) pyproject.toml
	$(PIN) --output-file requirements/dev.txt --group dev --constraint requirements/runtime.txt $(ARGS) pyproject.toml
	$(PIN) --output-file requirements/bench.txt --group bench --constraint requirements/dev.txt $(ARGS)
	$(PIN) --output-file requirements/docs.txt --group docs --constraint requirements/dev.txt $(ARGS)
	$(NPM) install --prefix tests/editors --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
