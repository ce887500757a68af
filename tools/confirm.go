package tools

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/approval"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/operations"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/schemas"
	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/stripeclient"
)

// Before a write, the client asks the person: the tool's first result is not an
// answer but a question (an input-required result), and the client calls the
// tool again with the person's answer. For clients of older protocol versions
// with a lasting connection (stdio), go-sdk does the same through
// elicitation/create.
// https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
//
// The server keeps no state in between, so any replica can take the answer.
// Instead, the question carries a request state that has to come back: an
// expiry, a nonce, and a MAC over these, the tool, the arguments and the
// caller. An answer without a state, or with the state for other arguments, is
// refused, so nothing is written that nobody was asked about. The MAC's key is
// derived from the Stripe key, which all replicas have. Whoever has that key
// gains nothing by signing: they can do the same at Stripe without us.
//
// The nonce is also the idempotency key of the write unless the caller gave
// one. So the same answer sent twice yields the same session for as long as
// Stripe remembers keys, which is far longer than a state is valid.

const (
	// confirmation names the only question of a call.
	confirmation = "confirm"
	// confirmWithin is how long a person has to answer.
	confirmWithin = 15 * time.Minute
)

// confirm returns the question to ask the person before the call, or nil if
// they have agreed to it.
func (o Options) confirm(ctx context.Context, service *operations.Service, t tool, call *operations.Call, req *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	if o.Approvals != nil && (approval.IsCode(call.IdempotencyKey()) || !canAsk(req.ClientCapabilities())) {
		return nil, o.Approvals.Pass(ctx, service, call)
	}
	secret, err := service.Client().Key(ctx).Derive("confirm writes")
	if err != nil {
		return nil, fmt.Errorf("deriving the key of confirmations: %w", err)
	}
	if secret == nil {
		return nil, nil // without a key, the call will be refused
	}
	arguments, err := schemas.Canonical(req.Params.Arguments)
	if err != nil {
		return nil, fmt.Errorf("rewriting valid arguments: %w", err)
	}
	signer := signer{secret: secret, tool: t.Tool, arguments: arguments, caller: service.Caller(ctx) + " " + service.Client().ActsOn(ctx)}
	if req.Params.InputResponses != nil || req.Params.RequestState != "" {
		nonce, err := signer.check(req.Params.RequestState, time.Now())
		if err != nil {
			return nil, err
		}
		if err := agreed(req.Params.InputResponses); err != nil {
			return nil, err
		}
		if call.IdempotencyKey() == "" {
			call.SetIdempotencyKey(nonce)
		}
		return nil, nil
	}

	question, err := t.question(ctx, service, call)
	if err != nil {
		return nil, err
	}
	if !canAsk(req.ClientCapabilities()) {
		return nil, errUnavailable
	}
	return &mcp.CallToolResult{
		InputRequests: mcp.InputRequestMap{confirmation: &mcp.ElicitParams{
			Mode:            "form",
			Message:         question.String(),
			RequestedSchema: json.RawMessage(`{"type":"object","properties":{}}`), // the answer is only yes or no
		}},
		RequestState: signer.state(rand.Text(), time.Now().Add(confirmWithin)),
	}, nil
}

// unasked reports that a write was not confirmed if go-sdk could not ask the
// client: it failed to ask, or its answer does not match the question. go-sdk's
// own error would mean nothing to a model.
func (o Options) unasked(service *operations.Service, all []tool) mcp.Middleware {
	return func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			result, err := next(ctx, method, req)
			call, isCall := req.GetParams().(*mcp.CallToolParamsRaw)
			if _, protocol := err.(*jsonrpc.Error); err == nil || protocol || !isCall || ctx.Err() != nil {
				return result, err
			}
			for _, t := range all {
				if t.Tool == call.Name && t.Writes() {
					return failure(o.refuseUnasked(ctx, service, t, call.Arguments))
				}
			}
			return result, err
		}
	}
}

// refuseUnasked sends the person to the approval page if there is one.
func (o Options) refuseUnasked(ctx context.Context, service *operations.Service, t tool, arguments json.RawMessage) error {
	if o.Approvals == nil {
		return service.Refuse(ctx, t.Operation, errUnavailable)
	}
	call, err := service.Prepare(ctx, t.Operation, arguments)
	if err != nil {
		return err
	}
	if err := o.Approvals.Pass(ctx, service, call); err != nil {
		return call.Refuse(ctx, err)
	}
	return call.Refuse(ctx, errUnavailable) // an approved call needs no second answer
}

// canAsk reports whether the client declared form elicitation. Up to protocol
// version 2025-06-18, there was no other kind to declare.
func canAsk(c *mcp.ClientCapabilities) bool {
	return c != nil && c.Elicitation != nil && (c.Elicitation.Form != nil || c.Elicitation.URL == nil)
}

// agreed returns an error unless the person said yes.
func agreed(answers mcp.InputResponseMap) error {
	answer, _ := answers[confirmation].(*mcp.ElicitResult)
	switch {
	case answer == nil:
		return unconfirmed("confirmation_invalid", "The question about this call was not answered. Call again without requestState to ask it again.")
	case answer.Action == "accept":
		return nil
	case answer.Action == "decline":
		return unconfirmed("confirmation_declined", "The person declined. Do not call again unless the person asks for it.")
	default:
		return unconfirmed("confirmation_canceled", "The person closed the question without answering. Ask them what they want before calling again.")
	}
}

var errUnavailable = unconfirmed("confirmation_unavailable", "This server writes only what a person has confirmed, but this client can't ask: that takes MCP's form elicitation and, over HTTP, protocol version 2026-07-28. Tell the person; changing the arguments will not help.")

func unconfirmed(code, message string) *stripeclient.Error {
	return stripeclient.NewInvalidRequest(code, "", message)
}

// A signer makes and checks the request states of one call.
type signer struct {
	secret    []byte
	tool      string
	arguments json.RawMessage // canonical
	caller    string
}

// state returns expiry.nonce.mac, with the expiry in Unix seconds.
func (s signer) state(nonce string, expires time.Time) string {
	signed := strconv.FormatInt(expires.Unix(), 10) + "." + nonce
	return signed + "." + s.mac(signed)
}

func (s signer) check(state string, now time.Time) (nonce string, err error) {
	signed, mac, _ := cutLast(state, ".")
	expires, nonce, _ := strings.Cut(signed, ".")
	if !hmac.Equal([]byte(mac), []byte(s.mac(signed))) {
		return "", unconfirmed("confirmation_invalid", "This server did not issue this confirmation for this tool, these arguments and this caller. Call again without requestState and inputResponses to ask the person.")
	}
	if until, err := strconv.ParseInt(expires, 10, 64); err != nil || now.Unix() > until {
		return "", unconfirmed("confirmation_expired", fmt.Sprintf("The confirmation is older than %v. Call again without requestState and inputResponses to ask the person again.", confirmWithin))
	}
	return nonce, nil
}

func (s signer) mac(signed string) string {
	h := hmac.New(sha256.New, s.secret)
	for _, part := range []string{s.tool, s.caller, signed, string(s.arguments)} {
		fmt.Fprintf(h, "%d:%s", len(part), part) // the length separates the parts
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}
