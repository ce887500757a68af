package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is Stripe's error object with its HTTP status.
// https://docs.stripe.com/api/errors
type apiError struct {
	status                             int
	Type, Code, Param, Message, DocURL string
	DeclineCode                        string // only for a card_error
}

// object returns the error as Stripe sends it, without empty keys.
func (e *apiError) object() object {
	o := object{"type": e.Type, "message": e.Message}
	for name, value := range map[string]string{"code": e.Code, "param": e.Param, "doc_url": e.DocURL, "decline_code": e.DeclineCode} {
		if value != "" {
			o[name] = value
		}
	}
	return o
}

const (
	typeInvalidRequest = "invalid_request_error"
	typeIdempotency    = "idempotency_error"
	typeCard           = "card_error"
	typeAPI            = "api_error"
)

func newError(status int, typ, code, param, message string) *apiError {
	e := &apiError{status: status, Type: typ, Code: code, Message: message, Param: param}
	if code != "" && (typ == typeInvalidRequest || typ == typeCard) {
		e.DocURL = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(code, "_", "-")
	}
	return e
}

// invalidRequest is the usual refusal: HTTP 400 and no code.
func invalidRequest(param, format string, args ...any) *apiError {
	return newError(http.StatusBadRequest, typeInvalidRequest, "", param, fmt.Sprintf(format, args...))
}

func invalidCode(code, param, format string, args ...any) *apiError {
	return newError(http.StatusBadRequest, typeInvalidRequest, code, param, fmt.Sprintf(format, args...))
}

func invalidInteger(param, format string, args ...any) *apiError {
	return invalidCode("parameter_invalid_integer", param, format, args...)
}

func unknownParameters(params []string) *apiError {
	const most = 20
	names := make([]string, min(len(params), most))
	for i := range names {
		names[i] = shorten(params[i])
	}
	plural := ""
	if len(params) > 1 {
		plural = "s"
	}
	return invalidCode("parameter_unknown", names[0], "Received unknown parameter%s: %s", plural, strings.Join(names, ", "))
}

func missingParameter(param string) *apiError {
	return invalidCode("parameter_missing", param, "Missing required param: %s.", param)
}

func emptyParameter(param string) *apiError {
	return invalidCode("parameter_invalid_empty", param, "You passed an empty string for '%[1]s'. We assume empty values are an attempt to unset a parameter; however '%[1]s' cannot be unset. You should remove '%[1]s' from your request or supply a non-empty value.", param)
}

// onlyOneOf refuses parameters of one object that can't be used together.
// Stripe names them without the object, which is in param.
func onlyOneOf(path string, names ...string) *apiError {
	return invalidRequest(joinPath(path, names[0]), "You may only specify one of these parameters: %s.", strings.Join(names, ", "))
}

// missingResource refuses the id of something that doesn't exist. Stripe
// answers 404 if the id was in the path and 400 if it was a parameter.
func missingResource(status int, object, id, param string) *apiError {
	return newError(status, typeInvalidRequest, "resource_missing", param, fmt.Sprintf("No such %s: '%s'", object, shorten(id)))
}

func malformedForm() *apiError {
	return invalidRequest("", "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.")
}
