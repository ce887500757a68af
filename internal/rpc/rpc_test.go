package rpc

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

func TestParse(t *testing.T) {
	t.Parallel()
	ping := func(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}` }
	for name, tc := range map[string]struct {
		data string
		want int
		err  string
	}{
		"a call":                    {ping(`1`), 1, ""},
		"a string for an id":        {ping(`"1.5"`), 1, ""},
		"the largest id":            {ping(`9007199254740991`), 1, ""},
		"an integer in disguise":    {ping(`1.0`), 1, ""},
		"a fraction":                {ping(`1.5`), 0, "a request ID must be a string"},
		"too large":                 {ping(`9007199254740992`), 0, "a request ID must be a string"},
		"30 digits":                 {ping(`123456789012345678901234567890`), 0, "a request ID must be a string"},
		"null":                      {ping(`null`), 0, "a request ID must be a string"},
		"a notification":            {`{"jsonrpc":"2.0","method":"x"}`, 1, ""},
		"a response":                {`{"jsonrpc":"2.0","id":1,"result":{}}`, 0, ""},
		"a batch":                   {" [" + ping(`1`) + "," + ping(`2`) + `,7,null]`, 2, ""},
		"a batch with one id twice": {"[" + ping(`1`) + "," + ping(`"1"`) + "," + ping(`1`) + "]", 0, "the ID 1"},
		"not JSON":                  {`{`, 0, "not JSON"},
		"half a batch":              {`[` + ping(`1`), 0, "not JSON"},
		"two values":                {ping(`1`) + ping(`2`), 0, "not JSON"},
		"a name in capitals":        {`{"jsonrpc":"2.0","ID":1,"Method":"ping"}`, 0, ""},
		"not UTF-8":                 {`{"jsonrpc":"2.0","method":"` + "\xff" + `"}`, 0, "not UTF-8"},
		"a method with a key":       {`{"jsonrpc":"2.0","method":"rk_test_1234"}`, 0, "a method can't contain a key"},
		"a method like a key's":     {`{"jsonrpc":"2.0","method":"test_k"}`, 1, ""},
		"nothing":                   {``, 0, "not JSON"},
	} {
		data := []byte(tc.data)
		body, err := Parse(data)
		if string(data) != tc.data {
			t.Errorf("%s: the message became %s", name, data)
		}
		if len(body.Requests) != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %d requests, error %v; want %d and %q", name, len(body.Requests), err, tc.want, tc.err)
		}
	}
}

// Only a call by itself is one that can be answered with one message.
func TestCall(t *testing.T) {
	t.Parallel()
	const ping, notification = `{"jsonrpc":"2.0","id":1,"method":"ping"}`, `{"jsonrpc":"2.0","method":"x"}`
	for data, want := range map[string]bool{
		ping:                                   true,
		"[" + ping + "]":                       false,
		notification:                           false,
		`{"jsonrpc":"2.0","id":1,"result":{}}`: false,
	} {
		body, err := Parse([]byte(data))
		if call := FromContext(NewContext(t.Context(), body)).Call(); err != nil || (call != nil) != want {
			t.Errorf("%s: %v, %v", data, call, err)
		}
	}
	if call := FromContext(t.Context()).Call(); call != nil {
		t.Errorf("without a body: %v", call)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","method":"x"},7,null]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		body, refused := Parse(data)
		if !bytes.Equal(before, data) {
			t.Errorf("%q became %q", before, data)
		}
		// What go-sdk takes for a request must be seen here, as the same one.
		message, err := jsonrpc.DecodeMessage(data)
		want, isRequest := message.(*jsonrpc.Request)
		if err != nil || !isRequest || refused != nil {
			return
		}
		got := body.Requests
		if len(got) != 1 || got[0].Method != want.Method || got[0].ID != want.ID || string(got[0].Params) != string(want.Params) {
			t.Errorf("%q is %+v, to go-sdk %+v", data, got, want)
		}
	})
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":[{}],"\u0061":null}`, `{ "a":"b" }`, `null`, `[]`, `{"a":}`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return // Parse refuses it
		}
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(data, &want)
		got, err := Object(data)
		if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, %v, want %q, %v", data, got, err, want, wantErr)
		}
	})
}
