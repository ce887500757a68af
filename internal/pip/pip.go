// Package pip installs the Python packages that tests run with.
package pip

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// Install installs the packages in a requirements file, once, into a virtual
// environment in the folder venvs next to it, and returns the path of its
// Python. It skips the test if there is no Python that can make a virtual
// environment.
func Install(t testing.TB, requirements string) (python string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: runs Python")
	}
	// On Debian, venv and ensurepip are in a separate package.
	if exec.Command("python3", "-c", "import venv, ensurepip").Run() != nil {
		t.Skip("SKIPPED, not tested: python3 with venv is not installed")
	}
	abs, err := filepath.Abs(requirements)
	if err != nil {
		t.Fatal(err)
	}
	once, _ := installs.LoadOrStore(abs, sync.OnceValues(func() (string, error) { return install(abs) }))
	python, err = once.(func() (string, error))()
	if err != nil {
		t.Fatalf("pip install -r %s: %v", requirements, err)
	}
	return python
}

var installs sync.Map // install functions by requirements file

func install(requirements string) (python string, err error) {
	name := strings.TrimSuffix(filepath.Base(requirements), ".txt")
	venv := filepath.Join(filepath.Dir(requirements), "venvs", name)
	python = filepath.Join(venv, "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(venv, "Scripts", "python.exe")
	}
	want, err := os.ReadFile(requirements)
	if err != nil {
		return "", err
	}
	// The note says what was installed, once that has succeeded.
	note := filepath.Join(venv, "requirements.txt")
	if got, err := os.ReadFile(note); err == nil && bytes.Equal(got, want) {
		return python, nil
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", "--clear", venv},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements},
	} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return "", err
		}
	}
	return python, os.WriteFile(note, want, 0o644)
}
