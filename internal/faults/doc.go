// Package faults contains only tests. They inject faults between this program
// and the sandbox, which stands in for Stripe. For each operation they check
// what the agent is told, how often Stripe is asked, and what exists at Stripe
// afterwards. The test writes the table in docs/reliability.md:
//
//	go test ./internal/faults -update
//
// The soak test (make soak) mixes these faults with broken connections and
// misbehaving clients, over stdio and HTTP, then checks what must still be
// true. Without -soak it takes a few seconds.
package faults
