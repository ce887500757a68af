package stripeclient

// Livemode reports whether calls that bring no key of their own work on live
// data: real customers, real money.
func (c *Client) Livemode() bool { return c.key.Livemode() }

// Account is the connected account (acct_…) of calls that bring none by
// [WithAccount]; "" is the key's own account.
func (c *Client) Account() string { return c.account }
