// Package packaging contains what releases are built from, and the tests of the
// results. Most have the build tag packaging, because they need the artifacts;
// `make -f packaging/Makefile check`, `test` and `test-image` run them.
package packaging
