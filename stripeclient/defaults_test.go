package stripeclient

import "testing"

func TestDefaultsOfAClient(t *testing.T) {
	for _, tt := range []struct {
		key, account string
		live         bool
	}{
		{"", "", false},
		{"rk_test_abc", "acct_123", false},
		{"sk_live_abc", "", true},
	} {
		config := Config{Account: tt.account}
		if tt.key != "" {
			var err error
			if config.Key, err = ParseKey(tt.key); err != nil {
				t.Fatal(err)
			}
		}
		c, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if c.Livemode() != tt.live || c.Account() != tt.account {
			t.Errorf("%s: livemode %v, account %q", config.Key, c.Livemode(), c.Account())
		}
	}
}
