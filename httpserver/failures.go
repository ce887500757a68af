package httpserver

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// failures counts failed authentications by network. Once a network has used
// up its allowance its requests are turned away unread, good or bad: an answer
// that told them apart would let guessing go on.
type failures struct {
	perMinute int // below zero: no limit
	networks  *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newFailures(l Limits) *failures {
	networks, err := lru.New[netip.Prefix, *rate.Limiter](l.MaxTracked)
	if err != nil {
		panic(err) // MaxTracked is positive after withDefaults
	}
	return &failures{perMinute: l.AuthFailures, networks: networks}
}

// wait returns how long addr has to wait before it may try, or 0.
func (f *failures) wait(addr netip.Addr) time.Duration {
	l, ok := f.networks.Get(network(addr))
	if !ok {
		return 0
	}
	missing := 1 - l.Tokens()
	if missing <= 0 {
		return 0
	}
	return max(time.Duration(missing/float64(l.Limit())*float64(time.Second)), time.Nanosecond)
}

func (f *failures) count(addr netip.Addr) {
	if f.perMinute < 0 {
		return
	}
	l := rate.NewLimiter(rate.Limit(float64(f.perMinute)/60), f.perMinute)
	if former, ok, _ := f.networks.PeekOrAdd(network(addr), l); ok {
		l = former
	}
	l.Allow()
}
