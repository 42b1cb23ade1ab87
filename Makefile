# What a user and a contributor runs; `make help` lists it. Stages of continuous integration: .ci/run.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# One set of build flags for build, test, race and lint: other flags compile every dependency, DuckDB too, again.
export GOFLAGS := -trimpath -buildvcs=false -modcacherw -tags=netgo,osusergo
export CI_CACHE ?= $(HOME)/.cache/limno-ci
export PATH := $(CI_CACHE)/bin:$(PATH)

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LIMNO    := $(CURDIR)/bin/limno
TESTED    = ./...
FUZZTIME ?= 20s

# Tests that need servers outside Go carry the build tag peers, so that `go test ./...` needs none.
PEERS = go test -vet=off -count=1 -tags=netgo,osusergo,peers

.PHONY: help demo build test test-go test-ui test-browser browser check bench lambda ui peers peers-fast soak mutants fuzz needs-go

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: build ## build, start a simulated fleet and print the address of its page (Ctrl-C ends it)
	@exec $(LIMNO) demo

build: needs-go ## build bin/limno; needs Go and a C++ compiler, no Node
	@mkdir -p bin
	go build -ldflags '-X main.version=$(VERSION)' -o $(LIMNO) ./cmd/limno

test: test-go test-ui test-browser ## run all tests: Go, page units, page in a browser

test-go: needs-go
	go test -shuffle=on -vet=off $(TESTED)

test-ui:
	@.ci/tools ui
	cd web/ui && npm run check

test-browser browser: build ## run the page's tests in headless Chromium against the real binary
	@.ci/tools ui browser
	cd web/ui && LIMNO_BIN=$(LIMNO) npm run --silent e2e

check: ## what must hold before a commit: formats, linters, types, committed assets, links
	.ci/run fast lint

bench: build ## measure decoding, landing and the whole road; figures go to docs/performance.md
	go test -vet=off -run '^$$' -bench . -benchmem $(TESTED)
	$(LIMNO) bench

lambda: ## build the Lambda function: dist/limno-lambda-arm64.zip and dist/limno-lambda-x86_64.zip (no C++ compiler)
	@for arch in arm64:arm64 amd64:x86_64; do \
	  program=dist/lambda/$${arch%:*}/bootstrap; archive=dist/limno-lambda-$${arch#*:}.zip; \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$${arch%:*} go build -tags lambda.norpc,netgo,osusergo \
	    -ldflags '-s -w -X main.version=$(VERSION)' -o "$$program" ./cmd/limno-lambda; \
	  go run ./cmd/limno/internal/lambdazip/pack "$$program" "$$archive"; \
	  echo "$$archive: $$(wc -c <"$$archive") bytes"; \
	done

ui: ## rebuild web/dist from web/ui (needs Node; commit the result)
	@.ci/tools ui
	cd web/ui && npm run build

peers: build ## hold the product against other people's programs: promtool, moto, MiniStack, versitygw, Trino, Airflow, aws
	@.ci/tools peers aws ministack trino iceberg airflow
	.ci/peers $(LIMNO)
	$(PEERS) -timeout 45m ./peers/...

peers-fast: needs-go ## the part of peers that takes a minute: moto and versitygw
	@.ci/tools aws
	$(PEERS) -timeout 5m ./peers/servers ./peers/fast

soak: build ## the long proofs (about half an hour); results go to docs/verification.md
	go test -vet=off -count=1 -timeout=0 ./landing -run 'EveryAcknowledgedLine' -rapid.checks=20000
	go test -vet=off -count=1 -timeout=0 -v ./lakesim -run 'TestSimulation$$|OnIceberg' -lakesim.seeds=50000 -lakesim.diskseeds=200
	go test -vet=off -count=1 -timeout=0 -v ./runsim -runsim.jobs=600 -runsim.days=3
	LIMNO_BIN=$(LIMNO) LIMNO_E2E_KILLS=200 LIMNO_E2E_DAYS=14 go test -vet=off -count=1 -timeout=0 -v ./e2e -run 'KillNine|HistoryByImport'

mutants: needs-go ## plant mistakes in the code, one at a time, and see that the tests notice each (minutes)
	go test -vet=off -count=1 -timeout=0 -v ./mutants -run TestMutants -mutants.run

fuzz: needs-go ## run every fuzz target for FUZZTIME (20s)
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for target in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | sed 's/^func //'); do \
	    echo "$$dir $$target"; go test -vet=off -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$dir; \
	  done; \
	done

needs-go:
	@command -v go >/dev/null || { echo 'limno is built with Go (version in go.mod): install it from https://go.dev/dl/'; exit 1; }
	@command -v "$${CXX:-g++}" >/dev/null || command -v clang++ >/dev/null || \
	  { echo 'limno links DuckDB and needs a C++ compiler: apt-get install g++, or xcode-select --install'; exit 1; }
