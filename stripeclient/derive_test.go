package stripeclient

import (
	"bytes"
	"strings"
	"testing"
)

func TestDerivedSecrets(t *testing.T) {
	derive := func(key, purpose string) []byte {
		secret, err := mustKey(t, key).Derive(purpose)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	first := derive("sk_test_1", "a")
	if !bytes.Equal(first, derive("sk_test_1", "a")) {
		t.Error("one key gives two secrets for one purpose")
	}
	for _, other := range [][]byte{derive("sk_test_1", "b"), derive("sk_test_2", "a")} {
		if bytes.Equal(first, other) {
			t.Error("another key or purpose gives the same secret")
		}
	}
	if len(first) != 32 || strings.Contains(string(first), "sk_test") {
		t.Errorf("secret of %d bytes", len(first))
	}
	if none, err := (Key{}).Derive("a"); none != nil || err != nil {
		t.Errorf("no key gives %v, %v", none, err)
	}
}
