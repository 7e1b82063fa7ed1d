# The verbs of Resident Graph. `make help` lists them.
SHELL := /bin/sh
GO ?= go
# A C compiler is what the race detector needs.
RACE := $(shell command -v gcc >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 && echo -race)

# Suites with a verb of their own; and those that only try a built server in many ways: history, sessions and the
# reconciler have it run with the race detector, which makes it several times slower.
OWN_VERB := -e /test/faults$$ -e /test/soak$$
PLAIN := -e /test/attack$$ -e /test/idor$$ -e /test/websub$$ -e /test/datakey$$ -e /test/scenario$$ -e /test/parity$$

.DEFAULT_GOAL := help
.PHONY: help run test check generate lint web audit e2e faults soak fuzz bench bench-history needs-go needs-node

help: ## list the verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

needs-go:
	@command -v $(GO) >/dev/null 2>&1 || { echo "Go 1.26 or later is missing: install it from https://go.dev/dl/"; exit 1; }

needs-node:
	@command -v npm >/dev/null 2>&1 || { echo "Node.js 20 or later with npm is missing: install it from https://nodejs.org/"; exit 1; }

run: needs-go web/dist/playground.html ## serve on http://localhost:8080 with a MOSIP sandbox, Postgres and Redis of its own
	@$(GO) build -o bin/resident-graph . && MODE=sandbox exec ./bin/resident-graph

test: needs-go ## run the tests, with the race detector where a C compiler is found; faults and soak are verbs of their own
	@if [ -z "$(RACE)" ]; then echo "no C compiler found: the tests run without the race detector"; fi
	$(GO) vet ./...
	$(GO) test $(RACE) -timeout 20m ./test/reconcile ./test/history $$($(GO) list ./... | grep -v $(OWN_VERB) $(PLAIN)) # those that wait longest first: others work meanwhile
	$(GO) test -timeout 20m -p 3 -parallel 4 ./test/scenario $$($(GO) list ./test/... | grep $(PLAIN)) # they wait more than they work

check: needs-go ## what must be true of every commit: formatted, generated, linted
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "not formatted (run gofmt -w):"; echo "$$out"; exit 1; }
	$(MAKE) --no-print-directory generate
	@git diff --exit-code --stat -- graph || { echo "generated code is stale: commit what make generate made"; exit 1; }
	$(MAKE) --no-print-directory lint

generate: needs-go ## make the GraphQL code from schema.graphqls
	$(GO) tool gqlgen generate

lint: needs-go ## golangci-lint
	$(GO) tool -modfile=tools.mod golangci-lint run

audit: needs-go needs-node ## published clients, OpenID providers and HTTP audits against the running server
	$(GO) test -tags audit -count=1 -timeout 25m ./session ./test/audit ./test/oidc ./test/sessions

e2e: needs-go needs-node web/dist/playground.html ## a real browser walks through the playground (Debian's Chromium)
	cd test/e2e && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node run.mjs

FUZZ ?= 30s
fuzz: needs-go ## fuzz each parser for FUZZ (30s unless set; FUZZ=10m for the long form, FUZZ=50000x for a count)
	@for t in graph/transport:FuzzBody graph/transport:FuzzMessage graph/transport:FuzzURL graph/transport:FuzzAccept graph/id:FuzzOpen session:FuzzCookie; do \
		$(GO) test -run '^$$' -fuzz "^$${t#*:}$$" -fuzztime $(FUZZ) ./$${t%%:*} || exit 1; done

bench: needs-go ## how long the home takes, as ratios (BENCH=--short for a quick look)
	$(GO) run ./bench $(BENCH)

EVENTS ?= 2000000
bench-history: needs-go ## page 1 against page 500 of a history, in a table of EVENTS (2000000 unless set)
	$(GO) run ./bench/history -events $(EVENTS)

CYCLES ?= 1000
faults: needs-go ## kill, cut off, forge and lose, and account for every write (CYCLES=50 for a quick look)
	FAULT_CYCLES=$(CYCLES) FAULT_RESIDENTS=40 $(GO) test -count=1 -v -timeout 60m ./test/faults

SOAK ?= 20m
soak: needs-go ## mixed traffic with 200 subscriptions for SOAK (20m unless set; empty for a quick look): nothing may grow
	SOAK=$(SOAK) $(GO) test -count=1 -v -timeout 60m ./test/soak

web: needs-node ## build the front ends
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run build

web/dist/playground.html: web/package-lock.json web/playground.html $(wildcard web/playground/* web/playground/examples/*)
	@$(MAKE) --no-print-directory web
	@touch $@
