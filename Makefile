PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup try test check e2e tables lock oracle

setup: .venv/.done

.venv/.done: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

try: setup
	PYTHONPATH=lab $(BIN)/python lab/try.py

test: setup
	$(BIN)/pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	$(BIN)/shellcheck .ci/run scripts/actionlint scripts/e2e lab/sentry/start lab/sentry/stop lab/sentry/reset lab/sentry/make-repo
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet --persona auditor .github action.yml
	$(BIN)/zizmor --offline --quiet examples/workflows/*.yml
	scripts/actionlint

e2e: setup
	scripts/e2e

tables: setup
	$(BIN)/python scripts/tables.py
	$(BIN)/python scripts/names_table.py
	$(BIN)/python scripts/faults.py

# Needs uv on the PATH.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt

# Compares our reading of names with Relay's on 20,000 names rather than a few hundred.
oracle: setup
	ORACLE_EXAMPLES=20000 $(BIN)/pytest tests/test_sentry_version.py
