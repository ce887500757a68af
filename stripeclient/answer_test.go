package stripeclient

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// One byte that is not UTF-8 must not lose the answer: the session exists.
func TestAnswersAreUTF8(t *testing.T) {
	c := serve(t, answer(200, "{\"id\":\"cs_test_1\",\"name\":\"Jos\xe9\",\"ok\":\"Jos\u00e9\"}"))
	response, err := c.Create(t.Context(), createParams())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":"cs_test_1","name":"Jos�","ok":"José"}`; string(response.JSON) != want {
		t.Errorf("got %s, want %s", response.JSON, want)
	}
}

func TestDepth(t *testing.T) {
	for object, want := range map[string]int{
		`{}`:                          1,
		`{"a":[{"b":{}}],"c":[[]]}`:   4,
		`{"[[[{":"]]]\\","\"{{":"{"}`: 1,
	} {
		if got := depth([]byte(object)); got != want {
			t.Errorf("%s nests %d deep, want %d", object, got, want)
		}
	}
}

// A list that holds an error is not a success, whatever its status.
func TestASuccessWithAnErrorFails(t *testing.T) {
	r, err := serve(t, answer(200, `{"error":{"message":"not found"}}`)).List(t.Context(), nil)
	if e := failed(t, r, err); e.Code != "invalid_response" || !e.Retryable {
		t.Errorf("%+v", e)
	}
}

// An error message of megabytes is cut before it is searched, and a secret that
// the cut goes through is not shown.
func TestLongTextsAreCutFirst(t *testing.T) {
	key := mustKey(t, testSecret)
	long := strings.Repeat("é ", 8_000_000)
	if got := scrub(long, key); len(got) > maxText+len("…") || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
	for at := 4*maxText - 60; at < 4*maxText+2; at++ {
		for _, secret := range []string{testSecret, testEmail, "cs_test_a1_secret_recognizableSecret"} {
			// Keys before it are shortened, which brings the end of the text
			// into view.
			text := strings.Repeat(testSecret+" ", at/(len(testSecret)+1))
			text += strings.Repeat(" ", at-len(text)) + secret + strings.Repeat(" x", maxText)
			if got := scrub(text, key); strings.Contains(strings.ToLower(got), "recogni") {
				t.Fatalf("cut at %d of %s: …%s", at, secret, got[max(0, len(got)-80):])
			}
		}
	}
}

// The advice addresses whoever supplied the key.
func TestAdviceAddressesTheOwnerOfTheKey(t *testing.T) {
	for status, body := range map[int]string{
		401: `{"error":{"type":"invalid_request_error","message":"no"}}`,
		403: `{"error":{"type":"invalid_request_error","message":"no"}}`,
		404: `{"error":{"type":"invalid_request_error","code":"resource_missing","message":"no"}}`,
	} {
		c := serve(t, answer(status, body))
		for name, ctx := range map[string]struct {
			key  Key
			want string
		}{
			"the server's": {Key{}, "hoever runs this server"},
			"the caller's": {mustKey(t, "rk_test_brought"), "hoever set up this client"},
		} {
			with := t.Context()
			if !ctx.key.IsZero() {
				with = WithKey(with, ctx.key)
			}
			r, err := c.Retrieve(with, "cs_live_1", nil)
			if e := failed(t, r, err); !strings.Contains(e.Error(), ctx.want) {
				t.Errorf("%d with %s key: %s", status, name, e)
			}
		}
	}
	r, err := serve(t, answer(200, "{}")).List(WithKey(t.Context(), Key{}), nil)
	if e := failed(t, r, err); e.Code != "api_key_missing" || strings.Contains(e.Error(), "STRIPE_API_KEY") || !strings.Contains(e.Error(), "bearer token") {
		t.Errorf("%s", e)
	}
}
