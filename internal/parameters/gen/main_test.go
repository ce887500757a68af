package main

import (
	"bytes"
	"os"
	"testing"
)

func TestTheTableIsUpToDate(t *testing.T) {
	have, err := os.ReadFile("../parameters.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, generate()) {
		t.Error("parameters.json is out of date: run go generate ./internal/parameters")
	}
}
