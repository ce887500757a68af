package main

import (
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether a reader or writer is a terminal, and so has a
// person at the other end.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// A painter colors text for terminals. It leaves text alone if the output isn't
// a terminal or NO_COLOR is set. https://no-color.org
type painter bool

func newPainter(out any) painter { return painter(isTerminal(out) && os.Getenv("NO_COLOR") == "") }

const (
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p painter) paint(color, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
