package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// auditLine returns an audit line without what differs from run to run.
func auditLine(line map[string]any) string {
	var parts []string
	for _, key := range []string{"operation", "tool", "outcome", "livemode", "error_type", "error_code"} {
		if v, ok := line[key]; ok {
			parts = append(parts, fmt.Sprintf("%s=%v", key, v))
		}
	}
	return strings.Join(parts, " ")
}

// private is what callers, Stripe and customers entrust us with. It must never
// be in a log.
var private = []string{"jenny", "example.com", "T-shirt", "51DoNotLeak", "token-that-must-not-leak", "_secret_", "order-of-jenny"}

func checkNoSecrets(t *testing.T, log *jsonLog) {
	t.Helper()
	for _, secret := range private {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, log.String())
		}
	}
}

func TestAuditOverHTTP(t *testing.T) {
	const token = "token-that-must-not-leak"
	t.Setenv(tokensVariable, "another-token-of-this-server, "+token)
	t.Setenv("STRIPE_API_KEY", "rk_test_51DoNotLeak")
	// Turning down the log must not turn off the audit.
	s := startService(t, "--auth", "token", "--stripe-api-base", recordingStripe(t), "--log-level", "info")
	session := s.mustConnect(token)

	created, _ := call(t, session, createTool, createArguments("order-of-jenny"))
	id := created["id"].(string)
	call(t, session, expireTool, `{"session":"`+id+`"}`)
	call(t, session, expireTool, `{"session":"`+id+`"}`)
	call(t, session, expireTool, `{"session":"rk_live_51DoNotLeak"}`)
	call(t, session, createTool, `{"body":{"customer_email":"jenny","mode":"gift"}}`)
	call(t, session, listTool, `{}`)

	lines := s.log.with("logger", "audit")
	want := []string{
		"operation=create tool=" + createTool + " outcome=sending livemode=false",
		"operation=create tool=" + createTool + " outcome=created livemode=false",
		"operation=expire tool=" + expireTool + " outcome=sending livemode=false",
		"operation=expire tool=" + expireTool + " outcome=expired livemode=false",
		"operation=expire tool=" + expireTool + " outcome=sending livemode=false",
		"operation=expire tool=" + expireTool + " outcome=failed livemode=false error_type=invalid_request_error",
		"operation=expire tool=" + expireTool + " outcome=refused livemode=false error_type=invalid_request_error error_code=parameter_invalid",
		"operation=create tool=" + createTool + " outcome=refused livemode=false error_type=invalid_request_error",
	}
	if len(lines) != len(want) {
		t.Fatalf("%d audit lines, want %d: %v", len(lines), len(want), lines)
	}
	for i, line := range lines {
		if got := auditLine(line); !strings.HasPrefix(got, want[i]) {
			t.Errorf("audited %s, want %s", got, want[i])
		}
		if caller, _ := line["caller"].(string); !strings.HasPrefix(caller, "token:") {
			t.Errorf("the caller is %q", caller)
		}
		if line["request_id"] == nil {
			t.Error("there is no request ID to find the request's line by")
		}
		answered := i < 6 && i%2 == 1
		if known := i > 0 && i < 6; (line["stripe_request_id"] != nil) != answered || (line["session"] == id) != known {
			t.Errorf("Stripe request %v, session %v in %s", line["stripe_request_id"], line["session"], want[i])
		}
		if same := i > 0 && line["write_id"] == lines[i-1]["write_id"]; same != answered {
			t.Errorf("the ID of %s is %v, but the line before has %v", want[i], line["write_id"], lines[i-1]["write_id"])
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	checkNoSecrets(t, s.log)
}

// A live key needs Stripe itself, so this uses a stand-in.
func TestAuditSaysLivemode(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_live")
		_, _ = io.WriteString(w, `{"id":"cs_live_1","object":"checkout.session","livemode":true,"client_secret":"cs_live_1_secret_x"}`)
	}))
	t.Cleanup(upstream.Close)
	t.Setenv("STRIPE_API_KEY", "rk_live_51DoNotLeak")
	s := startService(t, "--stripe-api-base", upstream.URL)
	if created, failed := call(t, s.mustConnect(""), createTool, createArguments("order-of-jenny")); failed {
		t.Fatal(created)
	}
	lines := s.log.with("logger", "audit")
	if len(lines) != 2 || lines[0]["livemode"] != true || lines[1]["livemode"] != true || lines[1]["session"] != "cs_live_1" || lines[1]["stripe_request_id"] != "req_live" || lines[1]["caller"] != "anonymous" {
		t.Errorf("audited %v", lines)
	}
	checkNoSecrets(t, s.log)
}

func TestAuditOverStdio(t *testing.T) {
	cmd := self(t, "stdio", "--stripe-api-base", recordingStripe(t), "--log-format", "json", "--log-level", "error")
	cmd.Env = append(cmd.Env, "STRIPE_API_KEY=rk_test_51DoNotLeak")
	log := newJSONLog()
	cmd.Stderr = log
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		t.Fatal(err)
	}
	call(t, session, createTool, createArguments("order-of-jenny"))
	if err := session.Close(); err != nil {
		t.Error(err)
	}
	lines := log.with("logger", "audit")
	if len(lines) != 2 || auditLine(lines[1]) != "operation=create tool="+createTool+" outcome=created livemode=false" || lines[1]["caller"] != "local" {
		t.Errorf("audited %v", lines)
	}
	checkNoSecrets(t, log)
}

// A write that the person declined is in the audit log, because somebody wanted
// it.
func TestAuditOfDeclinedWrites(t *testing.T) {
	s := startService(t, "--sandbox", "--confirm-writes")
	session, err := s.connect(bearer{}, &mcp.ClientOptions{ElicitationHandler: answer("decline")})
	if err != nil {
		t.Fatal(err)
	}
	if content, failed := call(t, session, createTool, createArguments("order-of-jenny")); !failed || errorOf(content)["code"] != "confirmation_declined" {
		t.Errorf("got %v", content)
	}
	lines := s.log.with("logger", "audit")
	if len(lines) != 1 || auditLine(lines[0]) != "operation=create tool="+createTool+" outcome=refused livemode=false error_type=invalid_request_error error_code=confirmation_declined" {
		t.Errorf("audited %v", lines)
	}
	checkNoSecrets(t, s.log)
}
