package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every test that the threat model names exists.
func TestThreatModelNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("../../docs/threats.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/-]+)\\.((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) == 0 {
		t.Fatal("the threat model names no tests")
	}
	for _, name := range named {
		files, err := filepath.Glob(filepath.Join("../..", name[1], "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+name[2]+`\(`).Match(code)
		}
		if !found {
			t.Errorf("package %s has no test %s", name[1], name[2])
		}
	}
}
