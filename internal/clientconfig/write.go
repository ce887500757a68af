package clientconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// A Change is what Install did to a file.
type Change struct {
	Path    string // the file that now contains the entry, with symbolic links resolved
	Backup  string // a copy of the original file; "" if there was none or nothing changed
	Changed bool
}

// Install merges an entry into the configuration file at path, creating it if
// necessary. It replaces the file in one step, so that nobody reads a
// half-written one, and keeps its mode and any symbolic link to it.
func (c *Client) Install(path string, s Server) (Change, error) {
	target, err := resolve(path)
	if err != nil {
		return Change{}, err
	}
	before, err := os.ReadFile(target)
	existed := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Change{}, err
	}
	after, err := c.Merge(before, s)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", target, err)
	}
	change := Change{Path: target}
	if existed && bytes.Equal(before, after) {
		return change, nil
	}
	mode := fs.FileMode(0o600) // other servers' secrets may end up in such a file
	if existed {
		info, err := os.Stat(target)
		if err != nil {
			return change, err
		}
		mode = info.Mode().Perm()
		if change.Backup, err = backUp(target, before, mode); err != nil {
			return change, fmt.Errorf("keeping a backup: %w", err)
		}
	} else if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return change, err
	}
	if err := replaceFile(target, after, mode); err != nil {
		return change, err
	}
	change.Changed = true
	return change, nil
}

// resolve follows symbolic links, even one to a file that doesn't exist yet.
func resolve(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if err == nil {
		return target, nil
	}
	if link, linkErr := os.Readlink(path); linkErr == nil {
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		return link, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return "", err
}

// backUp writes a copy next to the file. It never overwrites an earlier one.
func backUp(path string, content []byte, mode fs.FileMode) (string, error) {
	for n := 1; ; n++ {
		name := path + ".bak"
		if n > 1 {
			name += strconv.Itoa(n)
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(content)
		return name, errors.Join(err, f.Close())
	}
}

// replaceFile replaces a file's content by renaming a new file over it.
func replaceFile(path string, content []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
