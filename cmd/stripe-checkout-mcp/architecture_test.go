package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// repositoryPath matches a path from the repository's root, as pages name it:
// with a folder, or a file in the root.
var repositoryPath = regexp.MustCompile(`^(\.github/|[a-z]\w*/)[\w./-]*$|^[\w.]+\.(md|mod|yaml)$`)

// The files and folders that docs/architecture.md names exist.
func TestArchitecturePage(t *testing.T) {
	page := readPage(t, "docs/architecture.md")
	named := 0
	for _, span := range codeSpan.FindAllStringSubmatch(page, -1) {
		if !repositoryPath.MatchString(span[1]) || span[1] == "tools/list" {
			continue
		}
		named++
		if _, err := os.Stat(filepath.Join("../..", span[1])); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", span[1], err)
		}
	}
	if named < 30 {
		t.Errorf("found only %d paths on the page: does the pattern still match?", named)
	}
}

// The README's table of the code lists every folder with Go code and no others.
func TestReadmeFolders(t *testing.T) {
	_, table, ok := strings.Cut(readPage(t, "README.md"), "\n## The code\n")
	if !ok {
		t.Fatal("README.md has no section on the code")
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		listed = append(listed, row[1])
		if info, err := os.Stat(filepath.Join("../..", row[1])); err != nil || !info.IsDir() {
			t.Errorf("README.md lists the folder %s, which doesn't exist", row[1])
		}
	}
	files, err := filepath.Glob("../../*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files found: %v", err)
	}
	for _, file := range files {
		if folder := filepath.Base(filepath.Dir(file)); !slices.Contains(listed, folder) {
			t.Errorf("README.md doesn't list the folder %s", folder)
			listed = append(listed, folder) // once
		}
	}
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
