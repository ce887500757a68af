package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// answer is a complete HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
	// requestID is the request that was answered first, if this is a replay.
	requestID string
}

// request is a request to Stripe's API once it is known whose it is and what
// it asks for.
type request struct {
	account *account
	now     int64
	session string // the id in the path
	params  values
	size    int // bytes of the form
}

// operation is one of the API's endpoints.
type operation struct {
	params func() *param
	// kind is what it answers with, as expand sees it.
	kind string
	run  func(r *request, expand []string) (object, *apiError)
}

const sessionsPath = "/v1/checkout/sessions"

var (
	listOperation      = operation{listParams, "sessions", (*request).listSessions}
	createOperation    = operation{createParams, "checkout.session", (*request).createSession}
	retrieveOperation  = operation{retrieveParams, "checkout.session", (*request).retrieveSession}
	expireOperation    = operation{expireParams, "checkout.session", (*request).expireSession}
	lineItemsOperation = operation{lineItemsParams, "line_items", (*request).listLineItems}
)

// route finds the operation that a method and path name.
func route(r *http.Request) (op *operation, session string) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), sessionsPath)
	if !ok {
		return nil, ""
	}
	if rest == "" {
		switch r.Method {
		case http.MethodGet:
			return &listOperation, ""
		case http.MethodPost:
			return &createOperation, ""
		}
		return nil, ""
	}
	rest, ok = strings.CutPrefix(rest, "/")
	id, action, _ := strings.Cut(rest, "/")
	id, err := url.PathUnescape(id)
	if !ok || err != nil || id == "" || strings.HasSuffix(rest, "/") {
		return nil, ""
	}
	switch r.Method + " " + action {
	case "GET ":
		return &retrieveOperation, id
	case "GET line_items":
		return &lineItemsOperation, id
	case "POST expire":
		return &expireOperation, id
	}
	return nil, ""
}

// answer does all that a request asks for.
func (s *Server) answer(r *http.Request) *answer {
	requestID := newID("req_", 14)
	a, err := s.run(r, requestID)
	if err != nil {
		a = errorAnswer(err)
	}
	replayed := a.requestID != "" && a.requestID != requestID
	header := a.header.Clone()
	header.Set("Request-Id", requestID)
	header.Set("Stripe-Version", apiVersion)
	if version := r.Header.Get("Stripe-Version"); versionPattern.MatchString(version) {
		header.Set("Stripe-Version", version)
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" && r.Method == http.MethodPost && utf8.RuneCountInString(key) <= maxIdempotencyKeyRune {
		header.Set("Idempotency-Key", key)
		if a.requestID != "" {
			header.Set("Original-Request", a.requestID)
		}
		if replayed {
			header.Set("Idempotent-Replayed", "true")
		}
	}
	if account := r.Header.Get("Stripe-Account"); account != "" && err == nil {
		header.Set("Stripe-Account", account)
	}
	return &answer{status: a.status, header: header, body: a.body}
}

var versionPattern = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.[a-z_]{1,40})?$`)

func (s *Server) run(r *http.Request, requestID string) (*answer, *apiError) {
	id, err := authenticate(r.Header)
	if err != nil {
		return nil, err
	}
	op, session := route(r)
	if op == nil {
		return nil, newError(http.StatusNotFound, typeInvalidRequest, "", "", fmt.Sprintf("Unrecognized request URL (%s: %s). Please see https://stripe.com/docs or we can help at https://support.stripe.com/. (This sandbox has Checkout Sessions only: list, create, retrieve, expire, line items.)", shorten(r.Method), shorten(r.URL.Path)))
	}
	if version := r.Header.Get("Stripe-Version"); version != "" && !versionPattern.MatchString(version) {
		return nil, invalidRequest("", "Invalid Stripe API version: %s", shorten(version))
	}
	encoded, err := readForm(r)
	if err != nil {
		return nil, err
	}
	form, err := parseForm(encoded)
	if err != nil {
		return nil, err
	}
	params, err := op.params().decodeParams(form)
	if err != nil {
		return nil, err
	}
	expand, err := checkExpand(params, op.kind)
	if err != nil {
		return nil, err
	}

	now := s.now().Unix()
	run := &request{account: s.account(id, now), now: now, session: session, params: params, size: len(encoded)}
	execute := func() *answer {
		body, err := op.run(run, expand)
		if err != nil {
			return errorAnswer(err)
		}
		return newAnswer(http.StatusOK, body)
	}
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		return execute(), nil
	}
	if n := utf8.RuneCountInString(key); n > maxIdempotencyKeyRune {
		return nil, invalidRequest("", "Idempotency keys can be up to %d characters long, but you passed in a key that is %d characters.", maxIdempotencyKeyRune, n)
	}
	stored, err, entry := run.account.idempotency.begin(key, fingerprint(r, form), now)
	if err != nil || stored != nil {
		return stored, err
	}
	// From here on the request counts as executed, and what it answers, even a
	// refusal, is the answer for this key.
	var a *answer
	defer func() { run.account.idempotency.finish(entry, a) }()
	a = execute()
	a.requestID = requestID
	return a, nil
}

// fingerprint is equal for two requests that ask for the same.
func fingerprint(r *http.Request, form *formNode) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.EscapedPath() + " ")
	form.canonical(&b)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// readForm returns the parameters as they were sent: the query of a GET, the
// query and body of a POST.
func readForm(r *http.Request) (string, *apiError) {
	query := r.URL.RawQuery
	if len(query) > maxBodyBytes {
		return "", tooLarge()
	}
	if r.Method != http.MethodPost || r.Body == nil {
		return query, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBodyBytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return "", tooLarge()
	}
	if err != nil {
		return "", malformedForm()
	}
	if len(body) == 0 {
		return query, nil
	}
	if contentType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || contentType != "application/x-www-form-urlencoded" {
		return "", malformedForm()
	}
	if query == "" {
		return string(body), nil
	}
	return query + "&" + string(body), nil
}

func tooLarge() *apiError {
	return newError(http.StatusRequestEntityTooLarge, typeInvalidRequest, "", "", fmt.Sprintf("Request too large: parameters can have up to %d bytes.", maxBodyBytes))
}

func newAnswer(status int, body object) *answer {
	return &answer{status: status, body: encode(body), header: http.Header{
		"Cache-Control": {"no-cache, no-store"},
		"Content-Type":  {"application/json"},
	}}
}

func errorAnswer(e *apiError) *answer {
	a := newAnswer(e.status, object{"error": e.object()})
	switch {
	case e.status == http.StatusUnauthorized:
		a.header.Set("WWW-Authenticate", `Bearer realm="Stripe"`)
	case e.status == http.StatusConflict:
		a.header.Set("Stripe-Should-Retry", "true")
	case e.Type == typeIdempotency:
		a.header.Set("Stripe-Should-Retry", "false")
	}
	return a
}
