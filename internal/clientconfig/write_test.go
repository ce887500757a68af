package clientconfig

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	cursor, _ := Lookup("cursor")

	t.Run("makes the file and its folders, for the person only", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a", "b", "mcp.json")
		change, err := cursor.Install(path, testServer)
		if err != nil || !change.Changed || change.Backup != "" {
			t.Fatalf("%+v, %v", change, err)
		}
		if mode(t, path) != 0o600 || mode(t, filepath.Dir(path)) != 0o700 {
			t.Errorf("modes %o, %o", mode(t, path), mode(t, filepath.Dir(path)))
		}
	})

	t.Run("keeps mode, symbolic link and a backup of each version", func(t *testing.T) {
		dir := t.TempDir()
		real := filepath.Join(dir, "dotfiles", "mcp.json")
		write(t, real, `{"mcpServers": {"other": {"command": "other"}}}`, 0o640)
		path := filepath.Join(dir, "mcp.json")
		if err := os.Symlink(filepath.Join("dotfiles", "mcp.json"), path); err != nil {
			t.Fatal(err)
		}
		first, err := cursor.Install(path, testServer)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Error("the symbolic link is gone")
		}
		if mode(t, real) != 0o640 || mode(t, first.Backup) != 0o640 {
			t.Errorf("modes %o, %o", mode(t, real), mode(t, first.Backup))
		}
		if got := read(t, first.Backup); got != `{"mcpServers": {"other": {"command": "other"}}}` {
			t.Errorf("backup: %s", got)
		}
		second, err := cursor.Install(path, Server{URL: "http://127.0.0.1:9090/mcp"})
		if err != nil || second.Backup == first.Backup {
			t.Fatalf("%+v, %v", second, err)
		}
		if got := read(t, second.Backup); !strings.Contains(got, "/bin/stripe-checkout-mcp") {
			t.Errorf("second backup: %s", got)
		}
	})

	t.Run("writes nothing when nothing changes", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mcp.json")
		for i := range 2 {
			change, err := cursor.Install(path, testServer)
			if err != nil || change.Changed != (i == 0) || change.Backup != "" {
				t.Fatalf("%d: %+v, %v", i, change, err)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
			t.Errorf("files: %v", left)
		}
	})

	t.Run("leaves a file that it can't parse", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "mcp.json")
		write(t, path, `{"mcpServers": `, 0o600)
		if _, err := cursor.Install(path, testServer); err == nil || !strings.Contains(err.Error(), "left as it is") {
			t.Errorf("error = %v", err)
		}
		if got := read(t, path); got != `{"mcpServers": ` {
			t.Errorf("file: %s", got)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) != 0 {
			t.Errorf("files left over: %v", left)
		}
	})
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of Unix")
	}
	return info.Mode().Perm()
}

func write(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
