// Package agents holds the tests of what models really see of the tools: of
// what the agent programs hand on to their model, and of what the libraries
// that people build agents with make of the schemas. docs/models.md says what
// each drops, and why that does no harm.
//
// They run under the build tag agents, by `make agents`, which installs the
// programs and libraries of the lock files first.
package agents
