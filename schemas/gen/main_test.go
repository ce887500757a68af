package main

import (
	"bytes"
	"os"
	"testing"
)

func TestStripeJSONIsUpToDate(t *testing.T) {
	have, err := os.ReadFile("../stripe.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, generate()) {
		t.Error("schemas/stripe.json is out of date: run go generate ./schemas")
	}
}
