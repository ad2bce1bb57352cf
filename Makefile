# The commands of the README. Each sets the machine up first (deploy/setup, which does nothing when nothing is missing) and builds what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

# A directory of its own for the tests, so that they run beside a build or a running `make up`.
TEST_BUILD := .build/tests
REPORTS := .build/reports
PRODUCT := .build/release/portolan
# Static run-time. A section for each function, public ones included, so that the linker can drop what nothing refers to; packed relocations.
# After a change of these flags, `make clean`: the compiler keeps objects whose code is the same.
STATIC := -c release --static-swift-stdlib $(addprefix -Xswiftc ,-use-ld=lld -Xfrontend -function-sections -Xfrontend -internalize-at-link) \
  $(addprefix -Xlinker ,--gc-sections --no-export-dynamic --icf=safe -z pack-relative-relocs -T$(CURDIR)/deploy/link.ld)
ARROWS := --explicit-target-dependency-import-check error

.PHONY: help setup build up test coverage chaos drill load lint bundle image fuzz eval bench clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## Install what is missing
	@deploy/setup

build: setup ## Build the release binary at .build/release/portolan
	@swift build $(STATIC) --product portolan

up: build ## Start the embedded stack, ingest a documentation set (SOURCE=https://… for another), serve until Ctrl-C
	@exec deploy/up

test: setup ## Run every test against a real Postgres and Redis
	@mkdir -p $(REPORTS)
	swift build --build-tests --scratch-path $(TEST_BUILD) $(ARROWS)
	deploy/report tests deploy/test $(TEST_BUILD)

coverage: setup ## Measure which lines of each room the tests run
	@mkdir -p $(REPORTS)
	swift build --build-tests --enable-code-coverage --scratch-path .build/coverage $(ARROWS)
	deploy/coverage .build/coverage

chaos: setup ## Lose, slow down and confuse every dependency of real processes, and check what happens
	@mkdir -p $(REPORTS)
	swift build --build-tests --scratch-path $(TEST_BUILD) $(ARROWS)
	deploy/report chaos deploy/chaos $(TEST_BUILD)

drill: build ## Lose everything on purpose and bring it back from the backup; rehearse docs/disaster-recovery.md
	@mkdir -p $(REPORTS)
	$(PRODUCT) drill --report $(REPORTS)/drill.json
	deploy/rehearse $(PRODUCT)

lint: setup ## Check format, imports, arrows, scripts and generated code
	@deploy/lint

bundle: build ## Check what is shipped: deploy scripts, compose file, image file, alerts, dashboards, chart, size of the binary
	@deploy/setup checks
	@deploy/check

image: build ## Build the run-time stage of the image file on Debian packages and run the binary in it (root)
	@deploy/image

fuzz: setup ## Fuzz every decoder of bytes from outside under AddressSanitizer (FUZZ_SECONDS=20 for each)
	@deploy/fuzz $(or $(FUZZ_SECONDS),20)

eval: setup ## Measure search quality on the test data (../shared/data or PORTOLAN_TEST_DATA)
	@swift build $(STATIC) --product Evaluation
	.build/release/Evaluation search --json .build/evaluation/results.json

bench: build ## Measure speed beside the peers of ../shared/bench
	@swift build $(STATIC) --product Evaluation
	@swift build $(STATIC) --product EndpointBench
	deploy/benchmark/run.py .build/release/Evaluation

load: build ## Measure latency at 1 to 100 searches a second, the highest rate that holds the objectives, and leaks, against a baseline (WRITE=1 makes it)
	@deploy/benchmark/load.py $(PRODUCT) $(if $(WRITE),--write)

clean: ## Remove what was built
	@rm -rf .build
