// Package faults has no code of its own: its test puts faults between this
// program and Stripe, for which the sandbox stands, and checks for each
// operation what the agent is told, how often Stripe is asked, and what Stripe
// holds afterwards. docs/reliability.md has the table, which the test writes:
//
//	go test ./internal/faults -update
//
// The soak test (make soak) mixes these faults, connections that break and
// clients that misbehave, over stdio and HTTP, and checks what must be true
// afterwards. Without -soak it takes a few seconds.
package faults
