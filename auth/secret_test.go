package auth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const key = "rk_test_0123456789"
	secret := NewSecret(key)
	caller := Caller{ID: "key:1", StripeKey: secret}
	hidden := struct{ c Caller }{caller}

	var printed []string
	for _, v := range []any{secret, &secret, caller, &caller, hidden, &hidden, []Caller{caller}, map[string]Secret{"k": secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p"} {
			printed = append(printed, fmt.Sprintf(verb, v))
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(j))
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			b := new(bytes.Buffer)
			slog.New(handler(b)).Info("x", "v", v)
			printed = append(printed, b.String())
		}
	}
	hexKey := fmt.Sprintf("%x", key)
	for _, p := range printed {
		if strings.Contains(p, key) || strings.Contains(strings.ToLower(p), hexKey) {
			t.Errorf("printed: %s", p)
		}
	}
	if secret.Reveal() != key || secret.IsZero() || !(Secret{}).IsZero() {
		t.Error("the secret lost its value")
	}
}
