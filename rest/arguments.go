package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
)

// arguments turns a request into the arguments of the route's operation: the
// session from the path, the query's parameters, the body, and the idempotency
// key from its header.
func (rt route) arguments(r *http.Request) (map[string]any, error) {
	args := map[string]any{}
	if session := r.PathValue("session"); session != "" {
		args["session"] = session
	}
	fromQuery, err := rt.query(r)
	if err != nil {
		return nil, err
	}
	fromBody, err := rt.body(r)
	if err != nil {
		return nil, err
	}
	for _, more := range []map[string]any{fromQuery, fromBody} {
		if len(more) == 0 {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(more)) {
			if _, twice := args[name]; twice {
				return nil, refused(http.StatusBadRequest, "", name, "%s is given twice; give it once.", name)
			}
			args[name] = more[name]
		}
	}

	key, given, err := single(r, idempotencyHeader)
	_, inArguments := args[idempotencyArgument]
	switch {
	case err != nil:
		return nil, err
	case given && !rt.Writes():
		return nil, refused(http.StatusBadRequest, "parameter_unknown", idempotencyHeader, "Idempotency-Key is for POST requests: a GET changes nothing and can always be repeated. Leave it out.")
	case given && !inArguments:
		args[idempotencyArgument] = key
	case given && args[idempotencyArgument] != any(key):
		return nil, refused(http.StatusBadRequest, "parameter_invalid", idempotencyHeader, "The Idempotency-Key header and the argument idempotency_key differ; use only one of them.")
	}
	return args, nil
}

const (
	idempotencyHeader   = "Idempotency-Key"
	idempotencyArgument = "idempotency_key"
)

// query returns the arguments in a request's query.
func (rt route) query(r *http.Request) (map[string]any, error) {
	if r.URL.RawQuery == "" {
		return nil, nil
	}
	query, err := parseForm(r.URL.RawQuery, "query")
	if err != nil {
		return nil, err
	}
	return coerceMembers(query, rt.Input.Schema(), "")
}

// body returns the arguments in a request's body: either the operation's
// parameters or, as in the capability, an object whose body contains them.
func (rt route) body(r *http.Request) (map[string]any, error) {
	if r.Body == http.NoBody {
		return nil, nil
	}
	data, err := io.ReadAll(r.Body)
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, refused(http.StatusRequestEntityTooLarge, "", "", "The request body is longer than %d bytes.", tooLong.Limit)
	}
	if err != nil {
		return nil, refused(http.StatusBadRequest, "", "", "The request body could not be read.")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	typ, err := contentType(r)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, refused(http.StatusBadRequest, "", "", "The request body is not UTF-8 text.")
	}
	if typ == formType {
		return rt.formBody(string(data))
	}
	return jsonBody(data)
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func contentType(r *http.Request) (string, error) {
	typ, charset, err := r.Header.Get("Content-Type"), "", error(nil)
	if typ != jsonType && typ != formType {
		var params map[string]string
		typ, params, err = mime.ParseMediaType(typ)
		charset = params["charset"]
	}
	encoding := r.Header.Get("Content-Encoding")
	switch {
	case err != nil || typ != jsonType && typ != formType:
		return "", refused(http.StatusUnsupportedMediaType, "", "Content-Type", "The request body must have the Content-Type %s or %s.", jsonType, formType)
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return "", refused(http.StatusUnsupportedMediaType, "", "Content-Type", "The request body must be in UTF-8.")
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return "", refused(http.StatusUnsupportedMediaType, "", "Content-Encoding", "The request body must not be compressed.")
	}
	return typ, nil
}

func (rt route) formBody(data string) (map[string]any, error) {
	form, err := parseForm(data, "request body")
	if err != nil {
		return nil, err
	}
	if _, whole := form.Members["body"]; whole {
		return coerceMembers(form, rt.Input.Schema(), "")
	}
	params, err := coerceMembers(form, property(rt.Input.Schema(), "body"), "body")
	if err != nil {
		return nil, err
	}
	return map[string]any{"body": params}, nil
}

func jsonBody(data []byte) (map[string]any, error) {
	value, err := schemas.Parse(data, "")
	if err != nil {
		var syntax *json.SyntaxError
		if errors.As(json.Unmarshal(data, new(any)), &syntax) {
			return nil, refused(http.StatusBadRequest, "", "", "The request body is not valid JSON: %v at byte %d.", syntax, syntax.Offset)
		}
		return nil, err
	}
	if object, ok := value.(map[string]any); ok {
		if _, whole := object["body"]; whole {
			return object, nil
		}
	}
	return map[string]any{"body": value}, nil
}
