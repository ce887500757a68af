package schemas

import (
	"fmt"
)

// An Error says why arguments were refused. Unless Answered is set, this
// happened before any request was made.
type Error struct {
	Code    string // Stripe's error code for the same mistake, "" if it has none
	Param   string // where, in Stripe's notation: line_items[0][quantity]; see inside
	Message string // what was wrong and what would be right, for every mistake found

	// Answered says that Stripe had already answered successfully: which
	// `fields` exist is known only from the answer.
	Answered bool
}

func (e *Error) Error() string { return e.Message }

// Refusal returns what stripeclient.AsError shows to callers.
func (e *Error) Refusal() (code, param, message string, answered bool) {
	return e.Code, e.Param, e.Message, e.Answered
}

func invalid(code, param, format string, args ...any) *Error {
	return &Error{Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}
