package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Nothing in the program looks up methods by names that the linker doesn't
// know. If something does, as html/template does, the linker has to keep every
// method of every type, which takes 5 MB.
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
