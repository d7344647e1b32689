# The verbs of gen. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
GO ?= go
VERSION ?= dev
FUZZTIME ?= 20s
CASE ?=
SERVICE ?=
CHECK ?=
DESCRIPTION ?= templates/python-service/tests/conformance.yaml
RELEASES ?= all
DRAW ?=
LDFLAGS := -s -w -X main.version=$(VERSION)
BIN ?= bin/gen
# Inlining makes the binary larger by a megabyte and a half, and is worth it only where gen is busy.
BUSY := $(addprefix example.com/gen/internal/,apply diff merge render text tree) runtime internal/runtime/... internal/bytealg \
  strings bytes unicode/utf8 text/template text/template/parse github.com/klauspost/... crypto/internal/fips140/sha256
GCFLAGS := -gcflags=all=-l $(foreach p,$(BUSY),-gcflags=$(p)=)
GOFUMPT := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: help build install test check fmt lint bench bench-service golden e2e matrix judges conformance defects fuzz laws real-texts faults man pictures

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 15

build: ## build bin/gen
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' $(GCFLAGS) -o $(BIN) ./cmd/gen

install: ## install gen into GOBIN
	CGO_ENABLED=0 $(GO) install -trimpath -ldflags '$(LDFLAGS)' $(GCFLAGS) ./cmd/gen

test: ## run the tests
	$(GO) test ./...

check: lint test ## everything but the slow checks: lint, tests, and builds for Windows and macOS
	GOOS=windows $(GO) build ./... && GOOS=windows $(GO) vet ./...
	GOOS=darwin $(GO) build ./... && GOOS=darwin $(GO) vet ./...
	$(GO) mod tidy -diff

fmt: ## format the sources
	$(GO) run $(GOFUMPT) -w $$(git ls-files '*.go')

lint: ## find mistakes
	@unformatted=$$($(GO) run $(GOFUMPT) -l $$(git ls-files '*.go')); test -z "$$unformatted" || \
	  { printf 'make fmt would change these:\n%s\n' "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

bench: bench-service ## print the speed and size bars, each as a ratio to its floor
	$(GO) test ./internal/cli -run '^$$' -bench 'Bars' -benchtime 1x -timeout 20m

bench-service: ## print what the generated service costs, against a bare route
	$(GO) test ./golden -run '^$$' -bench 'Service' -benchtime 1x -timeout 20m

golden: ## write the golden trees anew; read the diff
	$(GO) test ./golden -run TestGolden -update

e2e: ## generate every golden case, run its own checks and start the service once
	$(GO) test ./golden -run 'TestGenerated/.*$(CASE)|^TestStory$$' -e2e -count 1 -timeout 25m -v

matrix: ## generate and check projects with every pair of answers (DRAW=text: only one of them)
	$(GO) test ./golden -run TestMatrix -matrix -draw '$(DRAW)' -count 1 -timeout 90m -v

judges: ## let ruff, mypy, pyright, bandit, zizmor, hadolint and others judge generated projects (needs uv and npm)
	$(GO) test ./golden -run TestJudges -judges -count 1 -timeout 30m -v

conformance: ## judge a service from outside: SERVICE=dir (CHECK=pattern: only some checks)
	@test -n '$(SERVICE)' || { echo 'say which service: make conformance SERVICE=dir' >&2; exit 1; }
	$(GO) run ./internal/conformance/cmd -description '$(DESCRIPTION)' -run '$(CHECK)' '$(SERVICE)'

defects: ## put mistakes into a generated service, and see who finds each (DRAW=text: only four)
	at=$$(mktemp -d) && trap 'rm -rf "$$at"' EXIT && \
	  $(GO) run ./cmd/gen new "$$at/fullest" --no-input -t python-service -a golden/python-service/fullest/answers.yaml && \
	  $(MAKE) -C "$$at/fullest" setup && \
	  $(GO) run ./internal/conformance/defects -draw '$(DRAW)' $(if $(DRAW),,-write docs/defects.md) "$$at/fullest"

fuzz: ## run every fuzz target for FUZZTIME (20s)
	for p in $$($(GO) list ./internal/...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    $(GO) test $$p -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME); \
	  done; \
	done

laws: ## check the laws of the merge on many texts, against git merge-file too
	$(GO) test ./internal/diff ./internal/merge ./internal/outline -run 'Laws|Oracle|Random|Decoder' -laws -count 1 -timeout 30m -v

real-texts: ## merge successive releases of real packages (RELEASES=all; or a part of their names)
	$(GO) test ./internal/merge -run TestRealTexts -real '$(RELEASES)' -count 1 -timeout 30m -v

man: ## write manual pages into bin/man
	mkdir -p bin/man
	$(GO) test ./internal/cli -run TestManual -count 1 -man $(CURDIR)/bin/man

pictures: ## draw the README's pictures anew from real runs
	mkdir -p docs/pictures
	$(GO) test ./internal/cli -run TestPictures -count 1 -pictures $(CURDIR)/docs/pictures

faults: ## make every call of an update fail, and kill the program at every system call (needs strace)
	$(GO) test ./internal/apply -run 'Faults|TestPlantedLinks|TestFullDisk' -faults -count 1 -timeout 60m -v
	$(GO) test ./internal/cli -run TestFaults -faults -count 1 -timeout 120m -v
