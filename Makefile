# What can be done in a checkout. Every target installs and builds what it needs by itself.
# Needed: Node 20 with npm; for the servers of the sandbox and the tests Go (or temporal on PATH), Java 17 and Maven.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install build demo test check lint typecheck audit format bench capture sandbox-up sandbox-down sandbox-status \
        test-world simulate chaos clean

JEST := NODE_OPTIONS="--experimental-vm-modules --disable-warning=ExperimentalWarning" node node_modules/jest/bin/jest.js

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | sort | expand -t 18

install: node_modules/.package-lock.json ## The packages, if they are missing or older than the lock file

# npm writes this file last.
node_modules/.package-lock.json: package-lock.json
	npm ci
	@touch $@

build: install ## Compile to dist/ and bundle the workflows
	npm run --silent build

demo: build ## Load the documents' own example and show the table
	bin/sluice demo

test: build ## All tests, with coverage; the last line of stdout is `N passed, N failed`; TESTS=test/kafka runs some of them
	@$(JEST) $(or $(TESTS),--coverage)

check: lint typecheck ## Everything that can be said without running it

lint: install ## Style and common mistakes
	npm run --silent lint

typecheck: install ## The types, strictly
	npm run --silent typecheck

audit: install ## Known vulnerabilities of the packages, if the registry can be asked
	@node_modules/.bin/tsx scripts/audit.ts

format: install ## Put the sources in shape
	npm run --silent format

bench: build ## Measure everything, in a quarter of an hour; writes bench/results/latest.json and docs/benchmarks.md
	bin/bench all $(ARGS)

SEEDS ?= 500

simulate: build ## The seeded simulator: make simulate SEEDS=10000
	node dist/sandbox/simulator/main.js --seeds $(SEEDS) $(ARGS)

chaos: build ## Random faults against a running connector; ARGS="--duration 1800 --seed 7"
	node dist/sandbox/chaos/main.js $(ARGS)

DATABASE ?= postgres

capture: build ## PostgreSQL or MariaDB (DATABASE=mariadb) and Debezium beside the sandbox, until Ctrl-C
	node dist/sandbox/capture/main.js --database $(DATABASE) $(ARGS)

sandbox-up: build ## Temporal, Kafka and the Doris double on their default ports
	bin/sluice sandbox up

sandbox-down: build ## Stop them and remove their data
	bin/sluice sandbox down --purge

sandbox-status: build ## What of them is running
	bin/sluice sandbox status

test-world: install ## Servers that stay up between test runs: eval "$(make -s test-world)"
	@node_modules/.bin/tsx test/support/keep-world.ts

clean: ## Remove what is built; downloads and sandboxes stay in .sandbox
	rm -rf dist coverage
