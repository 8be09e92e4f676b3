# The commands of the house; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := ops/requirements
RECORDED := $(CURDIR)/var/contracts/recorded
PURE := $(addprefix tests/bot/,tables guards snapshot patterns forecast suppliers inventory policy orders)
CALLING := tests/connectors tests/contract tests/faults tests/scenarios tests/bot/doctor

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit contracts docs bench benchmark-env lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# a stamp per lock: a second run installs nothing
$(VENV)/demo.stamp: $(REQUIREMENTS)/demo.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r $(REQUIREMENTS)/demo.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp $(REQUIREMENTS)/test.txt
	$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r $(REQUIREMENTS)/test.txt
	touch $@

demo: $(VENV)/demo.stamp ## the whole job on a made-up company, at most three minutes
	$(BIN)/restock demo

test: lint unit ## lint, types, import rules and the test suite

lint: $(VENV)/test.stamp ## ruff, mypy, import rules, dependency check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry bot connectors

# measuring makes tests half as slow again, so it is done where it counts: pure packages by their own tests
unit: $(VENV)/test.stamp ## the test suite, the pure packages with coverage
	$(BIN)/pytest --numprocesses 2 --cov --cov-report= --quiet $(PURE)
	$(BIN)/python ops/coverage_gate.py
	$(BIN)/pytest --numprocesses 2 --quiet $(addprefix --ignore=,$(PURE))

# programs that we did not write and that judge us; without npm these parts are skipped, and the tests say so
var/contracts/%.stamp: ops/contracts/%/package.json ops/contracts/%/package-lock.json
	mkdir -p var/contracts/$*
	cp ops/contracts/$*/package*.json ops/contracts/$*/.npmrc var/contracts/$*/
	@if (cd var/contracts/$* && npm ci --no-audit --no-fund --silent); then touch $@; \
	  else echo "$*: npm is missing or could not install; tests that need it will be skipped and say so"; fi

contracts: $(VENV)/test.stamp var/contracts/cap.stamp var/contracts/prism.stamp ## all calls judged by published interfaces, all routes under faults
	rm -rf $(RECORDED)
	RESTOCK_TRACE=$(RECORDED) $(BIN)/pytest -m "contracts or not contracts" --numprocesses 2 --quiet $(CALLING)
	RESTOCK_RECORDED=$(RECORDED) $(BIN)/pytest -m "contracts or not contracts" --quiet tests/published

docs: $(VENV)/test.stamp ## write the generated pages: tables, policy keys, settings, schema
	$(BIN)/python ops/generated_docs.py

bench: $(VENV)/test.stamp ## figures of docs/benchmarks.md
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/real_data.py
	$(BIN)/python benchmarks/extraction.py
	$(BIN)/python benchmarks/extraction_fusion.py
	$(BIN)/python benchmarks/forecast.py

# other people's forecasters to be timed beside ours; never part of the product's environment
$(VENV)-benchmark/benchmark.stamp: $(REQUIREMENTS)/benchmark.txt
	test -x $(VENV)-benchmark/bin/python || $(PYTHON) -m venv $(VENV)-benchmark
	$(VENV)-benchmark/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $(REQUIREMENTS)/benchmark.txt
	touch $@

benchmark-env: $(VENV)-benchmark/benchmark.stamp ## the peers that benchmarks/forecast.py times, in .venv-benchmark

lock: ## renew the hash locks (needs uv)
	for name in runtime:build demo:build,demo test:build,demo,test; do \
	  extras=$$(echo $${name#*:} | tr ',' ' '); \
	  uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $$(for extra in $$extras; do echo --extra $$extra; done) \
	    --output-file $(REQUIREMENTS)/$${name%%:*}.txt || exit 1; \
	done
	uv pip compile --quiet $(REQUIREMENTS)/benchmark.in --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --output-file $(REQUIREMENTS)/benchmark.txt

clean: ## remove the environment and everything the demo left
	rm -rf $(VENV) $(VENV)-benchmark var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
