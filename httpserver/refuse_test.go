package httpserver

import "testing"

func TestMessageID(t *testing.T) {
	for message, want := range map[string]any{
		`{"jsonrpc":"2.0","id":7,"method":"x"}`:                     int64(7),
		`{"jsonrpc":"2.0","id":"a","method":"x","params":{"b":"cut`: "a",
		`{"params":{"id":1,"x":[{"id":2}]},"id":3}`:                 int64(3),
		`{"jsonrpc":"2.0","method":"x","params":{"id":1`:            nil,
		`{"jsonrpc":"2.0","method":"x","params":{"id":1}}`:          nil,
		`{"id":null}`: nil,
		`{"id":{}}`:   nil,
		`{"id":`:      nil,
		`[{"id":1}]`:  nil,
		``:            nil,
	} {
		if got := messageID([]byte(message)).Raw(); got != want {
			t.Errorf("%s: id %v, want %v", message, got, want)
		}
	}
}
