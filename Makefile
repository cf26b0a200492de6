# Each target sets up what it needs. `make demo` and `make test` are all a newcomer has to know.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# images often forbid bytecode: then each of the hundred processes of a test run compiles every module anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo run test check bench interop corpus fuzz chaos clean

help:  ## what there is; the first, so that `make` alone says it
	@sed -n 's/^\([a-z]*\):.*##/\1 -/p' $(MAKEFILE_LIST)

setup: $(STAMP)  ## a virtual environment with the gateway and its tools

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[all]' --group dev
	touch $@

demo: $(STAMP)  ## the main job end to end: a retailer, a 3PL, an API partner and a hub on this machine
	$(BIN)/gateway demo

run: $(STAMP)  ## serves the quickstart workspace until stopped
	test -d quickstart || $(BIN)/gateway init quickstart --quickstart
	$(BIN)/gateway --workspace quickstart serve

test: $(STAMP)  ## all tests
	$(BIN)/python tests/support/system_packages.py
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(STAMP)  ## what CI checks beside the tests; reports all failures
	@status=0; \
	for command in "ruff check ." "ruff format --check ." "mypy" "lint-imports" "python tests/support/house.py"; do \
	  echo "== $$command"; PYTHONPATH=. $(BIN)/$$command || status=1; \
	done; exit $$status

bench: $(STAMP)  ## speed as ratios to a floor measured in the same run; BENCH="edi maps" runs some, other libraries get an environment of their own
	$(BIN)/python -m tests.benchmarks $(BENCH)

corpus: $(STAMP)  ## reads every real document of the shared corpus
	$(BIN)/python -m tests.corpus

MINUTES ?= 1
TARGET  ?= all

build/fuzz/.installed:  # atheris has no place among the tools that everybody needs
	$(PYTHON) -m venv build/fuzz
	build/fuzz/bin/python -m pip install --quiet --disable-pip-version-check "atheris>=3" "hypothesis>=6.170"
	touch $@

fuzz: build/fuzz/.installed  ## coverage-guided fuzzing of edi; crashers are kept in tests/fuzz/crashers
	PYTHONPATH=. build/fuzz/bin/python -m tests.fuzz.fuzz_edi --minutes $(MINUTES) --target $(TARGET)

interop: $(STAMP)  ## AS2 against openssl, pyas2lib, libas2 and Bouncy Castle, cell by cell; FAST=1 takes a spread of the cells
	$(BIN)/python -m tests.interop.matrix $(if $(FAST),--fast)

RUNS ?= 200

chaos: $(STAMP)  ## kill -9 at random moments under load, RUNS=200; CHAOS="large-as2 cuts-sftp" or CHAOS=all runs others
	RUNS=$(RUNS) $(BIN)/python -m tests.chaos $(CHAOS)

clean:
	rm -rf $(VENV) .peers quickstart build dist
