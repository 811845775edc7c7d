# What people run. CI runs all of it, with .ci/run.

FUZZTIME  ?= 10000x # executions: with a duration, go test may end in 'context deadline exceeded' (golang/go#75804)
BENCHTIME ?= 1s

.PHONY: help demo test interop table bench fuzz lint

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: ## client, server and a lossy network in one process
	go run ./examples/quickstart

test: ## all tests but those against other makers' programs
	WSRM_INTEROP=skip go test -race -shuffle=on ./...
	go test ./soap ./internal/wsrm ./rm -run 'Wire|Allocate|Idle' # what the race detector is too slow for, or changes

INTEROP = WSRM_INTEROP=require go test -json -count=1 -timeout=40m ./internal/interop | go run ./internal/interop/table

interop: ## tests against the programs of other makers; internal/interop/README.md says what they need
	$(INTEROP) -check README.md

table: ## the same, and the README's table of peers written out of what passed
	$(INTEROP) -write README.md

bench: ## benchmarks, each beside its raw twin
	go test -run='^$$' -bench=. -benchtime=$(BENCHTIME) ./...

fuzz: ## every fuzz target for FUZZTIME (10000x: executions; 1m: a duration)
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
			echo "$$target $$(dirname $$file)"; \
			go test -run='^$$' -fuzz="^$$target\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=1000x $$(dirname $$file); \
		done; \
	done

lint: ## what must be silent: gofmt, vet, staticcheck, mod tidy
	@bad=$$(gofmt -l .); test -z "$$bad" || { echo "gofmt: $$bad"; exit 1; }
	go vet ./...
	go tool -modfile=internal/tools/go.mod staticcheck ./...
	go mod tidy -diff
	cd internal/tools && go vet ./... && go mod tidy -diff
