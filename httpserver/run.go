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

// Run serves until ctx ends, and then drains: /readyz turns to 503; after
// DrainDelay, during which requests are answered as before, no new ones are
// accepted; those that run have DrainTimeout to finish and are cut off after
// that. It returns an error if some were, and for a listener that fails.
// Run can be called once.
func (s *Server) Run(ctx context.Context) error {
	// The contexts of requests outlive ctx: a signal that ends the server must
	// not cancel the calls that are to finish.
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

// recordTime is how long calls that were cut off have to put on record what came
// of them.
const recordTime = 5 * time.Second

// drain ends the running calls' contexts with cancelCalls if they take too long,
// and returns an error then.
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

	// Not context.WithTimeout: its clock could not be a test's.
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
				// In this order, so that no call that gives up has its
				// half-done answer taken for a whole one.
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
		return fmt.Errorf("calls still running after %v were cut off: what came of them at Stripe is unknown where the audit log doesn't say it", s.cfg.DrainTimeout)
	}
	s.cfg.Logger.Info("drained")
	return nil
}
