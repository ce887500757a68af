// Package prose keeps the project's English plain, in the documentation and in
// the code's messages.
package prose

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// A rule names a phrase that a native technical writer wouldn't use.
type rule struct {
	bad    *regexp.Regexp
	except *regexp.Regexp // good English that bad also matches; may be nil
	better string
}

func avoid(bad, better string) rule {
	return rule{bad: regexp.MustCompile(`(?i)\b(?:` + bad + `)\b`), better: better}
}

var rules = []rule{
	{
		bad:    regexp.MustCompile(`(?i)\b[\w']+ (?:is|are|was|were) no \w+`),
		except: regexp.MustCompile(`(?i)\b(?:there (?:is|are|was|were) no|no (?:longer|more|better|different|one|less|reason))\b`),
		better: "is not a, isn't a",
	},
	avoid(`is none of (?:ours|theirs|its|the|this|these|those)`, "is not one of"),
	avoid(`(?:has|have|is of) no use (?:with|for|here)`, "can't be used with"),
	avoid(`cut (?:it|the answer|an answer|answers|results?) down`, "shorten, return only"),
	avoid(`as (?:may|the case may) be`, "say what is meant"),
	avoid(`nothing is known (?:of|about)|that nothing is known of`, "unknown"),
	avoid(`best an? \w+ (?:one|key)`, "preferably a"),
	avoid(`exclude each other`, "can't be used together"),
	avoid(`stands? (?:there|here)`, "is, appears"),
	avoid(`stands? in (?:the )?(?:path|text|file|table|list|header|body|environment)`, "is in"),
	avoid(`it need not be given`, "not needed"),
	avoid(`not ready any more`, "no longer ready"),
	avoid(`is not whole|or not whole`, "incomplete"),
	avoid(`in order to`, "to"),
	avoid(`due to the fact that`, "because"),
	avoid(`at this point in time`, "now"),
	avoid(`prior to`, "before"),
	avoid(`utili[sz]e[sd]?`, "use"),
	avoid(`make use of|makes use of`, "use"),
	avoid(`(?:please|it should be) note[d]? that`, "leave it out"),
	avoid(`in the event (?:of|that)`, "if"),
	avoid(`for the purpose of`, "to, for"),
	avoid(`is able to|are able to`, "can"),
	avoid(`informations|advices|softwares`, "no plural"),
	avoid(`anew`, "again, re-"),
	avoid(`(?:that|which|what) (?:is|are|was|were) none`, "isn't one"),
	avoid(`such (?:a one|an one)`, "one like that"),
	avoid(`what (?:came|comes|become|becomes|became) of`, "the result of, what happened to"),
	avoid(`(?:say|says|said|told|tell|tells|hears|hear|heard|knows nothing|know nothing) of`, "about"),
	avoid(`(?:be|is|are|was|were) had`, "available, possible to get"),
	avoid(`mend|mends|mended|mending`, "correct, fix"),
	avoid(`came about|come about|comes about`, "happened, was made"),
	avoid(`lest`, "so that ... doesn't"),
	avoid(`at hand`, "available"),
	avoid(`thereby|therein|thereof|thereto|whereby|wherein|whereof|hereby|herein|hereof|henceforth|hitherto`, "plain words"),
	avoid(`misspelt|whilst|amongst`, "misspelled, while, among"),
	avoid(`the \w+'s of (?:a|an|the|its|his|her|their|our|Stripe)`, "reorder it"),
	avoid(`(?:taken|take|takes) for none`, "ignored"),
	avoid(`allows? to \w+`, "lets you, allows ...ing"),
}

var (
	word    = regexp.MustCompile(`[^\s]+`)
	letters = regexp.MustCompile(`^\p{L}{2,}$`)
	double  = map[string]bool{"had": true, "that": true} // these may be doubled
)

// complaints lists what in text nobody would say aloud.
func complaints(text string) []string {
	text = strings.Join(strings.Fields(text), " ")
	var all []string
	for _, r := range rules {
		for _, found := range r.bad.FindAllString(text, -1) {
			if r.except == nil || !r.except.MatchString(found) {
				all = append(all, fmt.Sprintf("%q: better %q", found, r.better))
			}
		}
	}
	before := ""
	for _, w := range word.FindAllString(text, -1) {
		if w = strings.ToLower(w); w == before && letters.MatchString(w) && !double[w] {
			all = append(all, fmt.Sprintf("%q is doubled", w))
		}
		before = w
	}
	return all
}

func TestPlainEnglish(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch name := d.Name(); {
			case name == "testdata", name == "node_modules", name == "venvs", name == "prose",
				strings.HasPrefix(name, ".") && path != root:
				return filepath.SkipDir
			}
			return nil
		}
		shown := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		switch filepath.Ext(path) {
		case ".md":
			markdown(t, path, shown)
		case ".go":
			source(t, path, shown)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inlineCode matches code, which isn't prose.
var inlineCode = regexp.MustCompile("`[^`]*`")

// markdown checks each paragraph of a page, except its code.
func markdown(t *testing.T, path, shown string) {
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var paragraph []string
	start, code := 0, false
	check := func() {
		for _, c := range complaints(inlineCode.ReplaceAllString(strings.Join(paragraph, " "), "…")) {
			t.Errorf("%s:%d: %s", shown, start, c)
		}
		paragraph = nil
	}
	for i, line := range strings.Split(string(page), "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			code = !code
		}
		if fence || code || strings.TrimSpace(line) == "" || strings.HasPrefix(line, "|") {
			check()
		}
		if fence || code {
			continue
		}
		if len(paragraph) == 0 {
			start = i + 1
		}
		paragraph = append(paragraph, line)
	}
	check()
}

// source checks the messages in a Go file: help, errors and descriptions. It
// skips tests, whose strings come from others or are wrong on purpose.
func source(t *testing.T, path, shown string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, "_test.go") || bytes.Contains(text, []byte("DO NOT EDIT.")) {
		return
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	check := func(at token.Pos, text string) {
		for _, c := range complaints(text) {
			t.Errorf("%s:%d: %s", shown, files.Position(at).Line, c)
		}
	}
	for _, group := range file.Comments {
		check(group.Pos(), comment(group))
	}
	if strings.HasSuffix(path, "_test.go") {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(text, " ") {
				check(literal.Pos(), text)
			}
		}
		return true
	})
}

// comment returns the prose of a comment, without code, and nothing of an
// example's output.
func comment(group *ast.CommentGroup) string {
	text := group.Text()
	if strings.HasPrefix(text, "Output:") {
		return ""
	}
	var prose []string
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "\t") {
			prose = append(prose, line)
		}
	}
	return inlineCode.ReplaceAllString(strings.Join(prose, "\n"), "…")
}

// This tests the check itself: what it must find, and what it must leave alone.
func TestComplaints(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"--url is no URL",
		"NAME is no name of an environment variable",
		"--key-file has no use with --http",
		"the token is none of theirs",
		"they cut an answer\ndown",
		"open or paid, as may be",
		"one that nothing is known of",
		"best a restricted key",
		"the the tools",
		"in order to call",
		"writes the table anew",
		"an account that is none",
		"one such as such a one",
		"what came of the call",
		"what the model is told of it",
		"a module that could not be had",
		"until the file is mended",
		"no connection came about",
		"refused, lest it is sent twice",
		"the key at hand",
		"the path whereby it came",
		"a misspelt name",
		"the sandbox's of the three",
	} {
		if len(complaints(bad)) != 1 {
			t.Errorf("%q: %q, want one complaint", bad, complaints(bad))
		}
	}
	for _, good := range []string{
		"there is no tool of that name",
		"the session is no longer open",
		"--url must be a URL",
		"a key, preferably a restricted one",
		"it had had its turn",
		"1 1 2, a - - b",
		"for none of them, leave it out",
		"Stripe's half of the file",
		"say which of the two it is",
	} {
		if all := complaints(good); len(all) > 0 {
			t.Errorf("%q: %q, want no complaint", good, all)
		}
	}
}

// Comments are checked as prose; code and output in them are not.
func TestComments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"// run writes the\n// table anew.":       1,
		"/* It is no tool. */":                    1,
		"// run runs:\n//\n//\tin order to anew":  0,
		"// The tool is named `is no tool` here.": 0,
		"// Output:\n// key is no key":            0,
		"//go:generate go run anew":               0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n\n"+text+"\nvar x int\n", parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if all := complaints(comment(file.Comments[0])); len(all) != want {
			t.Errorf("%q: %q, want %d complaints", text, all, want)
		}
	}
}
