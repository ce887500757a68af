// Package markup builds HTML from elements, attributes and texts with
// gomponents, which escapes whatever needs it.
//
// It is gomponents' core with inlining turned off: otherwise, every call would
// contain a copy of the code that renders an element, and the program's two
// pages would come to half a megabyte of code. They are not templates because
// html/template finds methods by name: with it in the program, the linker has
// to keep every method of every type, which is ten times as much. See
// docs/performance.md, Start and size.
package markup

import "maragu.dev/gomponents"

// A Node is an element, an attribute or a text.
type Node = gomponents.Node

// El is an element with attributes and content.
//
//go:noinline
func El(name string, children ...Node) Node { return gomponents.El(name, children...) }

// Attr is an attribute, of no value if it is a boolean one.
//
//go:noinline
func Attr(name string, value ...string) Node { return gomponents.Attr(name, value...) }

// Text is a text.
//
//go:noinline
func Text(text string) Node { return gomponents.Text(text) }

// Raw is HTML as it stands. It must not come from outside.
//
//go:noinline
func Raw(html string) Node { return gomponents.Raw(html) }
