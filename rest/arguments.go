package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// members are those of a JSON object in the making. A name given twice stays
// in twice, for package schemas to refuse.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

func (m members) has(name string) bool { return m.get(name) != nil }

func (m members) get(name string) json.RawMessage {
	for _, member := range m {
		if member.name == name {
			return member.value
		}
	}
	return nil
}

// says reports whether the member is that text.
func (m members) says(name, text string) bool {
	var value string
	return json.Unmarshal(m.get(name), &value) == nil && value == text
}

func (m members) object() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quote(member.name))
		b.WriteByte(':')
		b.Write(member.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// arguments turns a request into the arguments of the route's operation: the
// session from the path, the query's parameters, the body, and the idempotency
// key from its header.
func (rt route) arguments(r *http.Request) (json.RawMessage, error) {
	var args members
	if session := r.PathValue("session"); session != "" {
		args = append(args, member{"session", quote(session)})
	}
	query, err := parseForm(r.URL.RawQuery, "query")
	if err != nil {
		return nil, err
	}
	fromQuery, err := coerceMembers(query, rt.Input.Schema(), "")
	if err != nil {
		return nil, err
	}
	fromBody, err := rt.body(r)
	if err != nil {
		return nil, err
	}
	args = append(append(args, fromQuery...), fromBody...)

	key, given, err := single(r, idempotencyHeader)
	switch {
	case err != nil:
		return nil, err
	case given && !rt.Writes():
		return nil, refused(http.StatusBadRequest, "parameter_unknown", idempotencyHeader, "Idempotency-Key is for POST requests: a GET changes nothing and can always be repeated. Leave it out.")
	case given && !args.has(idempotencyArgument):
		args = append(args, member{idempotencyArgument, quote(key)})
	case given && !args.says(idempotencyArgument, key):
		return nil, refused(http.StatusBadRequest, "parameter_invalid", idempotencyHeader, "The Idempotency-Key header and the argument idempotency_key differ; give one of them.")
	}
	return args.object(), nil
}

const (
	idempotencyHeader   = "Idempotency-Key"
	idempotencyArgument = "idempotency_key"
)

// body gives the arguments in a request's body. It holds the parameters of the
// operation or, as the capability has it, an object whose body does.
func (rt route) body(r *http.Request) (members, error) {
	data, err := io.ReadAll(r.Body)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
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
	typ, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
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

func (rt route) formBody(data string) (members, error) {
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
	return members{{"body", params.object()}}, nil
}

func jsonBody(data []byte) (members, error) {
	var syntax *json.SyntaxError
	var value json.RawMessage
	if err := json.Unmarshal(data, &value); errors.As(err, &syntax) {
		return nil, refused(http.StatusBadRequest, "", "", "The request body is not valid JSON: %v at byte %d.", syntax, syntax.Offset)
	} else if err != nil {
		return nil, refused(http.StatusBadRequest, "", "", "The request body is not valid JSON.")
	}
	if whole := membersIn(value); whole.has("body") {
		return whole, nil
	}
	return members{{"body", value}}, nil
}

// membersIn splits valid JSON into its members, none if it is no object.
func membersIn(value json.RawMessage) (all members) {
	dec := json.NewDecoder(bytes.NewReader(value))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil
		}
		all = append(all, member{name.(string), value})
	}
	return all
}
