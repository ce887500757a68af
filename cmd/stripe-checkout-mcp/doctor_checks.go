package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/stripe/stripe-go/v82"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/policy"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// maxSkew is how wrong the clock may be. Agents compute expires_at and created
// from it, and Stripe wants expires_at at least 30 minutes in the future.
const maxSkew = time.Minute

// A doctor checks what a server needs and records its findings.
type doctor struct {
	flags    *serverFlags
	addr     string
	now      func() time.Time
	findings []finding
}

func (d *doctor) find(outcome, check, detail, next string) {
	d.findings = append(d.findings, finding{outcome, check, detail, next})
}

func (d *doctor) examine(ctx context.Context) {
	d.find(passed, "program", version()+" "+runtime.GOOS+"/"+runtime.GOARCH, "")
	key := d.key()
	if d.settings(ctx, !key.IsZero()) {
		d.stripe(ctx, key)
	} else {
		for _, check := range []string{"reachable", "accepted", "permission", "clock"} {
			d.find(skipped, check, "not checked: see above", "")
		}
	}
	d.port(ctx)
}

// key finds the key and says whether it moves real money.
func (d *doctor) key() stripeclient.Key {
	if d.flags.stripe.sandbox {
		key, err := stripeclient.ParseKey(sandbox.Key)
		if err != nil {
			d.find(failed, "key", err.Error(), "this is a bug: please report it")
			return key
		}
		d.find(passed, "key", "none needed: this is the embedded sandbox", "")
		d.find(passed, "mode", "sandbox: no real money", "")
		return key
	}
	text, err := keyFromEnvironment()
	var key stripeclient.Key
	if err == nil {
		key, err = stripeclient.ParseKey(text)
	}
	if err != nil {
		d.find(failed, "key", err.Error(), "create a restricted key with the Checkout Sessions permission at https://dashboard.stripe.com/apikeys")
		d.find(skipped, "mode", "unknown without a key", "")
		return key
	}
	source := "STRIPE_API_KEY"
	if file := os.Getenv("STRIPE_API_KEY_FILE"); file != "" {
		source = file
	}
	switch {
	case readableByOthers(os.Getenv("STRIPE_API_KEY_FILE")):
		d.find(noted, "key", fmt.Sprintf("%s from %s, which other users can read", key, source), "chmod 600 "+source)
	case !key.Restricted():
		d.find(noted, "key", fmt.Sprintf("%s from %s: a secret key can do anything in the account", key, source), "create a restricted key with only the Checkout Sessions permission at https://dashboard.stripe.com/apikeys")
	default:
		d.find(passed, "key", fmt.Sprintf("%s from %s", key, source), "")
	}
	if key.Livemode() {
		d.find(noted, "mode", "live: real customers and real money", "to try things out, use a test key (rk_test_…) or --sandbox")
	} else {
		d.find(passed, "mode", "test: no real money", "")
	}
	return key
}

// readableByOthers checks a file's mode, on systems where that means something.
func readableByOthers(file string) bool {
	if file == "" || runtime.GOOS == "windows" {
		return false
	}
	info, err := os.Stat(file) // #nosec G703 -- named by whoever runs this program
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0
}

// settings builds the server as stdio and http would, and reports whether the
// checks of Stripe can go ahead.
func (d *doctor) settings(ctx context.Context, haveKey bool) bool {
	if !haveKey {
		d.find(skipped, "settings", "not checked without a key", "")
		return false
	}
	backend, err := d.flags.backend(ctx, io.Discard, backendOptions{})
	if err != nil {
		d.find(failed, "settings", err.Error(), "correct the flag or its environment variable")
		return false
	}
	detail := "five tools"
	switch {
	case len(d.flags.tools) > 0:
		detail = "the tools in --tools"
	case d.flags.readOnly:
		detail = "read-only: only the three tools that can't change anything"
	}
	if d.flags.stripe.account != "" {
		detail += ", acting on " + d.flags.stripe.account
	}
	d.find(passed, "settings", detail, "")
	d.policy(backend.policy)
	return true
}

// policy reads the sales policy back, so that whoever wrote it can compare it
// with what they meant.
func (d *doctor) policy(p *policy.Policy) {
	switch {
	case d.flags.readOnly:
	case p == nil:
		d.find(skipped, "policy", "none: a session can be for any amount and link to any site (--policy, --max-amount)", "")
	default:
		for _, sentence := range p.Words() {
			d.find(passed, "policy", sentence, "")
		}
	}
}

// stripe lists one session. A single request shows whether the key, Stripe and
// the clock are in order.
func (d *doctor) stripe(ctx context.Context, key stripeclient.Key) {
	once := d.flags.stripe
	once.retries = 0
	config, err := once.config(false)
	if err != nil {
		return // settings has reported it
	}
	if once.sandbox {
		config.Transport = sandbox.New(sandbox.Options{}) // settings has already checked the file, if there is one
	}
	client, err := stripeclient.New(config)
	if err != nil {
		return // settings has reported this too
	}
	start := d.now()
	answer, err := client.Do(ctx, stripeclient.Request{
		Operation: &operations.List.Stripe,
		Params:    &stripe.CheckoutSessionListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(1)}},
	})
	took := d.now().Sub(start)

	header := http.Header{}
	var refused *stripeclient.Error
	switch {
	case err == nil:
		header = answer.Header
		if d.flags.stripe.sandbox {
			d.find(passed, "reachable", fmt.Sprintf("the sandbox answered in %d ms", took.Milliseconds()), "")
			d.find(passed, "accepted", "the sandbox accepts any test key", "")
		} else {
			d.find(passed, "reachable", fmt.Sprintf("Stripe answered in %d ms", took.Milliseconds()), "")
			d.find(passed, "accepted", "the key is valid", "")
		}
		d.permission(key)
	case errors.As(err, &refused):
		header = refused.Header
		d.refused(refused)
	default:
		d.find(failed, "reachable", err.Error(), "this is a bug: please report it")
	}
	d.clock(header.Get("Date"), start.Add(took/2))
}

// permission says what can be said once listing was allowed.
func (d *doctor) permission(key stripeclient.Key) {
	switch {
	case d.flags.stripe.sandbox:
		d.find(passed, "permission", "the sandbox allows everything", "")
	case !key.Restricted():
		d.find(passed, "permission", "a secret key may read and write", "")
	case d.flags.readOnly:
		d.find(passed, "permission", "Checkout Sessions: read, which is all a read-only server needs", "")
	default:
		d.find(noted, "permission", "Checkout Sessions: read works; write can't be checked without writing",
			"create and expire need the permission Checkout Sessions: Write; without it, start with --read-only")
	}
}

// refused works out which of the three checks failed, from Stripe's answer.
func (d *doctor) refused(e *stripeclient.Error) {
	const unknown = "unknown without an answer"
	switch {
	case e.HTTPStatus == http.StatusUnauthorized:
		d.find(passed, "reachable", "Stripe answered", "")
		d.find(failed, "accepted", e.Message, "the key is wrong, expired or revoked: copy it again from https://dashboard.stripe.com/apikeys")
		d.find(skipped, "permission", "unknown without a valid key", "")
	case e.HTTPStatus == http.StatusForbidden && d.flags.stripe.account != "":
		d.find(passed, "reachable", "Stripe answered", "")
		d.find(passed, "accepted", "the key is valid", "")
		d.find(failed, "permission", e.Message, "check that the key's account is connected to "+d.flags.stripe.account+", and that the key may read Checkout Sessions there")
	case e.HTTPStatus == http.StatusForbidden:
		d.find(passed, "reachable", "Stripe answered", "")
		d.find(passed, "accepted", "the key is valid", "")
		d.find(failed, "permission", e.Message, "give the key the permission Checkout Sessions (Read, or Write for create and expire) at https://dashboard.stripe.com/apikeys")
	case e.HTTPStatus != 0:
		d.find(failed, "reachable", fmt.Sprintf("Stripe answered %d: %s", e.HTTPStatus, e.Message), "see https://status.stripe.com, and check --stripe-api-base if you set it")
		d.find(skipped, "accepted", unknown, "")
		d.find(skipped, "permission", unknown, "")
	default:
		next := "check the network and HTTPS_PROXY; try: curl -I https://api.stripe.com"
		if base := d.flags.stripe.base; base != "" {
			next = "check --stripe-api-base, and that the server it names is running; try: curl -I " + base
		}
		d.find(failed, "reachable", e.Message, next)
		d.find(skipped, "accepted", unknown, "")
		d.find(skipped, "permission", unknown, "")
	}
}

// clock compares this machine's clock, halfway through the request, with
// Stripe's.
func (d *doctor) clock(date string, now time.Time) {
	stripes, err := http.ParseTime(date)
	if err != nil && d.flags.stripe.sandbox {
		d.find(passed, "clock", "the sandbox uses this machine's clock", "")
		return
	}
	if err != nil {
		d.find(skipped, "clock", "not checked: no date came from Stripe", "")
		return
	}
	skew := now.Sub(stripes).Round(time.Second)
	if skew.Abs() <= maxSkew {
		d.find(passed, "clock", "agrees with Stripe's", "")
		return
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	d.find(failed, "clock", fmt.Sprintf("%v %s Stripe's", skew.Abs(), direction), "synchronize it (NTP): otherwise sessions expire, and are searched for, at the wrong time")
}

// port tries the address that http would listen on.
func (d *doctor) port(ctx context.Context) {
	listener, err := net.Listen("tcp", d.addr)
	switch {
	case err == nil:
		_ = listener.Close()
		d.find(passed, "port", d.addr+" is free for http", "")
	case answers(ctx, d.addr):
		status, body, _ := get(ctx, "http://"+d.addr+"/readyz")
		if status == http.StatusOK && body == "ready\n" {
			d.find(passed, "port", "this program is already serving on "+d.addr, "")
			return
		}
		d.find(failed, "port", d.addr+" is in use by another program", "stop it, or give http another --addr (stdio needs none)")
	case errors.Is(err, fs.ErrPermission):
		d.find(failed, "port", "this user may not listen on "+d.addr, "use a port above 1023")
	default:
		d.find(failed, "port", err.Error(), "correct --addr: it should look like 127.0.0.1:9090")
	}
}

// answers reports whether something accepts connections there. That works on
// every system, unlike recognizing an "address in use" error.
func answers(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
