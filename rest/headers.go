package rest

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// withHeaders honors or refuses the headers that change what a call means. It
// returns the context for the call.
func withHeaders(r *http.Request, client *stripeclient.Client) (context.Context, error) {
	if !acceptsJSON(r.Header.Values("Accept")) {
		return nil, refused(http.StatusNotAcceptable, "", "Accept", "The answer is %s, which the Accept header excludes.", jsonType)
	}
	if err := checkMode(r, client); err != nil {
		return nil, err
	}
	return withAccount(r, client)
}

// checkMode refuses a Stripe key whose mode is not the server's. The key is
// otherwise ignored, which is harmless. But someone who sends a test key
// expects that no live session is created, and the other way round.
func checkMode(r *http.Request, client *stripeclient.Client) error {
	credential, _, basic := r.BasicAuth() // as from curl -u
	if !basic {
		_, credential, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	}
	if credential == "" {
		return nil
	}
	key, err := stripeclient.ParseKey(credential)
	if err != nil || key.Livemode() == client.Livemode() {
		return nil
	}
	mode := map[bool]string{true: "live", false: "test"}
	return refused(http.StatusForbidden, "livemode_mismatch", "Authorization", "The request carries a %s mode key, but this server uses its own key, which is a %s mode key. Send no key or one of the same mode.", mode[key.Livemode()], mode[client.Livemode()])
}

// withAccount takes the account to act on from Stripe-Account or from
// Stripe-Context, which Stripe's newer SDKs use.
func withAccount(r *http.Request, client *stripeclient.Client) (context.Context, error) {
	header := "Stripe-Account"
	account, given, err := single(r, header)
	if err != nil {
		return nil, err
	}
	inContext, also, err := single(r, "Stripe-Context")
	switch {
	case err != nil:
		return nil, err
	case also && given && inContext != account:
		return nil, refused(http.StatusBadRequest, "parameter_invalid", "Stripe-Context", "The headers Stripe-Account and Stripe-Context differ; use only one of them.")
	case also:
		header, account = "Stripe-Context", inContext
	case !given:
		return r.Context(), nil
	}
	ctx, err := stripeclient.WithAccount(r.Context(), account)
	if err != nil {
		return nil, refused(http.StatusBadRequest, "parameter_invalid", header, "%v.", err)
	}
	if own := client.ActsOn(r.Context()); own != "" && own != account {
		return nil, refused(http.StatusForbidden, "account_invalid", header, "This server acts only on the account %s.", own)
	}
	return ctx, nil
}

// single returns the value of a header that may be given only once.
func single(r *http.Request, name string) (value string, given bool, err error) {
	values := r.Header.Values(name)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return strings.TrimSpace(values[0]), true, nil
	default:
		return "", true, refused(http.StatusBadRequest, "parameter_invalid", name, "The header %s is given %d times; give it once.", name, len(values))
	}
}

// acceptsJSON reports whether an Accept header allows JSON: the most specific
// range that covers it decides. Without the header, anything goes.
func acceptsJSON(accept []string) bool {
	all := strings.TrimSpace(strings.Join(accept, ","))
	if all == "" {
		return true
	}
	ranges := []string{"*/*", "application/*", jsonType}
	quality, specific := 0.0, -1
	for part := range strings.SplitSeq(all, ",") {
		typ, params, err := mime.ParseMediaType(part)
		rank := slices.Index(ranges, typ)
		if err != nil || rank <= specific {
			continue
		}
		specific, quality = rank, 1
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			quality = q
		}
	}
	return quality > 0
}
