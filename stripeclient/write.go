package stripeclient

import (
	"context"
	"encoding/json"
)

// A Write is what became of one create or expire, for an audit log. It holds no
// personal data.
type Write struct {
	Operation string // OperationCreate or OperationExpire
	Session   string // cs_…, "" if there is none
	Livemode  bool   // whether the key works on real money
	RequestID string // req_…, of Stripe's last answer, "" if there was none
	Err       *Error // nil if it was carried out
}

// The operations that write.
const (
	OperationCreate = "create"
	OperationExpire = "expire"
)

// Refused reports whether nothing was sent to Stripe.
func (w Write) Refused() bool {
	return w.Err != nil && w.Err.Header == nil && w.Err.Type != "api_connection_error"
}

// written tells the audit log what became of a call.
func (c *Client) written(ctx context.Context, op *operation, session string, response *Response, failed *Error) {
	if c.audit == nil || !op.writes() {
		return
	}
	w := Write{Operation: OperationCreate, Livemode: c.Key(ctx).Livemode(), Err: failed}
	if op == opExpire {
		w.Operation = OperationExpire
	}
	if failed != nil {
		w.RequestID = failed.RequestID
	} else {
		w.RequestID = response.RequestID
		var created struct{ ID string }
		_ = json.Unmarshal(response.JSON, &created) // an object without a string id leaves it out
		session = created.ID
	}
	if checkSessionID(session) == nil { // anything else may be anything, a key for instance
		w.Session = session
	}
	c.audit(ctx, w)
}
