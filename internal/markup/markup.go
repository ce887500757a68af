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

// Page is a document for phones and desks, in light and dark, that search
// engines leave alone. head is what it has besides its title.
func Page(title string, head []Node, body ...Node) Node {
	return gomponents.Group{Raw("<!doctype html>"), El("html", Attr("lang", "en"),
		El("head",
			El("meta", Attr("charset", "utf-8")),
			El("meta", Attr("name", "viewport"), Attr("content", "width=device-width, initial-scale=1")),
			El("meta", Attr("name", "robots"), Attr("content", "noindex")),
			El("meta", Attr("name", "color-scheme"), Attr("content", "light dark")),
			El("title", Text(title)),
			gomponents.Group(head),
		),
		El("body", body...),
	)}
}
