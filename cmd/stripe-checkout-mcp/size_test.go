package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Nothing in the program looks up methods by a name that the linker doesn't
// know. Where something does, as html/template, the linker has to keep every
// method of every type: 5 MB.
func TestTheLinkerDropsUnusedMethods(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	out, err := exec.Command("go", "build", "-tags", "grpcnotrace", "-ldflags", "-dumpdep", "-o", os.DevNull, ".").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "main.main -> ") {
		t.Fatalf("go build: %v\n%.2000s", err, out)
	}
	blamed := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		from, _, _ := strings.Cut(line, " -> ")
		if name, ok := strings.CutSuffix(from, " <ReflectMethod>"); ok && !blamed[name] {
			blamed[name] = true
			t.Errorf("%s finds methods by name", name)
		}
	}
}

func TestTheProgramIsSmall(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the program")
	}
	binary := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64") // as it is released
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	const most = 22_000_000
	if info.Size() > most {
		t.Errorf("it has %d bytes, more than %d: docs/performance.md says what costs how much", info.Size(), most)
	}
}
