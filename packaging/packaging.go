// Package packaging holds what releases are made of, and the tests of what was
// made: run by `make -f packaging/Makefile check`, `test` and `test-image`,
// under the build tag packaging, because they need the artefacts.
package packaging
