package httpserver

import (
	"errors"
	"fmt"
	"time"
)

// Limits bounds what callers can use. Zero means no limit.
type Limits struct {
	MaxBodyBytes   int64         // size of a request body
	MaxHeaderBytes int           // size of the request headers; 0 means net/http's own limit, 1 MiB
	HeaderTimeout  time.Duration // from opening or reusing the connection to the end of the headers
	BodyTimeout    time.Duration // for reading the request body
	WriteTimeout   time.Duration // from the end of the headers to the end of the response
	IdleTimeout    time.Duration // of a keep-alive connection

	MaxConcurrent          int     // simultaneous calls overall
	MaxConcurrentPerCaller int     // simultaneous calls per caller
	RatePerCaller          float64 // calls per second per caller
	BurstPerCaller         int     // calls a caller may make in one burst after a pause

	// AuthFailures is how often an address may fail to authenticate in one
	// burst, and then in each minute, before it has to wait.
	AuthFailures int

	// MaxTracked is how many callers, and how many addresses, the server
	// remembers. Beyond that, it forgets the least recently seen. It must be
	// positive if there are limits per caller or on failures.
	MaxTracked int
}

// DefaultLimits suits one server for a company's agents.
func DefaultLimits() Limits {
	return Limits{
		MaxBodyBytes:   1 << 20,
		MaxHeaderBytes: 64 << 10,
		HeaderTimeout:  10 * time.Second,
		BodyTimeout:    30 * time.Second,
		WriteTimeout:   5 * time.Minute,
		IdleTimeout:    2 * time.Minute, // longer than a load balancer's usual 60 s

		MaxConcurrent:          512,
		MaxConcurrentPerCaller: 64,
		RatePerCaller:          100, // Stripe's own limit in live mode
		BurstPerCaller:         200,

		AuthFailures: 20,
		MaxTracked:   10_000,
	}
}

// check reports the first limit that makes no sense.
func (l Limits) check() error {
	for _, negative := range []struct {
		name string
		is   bool
	}{
		{"MaxBodyBytes", l.MaxBodyBytes < 0},
		{"MaxHeaderBytes", l.MaxHeaderBytes < 0},
		{"HeaderTimeout", l.HeaderTimeout < 0},
		{"BodyTimeout", l.BodyTimeout < 0},
		{"WriteTimeout", l.WriteTimeout < 0},
		{"IdleTimeout", l.IdleTimeout < 0},
		{"MaxConcurrent", l.MaxConcurrent < 0},
		{"MaxConcurrentPerCaller", l.MaxConcurrentPerCaller < 0},
		{"RatePerCaller", l.RatePerCaller < 0},
		{"AuthFailures", l.AuthFailures < 0},
	} {
		if negative.is {
			return fmt.Errorf("limit %s is negative: use a positive value, or 0 for no limit", negative.name)
		}
	}
	if l.RatePerCaller > 0 && l.BurstPerCaller <= 0 {
		return errors.New("limit BurstPerCaller must be positive if RatePerCaller is set")
	}
	if (l.perCaller() || l.AuthFailures > 0) && l.MaxTracked <= 0 {
		return errors.New("limit MaxTracked must be positive")
	}
	return nil
}

// perCaller reports whether any limit applies per caller.
func (l Limits) perCaller() bool { return l.RatePerCaller > 0 || l.MaxConcurrentPerCaller > 0 }
