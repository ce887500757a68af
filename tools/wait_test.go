package tools

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/stripe-checkout-mcp/stripe-checkout-mcp/sandbox"
)

// One call waits until a person has paid. A client that asks for progress
// learns that the call is alive; here, learning that makes it pay.
func TestRetrieveWaitsForThePayment(t *testing.T) {
	stripe := sandbox.New(sandbox.Options{})
	server := serve(t, stripe)
	var id string
	told := 0
	clientSide := connectClient(t, server, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			if told++; told > 1 {
				return
			}
			if req.Params.ProgressToken != "waiting" || req.Params.Total != 50 {
				t.Errorf("progress is %+v", req.Params)
			}
			pay(t, stripe, id)
		},
	})
	id = succeed(t, clientSide, createTool, tshirt)["id"].(string)
	params := &mcp.CallToolParams{Name: retrieveTool, Arguments: json.RawMessage(`{"session":"` + id + `","wait_seconds":50,"fields":["status","payment_status"]}`)}
	params.SetProgressToken("waiting")
	result, err := clientSide.CallTool(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if got := object(t, result); got["status"] != "complete" || got["payment_status"] != "paid" || told == 0 {
		t.Errorf("got %v with %d reports of progress", got, told)
	}
}

// Without a progress token, no progress is reported. A canceled call ends at
// once.
func TestRetrieveStopsWaitingWhenItIsCancelled(t *testing.T) {
	waits := make(chan struct{})
	stripe := sandbox.New(sandbox.Options{})
	asked := 0
	server := serve(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			if asked++; asked == 2 {
				close(waits)
			}
		}
		return stripe.RoundTrip(r)
	}))
	clientSide := connectClient(t, server, &mcp.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) {
			t.Error("progress was reported without being asked for")
		},
	})
	id := succeed(t, clientSide, createTool, tshirt)["id"].(string)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-waits; cancel() }()
	if _, err := clientSide.CallTool(ctx, &mcp.CallToolParams{Name: retrieveTool, Arguments: json.RawMessage(`{"session":"` + id + `","wait_seconds":50}`)}); err == nil {
		t.Error("a cancelled call has a result")
	}
}

func pay(t *testing.T, stripe *sandbox.Server, session string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://sandbox.test/sandbox/sessions/"+session+"/pay", strings.NewReader(""))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	resp, err := stripe.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("paying: %v %v", resp, err)
	}
}
