// Package recording keeps what a program under test writes.
package recording

import (
	"bytes"
	"sync"
)

// A Buffer holds a log or other output that a test may read while it is being
// written.
type Buffer struct {
	mu      sync.Mutex
	written bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.Write(p)
}

// String returns everything written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.String()
}
