package sandbox

import (
	"io"
	"net/http"
	"testing"
)

type panickingBody struct{}

func (panickingBody) Read([]byte) (int, error) { panic("a bug") }

// A panic reaches the call's goroutine, where it can be recovered.
func TestPanicsReachTheCaller(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.stripe.com/v1/checkout/sessions", io.NopCloser(panickingBody{}))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+Key)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	defer func() {
		if p := recover(); p != "a bug" {
			t.Errorf("recovered %v", p)
		}
	}()
	resp, err := New(Options{}).RoundTrip(req)
	t.Errorf("answered %v, %v", resp, err)
}
