package auth

import (
	"net/netip"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/internal/netaddr"
)

// A lockout counts failed authentications by network. Once a network has used
// up its allowance, its requests are turned away whether or not their
// credentials are valid: telling the two apart would let an attacker go on
// guessing. A nil lockout does nothing.
type lockout struct {
	perMinute int
	networks  *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newLockout(perMinute, maxTracked int) *lockout {
	if perMinute == 0 {
		return nil
	}
	networks, err := lru.New[netip.Prefix, *rate.Limiter](maxTracked)
	if err != nil {
		panic(err) // can't happen: httpserver checked that maxTracked is positive
	}
	return &lockout{perMinute: perMinute, networks: networks}
}

// wait returns how long addr has to wait before it may try again, or 0.
func (f *lockout) wait(addr netip.Addr) time.Duration {
	if f == nil {
		return 0
	}
	l, ok := f.networks.Get(netaddr.Network(addr))
	if !ok {
		return 0
	}
	missing := 1 - l.Tokens()
	if missing <= 0 {
		return 0
	}
	return max(time.Duration(missing/float64(l.Limit())*float64(time.Second)), time.Nanosecond)
}

func (f *lockout) count(addr netip.Addr) {
	if f == nil {
		return
	}
	l := rate.NewLimiter(rate.Limit(float64(f.perMinute)/60), f.perMinute)
	if former, ok, _ := f.networks.PeekOrAdd(netaddr.Network(addr), l); ok {
		l = former
	}
	l.Allow()
}
