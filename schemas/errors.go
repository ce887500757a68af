package schemas

import (
	"fmt"
)

// An Error says why arguments were refused: before any request was made, but for
// what Answered says.
type Error struct {
	Code    string // Stripe's error code for the same mistake, "" where it has none
	Param   string // where, in Stripe's notation: line_items[0][quantity]; see inside
	Message string // what was wrong, and what would be right, for everything that was found

	// Answered says that Stripe was asked, successfully, before this was found:
	// what `fields` can be is known from the answer.
	Answered bool
}

func (e *Error) Error() string { return e.Message }

// Refusal is what stripeclient.AsError shows to callers.
func (e *Error) Refusal() (code, param, message string, answered bool) {
	return e.Code, e.Param, e.Message, e.Answered
}

func invalid(code, param, format string, args ...any) *Error {
	return &Error{Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}
