// Package faults has no code of its own: its test puts faults between this
// program and Stripe, for which the sandbox stands, and checks for each
// operation what the agent is told, how often Stripe is asked, and what Stripe
// holds afterwards. docs/reliability.md has the table, which the test writes:
//
//	go test ./internal/faults -update
//
// The soak test (make soak) mixes faults at random for a while and checks what
// must hold afterwards.
package faults
