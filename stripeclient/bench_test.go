package stripeclient

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkList makes one call, without a network, whose answer is as large as
// a page of ten sessions (46 KB, indented).
func BenchmarkList(b *testing.B) {
	session := strings.Repeat(`{"id":"cs_test_1","amount_total":1000,"automatic_tax":{"enabled":false,"status":null}},`, 312)
	var page bytes.Buffer
	if err := json.Indent(&page, []byte(`{"object":"list","data":[`+session[:len(session)-1]+`]}`), "", "  "); err != nil {
		b.Fatal(err)
	}
	body := page.Bytes()
	c, err := New(Config{Key: mustKey(b, testSecret), Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
	})})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.List(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
