package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Run serves until ctx ends, then drains. Draining turns /readyz to 503 and
// keeps answering requests for DrainDelay. After that, the server accepts no
// new requests and gives running ones DrainTimeout to finish before it cuts
// them off. Run returns an error if it cut any off, or if a listener failed. It
// can be called only once.
func (s *Server) Run(ctx context.Context) error {
	// Requests' contexts outlive ctx: the signal that stops the server must not
	// cancel the calls that it lets finish.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	failed := make(chan error, len(s.open))
	var serving sync.WaitGroup
	for _, o := range s.open {
		s.cfg.Logger.Info("listening", "listener", o.name, "addr", o.net.Addr().String(), "tls", o.tls)
		o.server.BaseContext = func(net.Listener) context.Context { return base }
		serving.Go(func() {
			if err := o.serve(); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("listener %q: %w", o.name, err)
			}
		})
	}
	s.health.ready.Store(true)

	var err error
	select {
	case <-ctx.Done():
		err = s.drain(cancel, failed)
	case err = <-failed:
		s.closeAll()
	}
	serving.Wait()
	return err
}

func (o *openListener) serve() error {
	if o.tls {
		return o.server.ServeTLS(o.net, "", "")
	}
	return o.server.Serve(o.net)
}

// recordTime is how long a call that was cut off has to record its outcome in
// the audit log.
const recordTime = 5 * time.Second

// drain calls cancelCalls if running calls take too long, and then returns an
// error.
func (s *Server) drain(cancelCalls context.CancelFunc, failed <-chan error) error {
	s.health.setDrain()
	s.cfg.Logger.Info("draining", "delay", s.cfg.DrainDelay, "timeout", s.cfg.DrainTimeout)
	if s.cfg.DrainDelay > 0 {
		select {
		case <-s.after(s.cfg.DrainDelay):
		case err := <-failed:
			s.cfg.Logger.Error("listener failed while draining", "error", err)
		}
	}

	// context.WithTimeout would leave no way to put a test's clock in.
	bound, expire := context.WithCancel(context.Background())
	defer expire()
	drained := make(chan struct{})
	go func() {
		var timeout <-chan time.Time
		if s.cfg.DrainTimeout > 0 {
			timeout = s.after(s.cfg.DrainTimeout)
		}
		select {
		case <-timeout:
			expire()
		case <-drained:
		}
	}()
	var shutdown sync.WaitGroup
	var cutOff atomic.Bool
	for _, o := range s.open {
		shutdown.Go(func() {
			if err := o.server.Shutdown(bound); err != nil {
				cutOff.Store(true)
				s.cfg.Logger.Warn("calls still running were cut off", "listener", o.name, "after", s.cfg.DrainTimeout)
				// Close first: a call that gives up must not have its partial
				// response taken for a complete one.
				_ = o.server.Close()
				cancelCalls()
			}
		})
	}
	shutdown.Wait()
	close(drained)
	if cutOff.Load() {
		recorded := make(chan struct{})
		go func() { s.handling.Wait(); close(recorded) }()
		select {
		case <-recorded:
		case <-time.After(recordTime):
		}
		return fmt.Errorf("calls still running after %v were cut off: see the audit log for their outcome at Stripe; where it has none, the outcome is unknown", s.cfg.DrainTimeout)
	}
	s.cfg.Logger.Info("drained")
	return nil
}
