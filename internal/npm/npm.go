// Package npm installs the Node.js packages that tests run with.
package npm

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Install installs the packages in a folder's package-lock.json, once, and
// returns the folder's absolute path. It skips the test if Node.js is not
// installed.
func Install(t testing.TB, dir string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: runs Node.js")
	}
	for _, command := range []string{"node", "npm"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("SKIPPED, not tested: %s is not installed", command)
		}
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	once, _ := installs.LoadOrStore(abs, sync.OnceValue(func() error { return install(abs) }))
	if err := once.(func() error)(); err != nil {
		t.Fatalf("npm ci in %s: %v", dir, err)
	}
	return abs
}

var installs sync.Map // install functions by folder

func install(dir string) error {
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	// npm leaves this file when it is done.
	installed, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json"))
	if err == nil && !installed.ModTime().Before(lock.ModTime()) {
		return nil
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
