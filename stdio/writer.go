package stdio

import (
	"context"
	"encoding/json"
	"io"
	"sync/atomic"
	"time"
)

// patience is how long, once the session is ending, a client that reads nothing
// is waited for.
const patience = 10 * time.Second

// A lineWriter writes whole lines, from several goroutines. It never fails: what
// nobody reads any more is lost, and the calls that run go on to their end. A
// create that was sent to Stripe is better finished and recorded than
// interrupted.
type lineWriter struct {
	w      io.Writer
	turn   chan struct{}   // holds one while a line is written
	ending context.Context // done once patience has an end
	end    context.CancelFunc
	gone   context.Context // done once nobody reads any more
	giveUp context.CancelFunc

	written atomic.Int64 // bytes
	lost    atomic.Int64 // lines
}

func newLineWriter(w io.Writer) *lineWriter {
	lw := &lineWriter{w: w, turn: make(chan struct{}, 1)}
	lw.ending, lw.end = context.WithCancel(context.Background())
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
	go func() { done <- w.copy(line) }()
	select {
	case err := <-done:
		return w.finish(err)
	case <-w.ending.Done():
	}
	for {
		before := w.written.Load()
		select {
		case err := <-done:
			return w.finish(err)
		case <-time.After(patience):
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

// copy writes in parts, so that a client that reads slowly isn't taken for one
// that doesn't read.
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

// Close leaves standard output open: it is not ours.
func (w *lineWriter) Close() error { return nil }

// refuse answers a line that is no message, and so has no id to answer to.
// https://www.jsonrpc.org/specification#error_object
func (w *lineWriter) refuse(code int64, message string) {
	answer, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0",
		"id":      nil,
		"error":   map[string]any{"code": code, "message": message},
	})
	if err != nil {
		return // can't be: the values are ours
	}
	_, _ = w.Write(append(answer, '\n'))
}
