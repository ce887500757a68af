package stdio

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"sync/atomic"
	"time"
)

// defaultPatience is how long to wait for a client that reads nothing, once the
// session is ending or too many calls are waiting.
const defaultPatience = 10 * time.Second

// A lineWriter writes whole lines from several goroutines. It never fails: once
// nobody reads, lines are lost, but running calls carry on to the end. Better
// to finish and record a create that was sent to Stripe than to interrupt it.
type lineWriter struct {
	w        io.Writer
	patience time.Duration
	turn     chan struct{}   // full while a line is being written
	hurried  context.Context // once done, patience is limited
	hurry    context.CancelFunc
	gone     context.Context // done once nobody reads
	giveUp   context.CancelFunc

	written atomic.Int64 // bytes
	lost    atomic.Int64 // lines
}

func newLineWriter(w io.Writer, patience time.Duration) *lineWriter {
	lw := &lineWriter{w: w, patience: patience, turn: make(chan struct{}, 1)}
	lw.hurried, lw.hurry = context.WithCancel(context.Background())
	lw.gone, lw.giveUp = context.WithCancel(context.Background())
	return lw
}

// Write implements [io.Writer].
func (w *lineWriter) Write(line []byte) (int, error) {
	if !w.write(line) {
		w.lost.Add(1)
	}
	return len(line), nil
}

func (w *lineWriter) write(line []byte) bool {
	select {
	case w.turn <- struct{}{}:
	case <-w.gone.Done():
		return false
	}
	if w.gone.Err() != nil {
		return false
	}
	done := make(chan error, 1)
	line = bytes.Clone(line) // the write may outlast our wait for it
	go func() { done <- w.copy(line) }()
	select {
	case err := <-done:
		return w.finish(err)
	case <-w.hurried.Done():
	}
	for {
		before := w.written.Load()
		select {
		case err := <-done:
			return w.finish(err)
		case <-time.After(w.patience):
			if w.written.Load() == before {
				w.giveUp()
				return false
			}
		}
	}
}

func (w *lineWriter) finish(err error) bool {
	<-w.turn
	if err != nil {
		w.giveUp()
	}
	return err == nil
}

// copy writes in chunks, so that a client that reads slowly isn't mistaken for
// one that doesn't read.
func (w *lineWriter) copy(line []byte) error {
	for len(line) > 0 {
		n, err := w.w.Write(line[:min(len(line), 32<<10)])
		w.written.Add(int64(n))
		if err != nil {
			return err
		}
		line = line[n:]
	}
	return nil
}

// stayOpen leaves standard output open, because it isn't ours to close.
type stayOpen struct{ io.Writer }

// Close implements [io.Closer].
func (stayOpen) Close() error { return nil }

// refuse answers a line that isn't a message, so there is no ID to answer to.
// https://www.jsonrpc.org/specification#error_object
func (w *lineWriter) refuse(code int64, message string) {
	answer, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0",
		"id":      nil,
		"error":   map[string]any{"code": code, "message": message},
	})
	if err != nil {
		return // can't happen: the values are ours
	}
	_, _ = w.Write(append(answer, '\n'))
}
