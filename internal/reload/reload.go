// Package reload keeps up with files that change while the program runs.
package reload

import (
	"log/slog"
	"os"
	"sync"
)

// A Value is loaded from files, and loaded again when one of them changes. Each
// use costs one stat per file. That is worth it: unlike a file watcher, it
// copes with renames, with the symbolic links that Kubernetes swaps, and with
// network file systems.
//
// If a file can't be loaded, the last good value stays in place: a half-written
// renewal must not take down a running service.
type Value[T any] struct {
	paths  []string
	load   func() (T, error)
	logger *slog.Logger

	mu     sync.Mutex
	value  T
	seen   []os.FileInfo // the files that value was loaded from
	failed string        // the last error logged, so that it is logged once
}

// New loads the value for the first time. It returns an error if that fails.
func New[T any](logger *slog.Logger, load func() (T, error), paths ...string) (*Value[T], error) {
	r := &Value[T]{paths: paths, load: load, logger: logger}
	seen, err := r.stat()
	if err != nil {
		return nil, err
	}
	if r.value, err = load(); err != nil {
		return nil, err
	}
	r.seen = seen
	return r, nil
}

// Get returns the value, loading it again if a file has changed.
func (r *Value[T]) Get() T {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen, err := r.stat()
	if err == nil && sameFiles(seen, r.seen) {
		return r.value
	}
	var value T
	if err == nil {
		value, err = r.load()
	}
	if err != nil {
		if msg := err.Error(); msg != r.failed {
			r.failed = msg
			r.logger.Error("file changed but can't be used: keeping the previous content", "files", r.paths, "error", err)
		}
		return r.value
	}
	r.value, r.seen, r.failed = value, seen, ""
	r.logger.Info("file changed and was loaded again", "files", r.paths)
	return r.value
}

func (r *Value[T]) stat() ([]os.FileInfo, error) {
	infos := make([]os.FileInfo, len(r.paths))
	for i, path := range r.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		infos[i] = info
	}
	return infos, nil
}

func sameFiles(a, b []os.FileInfo) bool {
	for i := range a {
		if !os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()) {
			return false
		}
	}
	return true
}
