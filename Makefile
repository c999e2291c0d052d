# `make run` starts the product, `make test` tests it; both set up what they need on a fresh machine.
# `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# Processes of one test run: as many as there are cores, two to four. Each has its own databases.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 2 ? 2 : n > 4 ? 4 : n)))
PYTEST := $(PYTHON) -m pytest $(if $(filter-out 0 1,$(JOBS)),-n $(JOBS) --dist worksteal) $(ARGS)
ON_POSTGRES := build/test-result-postgres.txt
LOCK := .venv/bin/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)

export HOST PORT
# A numpy that takes all cores for itself makes servers, workers and browsers wait.
test: export OPENBLAS_NUM_THREADS = 1
# The servers and workers that tests start import everything each time: keep what was compiled.
test: export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup run test check bench faults lock packages tools front-end chromium

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

setup: tools front-end  ## .venv with the development tools, front end built

run: packages front-end  ## the product on this machine: database, queue, sample project, web server and worker
	@exec $(PYTHON) manage.py up

test: tools front-end chromium  ## all tests: PostgreSQL first, then SQLite and the browser
	@echo "== on PostgreSQL: the tests that use a database =="
	@mkdir -p $(dir $(ON_POSTGRES)); rm -f $(ON_POSTGRES); \
	TEST_DATABASE=postgres TEST_RESULT=$(ON_POSTGRES) $(PYTEST); on_postgres=$$?; \
	echo "== on SQLite: all tests =="; \
	EARLIER_RUN="on PostgreSQL, exit code $$on_postgres" EARLIER_RESULT=$(ON_POSTGRES) $(PYTEST); on_sqlite=$$?; \
	[ $$on_postgres = 0 ] && [ $$on_sqlite = 0 ]

check: tools front-end  ## lint, format, types, import contracts, migrations, deployment settings, translations
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	.venv/bin/lint-imports
	$(PYTHON) -m mypy
	$(PYTHON) manage.py makemigrations --check --dry-run
	PRODUCTION=1 SECRET_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))') \
		$(PYTHON) manage.py check --deploy --fail-level WARNING
	$(PYTHON) scripts/front_end.py check
	$(PYTHON) scripts/messages.py check

bench: tools front-end  ## figures, on PostgreSQL
	TEST_DATABASE=postgres $(PYTHON) -m pytest -m bench -s -o faulthandler_timeout=1800 $(ARGS)

faults: tools front-end chromium  ## long fault runs, on PostgreSQL and on SQLite
	TEST_DATABASE=postgres $(PYTHON) -m pytest -m faults $(ARGS)
	$(PYTHON) -m pytest -m faults $(ARGS)

lock:  ## both lock files anew from pyproject.toml; UPGRADE=1 takes newer versions
	@scripts/bootstrap uv
	UV_NO_CONFIG=1 $(LOCK) --extra server --extra client --extra embedded --extra plots \
		--output-file requirements.lock
	UV_NO_CONFIG=1 $(LOCK) --all-extras --constraints requirements.lock --output-file requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock

packages:
	@scripts/bootstrap run

tools:
	@scripts/bootstrap dev

front-end:
	@if [ -e frontend/package.json ]; then $(PYTHON) scripts/front_end.py build; fi

# `make -j` must not build before Node is there.
front-end: | $(if $(filter run,$(MAKECMDGOALS)),packages,tools)

chromium:
	@scripts/install-chromium
