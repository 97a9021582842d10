PYTHON ?= python3
BIN := .venv/bin
ACTIONS = action.yml */action.yml host/*/action.yml
PRINTED = examples/workflows/*.yml tests/expected/init/*/*.yml
WORKERS = $(shell $(PYTHON) -c "import os; print(os.cpu_count() + 2)")
# A folder in memory with a gigabyte of space, from which programs may be started, as tests do;
# empty if there is none: a container has 64 MB.
MEMORY = $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 1000000 { found = 1 } END { exit !found }' && awk '$$2 == "/dev/shm" && $$4 !~ /noexec/ { print $$2; exit }' /proc/mounts)

.PHONY: setup try test check e2e contract dist audit rehearse release publisher tables pictures corpus lock oracle fuzz soak storm mutants bench growth metrics

setup: .venv/.done

.venv/.done: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

try: setup
	PYTHONPATH=lab $(BIN)/python lab/try.py

# A file of tests on each core, and two more, since many of them wait; for one file use
# `.venv/bin/pytest tests/test_x.py`.
# It leaves out what is marked `large`, and tries 10 examples of each property: scripts/e2e runs the
# large tests, and 100 examples.
# Bytecode is kept even where the surroundings forbid it: many tests start a Python of their own.
# They write some ten thousand small files, in memory if possible: making and removing so many is
# slow on a disk, and removing a thousand nested folders takes seconds there.
test: setup
	PYTHONDONTWRITEBYTECODE= TMPDIR=$(MEMORY) $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports --no-cache
	$(BIN)/hadolint Dockerfile .github/base.Dockerfile
	$(BIN)/shellcheck .ci/run scripts/actionlint scripts/e2e tests/expected/init/*/*.sh lab/sentry/start lab/sentry/stop lab/sentry/reset lab/sentry/make-repo
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions $(ACTIONS) .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml $(PRINTED)
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/bug.yml .github/ISSUE_TEMPLATE/feature.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/zizmor --offline --quiet --persona auditor .github $(ACTIONS)
	$(BIN)/zizmor --offline --quiet --config .github/zizmor.yml $(PRINTED)
	scripts/actionlint

e2e: setup
	scripts/e2e

# The wheel and the sdist, in dist/; what builds them is pinned in requirements-dev.txt.
dist: setup
	rm -rf dist
	$(BIN)/python -m build --no-isolation

# Compare the fake Sentry with a real one, which is started for it.
contract: setup
	scripts/e2e contract

# Known vulnerabilities of everything that is pinned; asks the package index.
audit: .venv-audit/.done
	.venv-audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.txt -r requirements-image.txt -r requirements-dev.txt -r requirements-audit.txt -r requirements-publish.txt -r requirements-mutants.txt

.venv-audit/.done: requirements-audit.txt
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	touch $@

# A whole release without a registry and without GitHub; needs Docker.
rehearse: setup
	$(BIN)/pytest tests/e2e/test_shipping.py

# make release VERSION=1.2.3: everything that a person does for a release, see CONTRIBUTING.md.
release:
	@test -n "$(VERSION)" || { echo "Which one? make release VERSION=1.2.3" >&2; exit 2; }
	@PYTHONPATH=scripts $(PYTHON) -m shipping propose "$(VERSION)" $(if $(DRY_RUN),--dry-run)

# The owner and the name of the repository that publishes the action, in every file that names it.
# Without OWNER it writes what src/sentry_release/__init__.py says, for example after a merge.
publisher: setup
	$(BIN)/python scripts/publisher.py --owner "$(OWNER)" --name "$(REPOSITORY)"
	$(BIN)/ruff format --quiet .

tables: setup
	$(BIN)/python scripts/action_files.py
	$(BIN)/python scripts/tables.py
	$(BIN)/python scripts/reusable.py
	$(BIN)/python scripts/names_table.py
	$(BIN)/python scripts/module_table.py
	$(BIN)/python scripts/doctor_page.py
	$(BIN)/python scripts/init_workflows.py
	$(BIN)/python scripts/faults.py

# The pictures of the README, of jobs that are really played; needs Chromium, and `npm ci`.
pictures: setup
	PYTHONPATH=.:src:lab:tests $(BIN)/python scripts/pictures.py

# Very many jobs, whose sum the server must have in the end; a real one if lab/sentry/start's variables are set.
RUNS ?= 2000
AT_ONCE ?= 50
soak: setup
	PYTHONPATH=lab $(BIN)/python -m soak --runs $(RUNS) --at-once $(AT_ONCE) --report lab/soak/report.json

# Random schedules of faults: one seed, printed in full, or SEEDS of them from FIRST on.
# In pieces: make storm SEEDS=500, then make storm SEEDS=500 FIRST=501; the report adds them up.
SEEDS ?= 2000
FIRST ?= 1
storm: setup
	PYTHONPATH=.:src:lab:tests $(BIN)/python -m storm \
		$(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --first $(FIRST) --report lab/storm/report.json)

# Mutation testing of the pure packages; for a part SAMPLE=500 SEED=3 PACKAGES="release ci",
# or MODULES=ci/event.py TESTS=tests/ci.
mutants: setup .venv-mutants/.done
	PYTHONPATH=scripts .venv-mutants/bin/python -m mutation $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(if $(PACKAGES),--packages $(PACKAGES)) \
		$(if $(MODULES),--modules $(MODULES)) $(if $(TESTS),--tests $(TESTS))

.venv-mutants/.done: requirements-mutants.txt
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.txt
	touch $@

# Fuzz every parser, for a minute in all, and time every pattern and every rule on crafted input;
# KEEP=--keep keeps new inputs.
FUZZ_S ?= 60
fuzz: setup fuzz/.venv/.done
	fuzz/.venv/bin/python fuzz/every.py --seconds $(FUZZ_S) $(KEEP)
	$(BIN)/pytest -m large tests/repository/test_patterns.py tests/doctor/test_rule_growth.py

fuzz/.venv/.done: fuzz/requirements.txt
	$(PYTHON) -m venv fuzz/.venv
	fuzz/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r fuzz/requirements.txt
	touch $@

# Precision and recall of the doctor on its corpus, and its messages.
corpus: setup
	$(BIN)/python scripts/corpus.py

# Cost of a job compared with sentry-cli and a minimal baseline; about six minutes. See bench/README.md.
bench: setup
	$(BIN)/python bench/jobs.py
	$(BIN)/python bench/uploads.py

# What it costs as history, range, projects and apps grow.
growth: setup
	$(BIN)/python bench/growth.py

# The figures of the architecture, beside their goals.
metrics: setup
	$(BIN)/python scripts/metrics.py

# Needs uv on the PATH.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-emit-package cryptography --no-emit-package pycparser -c requirements.txt requirements.in -o requirements-image.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt
	cd fuzz && uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-audit.in -o requirements-audit.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-publish.in -o requirements-publish.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links requirements-mutants.in -o requirements-mutants.txt

# Compares our reading of names with Relay's on 20,000 names rather than a hundred.
oracle: setup
	ORACLE_EXAMPLES=20000 $(BIN)/pytest tests/release/test_release_version.py
