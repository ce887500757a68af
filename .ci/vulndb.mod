// The Go vulnerability database, for make vuln when vuln.go.dev can't be reached.
// Update: go get -modfile=.ci/vulndb.mod golang.org/x/vulndb@latest
module github.com/stripe-checkout-mcp/stripe-checkout-mcp/ci/vulndb

go 1.26.0

require golang.org/x/vulndb v0.0.0-20261105234957-e22db6528018
