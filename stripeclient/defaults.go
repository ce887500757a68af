package stripeclient

import "context"

// Livemode reports whether calls without a key of their own work on live data:
// real customers, real money.
func (c *Client) Livemode() bool { return c.key.Livemode() }

// ActsOn returns the connected account (acct_…) that calls under ctx act on:
// the one from [WithAccount] or else Config.Account. "" means the key's own
// account.
func (c *Client) ActsOn(ctx context.Context) string {
	if account, ok := ctx.Value(accountContextKey{}).(string); ok {
		return account
	}
	return c.account
}

// Account returns the connected account (acct_…) for calls without one from
// [WithAccount]; "" means the key's own account.
func (c *Client) Account() string { return c.account }
