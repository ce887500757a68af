package stripespec

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Transport returns a round tripper that checks every answer from base against
// Stripe's document and fails the test if Stripe would not give it: because of
// a wrong body, a wrong content type, or anything but an error for a path or
// method that Stripe's API does not have. The caller gets the answer unchanged.
//
// A nil base means [http.DefaultTransport].
func Transport(t testing.TB, base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{t, base}
}

type transport struct {
	t    testing.TB
	base http.RoundTripper
}

func (tr *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := tr.base.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	closeErr := resp.Body.Close()
	if err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))

	tr.t.Helper()
	if problem := check(req.Method, req.URL.Path, resp, body); problem != nil {
		tr.t.Errorf("%v\n%s", problem, body)
	}
	return resp, nil
}

func check(method, path string, resp *http.Response, body []byte) error {
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		return &contentTypeError{ct}
	}
	template, known := Match(method, path)
	if !known {
		return ValidateComponent("error", body)
	}
	return ValidateResponse(method, template, resp.StatusCode, body)
}

type contentTypeError struct{ got string }

func (e *contentTypeError) Error() string {
	return "Stripe answers with application/json, but this has content type " + e.got
}
