// Package conformance runs MCP's conformance suite against servers. Only tests
// use it.
//
// The suite expects its own tools, prompts and resources, which [NewServer]
// provides.
//
// https://github.com/modelcontextprotocol/conformance
package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/npm"
)

// A Target is a server to test.
type Target struct {
	URL     string
	Version string // of the protocol
	// Baseline is a file that lists the checks that fail, one scenario:check
	// per line, each below a comment that says why.
	Baseline string
	// Scored limits the baseline to scenarios that the suite runs but doesn't
	// score for this version of the protocol.
	Scored bool
}

// Run runs all the suite's scenarios for servers of the target's version. The
// test fails if a check outside the baseline fails, or if one in the baseline
// doesn't. A warning counts as a failure. dir is this package's folder.
//
// Run skips the test if Node.js is not installed.
func Run(t *testing.T, dir string, target Target) {
	t.Helper()
	s := suite{t, npm.Install(t, dir), target}
	if _, err := os.Stat(s.node()); err != nil {
		t.Skipf("SKIPPED, not tested: npm has no Node.js 22 for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	baseline := s.baseline()
	found, unscored := s.run(1, "--requirements", target.Version)
	again := map[string]results{} // by scenario
	passed := 0
	for name, failure := range found {
		if failure == "" {
			passed++
		}
		if failure == "" || baseline[name] {
			continue
		}
		// The suite allows only half a second for some answers, which is too
		// little on a busy machine.
		scenario, _, _ := strings.Cut(name, ":")
		if again[scenario] == nil {
			t.Logf("%s fails, and gets more time: %s", name, failure)
			again[scenario], _ = s.run(20, "--scenario", scenario, "--spec-version", target.Version, "--force")
		}
		if failure, made := again[scenario][name]; failure != "" || !made {
			t.Errorf("%s: %s", name, found[name])
		}
	}
	for name := range baseline {
		if found[name] == "" {
			t.Errorf("%s doesn't fail: remove it from %s", name, target.Baseline)
		}
		if scenario, _, _ := strings.Cut(name, ":"); target.Scored && !unscored[scenario] {
			t.Errorf("%s is scored for %s, so it must not be in %s", name, target.Version, target.Baseline)
		}
	}
	t.Logf("of %d checks, %d pass; %d in the baseline", len(found), passed, len(baseline))
}

type suite struct {
	*testing.T
	dir string
	Target
}

func (s suite) node() string { return filepath.Join(s.dir, "node_modules/.bin/node") }

// results maps scenario:check to why the check failed, or to "" if it passed.
type results map[string]string

var (
	begun     = regexp.MustCompile(`(?m)^Running client scenario '(.+)' against server`)
	notScored = regexp.MustCompile(`(?m)^  [✓✗] (\S+) \((?:extension|added-after-release|pending)\)$`)
)

// run runs scenarios, with all the suite's timeouts multiplied by stretch. It
// also returns the scenarios that are not scored for this version.
func (s suite) run(stretch int, args ...string) (found results, unscored map[string]bool) {
	s.Helper()
	out := s.TempDir()
	cmd := exec.CommandContext(s.Context(), s.node(), append([]string{
		"--import", fmt.Sprintf("data:text/javascript,const wait = setTimeout; globalThis.setTimeout = (f, ms, ...args) => wait(f, ms * %d, ...args)", stretch),
		filepath.Join(s.dir, "node_modules/.bin/conformance"), "server", "--url", s.URL, "--output-dir", out, "--timeout", "600000",
	}, args...)...)
	cmd.Dir = out
	// The suite exits with 1 if a check failed. The files say which.
	log, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		s.Fatalf("%v\n%s", err, log)
	}

	found, unscored = results{}, map[string]bool{}
	ran := begun.FindAllSubmatch(log, -1)
	if len(ran) == 0 {
		s.Fatalf("no scenario ran\n%s", log)
	}
	for _, scenario := range ran {
		name := string(scenario[1])
		// The name is like server-ping-2026-11-25T08-21-16-161Z.
		files, err := filepath.Glob(filepath.Join(out, "server-"+name+"-2[0-9][0-9][0-9]-*Z", "checks.json"))
		if err != nil || len(files) != 1 {
			s.Fatalf("%s has %d results (%v)\n%s", name, len(files), err, log)
		}
		s.read(files[0], name, found)
	}
	for _, scenario := range notScored.FindAllSubmatch(log, -1) {
		unscored[string(scenario[1])] = true
	}
	return found, unscored
}

// read adds a scenario's results to found. A check that runs several times
// passes if it passes every time.
func (s suite) read(file, scenario string, found results) {
	s.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	var checks []struct{ ID, Status, ErrorMessage string }
	if err := json.Unmarshal(data, &checks); err != nil {
		s.Fatalf("%s: %v", file, err)
	}
	for _, check := range checks {
		name := scenario + ":" + check.ID
		switch check.Status {
		case "SUCCESS":
			found[name] += ""
		case "FAILURE", "WARNING":
			found[name] += check.Status + " " + check.ErrorMessage
		case "SKIPPED", "INFO":
		default:
			s.Errorf("%s has the status %q", name, check.Status)
		}
	}
}

// baseline returns the checks that are known to fail.
func (s suite) baseline() map[string]bool {
	s.Helper()
	data, err := os.ReadFile(s.Baseline)
	if err != nil {
		s.Fatal(err)
	}
	known, why := map[string]bool{}, false
	for line := range strings.Lines(string(data)) {
		switch line = strings.TrimSpace(line); {
		case line == "":
			why = false
		case strings.HasPrefix(line, "#"):
			why = true
		default:
			if !why {
				s.Errorf("%s doesn't say why %s fails", s.Baseline, line)
			}
			known[line] = true
		}
	}
	return known
}
