package main

import (
	"bytes"
	"os"
	"testing"
)

func TestTheTableIsUpToDate(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../constraints.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("sandbox/constraints.go is not what the generator writes: run go generate ./sandbox")
	}
}
