package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// rest makes a REST call with a bearer token, if any, and returns its status
// and body.
func (s *service) rest(method, token, path, body string) (int, map[string]any) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.log.await(s.t, "rest")+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: bearer{token: token}}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var object map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&object); err != nil {
		s.t.Fatalf("%s %s: %d: %v", method, path, resp.StatusCode, err)
	}
	return resp.StatusCode, object
}

const sessionsPath = "/v1/checkout/sessions"

// REST has the same authentication and leaves the same audit lines.
func TestRESTWithCallersKeys(t *testing.T) {
	s := startService(t, "--auth", "stripe-key", "--stripe-api-base", recordingStripe(t), "--rest-addr", "127.0.0.1:0")
	const ada, grace = "rk_test_51DoNotLeakAda", "rk_test_51DoNotLeakGrace"

	if status, _ := s.rest(http.MethodGet, "", sessionsPath, ""); status != http.StatusUnauthorized {
		t.Errorf("without a key: %d", status)
	}
	status, created := s.rest(http.MethodPost, ada, sessionsPath, createArguments("order-of-jenny"))
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, created)
	}
	id := created["id"].(string)
	for key, want := range map[string]int{ada: http.StatusOK, grace: http.StatusNotFound} {
		if status, got := s.rest(http.MethodGet, key, sessionsPath+"/"+id, ""); status != want {
			t.Errorf("%d %v, want %d", status, got, want)
		}
	}
	if got, failed := call(t, s.mustConnect(ada), "stripe-get-checkout-sessions-session", `{"session":"`+id+`"}`); failed || got["id"] != id {
		t.Errorf("over MCP the same caller gets %v", got)
	}

	if status, got := s.rest(http.MethodPost, ada, sessionsPath, `{"mode":"gift"}`); status != http.StatusBadRequest {
		t.Errorf("%d %v", status, got)
	}
	if status, got := s.rest(http.MethodPost, ada, sessionsPath, `[`); status != http.StatusBadRequest {
		t.Errorf("%d %v", status, got)
	}

	lines := s.log.with("logger", "audit")
	want := []string{
		"operation=create outcome=sending livemode=false",
		"operation=create outcome=created livemode=false",
		"operation=create outcome=refused livemode=false error_type=invalid_request_error",
		"operation=create outcome=refused livemode=false error_type=invalid_request_error",
	}
	if len(lines) != len(want) {
		t.Fatalf("audited %v, want %q", lines, want)
	}
	for i, line := range lines {
		if got := auditLine(line); got != want[i] {
			t.Errorf("audited %s, want %s", got, want[i])
		}
	}
	if lines[1]["session"] != id {
		t.Errorf("the session created is %s, audited %v", id, lines[1])
	}
	if caller, _ := lines[0]["caller"].(string); !strings.HasPrefix(caller, "key:") {
		t.Errorf("the caller is %q", caller)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	checkNoSecrets(t, s.log)
}

// Nobody can be asked over REST, which mustn't make it a way around
// --confirm-writes.
func TestRESTIsNoWayAroundConfirmation(t *testing.T) {
	s := startService(t, "--sandbox", "--confirm-writes", "--rest-addr", "127.0.0.1:0")
	status, got := s.rest(http.MethodPost, "", sessionsPath, createArguments("order"))
	if e := errorOf(got); status != http.StatusForbidden || e["code"] != "confirmation_unavailable" || !strings.Contains(e["message"].(string), "over REST it can't ask") {
		t.Errorf("created without asking, or no reason given: %d %v", status, got)
	}
	if status, got := s.rest(http.MethodGet, "", sessionsPath, ""); status != http.StatusOK {
		t.Errorf("reading: %d %v", status, got)
	}
	lines := s.log.with("logger", "audit")
	if len(lines) != 1 || auditLine(lines[0]) != "operation=create outcome=refused livemode=false error_type=permission_error error_code=confirmation_unavailable" {
		t.Errorf("audited %v", lines)
	}
}
