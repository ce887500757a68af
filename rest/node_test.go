package rest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// nodeModules returns the folder with the packages of testdata/node installed.
// It skips the test where there is no Node.js.
func nodeModules(t testing.TB) string {
	t.Helper()
	for _, command := range []string{"node", "npm"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf("SKIPPED, not tested: %s is not installed", command)
		}
	}
	dir, err := install()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var install = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs("testdata/node")
	if err != nil {
		return "", err
	}
	// npm leaves this file when it is done.
	installed, err := os.Stat(filepath.Join(dir, "node_modules/.package-lock.json"))
	lock, lockErr := os.Stat(filepath.Join(dir, "package-lock.json"))
	if lockErr != nil {
		return "", lockErr
	}
	if err == nil && !installed.ModTime().Before(lock.ModTime()) {
		return dir, nil
	}
	cmd := exec.Command("npm", "ci")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return dir, cmd.Run()
})
