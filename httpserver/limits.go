package httpserver

import "time"

// Limits bounds what callers can use up. In every field zero means the default
// given beside it and a negative value means no limit.
type Limits struct {
	MaxBodyBytes   int64         // size of a request body: 1 MiB
	MaxHeaderBytes int           // size of the request headers: 64 KiB; cannot be unlimited
	HeaderTimeout  time.Duration // from connection or keep-alive to the end of the headers: 10 s
	BodyTimeout    time.Duration // for reading the request body: 30 s
	WriteTimeout   time.Duration // from the end of the headers to the end of the answer: 5 min
	IdleTimeout    time.Duration // of a kept-alive connection: 2 min, above the usual 60 s of load balancers

	MaxConcurrent          int     // calls running at once: 512
	MaxConcurrentPerCaller int     // calls of one caller running at once: 64
	RatePerCaller          float64 // calls a second of one caller: 100, Stripe's own limit in live mode
	BurstPerCaller         int     // calls a caller may make at once after a pause: 200

	// AuthFailures is how many failed authentications an address may make at
	// once, and in a minute after that, before it has to wait: 20.
	AuthFailures int

	// MaxTracked bounds the memory of callers and of addresses: the least
	// recently seen is forgotten beyond so many of each: 10,000; cannot be
	// unlimited.
	MaxTracked int
}

// DefaultLimits returns the limits that stand for a zero [Limits].
func DefaultLimits() Limits {
	return Limits{
		MaxBodyBytes:   1 << 20,
		MaxHeaderBytes: 64 << 10,
		HeaderTimeout:  10 * time.Second,
		BodyTimeout:    30 * time.Second,
		WriteTimeout:   5 * time.Minute,
		IdleTimeout:    2 * time.Minute,

		MaxConcurrent:          512,
		MaxConcurrentPerCaller: 64,
		RatePerCaller:          100,
		BurstPerCaller:         200,

		AuthFailures: 20,
		MaxTracked:   10_000,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	l.MaxBodyBytes = orDefault(l.MaxBodyBytes, d.MaxBodyBytes)
	l.MaxHeaderBytes = bounded(l.MaxHeaderBytes, d.MaxHeaderBytes)
	l.HeaderTimeout = orDefault(l.HeaderTimeout, d.HeaderTimeout)
	l.BodyTimeout = orDefault(l.BodyTimeout, d.BodyTimeout)
	l.WriteTimeout = orDefault(l.WriteTimeout, d.WriteTimeout)
	l.IdleTimeout = orDefault(l.IdleTimeout, d.IdleTimeout)
	l.MaxConcurrent = orDefault(l.MaxConcurrent, d.MaxConcurrent)
	l.MaxConcurrentPerCaller = orDefault(l.MaxConcurrentPerCaller, d.MaxConcurrentPerCaller)
	l.RatePerCaller = orDefault(l.RatePerCaller, d.RatePerCaller)
	l.BurstPerCaller = bounded(l.BurstPerCaller, d.BurstPerCaller)
	l.AuthFailures = orDefault(l.AuthFailures, d.AuthFailures)
	l.MaxTracked = bounded(l.MaxTracked, d.MaxTracked)
	return l
}

func orDefault[N int | int64 | float64 | time.Duration](n, def N) N {
	if n == 0 {
		return def
	}
	return n
}

// bounded is orDefault for what cannot be unlimited.
func bounded[N int | time.Duration](n, def N) N {
	if n <= 0 {
		return def
	}
	return n
}
