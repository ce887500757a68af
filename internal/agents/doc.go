// Package agents tests what models really see of the tools: what agent programs
// pass on to their model, and what the libraries that people build agents with
// do to the schemas. docs/models.md says what each of them drops, and why that
// does no harm.
//
// The tests have the build tag agents. `make agents` runs them, after
// installing the programs and libraries in the lock files.
package agents
