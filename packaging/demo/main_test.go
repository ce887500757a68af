package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// passing matches what differs from one recording to the next.
var passing = regexp.MustCompile(`cs_test_[A-Za-z0-9]{8}|127\.0\.0\.1:[0-9]{5}`)

// The README's picture shows what the program prints today, and isn't empty at
// the start.
func TestPictureIsUpToDate(t *testing.T) {
	program := filepath.Join(t.TempDir(), "stripe-checkout-mcp.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/stripe-checkout-mcp").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("PATH", "") // without Chromium, the demo sends the payment page's form itself
	var r recording
	if err := r.record(t.Context(), []string{program, "stdio", "--sandbox"}, ""); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile("../../docs/demo.svg")
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(string(picture), "\n"), strings.Split(r.svg(), "\n")
	for i := range max(len(got), len(want)) {
		g, w := steady(got, i), steady(want, i)
		if g != w {
			t.Fatalf("docs/demo.svg is out of date: make -f packaging/Makefile docs/demo.svg\nline %d has %s\nthe program prints %s", i+1, g, w)
		}
	}
	for _, l := range got {
		if strings.Contains(l, r.lines[0].text) && strings.Contains(l, "animation") {
			t.Errorf("the first line isn't there from the start: %s", l)
		}
	}
}

// steady returns a line of a picture, without whatever differs from one
// recording to the next.
func steady(lines []string, i int) string {
	if i >= len(lines) {
		return "no such line"
	}
	return passing.ReplaceAllString(lines[i], "…")
}
