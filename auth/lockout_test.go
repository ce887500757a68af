package auth

import (
	"fmt"
	"net/netip"
	"testing"
)

// However many addresses fail, only so many are remembered.
func TestTrackedAddressesAreBounded(t *testing.T) {
	l := newLockout(20, 10)
	for i := range 100 {
		l.count(netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", i)))
	}
	if l.networks.Len() != 10 {
		t.Errorf("%d networks are tracked, want 10", l.networks.Len())
	}
}
