# Two commands: `make demo` shows the main job, `make test` checks it. Needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo test lint check bench fuzz lock pictures clean

install: $(VENV)/.installed

# pip checks every hash of the lock file; the project itself is then added as it stands here.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing from requirements.lock (about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install
	@$(BIN)/triage demo

test: install
	@$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: install
	$(BIN)/python -m tests.benchmarks

# Guided by coverage where atheris is installed (`.venv/bin/pip install -e .[fuzz]`; it has no build for
# every platform and so is not in the lock file), else at random. Findings: tests/fuzz/findings/.
fuzz: install
	@$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60)

# Needs uv. The lock names every version and hash for every platform, and no registry.
lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --quiet -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

# The main pages of the console, as Chromium shows them: FOLDER=... says where to.
pictures: install
	@$(BIN)/python -m tests.pictures $(or $(FOLDER),pictures)
