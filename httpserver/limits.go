package httpserver

import (
	"errors"
	"fmt"
	"time"
)

// Limits bounds what callers can use up. Zero means no limit.
type Limits struct {
	MaxBodyBytes   int64         // size of a request body
	MaxHeaderBytes int           // size of the request headers; for zero net/http's own limit, 1 MiB
	HeaderTimeout  time.Duration // from connection or keep-alive to the end of the headers
	BodyTimeout    time.Duration // for reading the request body
	WriteTimeout   time.Duration // from the end of the headers to the end of the answer
	IdleTimeout    time.Duration // of a kept-alive connection

	MaxConcurrent          int     // calls running at once
	MaxConcurrentPerCaller int     // calls of one caller running at once
	RatePerCaller          float64 // calls a second of one caller
	BurstPerCaller         int     // calls a caller may make at once after a pause

	// AuthFailures is how many failed authentications an address may make at
	// once, and in a minute after that, before it has to wait.
	AuthFailures int

	// MaxTracked bounds the memory of callers and of addresses: the least
	// recently seen is forgotten beyond so many of each. It cannot be
	// unlimited where there are such limits.
	MaxTracked int
}

// DefaultLimits suit one server for a company's agents.
func DefaultLimits() Limits {
	return Limits{
		MaxBodyBytes:   1 << 20,
		MaxHeaderBytes: 64 << 10,
		HeaderTimeout:  10 * time.Second,
		BodyTimeout:    30 * time.Second,
		WriteTimeout:   5 * time.Minute,
		IdleTimeout:    2 * time.Minute, // above the usual 60 s of load balancers

		MaxConcurrent:          512,
		MaxConcurrentPerCaller: 64,
		RatePerCaller:          100, // Stripe's own limit in live mode
		BurstPerCaller:         200,

		AuthFailures: 20,
		MaxTracked:   10_000,
	}
}

// check refuses what isn't a limit.
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
			return fmt.Errorf("limit %s is below zero: use a positive value, or 0 for none", negative.name)
		}
	}
	if l.RatePerCaller > 0 && l.BurstPerCaller <= 0 {
		return errors.New("limit BurstPerCaller must be positive beside RatePerCaller")
	}
	if (l.perCaller() || l.AuthFailures > 0) && l.MaxTracked <= 0 {
		return errors.New("limit MaxTracked must be positive")
	}
	return nil
}

// perCaller reports whether there is any limit for each caller.
func (l Limits) perCaller() bool { return l.RatePerCaller > 0 || l.MaxConcurrentPerCaller > 0 }
