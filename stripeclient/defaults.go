package stripeclient

import "context"

// Livemode reports whether calls that bring no key of their own work on live
// data: real customers, real money.
func (c *Client) Livemode() bool { return c.key.Livemode() }

// ActsOn is the connected account (acct_…) that calls under ctx act on: that of
// [WithAccount], or else Config.Account; "" is the key's own.
func (c *Client) ActsOn(ctx context.Context) string {
	if account, ok := ctx.Value(accountContextKey{}).(string); ok {
		return account
	}
	return c.account
}

// Account is the connected account (acct_…) of calls that bring none by
// [WithAccount]; "" is the key's own account.
func (c *Client) Account() string { return c.account }
