# Short on purpose: meson and ninja do the work, the scripts hold the longer recipes. `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BUILD := build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
FAULT_ROUNDS ?= 3
SAMPLE := $(BUILD)/sample
ARGS ?=

.PHONY: help setup build run test bench evaluate evaluate-full faults fuzz coverage sanitize lint format picture install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what building, testing and checking need (Debian packages, only the missing ones)
	@scripts/setup.sh all

$(BUILD)/build.ninja:
	@scripts/setup.sh build
	@meson setup $(BUILD) --prefix $(PREFIX) >$(BUILD).log 2>&1 || { cat $(BUILD).log; rm -f $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

build: $(BUILD)/build.ninja ## build the program as build/coord
	@ninja --quiet -C $(BUILD) coord | sed '/no work to do/d'; exit $${PIPESTATUS[0]}

run: build ## set up, build, analyse a labelled sample, or yours: make run LOGS="dir-or-files" [ARGS="--depth deep"]; SERVE=1: the service
ifdef SERVE
	@scripts/serve.sh $(BUILD)/coord $(BUILD)/coord-state $(ARGS)
else
	@scripts/run.sh $(BUILD)/coord $(SAMPLE) $(LOGS) -- $(ARGS)
endif

test: ## run all tests; ends with the line "N passed, N failed"
	@scripts/setup.sh test
	@scripts/test.sh $(BUILD)

evaluate: build ## measure the engine and others' methods on labelled batches: the small suite, under ten minutes
	@$(BUILD)/coord evaluate --suite small --split dev -o $(BUILD)/evaluation $(ARGS)

evaluate-full: build ## every cell, batch size and ablation on the test split: hours
	@$(BUILD)/coord evaluate --suite full --split test -o $(BUILD)/evaluation-full $(ARGS)

bench: ## measure: every script and program of bench/, each beside its peer
	@scripts/setup.sh test
	@scripts/bench.sh

faults: build ## kill, stop, fill and flood a running installation in every way of docs/reliability.md, FAULT_ROUNDS (3) times each
	@scripts/setup.sh test
	@/usr/bin/python3 tests/faults/faults.py $(BUILD)/coord --rounds $(FAULT_ROUNDS) $(ARGS)

fuzz: ## run every fuzz target for FUZZ_SECONDS (60)
	@scripts/setup.sh check
	@scripts/fuzz.sh $(FUZZ_SECONDS)

coverage: ## line coverage of the tests, a room a line
	@scripts/setup.sh all
	@scripts/coverage.sh

sanitize: ## the tests under address, undefined-behaviour and thread sanitizers
	@scripts/setup.sh all
	@scripts/sanitize.sh all

lint: ## clang-format, clang-tidy, cppcheck, shellcheck
	@scripts/setup.sh all
	@scripts/lint.sh all

format: ## put the sources into the committed format
	@scripts/lint.sh fix

picture: build ## draw docs/images/run.svg from the real output of `make run`
	@scripts/picture.py $(BUILD)/coord $(SAMPLE) docs/images/run.svg

install: build ## install program, man pages, completions (PREFIX, DESTDIR)
	@meson configure $(BUILD) --prefix $(PREFIX)
	@ninja --quiet -C $(BUILD) coord pages
	@meson install -C $(BUILD) --no-rebuild --tags runtime,man,completion

clean: ## remove every build folder
	rm -rf $(BUILD) build-*
