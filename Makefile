SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# A semantic version with a v, as Vault's plugin catalog wants it: the last tag, and how far we are from it.
VERSION ?= $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || echo v0.1.0-dev)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)
BUILD_TIME ?= $(shell git log -1 --format=%cI 2>/dev/null)
FUZZTIME ?= 20s
SOAK ?= 10000
SOAK_MISHAPS ?= 60
SOAK_KILLS ?= 200
SOAK_LEADERS ?= 50
SOAK_ROTATIONS ?= 100
BENCH ?=
COMPAT ?=
BROWSER = CHROMIUM_BIN="$$(scripts/chromium.sh --print)" AXE_PATH="$$(scripts/axe.sh --print)"
MODULE := vault-plugin-secrets-oracle-financials
BUILT = version=$(VERSION) commit=$(COMMIT) buildTime=$(BUILD_TIME)
LDFLAGS = -s -w $(addprefix -X $(MODULE)/plugin., $(BUILT)) $(addprefix -X main., $(BUILT))

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the plugin, the agent and the simulator into bin/
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' \
		-o bin/ ./cmd/vault-plugin-secrets-oracle-financials ./cmd/oracle-financials-agent ./cmd/oracle-financials-sim

.PHONY: vault
vault: ## Find a Vault to test with, or build the pinned one, once (five to ten minutes)
	@scripts/build-vault.sh

.PHONY: prometheus
prometheus: ## Find a Prometheus and its promtool to test with, or unpack Debian's, once
	@scripts/prometheus.sh

.PHONY: browser
browser: ## Find a Chromium and axe-core to look at the status page with, or install Debian's and download axe-core, once
	@scripts/chromium.sh
	@scripts/axe.sh

# -count=1, because the go command would repeat old results: it does not see what the tests build and start. The tests of
# the chart and of the OpenAPI document need no race detector, which would compile Kubernetes once more; nor do the browser's,
# which wait for a browser.
.PHONY: test
test: vault prometheus browser ## Run every test with the race detector, those against a real Vault, Prometheus and Chromium included
	VAULT_BIN="$$(scripts/build-vault.sh --print)" PROMTOOL_BIN="$$(scripts/prometheus.sh --print promtool)" \
		PROMETHEUS_BIN="$$(scripts/prometheus.sh --print prometheus)" go test -race -count=1 -timeout 45m ./...
	for dir in tools/chart tools/openapi tools/release tools/bench; do go test -C "$$dir" -count=1 ./...; done
	$(BROWSER) go test -C tools/browser -count=1 -timeout 20m ./...

# Three of them stand in docs/agent.md.
.PHONY: screenshots
screenshots: browser ## Leave pictures of the status page, on screen, phone and paper, in bin/screenshots
	$(BROWSER) SCREENSHOTS="$(CURDIR)/bin/screenshots" go test -C tools/browser -count=1 -run '^(TestPictures|TestPaper)$$' ./...
	cp bin/screenshots/mixed-desktop-light-first.png docs/images/estate.png
	cp bin/screenshots/one-desktop-dark-first.png docs/images/integration.png
	cp bin/screenshots/mixed-phone-light-first.png docs/images/phone.png

.PHONY: check
check: fmt-check vet lint tidy-check shell-check ## Run what CI runs besides the tests

.PHONY: lint
lint: ## Run golangci-lint (built once, about three minutes)
	scripts/lint.sh run ./...
	scripts/lint.sh -C tools/browser run ./...
	scripts/lint.sh -C tools/bench run ./...

.PHONY: vet
vet: ## Run go vet
	go vet ./...
	for dir in tools/chart tools/openapi tools/browser tools/release tools/bench; do go vet -C "$$dir" ./...; done

.PHONY: fmt
fmt: ## Format the Go files
	scripts/lint.sh fmt

.PHONY: fmt-check
fmt-check: ## Say which Go files are not formatted
	scripts/lint.sh fmt --diff

.PHONY: tidy-check
tidy-check: ## Say whether a go.mod or go.sum is out of date
	for dir in . tools/vault tools/lint tools/chart tools/openapi tools/browser tools/release tools/bench; do echo "go mod tidy -diff in $$dir"; go mod tidy -C "$$dir" -diff; done

.PHONY: shell-check
shell-check: ## Check the shell scripts, if shellcheck is installed
	if command -v shellcheck >/dev/null; then shellcheck scripts/*.sh .ci/run; else echo "shellcheck is not installed: skipped"; fi

.PHONY: docs
docs: ## Write docs/paths.md, docs/openapi.json and docs/codes.md from the code
	go run ./scripts/reference

.PHONY: consumers
consumers: ## Run docs/consumers.md: Vault Agent and Proxy and, if TERRAFORM_PROVIDER_VAULT is the provider's program, OpenTofu
	scripts/consumers.sh

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (20s)
	go list ./... | while read -r package; do \
		go test -list '^Fuzz' "$$package" | { grep '^Fuzz' || true; } | while read -r target; do \
			echo "fuzz $$package $$target for $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' "$$package" </dev/null; \
		done; \
	done

.PHONY: pod-test
pod-test: ## Ask a real Oracle pod, read-only, what docs/oracle.md assumes (ARGS=-h tells how)
	go run ./scripts/podtest $(ARGS)

# Each older Vault is built once, some ten minutes; then the tests take some four on each. Its modules are held tidy here and
# not by tidy-check, which would have to download them all.
.PHONY: compat
compat: prometheus ## Run the tests that need a Vault on the pinned one and on each older one of tools/compat (COMPAT=1.19,1.18 for some)
	for dir in tools/compat/*; do echo "go mod tidy -diff in $$dir"; go mod tidy -C "$$dir" -diff; done
	PROMTOOL_BIN="$$(scripts/prometheus.sh --print promtool)" PROMETHEUS_BIN="$$(scripts/prometheus.sh --print prometheus)" \
		go run ./scripts/compat -only '$(COMPAT)'

# The guard's sequences first; then a mishap at every instant of everything that changes a password, and SOAK_MISHAPS
# pairs of mishaps of each way of setting one; then rotations on a real Vault. Each prints the seed of what it left to
# chance.
.PHONY: soak
soak: vault ## Play SOAK (10,000) sequences, every crash point, SOAK_MISHAPS (60) pairs of them; on a real Vault SOAK_KILLS (200), SOAK_LEADERS (50), SOAK_ROTATIONS (100)
	RAPID_CHECKS=$$(( ($(SOAK) + 4) / 5 )) go test -count=1 -timeout 3h -v -run '^TestTheGuardInAnyOrder$$' ./backend
	RAPID_CHECKS=$(SOAK_MISHAPS) go test -count=1 -timeout 3h -v -run '^(TestNoPasswordIsLostAtAnyCrashPoint|TestNoPasswordIsLostByTwoMishaps)$$' ./backend
	VAULT_BIN="$$(scripts/build-vault.sh --print)" SOAK_KILLS=$(SOAK_KILLS) SOAK_LEADERS=$(SOAK_LEADERS) SOAK_ROTATIONS=$(SOAK_ROTATIONS) \
		go test -count=1 -timeout 3h -v -run '^(TestKillsDuringRotations|TestLostLeadersDuringRotations|TestApplicationOf)' ./e2e

# Each platform twice, the second time from another folder with an empty cache: about twenty minutes on two cores.
.PHONY: release
release: ## Build what is published into bin/release: five platforms, each twice and compared, with checksums, SBOM and licences
	go run -C tools/release . -version '$(VERSION)' -commit '$(COMMIT)' -time '$(BUILD_TIME)' -out '$(CURDIR)/bin/release'

# Started from here, because the plugin that it measures is built of this module, as it is released.
.PHONY: bench
bench: vault ## Measure the engine beside its limit and its peers, and write docs/performance.md (BENCH=creds,sweep measures parts and writes nothing)
	go build -C tools/bench -o "$(CURDIR)/bin/bench" .
	VAULT_BIN="$$(scripts/build-vault.sh --print)" bin/bench -only '$(BENCH)'

.PHONY: demo
demo: vault ## Show the engine at work: a real Vault, a simulated Oracle, a password that expires
	VAULT_BIN="$$(scripts/build-vault.sh --print)" go run ./scripts/demo

.PHONY: dev
dev: vault ## Start Vault with the engine mounted and the simulator behind it, until interrupted
	VAULT_BIN="$$(scripts/build-vault.sh --print)" go run ./scripts/dev

.PHONY: clean
clean: ## Remove what was built here (the tools' cache stays)
	rm -rf bin coverage coverage.out
	find . -name '*.test' -type f -not -path './.git/*' -delete
