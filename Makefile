BINARY := bin/stripe-checkout-mcp

TOOL := go tool -modfile=.ci/tools.mod

.PHONY: build bench microbench test check lint fuzz vuln gosec licenses agents demo generate soak

# grpcnotrace leaves out gRPC's trace pages, which only the OTLP exporters'
# generated code would bring. See docs/performance.md, Start and size.
build:
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -o $(BINARY) ./cmd/stripe-checkout-mcp

# Everything the gate asks for. Only Go is needed: a test that needs more is
# skipped where that is missing, and named at the end with what it needs.
test: lint
	$(TOOL) gotestsum --format pkgname --format-hide-empty-pkg -- -race ./...
	go mod verify
	@$(MAKE) --no-print-directory gosec
	@$(MAKE) --no-print-directory licenses
	@$(MAKE) --no-print-directory vuln

# The quick loop while you work: no race detector, and no test that starts
# other programs.
check: lint
	go test -short ./...

lint:
	@test -z "$$(gofmt -l .)" || { gofmt -l . ; echo "gofmt: these files are not formatted"; exit 1; }
	go vet ./...
	go vet -tags packaging ./packaging/...
	go vet -tags agents ./internal/agents
	$(TOOL) staticcheck ./...
	go test ./internal/prose

# Every fuzz target, one after the other, for FUZZTIME each. Go would spend up
# to a minute on making each new input smaller, and try no others meanwhile.
FUZZTIME ?= 20s
fuzz:
	@failed=; \
	for dir in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
		for target in $$(go test -list '^Fuzz' ./$$dir | grep '^Fuzz'); do \
			echo "$$dir $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x ./$$dir || failed="$$failed $$target"; \
		done; \
	done; \
	test -z "$$failed" || { echo "fuzz: failed:$$failed"; exit 1; }

# The licences of what is in the released binary: only these are allowed, and
# packaging/licenses.txt lists them as Linux builds it. UPDATE=1 writes it anew.
LICENSES := ./cmd/stripe-checkout-mcp --ignore github.com/stripe-checkout-mcp
licenses:
	@$(TOOL) go-licenses check $(LICENSES) --allowed_licenses=MIT,Apache-2.0,BSD-2-Clause,BSD-3-Clause,ISC,MPL-2.0 >licenses.log 2>&1 || \
		{ cat licenses.log; exit 1; }
	@rm licenses.log
	@test "$$(go env GOOS)" != linux || { \
		$(TOOL) go-licenses report $(LICENSES) --template .ci/licenses.tpl 2>/dev/null >licenses.new && \
		if test -n "$(UPDATE)"; then mv licenses.new packaging/licenses.txt; \
		else diff packaging/licenses.txt licenses.new && rm licenses.new; fi; } || \
		{ echo "licenses: what the binary is made of has changed; read the difference, then make licenses UPDATE=1"; rm -f licenses.new; exit 1; }

# Known vulnerabilities in what the binary calls and in the Go that builds
# releases, which go.mod's toolchain line names. Where vuln.go.dev can't be
# reached, the database is the copy that .ci/vulndb.mod pins.
vuln:
	@toolchain=$$(sed -n 's/^toolchain //p' go.mod); check="env GOVERSION=$$toolchain $(TOOL) govulncheck"; \
	test "$$(go env GOVERSION)" = "$$toolchain" || echo "vuln: checking $$toolchain, which releases are built with, and not $$(go env GOVERSION) of this machine"; \
	out=$$($$check ./cmd/... 2>&1); status=$$?; \
	case "$$out" in *"fetching vulnerabilities"*) \
		go mod download -modfile=.ci/vulndb.mod golang.org/x/vulndb || exit 1; \
		copy=$$(go list -modfile=.ci/vulndb.mod -m -f '{{.Time.Format "2006-01-02"}} {{.Dir}}' golang.org/x/vulndb); \
		echo "vuln: vuln.go.dev can't be reached; using the copy of $${copy%% *}"; \
		out=$$($$check -db "file://$${copy#* }/data/osv" ./cmd/... 2>&1); status=$$? ;; \
	esac; \
	echo "$$out"; exit $$status

# Insecure code in what the binary is made of. Left out are G101, which takes
# every text with "token" in it for a credential, and G304, which objects to any
# file name that is not a constant; G703 follows those that come from outside.
gosec:
	@$(TOOL) gosec -quiet -exclude=G101,G304 $$(go list -deps -f '{{with .Module}}{{if .Main}}{{$$.Dir}}{{end}}{{end}}' ./cmd/stripe-checkout-mcp)

# An agent at work on the embedded sandbox, through the real binary and a real
# MCP client.
demo: build
	@go run ./packaging/demo $(BINARY) stdio --sandbox

# What models see of the tools: docs/models.md. Installs agent programs (1.3 GB)
# and libraries from npm and PyPI, as locked; needs Node.js 20 and Python 3.11.
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

# What this server costs beside a plain reverse proxy, over a stub of Stripe on
# this machine: some minutes on one that is otherwise idle.
bench:
	CGO_ENABLED=0 go build -trimpath -tags grpcnotrace -ldflags '-s -w' -o $(BINARY) ./cmd/stripe-checkout-mcp
	go run ./bench -server $(BINARY) -json bench/results.json
	cd bench/plot && go run . ../results.json ../../docs/performance.svg

# Agents sell and withdraw for a while, over stdio and HTTP. The way to Stripe
# fails in every way, and so do the agents. Prints a line for each thing that
# must hold afterwards. FOR=10m soaks longer.
soak:
	go test -race ./internal/faults -run TestSoak -soak $(or $(FOR),1m) -timeout 0 -v

# The hot loops, against the numbers in bench/baseline.txt.
microbench:
	go test -run '^$$' -bench 'Object|Quote|List|CreateDecode' -count 6 ./internal/compact ./splice ./schemas ./stripeclient > bench/new.txt
	cd bench/plot && go tool benchstat ../baseline.txt ../new.txt
