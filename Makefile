BINARY := bin/stripe-checkout-mcp

TOOL := go tool -modfile=.ci/tools.mod

.PHONY: build bench microbench test check lint fuzz vuln gosec licenses agents demo generate soak

# grpcnotrace leaves out gRPC's trace pages, which only the OTLP exporters'
# generated code would bring. See docs/performance.md, Start and size.
build:
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -o $(BINARY) ./cmd/stripe-checkout-mcp

# Everything the gate checks. You only need Go: a test that needs something else
# is skipped if that is missing, and listed at the end with what it needs.
test: lint
	$(TOOL) gotestsum --format pkgname --format-hide-empty-pkg -- -race ./...
	go mod verify
	@$(MAKE) --no-print-directory gosec
	@$(MAKE) --no-print-directory licenses
	@$(MAKE) --no-print-directory vuln

# A quick check while you work: no race detector, and no tests that start other
# programs.
check: lint
	go test -short ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "gofmt: these files are not formatted"; exit 1; }
	go vet ./...
	go vet -tags packaging ./packaging/...
	go vet -tags agents ./internal/agents
	$(TOOL) staticcheck ./...
	go test ./internal/prose

# Every fuzz target in turn, for FUZZTIME each. By default, Go could spend up to
# a minute minimizing each new input, without trying others. A target that fails
# gets a second try: Go 1.26 may fail by itself when the time is over
# (https://go.dev/issue/75804), while an input that fails is kept and fails again.
FUZZTIME ?= 20s
fuzz:
	@failed=; \
	for dir in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for target in $$(go test -list '^Fuzz' ./$$dir | grep '^Fuzz'); do \
			echo "$$dir $$target"; \
			fuzz() { go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./$$dir; }; \
			fuzz || fuzz || failed="$$failed $$target"; \
		done; \
	done; \
	test -z "$$failed" || { echo "fuzz: failed:$$failed"; exit 1; }

# The licenses of everything in the released binary. Only these are allowed, and
# packaging/licenses.txt lists what a Linux build contains. UPDATE=1 rewrites
# it.
LICENSES := ./cmd/stripe-checkout-mcp --ignore github.com/stripe-checkout-mcp
licenses:
	@$(TOOL) go-licenses check $(LICENSES) --allowed_licenses=MIT,Apache-2.0,BSD-2-Clause,BSD-3-Clause,ISC,MPL-2.0 >licenses.log 2>&1 || \
		{ cat licenses.log; exit 1; }
	@rm licenses.log
	@test "$$(go env GOOS)" != linux || { \
		$(TOOL) go-licenses report $(LICENSES) --template .ci/licenses.tpl 2>/dev/null >licenses.new && \
		if test -n "$(UPDATE)"; then mv licenses.new packaging/licenses.txt; \
		else diff packaging/licenses.txt licenses.new && rm licenses.new; fi; } || \
		{ echo "licenses: the binary's dependencies have changed; read the difference, then run make licenses UPDATE=1"; rm -f licenses.new; exit 1; }

# Known vulnerabilities in the code that the binary calls and in the Go
# toolchain that builds releases (go.mod's toolchain line). If vuln.go.dev can't
# be reached, the copy of the database that .ci/vulndb.mod pins is used.
vuln:
	@toolchain=$$(sed -n 's/^toolchain //p' go.mod); check="env GOVERSION=$$toolchain $(TOOL) govulncheck"; \
	test "$$(go env GOVERSION)" = "$$toolchain" || echo "vuln: checking $$toolchain, which builds releases, not this machine's $$(go env GOVERSION)"; \
	out=$$($$check ./cmd/... 2>&1); status=$$?; \
	case "$$out" in *"fetching vulnerabilities"*) \
		go mod download -modfile=.ci/vulndb.mod golang.org/x/vulndb || exit 1; \
		copy=$$(go list -modfile=.ci/vulndb.mod -m -f '{{.Time.Format "2006-01-02"}} {{.Dir}}' golang.org/x/vulndb); \
		echo "vuln: vuln.go.dev can't be reached; using the copy of $${copy%% *}"; \
		out=$$($$check -db "file://$${copy#* }/data/osv" ./cmd/... 2>&1); status=$$? ;; \
	esac; \
	echo "$$out"; exit $$status

# Insecure code in the packages that make up the binary. G101 is off because it
# takes every string with "token" in it for a credential. G304 is off because it
# objects to any file name that isn't a constant; G703 tracks those that come
# from outside.
gosec:
	@$(TOOL) gosec -quiet -exclude=G101,G304 $$(go list -deps -f '{{with .Module}}{{if .Main}}{{$$.Dir}}{{end}}{{end}}' ./cmd/stripe-checkout-mcp)

# Watch an agent at work on the embedded sandbox, through the real binary and a
# real MCP client.
demo: build
	@go run ./packaging/demo $(BINARY) stdio --sandbox

# What models see of the tools (docs/models.md). Installs pinned versions of
# agent programs (1.3 GB) and libraries from npm and PyPI; needs Node.js 20 and
# Python 3.11.
AGENTS := internal/agents
VENVS := openai-google-pydantic langchain llama-index
agents:
	npm --prefix $(AGENTS) ci --ignore-scripts --no-audit --no-fund
	npm --prefix $(AGENTS)/converters ci --ignore-scripts --no-audit --no-fund
	for v in $(VENVS); do \
		python3 -m venv $(AGENTS)/converters/venvs/$$v && \
		$(AGENTS)/converters/venvs/$$v/bin/pip install --quiet --disable-pip-version-check -r $(AGENTS)/converters/requirements-$$v.txt || exit 1; \
	done
	go test -tags agents -count=1 ./$(AGENTS)

generate:
	go generate ./...

# What this server costs compared with a plain reverse proxy, in front of a stub
# of Stripe on this machine. Takes a few minutes, and needs an otherwise idle
# machine.
bench:
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags '-s -w' -o $(BINARY) ./cmd/stripe-checkout-mcp
	go run ./bench -server $(BINARY) -json bench/results.json -page docs/performance.md >bench/results.md
	@cat bench/results.md
	cd bench/plot && go run . ../results.json ../../docs/performance.svg

# Agents create and expire sessions for a while, over stdio and HTTP, while the
# connection to Stripe and the agents themselves fail in every way. Then prints,
# one per line, what must still be true. FOR=10m soaks longer.
soak:
	go test -race ./internal/faults -run TestSoak -soak $(or $(FOR),1m) -timeout 0 -v

# The hot loops, compared with the numbers in bench/baseline.txt.
microbench:
	go test -run '^$$' -bench 'Object|Quote|List|Create|Prepare|Pick' -count 6 ./internal/compact ./splice ./schemas ./operations ./stripeclient > bench/new.txt
	cd bench/plot && go tool benchstat ../baseline.txt ../new.txt
